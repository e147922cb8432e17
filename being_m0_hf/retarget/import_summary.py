"""What was understood of a file, in one line, so that a wrong guess is seen."""

import math
from dataclasses import dataclass

from torch import Tensor

from ..motion import Motion

_MOST_NAMES = 6


@dataclass(frozen=True)
class Understanding:
    """What an import chose and found out; ``line`` says it.

    Args:
        person: who was taken, where the file holds several; ``other_people`` who was not.
        animation: which one was taken; ``other_animations`` which were not.
        asked: "person" and "animation", where the user named them; else the largest and the longest were taken.
        joints: how it was found who is who: the title of a table, "words", "shape", or a user's file.
        units: of the file's lengths.
        up: the file's up axis.
        notes: whatever else a user should know.
    """

    person: str = ""
    other_people: tuple[str, ...] = ()
    animation: str = ""
    other_animations: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    joints: str = "SMPL"
    units: str = "m"
    up: str = "y"
    notes: tuple[str, ...] = ()

    def line(self, motion: Motion) -> str:
        """One line about the file and the motion that came of it."""
        parts = []
        if self.person:
            parts.append(f"person {self.person}{self._not_taken('person', 'largest', self.other_people)}")
        if self.animation:
            name = self.animation if self.animation.startswith("animation") else f"animation {self.animation}"
            parts.append(f"{name}{self._not_taken('animation', 'longest', self.other_animations)}")
        parts += [
            f"joints by {self.joints}",
            f"unit {self.units}",
            f"{self.up} up",
            f"{motion.num_frames} frames at {motion.fps:g} fps",
            f"facing {facing(motion)}",
            *self.notes,
        ]
        return "; ".join(" ".join(part.split()) for part in parts)

    def _not_taken(self, what: str, why: str, others: tuple[str, ...]) -> str:
        if not others:
            return ""
        chosen = "" if what in self.asked else f"the {why} of {len(others) + 1}; "
        more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
        return f" ({chosen}--{what} takes another: {', '.join(others[:_MOST_NAMES])}{more})"


def facing(motion: Motion) -> str:
    """Where the body faces in its first frame, as the axis of our y-up world or the angle to it."""
    degrees = math.degrees(float(motion.heading()[0]))
    nearest = 90 * round(degrees / 90)
    if abs(degrees - nearest) < 10:
        return {0: "+z", 90: "+x", -90: "-x", 180: "-z", -180: "-z"}[nearest]
    return f"{abs(degrees):.0f} degrees {'left' if degrees > 0 else 'right'} of +z"


def axis_name(axis: Tensor) -> str:
    """The name of a coordinate axis (3,): "y", "-z"."""
    largest = int(axis.abs().argmax())
    return ("-" if axis[largest] < 0 else "") + "xyz"[largest]
