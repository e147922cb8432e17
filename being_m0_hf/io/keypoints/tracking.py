"""Who is who from frame to frame, where a file does not say it."""

import numpy as np
from numpy.typing import NDArray

from .frames import Frame

#: A person is not found again who moved farther than this from one frame to the next, in sizes of the body.
FARTHEST = 0.7
#: Nor who was away for more frames.
LONGEST_AWAY = 30
#: Numbers in all tracks together, 160 MB: of more people than these hold, those who are seen most are kept.
MOST_NUMBERS = 20_000_000


def follow(frames: list[Frame]) -> dict[str, NDArray]:
    """Keypoints (frames, keypoints, 3) of each person, zeros where a person is not there.

    Names come from the file where every person has one, otherwise people are followed by where they are, and called by
    numbers from 1 on. People come in the order of how much of them is seen, the most first; see `MOST_NUMBERS`.
    """
    everyone = [seen for frame in frames for seen in frame]
    if not everyone:
        return {}
    named = all(seen.person is not None for seen in everyone)
    names = [[seen.person or "" for seen in frame] for frame in frames] if named else _numbers(frames)
    people: dict[str, dict[int, NDArray]] = {}
    for index, (frame, here) in enumerate(zip(frames, names, strict=True)):
        for seen, name in zip(frame, here, strict=True):
            track, sure = people.setdefault(name, {}), seen.points[:, 2].sum()
            if sure > (track[index][:, 2].sum() if index in track else 0.0):  # one name twice: the better seen
                track[index] = seen.points
    size = len(frames) * everyone[0].points.size
    kept = sorted(people, key=lambda name: -_presence(people[name]))[: max(1, MOST_NUMBERS // size)]
    return {name: _whole(people[name], (len(frames), *everyone[0].points.shape)) for name in kept}


def _whole(track: dict[int, NDArray], shape: tuple[int, ...]) -> NDArray:
    """Keypoints of all frames, zeros where a person is not there."""
    whole = np.zeros(shape)
    for index, points in track.items():
        whole[index] = points
    return whole


def _presence(track: dict[int, NDArray]) -> float:
    """How much of a person is seen: the confidence of all keypoints, times the size in the picture."""
    sizes = [body_size(points) for points in track.values()]
    return float(sum(points[:, 2].sum() for points in track.values())) * (float(np.median(sizes)) if sizes else 0.0)


def _numbers(frames: list[Frame]) -> list[list[str]]:
    """A name for everybody in every frame: the nearest pairs of neighbouring frames belong together."""
    last: dict[int, tuple[NDArray, int]] = {}  # person -> keypoints and frame of when they were seen last
    number, names = 0, []
    for index, frame in enumerate(frames):
        last = {person: seen for person, seen in last.items() if index - seen[1] <= LONGEST_AWAY}
        pairs = sorted(
            (distance, person, place)
            for person, (points, _) in last.items()
            for place, seen in enumerate(frame)
            if (distance := body_distance(points, seen.points)) < FARTHEST
        )
        found: dict[int, int] = {}
        for _, person, place in pairs:
            if place not in found and person not in found.values():
                found[place] = person
        for place, seen in enumerate(frame):
            if place not in found:
                number += 1
                found[place] = number
            if seen.points[:, 2].any():
                last[found[place]] = (seen.points, index)
        names.append([str(found[place]) for place in range(len(frame))])
    return names


def body_distance(before: NDArray, after: NDArray) -> float:
    """Mean way of the keypoints that both have, in sizes of the body."""
    both = (before[:, 2] > 0) & (after[:, 2] > 0)
    if not both.any():
        return np.inf
    way = np.linalg.norm(before[both, :2] - after[both, :2], axis=-1).mean()
    return float(way / max(body_size(before), body_size(after), 1e-9))


def body_size(points: NDArray) -> float:
    """Diagonal of the box around the keypoints that are seen."""
    seen = points[points[:, 2] > 0, :2]
    return float(np.linalg.norm(seen.max(0) - seen.min(0))) if len(seen) else 0.0


__all__ = ["FARTHEST", "body_distance", "body_size", "follow"]
