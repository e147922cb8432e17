"""People followed from frame to frame, each by the square in which the last frame had them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...io.keypoints import Frame, Seen, body_distance
from ...io.keypoints.tracking import FARTHEST, LONGEST_AWAY, body_size
from .crops import Square

if TYPE_CHECKING:
    from .blazepose import BlazePose, Landmarks

#: Whoever is new is looked for in every such frame, and whenever nobody is seen.
LOOK_EVERY = 6
SURE_ENOUGH = 0.5
#: Two people whose keypoints are nearer to each other, in sizes of the body, are one who was found twice.
SAME_PERSON = 0.12
#: Whoever is found where somebody is followed already, box upon box by this share of the smaller one, is that person in
#: another guess at the pose; two people who pass each other are found when they part.
SAME_PLACE = 0.6
#: Squares of fewer pixels hold nobody who can be told from a spot; nor do keypoints that are within half as many.
SMALLEST = 12.0


@dataclass(eq=False)
class _Person:
    name: str
    keypoints: NDArray
    square: Square
    frame: int


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
        return [Seen(person.keypoints, person.name) for person in here]

    def _followed(self, image: Image.Image) -> list[_Person]:
        """Who was in the last frame and is in this one."""
        here: list[_Person] = []
        for person in self._people:
            if person.frame != self._index - 1:
                continue
            seen = self._landmarks(image, person.square)
            if seen is not None and _is_new(seen.keypoints, here):
                person.keypoints, person.square, person.frame = seen.keypoints, seen.following, self._index
                here.append(person)
        return here

    def _new(self, image: Image.Image, here: list[_Person]) -> list[_Person]:
        """Who is found and was not in the last frame."""
        found: list[_Person] = []
        for square in self.detector.find(image):
            if len(here) + len(found) >= self.most_people:
                break
            seen = self._landmarks(image, square)
            if seen is None or not _is_new(seen.keypoints, here + found) or _is_within(seen.keypoints, here + found):
                continue
            person = self._back(seen.keypoints, here + found)
            if person is None:
                self._number += 1
                person = _Person(str(self._number), seen.keypoints, seen.following, self._index)
            person.keypoints, person.square, person.frame = seen.keypoints, seen.following, self._index
            found.append(person)
        return found

    def _landmarks(self, image: Image.Image, square: Square) -> "Landmarks | None":
        """What is in the square, if it is a person in the picture."""
        if not SMALLEST <= square.side <= 8 * max(image.size):
            return None
        seen = self.detector.landmarks(image, square)
        large = seen.following.side >= SMALLEST and body_size(seen.keypoints) >= SMALLEST / 2
        return seen if seen.score >= SURE_ENOUGH and large else None

    def _back(self, keypoints: NDArray, here: list[_Person]) -> _Person | None:
        """Who was away and was last seen there."""
        away = [person for person in self._people if person not in here]
        near = [(body_distance(person.keypoints, keypoints), number) for number, person in enumerate(away)]
        distance, number = min(near, default=(np.inf, 0))
        return away[number] if distance < FARTHEST else None


def _is_new(keypoints: NDArray, others: list[_Person]) -> bool:
    return all(body_distance(keypoints, other.keypoints) >= SAME_PERSON for other in others)


def _is_within(keypoints: NDArray, others: list[_Person]) -> bool:
    """Whether the box around keypoints (K, 3) and that of somebody else lie on each other."""
    low, high = keypoints[:, :2].min(0), keypoints[:, :2].max(0)
    for other in others:
        other_low, other_high = other.keypoints[:, :2].min(0), other.keypoints[:, :2].max(0)
        common = (np.minimum(high, other_high) - np.maximum(low, other_low)).clip(0).prod()
        smaller = min((high - low).prod(), (other_high - other_low).prod())
        if common > SAME_PLACE * smaller:
            return True
    return False


__all__ = ["KeypointFollower"]
