"""The motion tokenizer's decoder, trained on the user's motions: for those far from people walking.

Encoder and codes stay, so that the language model's words for motion mean what they meant; only how they look changes.
"""

from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from ...models.motion_tokenizer import MotionTokenizerModel
from ...training_data.feature_cache import CacheWriter, MotionCache
from ...utils.atomic_files import whole_file
from ..motion_tokenizer import WindowSampler
from ..run.loop import TrainingRun
from .replay import Replay
from .settings import FinetuneSettings

#: Its name in the model.
DECODER = "motion_tokenizer.decoder"
WINDOWS, FRAMES_PER_BATCH, LEARNING_RATE = (16, 24, 48), 768, 3e-4


def train_decoder(settings: FinetuneSettings, tokenizer: MotionTokenizerModel, replay: Replay | None) -> None:
    """Train the decoder in place, or read it from the work folder when that was done before."""
    folder, path = settings.work / "decoder", settings.work / "decoder.safetensors"
    if not path.is_file():
        _write_windows(settings, tokenizer, replay, folder)
        cache = MotionCache(folder, "train_samples")
        longest = max(row["frames"] for row in cache.rows)
        sampler = WindowSampler(cache, [size for size in WINDOWS if size <= longest], FRAMES_PER_BATCH)
        tokenizer.requires_grad_(False)
        tokenizer.decoder.requires_grad_(True)
        loop = replace(
            settings, output_dir=str(folder), steps=settings.decoder_steps, learning_rate=LEARNING_RATE,
            batch_size=FRAMES_PER_BATCH, evaluate_every=settings.decoder_steps + 1, checkpoint_every=1,
        )  # fmt: skip
        TrainingRun(loop, tokenizer, sampler, lambda model: {}, save=False).run()
        with whole_file(path) as partial:
            save_file({name: weight.contiguous() for name, weight in tokenizer.decoder.state_dict().items()}, partial)
    tokenizer.decoder.load_state_dict(load_file(path))
    tokenizer.requires_grad_(False).eval()


@torch.no_grad()
def _write_windows(
    settings: FinetuneSettings, tokenizer: MotionTokenizerModel, replay: Replay | None, folder: Path
) -> None:
    """The user's clips and what the decoder makes of the base model's motions, as one cache, each half of the draws."""
    own = MotionCache(settings.work / "samples", "train_samples")
    writer = CacheWriter(folder, "train_samples")
    clips = [own[index] for index in range(len(own))]
    decoded = [tokenizer.decode(grid[None].long()).features[0] for grid in replay.grids] if replay else []
    for group in (clips, decoded):
        for features in group:
            writer.add(features, weight=1 / len(group))
    writer.save()
