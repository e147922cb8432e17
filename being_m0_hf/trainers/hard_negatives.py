"""Draw hard negatives for the ranker: motions that a language model makes of training captions.

    python training/draw_hard_negatives.py --config training/configs/hard_negatives_mini.yaml

Of candidates that a model drew for a text, a ranker shall keep the best. Recordings and wrong captions teach it what a
motion is about; whether a bow comes up again, it learns from candidates that did it badly. Writes a cache for
training/train_evaluator.py: of each split, `<split>_samples`, some recordings, decoded from their tokens and
postprocessed as all that a ranker sees, so that nothing but what they do tells them from hard negatives; and
`<split>_hard_negatives`, motions of one caption of each. Interrupted, the same command goes on where it stopped.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from ..evaluation.report.folder import claim_folder, weights_fingerprint
from ..motion.motion import MODEL_FPS
from ..pipelines.candidates import CANDIDATE_TEMPERATURE
from ..pipelines.postprocess import postprocess
from ..pipelines.text_to_motion import MotionPipeline, load_pipeline
from ..training_data.feature_cache import CacheWriter, draw_caption, open_caches
from ..utils.atomic_files import whole_file
from .run.allowed_values import CheckedSettings, SettingsError, amount, seed, several, text, whole
from .run.settings import read_settings

#: Samples whose hard negatives are drawn together, and kept in one file until all are there.
SAMPLES_A_PIECE = 32


@dataclass
class HardNegativeSettings(CheckedSettings):
    """Settings of a draw.

    Args:
        model: folder or shipped name of the model that makes the hard negatives.
        cache_dir: what training/prepare_data.py wrote.
        more_caches: further caches of training samples, each as "folder=share" with its share of those drawn.
        samples, val_samples: how many training and validation samples to draw, by their weights.
        hard_negatives: motions made for each.
        temperature: variety; as where the ranker chooses, by default.
    """

    model: str = text("being-m0-mini")
    cache_dir: str = text("runs/cache")
    more_caches: list[str] = several([], filled=False)
    output_dir: str = text("runs/hard_negatives")
    samples: int = whole(3000)
    val_samples: int = whole(256)
    hard_negatives: int = whole(2, highest=1000)
    temperature: float = amount(CANDIDATE_TEMPERATURE, highest=100.0)
    seed: int = seed()


class HardNegativeDraw:
    """The draw for one split."""

    def __init__(self, settings: HardNegativeSettings, pipeline: MotionPipeline, split: str):
        self.settings, self.pipeline, self.split = settings, pipeline, split
        more = settings.more_caches if split == "train" else []
        self.cache = open_caches(settings.cache_dir, more, f"{split}_samples")
        generator = torch.Generator().manual_seed(settings.seed)
        weights = torch.tensor([row["weight"] for row in self.cache.rows], dtype=torch.double)
        there = int((weights > 0).sum())
        if not there:
            raise SettingsError(
                f"cache_dir {settings.cache_dir} holds no {split} samples; make it with prepare_data.py"
            )
        wanted = settings.samples if split == "train" else settings.val_samples
        drawn = torch.multinomial(weights, min(wanted, there), generator=generator).tolist()
        # the pipeline makes a batch as long as its longest motion
        self.picks = sorted(drawn, key=lambda index: self.cache.rows[index]["frames"])
        self.texts = [draw_caption(self.cache.rows[index], generator) for index in self.picks]

    def run(self) -> None:
        folder = Path(self.settings.output_dir)
        starts = range(0, len(self.picks), SAMPLES_A_PIECE)
        files = [folder / f"{self.split}_{start:06d}.safetensors" for start in starts]
        if not (folder / f"{self.split}_hard_negatives.jsonl").is_file():
            self._draw(starts, files)
        for file in files:
            file.unlink(missing_ok=True)

    def _draw(self, starts: range, files: list[Path]) -> None:
        folder = Path(self.settings.output_dir)
        for start, file in zip(tqdm(starts, desc=f"hard negatives of {self.split}", unit="piece"), files, strict=True):
            if not file.is_file():
                with whole_file(file) as partial:
                    save_file(self.piece(start), partial)
        samples, negatives = (CacheWriter(folder, f"{self.split}_{name}") for name in ("samples", "hard_negatives"))
        for start, file in zip(starts, files, strict=True):
            arrays = load_file(file)
            for number, pick in enumerate(self.picks[start : start + SAMPLES_A_PIECE], start):
                row = {name: value for name, value in self.cache.rows[pick].items() if name != "frames"}
                samples.add(arrays[f"{number}"], **row)
                for negative in arrays[f"{number}_hard_negatives"]:
                    negatives.add(negative, sample=number, text=self.texts[number])
        samples.save()
        negatives.save()  # last: with it the split is done

    @torch.no_grad()
    def piece(self, start: int) -> dict[str, Tensor]:
        """By sample number: the recording as decoded (frames, 135), and its hard negatives (number, frames, 135)."""
        settings, pipeline, arrays = self.settings, self.pipeline, {}
        tokenizer = pipeline.model.motion_tokenizer
        longest = pipeline.processor.layout.max_steps * tokenizer.config.downsample
        numbers = range(start, min(start + SAMPLES_A_PIECE, len(self.picks)))
        for number in numbers:
            features = self.cache[self.picks[number]][:longest]
            decoded = tokenizer.decode(tokenizer.encode(features[None], residual_levels=0).codes).features[0]
            arrays[f"{number}"] = postprocess(decoded)
        motions = pipeline(
            [self.texts[number] for number in numbers],
            seconds=[len(arrays[f"{number}"]) / MODEL_FPS for number in numbers],
            seed=settings.seed + start * settings.hard_negatives,
            temperature=settings.temperature,
            num_samples=settings.hard_negatives,
            candidates=1,
            plan=False,
        )
        for place, number in enumerate(numbers):
            own = motions[place * settings.hard_negatives : (place + 1) * settings.hard_negatives]
            arrays[f"{number}_hard_negatives"] = torch.stack([motion.to_d135() for motion in own])
        return arrays


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(HardNegativeSettings, __doc__, argv)
    try:
        pipeline = load_pipeline(settings.model, written=False)
        splits = [HardNegativeDraw(settings, pipeline, split) for split in ("train", "val")]
        weights = weights_fingerprint(settings.model, ranker=False)
        claim_folder(Path(settings.output_dir), vars(settings) | {"weights": weights})
    except ValueError as error:
        raise SettingsError(str(error)) from error
    for split in splits:
        split.run()
