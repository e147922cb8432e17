"""Figures of a lifter that its card tells: errors by length and frame rate, and what a frame of a stream costs."""

import time
from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from ...models.hummuss import HumMussForPoseLifting
from ...training_data.lifting import JointTrack, NoiseOptions
from .synthetic import lifting_errors, measured_clips

Row = dict[str, float | str]
LENGTHS, RATES = (27, 81, 243), (15.0, 60.0)
#: Seconds of the clips that are measured at several frame rates.
RATE_SECONDS = 2.0


def measure_errors(
    model: PreTrainedModel, tracks: Sequence[JointTrack], number: int, seed: int = 0, only: Sequence[str] = ()
) -> list[Row]:
    """Errors in millimetres of a lifter on recordings that it was not trained on, filmed by drawn cameras.

    Args:
        tracks: recordings.
        number: clips of each kind.
        only: names of the figures that are wanted; all by default.
    """
    noise, rows = NoiseOptions(), []

    def add(name: str, frames: int, rate: float, of: NoiseOptions | None = noise, **how: bool) -> None:
        if only and name not in only:
            return
        clips = measured_clips(tracks, frames, rate, number, of, seed)
        rows.append({"what": name} | lifting_errors(model, clips, **how))

    for frames in LENGTHS:
        add(f"{frames} frames at 30", frames, 30.0)
    add("81 frames at 30, mean with the mirror image", 81, 30.0, flip=True)
    add("81 frames at 30, true keypoints", 81, 30.0, None)
    for rate in (*RATES, 30.0):
        frames = round(RATE_SECONDS * rate) + 1
        add(f"{RATE_SECONDS:g} s at {rate:g}", frames, rate)
        if rate != 30.0:
            add(f"{RATE_SECONDS:g} s at {rate:g}, as if it were 30", frames, rate, scaled=False)
    return rows


@torch.no_grad()
def stream_cost(model: HumMussForPoseLifting, frames: int = 10_000, timed: int = 200) -> Row:
    """Milliseconds of processor time a frame, of a stream's first and last frames, and bytes of its state.

    ``ms_first`` and ``ms_last`` are medians of some frames, ``ms_95`` is the 95th percentile of the last.
    """
    keypoints = torch.rand(1, 17, 3, generator=torch.Generator().manual_seed(0))
    state, sizes, times = None, [], []
    for _ in range(frames):
        started = time.process_time()
        _, state = model.step(keypoints, state, frame_rate=30.0)
        times.append(1000 * (time.process_time() - started))
        sizes.append(state.num_bytes)
    first, last = torch.tensor(times[20 : 20 + timed]), torch.tensor(times[-timed:])
    return {
        "ms_first": float(first.median()), "ms_last": float(last.median()), "ms_95": float(last.quantile(0.95)),
        "bytes_first": sizes[0], "bytes_last": sizes[-1],
    }  # fmt: skip


@torch.no_grad()
def sequential_cost(model: PreTrainedModel, frames: int = 243, repeats: int = 3) -> float:
    """Milliseconds of processor time a frame, where a model sees the last so many frames again for each new one."""
    keypoints = torch.rand(1, frames, 17, 3, generator=torch.Generator().manual_seed(0))
    model(keypoints)
    times = []
    for _ in range(repeats):
        started = time.process_time()
        model(keypoints)
        times.append(1000 * (time.process_time() - started))
    return min(times)


__all__ = ["Row", "measure_errors", "sequential_cost", "stream_cost"]
