"""Motions of the base model itself, learned along with the user's: what it could do, it shall still do.

The user has none of the recordings that the base model learned from. Its own motions, drawn plainly (temperature 1, no
guidance) for sentences of many actions, stand for them: on them the loss is least where the model is what it was.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...models import BeingM0ForConditionalGeneration, BeingM0Processor
from ...motion import Motion
from ...text import action_words, sentence_templates
from ...training_data.motion_facts import part_texts
from ...utils.atomic_files import whole_file

BATCH = 32
SECONDS = (2.0, 5.0)
#: Of its samples: no text at all, which guidance needs; texts of parts; the length left open.
NO_TEXT, PART_TEXT, OPEN_LENGTH = 0.15, 0.25, 0.15


class Replay:
    """The base model's motions and sentences, drawn once and kept in a file.

    Args:
        path: file to keep them in; what is there is not drawn again.
        sentences: that it is asked for, one for each motion.
        seed: of the draw.
    """

    def __init__(
        self,
        path: Path,
        model: BeingM0ForConditionalGeneration,
        processor: BeingM0Processor,
        sentences: Sequence[str],
        seed: int,
    ):
        self.processor = processor
        if not path.is_file():
            arrays, words = draw_motions(model, processor, sentences, seed)
            with whole_file(path) as partial:
                save_file(arrays, partial, {"words": json.dumps(words)})
        arrays = load_file(path)
        self.grids = arrays["codes"].split(arrays["steps"].tolist())
        with open(path, "rb") as file:  # the words are in the header: one file is whole or not there
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        self.words = json.loads(header["__metadata__"]["words"])

    def sample(self, generator: torch.Generator) -> dict[str, Tensor]:
        """A training sequence of one motion drawn at random."""
        index = int(torch.randint(len(self.grids), (1,), generator=generator))
        chance = torch.rand(3, generator=generator).tolist()
        words = self.words[index]
        return self.processor.training_sample(
            "" if chance[0] < NO_TEXT else words["text"],
            self.grids[index].long(),
            parts=words["parts"] if chance[1] < PART_TEXT and chance[0] >= NO_TEXT else None,
            length_known=chance[2] >= OPEN_LENGTH,
            text_weight=0.2,
        )


def known_sentences(count: int, plain: Sequence[str], seed: int) -> list[str]:
    """Sentences whose motions the model shall keep: of many actions, and two of three ``plain`` ones if there are
    any, which the user's own motions go with as well, but for the words of the style.
    """
    rng, actions = random.Random(seed), sorted(action_words.actions())
    return [
        rng.choice(plain) if plain and number % 3 else sentence_templates.sentence(rng.choice(actions), rng)
        for number in range(count)
    ]


@torch.no_grad()
def draw_motions(
    model: BeingM0ForConditionalGeneration, processor: BeingM0Processor, sentences: Sequence[str], seed: int
) -> tuple[dict[str, Tensor], list[dict]]:
    """``codes`` (steps of all motions, parts), ``steps`` (motions,), and the words of each motion."""
    rng, longest = random.Random(seed), min(SECONDS[1], processor.max_seconds)
    lengths = [rng.uniform(min(SECONDS[0], longest), longest) for _ in sentences]
    grids, words = [], []
    for start in range(0, len(sentences), BATCH):
        batch = sentences[start : start + BATCH]
        inputs = processor(batch, seconds=lengths[start : start + BATCH])
        generators = [torch.Generator().manual_seed(seed + start + row) for row in range(len(batch))]
        drawn = model.generate_motion(
            **inputs.to(model.device), generator=generators, guidance_scale=1.0, temperature=1.0, do_sample=True
        )
        for text, codes, features in zip(batch, drawn.codes, drawn.features, strict=True):
            grids.append(codes.cpu().to(torch.int32))
            motion = Motion.from_d135(features.cpu())
            words.append({"text": text, "parts": part_texts(motion, rng, 1)[0]})
    return {"codes": torch.cat(grids), "steps": torch.tensor([len(grid) for grid in grids])}, words
