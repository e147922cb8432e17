"""What a performance knows about the score it performs and the recording it performs on; and where places are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from ...motion.rotations import matrix_heading
from ..score.fields import Triple
from ..score.places import PLACES, POINTS
from ..score.score import Score
from . import timing, turns
from .body import SIGN, Body, Pose
from .turns import apply

OTHER = {"left": "right", "right": "left"}


@dataclass(eq=False)
class Stage:
    """One performance.

    Args:
        score: what is performed.
        base: the recording it is performed on.
        seed: of everything that is random.
        gain: how large curves and repetitions are, 1 = as written.
        travels: whether the base goes somewhere; then "forward" turns with the body.
    """

    score: Score
    base: Body
    seed: int = 0
    gain: float = 1.0
    travels: bool = False

    @property
    def frames(self) -> int:
        return len(self.base)

    @cached_property
    def t(self) -> NDArray:
        return timing.seconds(self.frames)

    @cached_property
    def base_pose(self) -> Pose:
        return self.base.pose()

    @cached_property
    def facing(self) -> NDArray:
        """(T, 3, 3) axes (left, up, forward) of the way the body faces; those of the first frame where it stays."""
        heading = np.degrees(np.unwrap(matrix_heading(torch.from_numpy(self.base_pose.axes("pelvis"))).numpy()))
        axes = turns.about(turns.Y, heading)
        return axes if self.travels else np.repeat(axes[:1], self.frames, axis=0)

    @cached_property
    def home(self) -> NDArray:
        """(3,) the floor below where the pelvis is at first."""
        return self.base_pose.positions[0, 0] * (1, 0, 1)

    def place(self, name: str, side: str, pose: Pose) -> tuple[NDArray, NDArray]:
        """World point (T, 3) of a place for a hand of a side, and the axes (T, 3, 3) that offsets from it have."""
        if name in ("space", "floor"):
            height = self.base_pose.positions[0, JOINT_INDEX["spine3"], 1] if name == "space" else 0.0
            point = np.repeat((self.home + (0, height, 0))[None], self.frames, axis=0)
            return point, np.repeat(self.facing[:1], self.frames, axis=0)
        place = PLACES[name]
        offset = np.asarray(place.offset) * (SIGN[side], 1, 1)
        joint, toward = (
            each.replace("SIDE", side).replace("OTHER", OTHER[side]) for each in (place.joint, place.toward)
        )
        chest = pose.axes("spine3")
        if joint.endswith("_palm"):
            return self.point(joint, pose), chest
        if toward:
            between = pose.point(joint) * (1 - place.share) + pose.point(toward) * place.share
            return between + apply(self.facing, offset), chest
        if joint.endswith(("knee", "ankle", "elbow", "wrist")):
            return pose.point(joint) + apply(self.facing, offset), chest
        axes = pose.axes(joint)
        return pose.point(joint) + apply(axes, offset), axes

    @staticmethod
    def point(name: str, pose: Pose) -> NDArray:
        """World way (T, 3) of a point of the body."""
        joint, offset = POINTS[name]
        return pose.fixed(joint, offset)

    def anywhere(self, name: str, side: str, pose: Pose) -> NDArray:
        """World way (T, 3) of a point, or of a place on a side."""
        return self.point(name, pose) if name in POINTS else self.place(name, side, pose)[0]


def mirrored(offset: Triple, side: str) -> NDArray:
    """(out, up, forward) of a side as (left, up, forward)."""
    return np.asarray(offset, dtype=float) * (SIGN[side], 1, 1)
