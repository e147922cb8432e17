"""Who is who from frame to frame, where a file does not say it: by where everybody was going, box and keypoints."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .frames import Frame

#: A person is not found again who moved farther than this from one frame to the next, in sizes of the body.
FARTHEST = 0.7
#: Nor who was away for more frames.
LONGEST_AWAY = 30
#: How much of a way counts as the way on, and for how many frames somebody who is away goes on.
NEWEST_SHARE, LONGEST_GOING_ON = 0.3, 10
#: What boxes that do not lie on each other count beside the way of the keypoints, in sizes of the body.
BOX_WEIGHT = 0.3
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


@dataclass(eq=False)
class Followed:
    """Somebody who is followed.

    Args:
        points: (K, 3) keypoints when last seen.
        frame: when that was.
        velocity: (2,) of the whole body, pixels a frame.
    """

    points: NDArray
    frame: int
    velocity: NDArray = field(default_factory=lambda: np.zeros(2))

    def see(self, points: NDArray, frame: int) -> None:
        """The same person in another frame."""
        both = (self.points[:, 2] > 0) & (points[:, 2] > 0)
        if both.any():
            way = (points[both, :2] - self.points[both, :2]).mean(0) / max(1, frame - self.frame)
            self.velocity = self.velocity + NEWEST_SHARE * (way - self.velocity)
        self.points, self.frame = points, frame

    def expected(self, frame: int) -> NDArray:
        """(K, 3) where the person would be."""
        points = self.points.copy()
        points[:, :2] += self.velocity * min(frame - self.frame, LONGEST_GOING_ON)
        return points

    def unlikeness(self, points: NDArray, frame: int) -> float:
        """How far somebody is from where this person would be, by keypoints and boxes; infinite if it is too far."""
        expected = self.expected(frame)
        distance = body_distance(expected, points)
        return distance + BOX_WEIGHT * (1 - box_overlap(expected, points)) if distance < FARTHEST else np.inf


def nearest_pairs(people: Sequence[Followed], seen: Sequence[NDArray], frame: int) -> dict[int, int]:
    """Place in ``seen`` -> number of the person that it is; the likeliest pairs first."""
    pairs = sorted(
        (unlike, number, place)
        for number, person in enumerate(people)
        for place, points in enumerate(seen)
        if (unlike := person.unlikeness(points, frame)) < np.inf
    )
    found: dict[int, int] = {}
    for _, number, place in pairs:
        if place not in found and number not in found.values():
            found[place] = number
    return found


def _numbers(frames: list[Frame]) -> list[list[str]]:
    """A name for everybody in every frame."""
    people: dict[int, Followed] = {}
    newest, names = 0, []
    for index, frame in enumerate(frames):
        people = {number: person for number, person in people.items() if index - person.frame <= LONGEST_AWAY}
        numbers = list(people)
        found = nearest_pairs(list(people.values()), [seen.points for seen in frame], index)
        here = []
        for place, seen in enumerate(frame):
            if place in found:
                number = numbers[found[place]]
            else:
                newest += 1
                number = newest
            here.append(str(number))
            if not seen.points[:, 2].any():
                continue
            if number in people:
                people[number].see(seen.points, index)
            else:
                people[number] = Followed(seen.points, index)
        names.append(here)
    return names


def body_distance(before: NDArray, after: NDArray) -> float:
    """Mean way of the keypoints that both have, in sizes of the body."""
    both = (before[:, 2] > 0) & (after[:, 2] > 0)
    if not both.any():
        return np.inf
    way = np.linalg.norm(before[both, :2] - after[both, :2], axis=-1).mean()
    return float(way / max(body_size(before), body_size(after), 1e-9))


def box_overlap(one: NDArray, other: NDArray) -> float:
    """Area in both boxes around the keypoints (K, 3) that are seen, as a share of the area in either of them."""
    low, high = zip(*(_box(points) for points in (one, other)), strict=True)
    common = (np.minimum(*high) - np.maximum(*low)).clip(0).prod()
    areas = sum((top - bottom).prod() for bottom, top in zip(low, high, strict=True))
    return float(common / max(areas - common, 1e-9))


def _box(points: NDArray) -> tuple[NDArray, NDArray]:
    seen = points[points[:, 2] > 0, :2]
    return (seen.min(0), seen.max(0)) if len(seen) else (np.zeros(2), np.zeros(2))


def body_size(points: NDArray) -> float:
    """Diagonal of the box around the keypoints that are seen."""
    seen = points[points[:, 2] > 0, :2]
    return float(np.linalg.norm(seen.max(0) - seen.min(0))) if len(seen) else 0.0


__all__ = ["FARTHEST", "Followed", "body_distance", "body_size", "box_overlap", "follow", "nearest_pairs"]
