"""What a causal HumMUSS remembers of a stream: the same amount after one frame and after a day."""

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class HumMussState:
    """
    A stream keeps the filters of the weights it began with; after a change of weights start another.

    Args:
        scans: of every scan over time, (batch, joints, channels, state_size / 2) complex.
        time: seconds at which the last frame was taken, (batch,) in fp64; None where frames came without times.
        filters: made from weights and frame rate, so that they are not made again for each frame.
    """

    scans: tuple[Tensor, ...]
    time: Tensor | None = None
    filters: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def num_bytes(self) -> int:
        """Memory that the scans take."""
        return sum(each.nbytes for each in self.scans)

    def detach(self) -> "HumMussState":
        """The same without a history of gradients."""
        return HumMussState(tuple(each.detach() for each in self.scans), self.time, self.filters)


def step_scale(
    batch: int,
    frames: int,
    trained_rate: float,
    frame_rate: float | Tensor | None = None,
    times: Tensor | None = None,
    last_time: Tensor | None = None,
) -> Tensor:
    """How much longer than in training each step is.

    Args:
        batch, frames: of the clips.
        trained_rate: frames a second in training.
        frame_rate: frames a second, one for all or (batch,); as in training by default. One for all that lies on an
            accelerator stays there, unchecked: to look at it would be to wait for it.
        times: (frames,) or (batch, frames) seconds, rising. The first frame lasts until the second at `frame_rate`,
            unless `last_time` (batch,) tells when the one before it was.

    Returns:
        (1,) or (batch,) where all steps of a clip are alike, otherwise (batch, frames).

    Raises:
        ValueError: a rate that is not positive, times that do not rise, or a wrong shape.
    """
    if isinstance(frame_rate, Tensor) and frame_rate.numel() == 1 and frame_rate.device.type != "cpu" and times is None:
        return trained_rate / frame_rate.reshape(1)
    rate = torch.as_tensor(trained_rate if frame_rate is None else frame_rate, dtype=torch.float64, device="cpu")
    if rate.shape not in ((), (1,), (batch,)):
        raise ValueError(f"frame_rate has shape {tuple(rate.shape)}, expected one number or one for each of {batch}")
    if not (rate.isfinite() & (rate > 0)).all():
        raise ValueError(f"frame_rate is {rate.min():g}, expected more than 0")
    rate = rate.reshape(-1)
    if times is None:
        scale = trained_rate / rate
        return scale[:1] if (scale == scale[0]).all() else scale
    if times.shape not in ((frames,), (batch, frames)):
        raise ValueError(f"times have shape {tuple(times.shape)}, expected ({frames},) or ({batch}, {frames})")
    times = times.detach().to(device="cpu", dtype=torch.float64).expand(batch, frames)
    before = times[:, 0] - 1 / rate if last_time is None else last_time
    steps = torch.diff(times, dim=1, prepend=before[:, None])
    if not (steps.isfinite() & (steps > 0)).all():
        raise ValueError("times must rise from frame to frame, in seconds")
    scale = trained_rate * steps
    if torch.allclose(scale, scale[:, :1].expand_as(scale), rtol=1e-4, atol=0):
        return scale[:1, 0] if torch.allclose(scale, scale[:1, :1], rtol=1e-4, atol=0) else scale[:, 0]
    return scale


__all__ = ["HumMussState", "step_scale"]
