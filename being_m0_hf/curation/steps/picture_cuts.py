"""Where a film cuts, from the colours of its pictures."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

#: A picture is compared as a grid of cells, each with a histogram of each colour.
CELLS, BINS = 3, 6
#: Pixels of a side that are looked at; more say nothing more about colours.
_PIXELS = 96
#: Share of the pixels that change their colours at a cut, at least ...
LEAST_CHANGE = 0.25
#: ... and how many times more than between the frames around it: waving flags and shaking cameras change a lot, always.
TIMES_USUAL = 3.0
_AROUND = 6


class CutFinder:
    """Looks at the frames that go through `watch`."""

    def __init__(self) -> None:
        self._histograms: list[NDArray] = []

    def watch(self, frames: Iterable) -> Iterator:
        """The same frames, (seconds, picture (height, width, 3) of RGB bytes)."""
        for frame in frames:
            self._histograms.append(colour_histogram(frame[1]))
            yield frame

    def cuts(self) -> tuple[int, ...]:
        """First frames of the shots after the first. Fades are not found: nobody jumps in one."""
        histograms = np.array(self._histograms)
        change = _changes(histograms, 1)
        # a flash light changes two frames, but those around it are alike
        over = _changes(histograms, 2)
        lasting = change.copy()
        lasting[: len(over)] = np.minimum(lasting[: len(over)], over)
        lasting[1 : len(over) + 1] = np.minimum(lasting[1 : len(over) + 1], over)
        found = []
        for index in np.flatnonzero(lasting > LEAST_CHANGE):
            around = np.r_[change[max(0, index - _AROUND) : index], change[index + 1 : index + 1 + _AROUND]]
            if not len(around) or lasting[index] > TIMES_USUAL * np.median(around):
                found.append(int(index) + 1)
        return tuple(found)


def colour_histogram(picture: NDArray) -> NDArray:
    """(cells * cells * 3 * bins,) shares of the pixels of each cell; each colour of a cell sums to 1."""
    steps = [max(1, side // _PIXELS) for side in picture.shape[:2]]
    small = picture[:: steps[0], :: steps[1]].astype(int) * BINS // 256
    histograms = []
    for rows in np.array_split(small, min(CELLS, len(small)), axis=0):
        for cell in np.array_split(rows, min(CELLS, rows.shape[1]), axis=1):
            pixels = cell.reshape(-1, 3)
            histograms += [np.bincount(pixels[:, colour], minlength=BINS) / len(pixels) for colour in range(3)]
    return np.concatenate(histograms)


def _changes(histograms: NDArray, step: int) -> NDArray:
    """(T - step,) share of the pixels that change their colours, mean over cells and colours."""
    if len(histograms) <= step:
        return np.zeros(0)
    moved = np.abs(histograms[step:] - histograms[:-step]).sum(axis=1) / 2
    return moved * BINS / histograms.shape[1]


__all__ = ["CutFinder", "colour_histogram"]
