"""People followed from frame to frame, each by the square in which the last frame had them, and by where they go."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...io.keypoints import Frame, Seen, body_distance
from ...io.keypoints.tracking import LONGEST_AWAY, Followed, body_size, nearest_pairs
from .crops import Square

if TYPE_CHECKING:
    from .blazepose import BlazePose, Landmarks

#: Whoever is new is looked for in every such frame, and whenever nobody is seen.
LOOK_EVERY = 6
#: Who is small in the picture is looked for in every such frame: that takes five times as long.
LOOK_CLOSER_EVERY = 30
SURE_ENOUGH = 0.5
#: Two people whose keypoints are nearer to each other, in sizes of the body, are one who was found twice.
SAME_PERSON = 0.12
#: Whoever is found where somebody is followed already, box upon box by this share of the smaller one, is that person in
#: another guess at the pose; two people who pass each other are found when they part.
SAME_PLACE = 0.6
#: Squares of fewer pixels hold nobody who can be told from a spot; nor do keypoints that are within half as many.
SMALLEST = 12.0


@dataclass(eq=False)
class _Person(Followed):
    name: str = ""
    square: Square = field(default_factory=lambda: Square(0.0, 0.0, 0.0))


class KeypointFollower:
    """Sees the frames of one video in their order.

    Looking for people costs more than following them: once found, a person is followed by the square of the last
    frame. Who was away for a moment gets the name back at about the same place.

    Args:
        detector: finds people and their keypoints.
        most_people: at most so many in each frame.
    """

    def __init__(self, detector: "BlazePose", most_people: int = 5) -> None:
        if most_people < 1:
            raise ValueError(f"most_people is {most_people}, expected 1 or more")
        self.detector, self.most_people = detector, most_people
        self._people: list[_Person] = []
        self._index, self._number = -1, 0

    def see(self, picture: NDArray) -> Frame:
        """Everybody in the next picture (height, width, 3) of RGB bytes; keypoints in its pixels."""
        self._index += 1
        image = Image.fromarray(picture)
        here = self._followed(image)
        if not here or (self._index % LOOK_EVERY == 0 and len(here) < self.most_people):
            here += self._new(image, here)
        away = [person for person in self._people if person not in here]
        self._people = here + [person for person in away if self._index - person.frame <= LONGEST_AWAY]
        return [Seen(person.points, person.name) for person in here]

    def _followed(self, image: Image.Image) -> list[_Person]:
        """Who was in the last frame and is in this one."""
        seen: list[tuple[float, int, _Person, Landmarks]] = []
        for person in self._people:
            if person.frame == self._index - 1:
                found = self._landmarks(image, person.square)
                if found is not None:
                    seen.append((person.unlikeness(found.keypoints, self._index), len(seen), person, found))
        here: list[_Person] = []
        # two squares that come to hold one person: it is the one who was going there
        for _, _, person, found in sorted(seen, key=lambda each: each[:2]):
            if _is_new(found.keypoints, [other.points for other in here]):
                self._see(person, found)
                here.append(person)
        return [person for person in self._people if person in here]

    def _new(self, image: Image.Image, here: list[_Person]) -> list[_Person]:
        """Who is found and was not in the last frame."""
        seen: list[Landmarks] = []
        for square in self.detector.find(image, closer=self._index % LOOK_CLOSER_EVERY == 0):
            if len(here) + len(seen) >= self.most_people:
                break
            found = self._landmarks(image, square)
            others = [person.points for person in here] + [other.keypoints for other in seen]
            if found is not None and _is_new(found.keypoints, others) and not _is_within(found.keypoints, others):
                seen.append(found)
        away = [person for person in self._people if person not in here]
        back = nearest_pairs(away, [found.keypoints for found in seen], self._index)
        people = []
        for place, found in enumerate(seen):
            if place in back:
                person = away[back[place]]
            else:
                self._number += 1
                person = _Person(found.keypoints, self._index, name=str(self._number))
            self._see(person, found)
            people.append(person)
        return people

    def _see(self, person: _Person, found: "Landmarks") -> None:
        person.see(found.keypoints, self._index)
        person.square = found.following

    def _landmarks(self, image: Image.Image, square: Square) -> "Landmarks | None":
        """What is in the square, if it is a person in the picture."""
        if not SMALLEST <= square.side <= 8 * max(image.size):
            return None
        seen = self.detector.landmarks(image, square)
        large = seen.following.side >= SMALLEST and body_size(seen.keypoints) >= SMALLEST / 2
        return seen if seen.score >= SURE_ENOUGH and large else None


def _is_new(keypoints: NDArray, others: list[NDArray]) -> bool:
    return all(body_distance(keypoints, other) >= SAME_PERSON for other in others)


def _is_within(keypoints: NDArray, others: list[NDArray]) -> bool:
    """Whether the box around keypoints (K, 3) and that of somebody else lie on each other."""
    low, high = keypoints[:, :2].min(0), keypoints[:, :2].max(0)
    for other in others:
        other_low, other_high = other[:, :2].min(0), other[:, :2].max(0)
        common = (np.minimum(high, other_high) - np.maximum(low, other_low)).clip(0).prod()
        smaller = min((high - low).prod(), (other_high - other_low).prod())
        if common > SAME_PLACE * smaller:
            return True
    return False


__all__ = ["KeypointFollower"]
