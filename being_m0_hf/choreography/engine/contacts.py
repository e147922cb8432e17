"""Meet here, now: points that must touch at a moment pull the last centimetres of their ways towards each other."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..score.keys import Contact
from ..score.places import side_of
from . import timing
from .body import Pose
from .stage import Stage

_ON_HAND = ("wrist", "palm", "tips", "fist", "back", "hand")
#: Two flat palms are so far apart when they touch: their points lie in the skin.
_TOUCHING = 0.0
#: Farther than that a contact does not pull: the score's own keys must bring the points near.
_MOST_PULL = 0.35


def is_hand(point: str) -> bool:
    return point.rpartition("_")[2] in _ON_HAND and "_" in point


def window(stage: Stage, contact: Contact) -> NDArray:
    """(T,) how much the points are drawn together, 0 to 1."""
    weight = np.zeros(stage.frames)
    for number in range(int(contact.times)):
        start = contact.t + number * contact.every
        ease = contact.ease if contact.times == 1 else min(contact.ease, contact.every / 2 - 0.05)
        rise = timing.minimum_jerk(stage.t, start - ease, start)
        fall = timing.minimum_jerk(stage.t, start + contact.hold, start + contact.hold + ease)
        weight = np.maximum(weight, rise * (1 - fall))
    return weight


def hand_corrections(stage: Stage, pose: Pose) -> dict[str, NDArray]:
    """Side -> metres (T, 3) that its wrist must move. Two hands share the way; a hand goes to anything else alone."""
    found: dict[str, NDArray] = {}
    for contact, weight in _hand_contacts(stage):
        side, other = side_of(contact.point), side_of(contact.on)
        goal = stage.anywhere(contact.on, side, pose)
        gap = goal - stage.point(contact.point, pose)
        length = np.linalg.norm(gap, axis=-1, keepdims=True)
        gap = gap * np.minimum(1, _MOST_PULL / np.maximum(length, 1e-6)) * weight[:, None]
        both = is_hand(contact.on) and other != side
        found[side] = found.get(side, np.zeros_like(gap)) + gap * (0.5 if both else 1.0)
        if both:
            found[other] = found.get(other, np.zeros_like(gap)) - gap * 0.5
    return found


def _hand_contacts(stage: Stage) -> Iterator[tuple[Contact, NDArray]]:
    for contact in stage.score.contacts:
        if is_hand(contact.point):
            yield contact, window(stage, contact)


def knee_contacts(stage: Stage) -> Iterator[tuple[str, NDArray]]:
    """(side, weight) of each knee that comes down on the floor."""
    for contact in stage.score.contacts:
        if contact.point.endswith("_knee") and contact.on == "floor":
            yield side_of(contact.point), window(stage, contact)
