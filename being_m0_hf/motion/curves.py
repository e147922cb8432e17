"""Small questions about a curve or a condition over time, and filters along it.

The filters are those of ``scipy.ndimage``, the same numbers: every program that makes motions needs these three, and
SciPy would cost each of them 15 MB and 0.2 s.
"""

from typing import Literal, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor

Share = TypeVar("Share", float, Tensor)
#: What stands before the first frame and after the last: that frame again and again, or the curve in a mirror.
Ends = Literal["held", "mirrored"]

_PAD_MODES: dict[Ends, Literal["edge", "symmetric"]] = {"held": "edge", "mirrored": "symmetric"}
_SPREADS_SEEN = 4.0  # further away, weights of a Gaussian are left out


def runs(mask: NDArray) -> list[tuple[int, int]]:
    """Frame ranges (start, stop), stop exclusive, in which a condition (T,) is true without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def ease(share: Share) -> Share:
    """0 to 1 that starts and ends at rest, of a share of the way, 0 to 1."""
    return share * share * (3 - 2 * share)


def weigh_frames(curve: NDArray, half_weights: NDArray, ends: Ends = "held") -> NDArray:
    """Each frame of a curve (T, ...) as a weighted sum of the frames around it.

    Args:
        curve: numbers of any kind; whole ones are taken as 64 bit.
        half_weights: (reach + 1,), of the frame itself, of both its neighbours, and so on.
        ends: what stands before the first frame and after the last.

    Returns:
        (T, ...), 32 bit numbers where the curve has such.
    """
    reach, frames = len(half_weights) - 1, len(curve)
    padding = [(reach, reach)] + [(0, 0)] * (curve.ndim - 1)
    padded = np.pad(curve.astype(np.float64), padding, mode=_PAD_MODES[ends])
    total = padded[reach : reach + frames] * half_weights[0]
    for far in range(reach, 0, -1):
        before, after = padded[reach - far :][:frames], padded[reach + far :][:frames]
        total += (before + after) * half_weights[far]
    return total.astype(curve.dtype) if np.issubdtype(curve.dtype, np.floating) else total


def gaussian_smooth(curve: NDArray, spread: float, ends: Ends = "mirrored") -> NDArray:
    """A curve (T, ...) under a Gaussian window of ``spread`` frames (one standard deviation)."""
    offsets = np.arange(-int(_SPREADS_SEEN * spread + 0.5), 1)
    half = np.exp(-0.5 / (spread * spread) * offsets**2)
    total = np.concatenate((half, half[-2::-1])).sum()
    return weigh_frames(curve, (half / total)[::-1], ends)


def lowest_around(curve: NDArray, frames: int) -> NDArray:
    """The least value of a curve (T,) among an odd number of frames around each; the ends are held."""
    padded = np.pad(curve, frames // 2, mode="edge")
    return sliding_window_view(padded, frames).min(axis=-1)
