"""Train the motion tokenizer.

    accelerate launch training/train_tokenizer.py --config training/configs/tokenizer_mini.yaml
    python training/train_tokenizer.py --config training/configs/tokenizer_mini.yaml steps=2000 output_dir=runs/try

Reads the samples that training/prepare_data.py writes; whole clips measure the reconstruction.
Interrupted, the same command goes on where it stopped.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from being_m0_hf.data.cache import MotionCache
from being_m0_hf.evaluation.reconstruction import evaluate_reconstruction
from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from being_m0_hf.motion.features import ROOT_VELOCITY, TURN, part_columns, remove_heading
from training.loop import Batch, TrainingRun
from training.settings import LoopSettings, SettingsError, one_line_errors, read_settings

#: A column that hardly moves must not have its noise blown up to unit variance.
MIN_STD = 0.02
#: Statistics come from every third sequence: more would not change them.
STATISTICS_STRIDE = 3


@dataclass
class TokenizerSettings(LoopSettings):
    """Settings of a tokenizer run; `batch_size` counts frames, the model's own are those of `MotionTokenizerConfig`.

    Args:
        start_from: folder of a trained tokenizer to go on from; its own configuration then holds.
        freeze_encoder: train the decoder alone. Codes stay as they are, so a language model that was trained on them
            stays valid, and the decoder no longer chases an encoder that moves.
    """

    cache_dir: str = "runs/cache"
    windows: list[int] = field(default_factory=lambda: [24, 48, 96])
    codebook_bits: int = 14
    hidden_size: int = 128
    num_blocks: int = 2
    pelvis_with_torso: bool = False
    causal: bool = False
    mix_parts_in_decoder: bool = False
    joint_weight: float = 10.0
    root_weight: float = 5.0
    velocity_weight: float = 30.0
    entropy_weight: float = 0.1
    start_from: str = ""
    freeze_encoder: bool = False
    evaluate_clips: int = 100


class WindowSampler:
    """Windows of the training samples, drawn by the samples' weights; all windows of a batch have one length.

    Lengths vary from batch to batch, so that short clips (most runs last under two seconds) are seen as well, and long
    windows teach the root not to drift.
    """

    def __init__(self, cache: MotionCache, lengths: list[int], frames_per_batch: int):
        self.features = cache.features
        self.lengths = lengths
        self.frames_per_batch = frames_per_batch
        self.starts = torch.tensor(cache.offsets[:-1])
        self.sizes = torch.tensor(cache.offsets[1:]) - self.starts
        self.weights = torch.tensor([row["weight"] for row in cache.rows], dtype=torch.double)
        longest = int(self.sizes.max()) if len(self.sizes) else 0
        if max(lengths) > longest:
            raise SettingsError(f"windows has {max(lengths)} frames, but the longest sample only {longest}")

    def __call__(self, generator: torch.Generator, shared: torch.Generator) -> Batch:
        length = self.lengths[int(torch.randint(len(self.lengths), (1,), generator=shared))]
        long_enough = (self.sizes >= length) * self.weights
        picks = torch.multinomial(long_enough, self.frames_per_batch // length, replacement=True, generator=generator)
        room = (self.sizes[picks] - length + 1).double()
        first = (torch.rand(len(picks), generator=generator, dtype=torch.double) * room).long()
        rows = (self.starts[picks] + first)[:, None] + torch.arange(length)
        return {"features": self.features[rows]}


def feature_statistics(cache: MotionCache) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of the heading-free features, (136,) each."""
    features = torch.cat([remove_heading(cache[index]) for index in range(0, len(cache), STATISTICS_STRIDE)])
    std = features.std(dim=0).clamp_min(MIN_STD)
    std[TURN] = features[:, TURN].std()  # radians a frame are small numbers by nature
    std[ROOT_VELOCITY] = features[:, ROOT_VELOCITY].std(dim=0)
    return features.mean(dim=0), std


def build_model(settings: TokenizerSettings, train: MotionCache) -> MotionTokenizerModel:
    """The tokenizer to train: a fresh one with the training set's statistics, or the one to go on from."""
    if settings.start_from:
        return MotionTokenizerModel.from_pretrained(settings.start_from)
    config = MotionTokenizerConfig(
        codebook_bits=settings.codebook_bits,
        hidden_size=settings.hidden_size,
        num_blocks=settings.num_blocks,
        part_columns=part_columns(settings.pelvis_with_torso),
        causal=settings.causal,
        mix_parts_in_decoder=settings.mix_parts_in_decoder,
        joint_weight=settings.joint_weight,
        root_weight=settings.root_weight,
        velocity_weight=settings.velocity_weight,
        entropy_weight=settings.entropy_weight,
    )
    model = MotionTokenizerModel(config)
    model.set_statistics(*feature_statistics(train))
    return model


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(TokenizerSettings, __doc__, argv)
    train = MotionCache(settings.cache_dir, "train_samples")
    validation = MotionCache(settings.cache_dir, "val")
    torch.manual_seed(settings.seed)
    model = build_model(settings, train)
    model.encoder.requires_grad_(not settings.freeze_encoder)
    every = max(1, len(validation) // settings.evaluate_clips)
    clips = [validation[index] for index in range(0, len(validation), every)]
    sampler = WindowSampler(train, settings.windows, settings.batch_size)
    TrainingRun(settings, model, sampler, lambda model: evaluate_reconstruction(model, clips)).run()


if __name__ == "__main__":
    with one_line_errors():
        main()
