"""The stages from a sentence to a file, each timed alone on what the one before it made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch

from ..io import save_motion
from ..motion import Motion
from ..pipelines.postprocess import postprocess
from ..pipelines.text_to_motion import MotionPipeline
from .clock import in_turn

SENTENCE = "a person walks forward and waves with the right hand"


@dataclass(frozen=True)
class Case:
    """A motion to time: its length in seconds, and how many candidates are drawn for it."""

    seconds: float
    candidates: int

    def __str__(self) -> str:
        return f"{self.seconds:g} s, {'one candidate' if self.candidates == 1 else f'best of {self.candidates}'}"


class Stages:
    """What one motion needs, stage by stage.

    Args:
        pipeline: of the model that is timed.
        case: the motion.
        folder: for the file that is written.
    """

    def __init__(self, pipeline: MotionPipeline, case: Case, folder: Path):
        self.pipeline, self.case, self.folder = pipeline, case, folder
        self.tokens = motion_tokens(pipeline, case)
        self.inputs = self._text()
        self.codes = self._codes()
        self.features = list(pipeline.model.motion_tokenizer.decode(torch.stack(self.codes))["features"])
        self.settled = [postprocess(each) for each in self.features]
        self.motion = cast(Motion, pipeline.processor.decode_motion(self.settled[0], text=SENTENCE))

    def works(self) -> dict[str, Callable[[], object]]:
        """Name of each stage -> what it does once."""
        pipeline, case, tokenizer = self.pipeline, self.case, self.pipeline.model.motion_tokenizer
        works: dict[str, Callable[[], object]] = {
            "sentence to joints": self.whole,
            "text": self._text,
            "language model": self._codes,
            "token decoding": lambda: tokenizer.decode(torch.stack(self.codes)),
            "settling": lambda: [postprocess(each) for each in self.features],
        }
        ranker = pipeline.ranker
        if ranker is not None and case.candidates > 1:
            works["ranking"] = lambda: ranker.similarity([SENTENCE], self.settled)
        features = self.settled[0][None]
        return works | {
            "kinematics": self.motion.joints,
            "export, GLB": lambda: save_motion(self.motion, self.folder / "motion.glb"),
            "encoding, first level": lambda: tokenizer.encode(features, residual_levels=0),
            "encoding, all levels": lambda: tokenizer.encode(features),
        }

    def whole(self) -> object:
        """A call as users make it, and its joints."""
        motion = self.pipeline(SENTENCE, seconds=self.case.seconds, candidates=self.case.candidates, written=False)
        return cast(Motion, motion).joints()

    def times(self, rounds: int) -> dict[str, float]:
        """Median seconds of each stage."""
        return in_turn(self.works(), rounds)

    def _text(self):
        rows = [SENTENCE] * self.case.candidates
        return self.pipeline.processor(rows, seconds=[self.case.seconds] * len(rows))

    def _codes(self) -> list[torch.Tensor]:
        model = self.pipeline.model
        generators = [torch.Generator().manual_seed(seed) for seed in range(self.case.candidates)]
        sequences = model.generate(**self.inputs, do_sample=True, generator=generators)
        return [model.layout.ids_to_codes(model.layout.motion_span(sequence)) for sequence in sequences]


def motion_tokens(pipeline: MotionPipeline, case: Case) -> int:
    """Tokens of a case's motion, its end included."""
    steps = pipeline.processor.seconds_to_steps(case.seconds) or 1
    return steps * pipeline.model.layout.num_parts + 2


def plain_generate(pipeline: MotionPipeline, case: Case) -> Callable[[], object]:
    """transformers' own `generate` over the same weights: as many rows and tokens, guidance's second row included."""
    model, layout = pipeline.model, pipeline.model.layout
    prompt = pipeline.processor([SENTENCE], seconds=[case.seconds])["input_ids"]
    rows = case.candidates * (1 if model.generation_config.guidance_scale in (None, 1.0) else 2)
    tokens = motion_tokens(pipeline, case)
    prompt = prompt.repeat(rows, 1)
    return lambda: model.backbone.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=True,
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        pad_token_id=layout.pad_id,
        eos_token_id=layout.eos_id,
    )
