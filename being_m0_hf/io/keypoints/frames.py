"""People found in frames, as files of detectors say it, before anybody knows who is who."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...utils.user_files import UserFileError

#: What is more is no list of people any more.
MOST_PEOPLE, MOST_FRAMES = 1000, 1_000_000
MOST_PIXELS = 1e6


@dataclass(frozen=True, eq=False)
class Seen:
    """One person in one frame.

    Args:
        points: (keypoints, 3) x, y and the confidence, 0 where a keypoint is missing.
        person: who it is, where the file says so.
    """

    points: NDArray
    person: str | None = None


Frame = list[Seen]


def points_of(values: object, where: str, scores: object = None) -> NDArray:
    """Keypoints (keypoints, 3) of what a file holds for a person.

    Args:
        values: numbers in one list (x, y, confidence, x, ...), or a list of [x, y] or [x, y, confidence].
        where: for messages.
        scores: confidences, where they are a list of their own.

    Raises:
        UserFileError: something else.
    """
    if not isinstance(values, list) or not values:
        raise UserFileError(f"{where}: expected a list of keypoints")
    rows = values if isinstance(values[0], list) else None
    if rows is None:
        if len(values) % 3:
            raise UserFileError(f"{where}: {len(values)} numbers are no triples of x, y and confidence")
        rows = [values[start : start + 3] for start in range(0, len(values), 3)]
    if not all(isinstance(row, list) and len(row) in (2, 3) for row in rows):
        raise UserFileError(f"{where}: expected keypoints of two or three numbers: x, y, confidence")
    if scores is not None:
        if not isinstance(scores, list) or len(scores) != len(rows):
            raise UserFileError(f"{where}: expected as many scores as keypoints")
        rows = [[row[0], row[1], score] for row, score in zip(rows, scores, strict=True)]
    return clean([[number(value, where) for value in row] for row in rows], where)


def clean(rows: Sequence[Sequence[float]], where: str) -> NDArray:
    """(keypoints, 3) with a confidence of 0 to 1 for all; what is not finite or lies at (0, 0) is missing."""
    points = np.ones((len(rows), 3))
    for index, row in enumerate(rows):
        points[index, : len(row)] = row
    if np.abs(points[np.isfinite(points)]).max(initial=0.0) > MOST_PIXELS:
        raise UserFileError(f"{where}: a keypoint lies more than {MOST_PIXELS:,.0f} pixels away")
    missing = ~np.isfinite(points).all(-1) | (points[:, :2] == 0).all(-1)
    points[:, 2] = np.clip(points[:, 2], 0.0, 1.0)
    points[missing] = 0.0
    return points


def number(value: object, where: str) -> float:
    """A number of a file; null stands for what is not known."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserFileError(f"{where}: {str(value)[:40]!r} is no number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


__all__ = ["MOST_FRAMES", "MOST_PEOPLE", "Frame", "Seen", "clean", "number", "points_of"]
