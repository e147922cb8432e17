"""Small questions about a curve or a condition over time."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Share = TypeVar("Share", float, Tensor)


def runs(mask: NDArray) -> list[tuple[int, int]]:
    """Frame ranges (start, stop), stop exclusive, in which a condition (T,) is true without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def ease(share: Share) -> Share:
    """0 to 1 that starts and ends at rest, of a share of the way, 0 to 1."""
    return share * share * (3 - 2 * share)
