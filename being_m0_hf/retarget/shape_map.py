"""Finding a person in a skeleton of unknown names: two pairs of like branches for legs and arms, and a head."""

import re

import roma
import torch
from torch import Tensor

from ..io.rigs.rig import RigAnimation
from ..motion import MotionError

_LIKENESS = 0.15  # how much the lengths of a left and a right branch may differ
MAX_JOINTS = 400  # guessing takes the cube of their number
_MAX_SIBLINGS = 40
_MIN_BRANCH = 0.25  # of the longest way through the skeleton: shorter pairs are fingers and eyes
_MAX_HEAD_CHAIN = 3  # two bones of the neck and the head; what turns above is hair or a hat
_TURNS = 0.01  # radians; a joint that turns less over the clip is an end or a fixed spacer
_LEFT_WORDS, _RIGHT_WORDS = {"l", "left", "lft"}, {"r", "right", "rgt", "rt"}


def map_by_shape(rig: RigAnimation) -> dict[str, str]:
    """SMPL joint -> joint of the rig, guessed from bone lengths, branches and, for left and right, names or toes.

    Raises:
        MotionError: the skeleton has no two pairs of limbs; the message says what is missing.
    """
    if len(rig.names) > MAX_JOINTS:
        raise MotionError(
            f"{len(rig.names)} joints of unknown names are too many to guess who is who; give a joint map"
        )
    tree = _Tree(rig)
    pairs = tree.pairs()
    if len(pairs) < 2:
        what = "no two arms and two legs" if not pairs else "only one pair of limbs"
        raise MotionError(
            f"not a person: {len(rig.names)} joints ({_some(rig.names)}) with {what}; if it is one, give a joint map"
        )
    legs, arms = pairs[:2]
    if tree.is_above(tree.parent(arms), tree.parent(legs)):
        legs, arms = arms, legs
    pelvis, chest = tree.parent(legs), tree.parent(arms)
    head_chain = tree.longest_way(chest, without=(*arms, *legs, *tree.way_up(pelvis)))
    head_chain = [joint for joint in head_chain if joint in tree.turning][:_MAX_HEAD_CHAIN]
    if not head_chain:
        raise MotionError(f"not a person: no head above {rig.names[chest]!r}; if it is one, give a joint map")
    found = {"pelvis": pelvis, "spine3": chest, "head": head_chain[-1]}
    if len(head_chain) > 1:
        found["neck"] = head_chain[-2]
    leg_joints = [tree.limb(branch, "leg") for branch in legs]
    arm_joints = [tree.limb(branch, "arm") for branch in arms]
    # the branch that is left of the other, as the toes point
    leg_is_left, arm_is_left = _first_is_left(rig, leg_joints, arm_joints, found)
    for joints, first_is_left, names in (
        (leg_joints, leg_is_left, ("hip", "knee", "ankle", "foot")),
        (arm_joints, arm_is_left, ("shoulder", "elbow", "wrist", "collar")),
    ):
        for limb, side in zip(joints, ("left", "right") if first_is_left else ("right", "left"), strict=True):
            found |= {f"{side}_{name}": joint for name, joint in zip(names, limb, strict=True) if joint is not None}
    return {joint: rig.names[index] for joint, index in found.items()}


class _Tree:
    """The rig as a tree with bone lengths, and which of its joints turn at all; no one pose decides anything."""

    def __init__(self, rig: RigAnimation) -> None:
        self.names, self.parents, self.way_up = rig.names, rig.parents, rig.way_up
        self.lengths = rig.positions.norm(dim=-1).median(dim=0).values.tolist()
        self.turning = _turning(rig)
        self.children: list[list[int]] = [[] for _ in rig.names]
        self.reach = [0.0] * len(rig.names)  # from a joint to the farthest end below it
        self.sizes = [1] * len(rig.names)  # a joint and all below it
        for joint in reversed(range(len(rig.names))):
            parent = rig.parents[joint]
            if parent >= 0:
                self.children[parent].append(joint)
                self.sizes[parent] += self.sizes[joint]
                self.reach[parent] = max(self.reach[parent], self.lengths[joint] + self.reach[joint])

    def parent(self, pair: tuple[int, int]) -> int:
        return self.parents[pair[0]]

    def is_above(self, joint: int, other: int) -> bool:
        return joint != other and joint in self.way_up(other)

    def pairs(self) -> list[tuple[int, int]]:
        """Pairs of sibling branches of like length, none inside another, the longest first."""
        # below the first branching: a root may stand far from the body
        start = next((joint for joint, below in enumerate(self.children) if len(below) > 1), 0)
        whole = self.reach[start]
        candidates = []
        for children in self.children:
            if len(children) > _MAX_SIBLINGS:
                continue
            for number, first in enumerate(children):
                for second in children[number + 1 :]:
                    low, high = sorted((self.reach[first], self.reach[second]))
                    if high > _MIN_BRANCH * whole and low > (1 - _LIKENESS) * high and self._ends_alike(first, second):
                        candidates.append((-low, first, second))
        chosen: list[tuple[int, int]] = []
        for _, first, second in sorted(candidates):
            inside = {joint for pair in chosen for joint in pair}
            taken = any(inside & set(self.way_up(joint)) for joint in (first, second))
            around = any(joint in self.way_up(other) for joint in (first, second) for other in inside)
            if not taken and not around:
                chosen.append((first, second))
        return chosen

    def _ends_alike(self, first: int, second: int) -> bool:
        low, high = sorted((self.sizes[first], self.sizes[second]))
        return low * 2 >= high

    def longest_way(self, joint: int, without: tuple[int, ...]) -> list[int]:
        """The joints below ``joint`` towards its farthest end, not entering ``without``."""
        way: list[int] = []
        options = [child for child in self.children[joint] if child not in without]
        while options:
            way.append(max(options, key=lambda child: self.lengths[child] + self.reach[child]))
            options = self.children[way[-1]]
        return way

    def limb(self, branch: int, kind: str) -> tuple[int, int, int, int | None]:
        """Hip, knee, ankle and toe, or shoulder, elbow, wrist and collar: the two long bones are about equal."""
        way = [branch, *self.longest_way(branch, ())]
        way = [joint for joint in way if not self.names[joint].endswith("_end")][:_MAX_SIBLINGS]
        along = [0.0]
        for joint in way[1:]:
            along.append(along[-1] + self.lengths[joint])
        best, chosen = 0.0, None
        for i in range(len(way)):
            for j in range(i + 1, len(way)):
                for k in range(j + 1, len(way)):
                    upper, lower = along[j] - along[i], along[k] - along[j]
                    balance = min(upper, lower) / max(upper, lower, 1e-9)
                    score = (upper + lower) * balance**2
                    if not {way[i], way[j]} <= self.turning:
                        continue
                    if way[k] not in self.turning:
                        score *= 0.5
                    if score > best * 1.001:
                        best, chosen = score, (i, j, k)
        if chosen is None:
            raise MotionError(f"not a person: the {kind} at {self.names[branch]!r} has no two bones; give a joint map")
        i, j, k = chosen
        if kind == "leg":
            extra = way[k + 1] if k + 1 < len(way) else None
        else:
            extra = way[i - 1] if i > 0 else None
        return way[i], way[j], way[k], extra


def _turning(rig: RigAnimation) -> set[int]:
    """Joints that turn over the clip; all but the end sites where none does (a single pose)."""
    turns = roma.unitquat_geodesic_distance(rig.rotations, rig.rotations[:1].expand_as(rig.rotations)).amax(dim=0)
    joints = {joint for joint, name in enumerate(rig.names) if not name.endswith("_end")}
    return {joint for joint in joints if turns[joint] > _TURNS} or joints


def _first_is_left(rig: RigAnimation, legs: list[tuple], arms: list[tuple], found: dict[str, int]) -> tuple[bool, bool]:
    """Whether the first leg and the first arm are the left ones: by their names, else by where the toes point."""
    by_name = [_side(rig, limbs) for limbs in (legs, arms)]
    if None not in by_name:
        return by_name[0], by_name[1]
    positions = rig.world()[0]
    ankles = (positions[:, legs[0][2]] + positions[:, legs[1][2]]) / 2
    up = positions[:, found["head"]] - ankles
    across = [positions[:, limbs[0][0]] - positions[:, limbs[1][0]] for limbs in (legs, arms)]
    forward = _forward(positions, legs)
    left = torch.linalg.cross(up, forward)
    if float(left.norm(dim=-1).mean()) < 1e-9:
        raise MotionError("left and right cannot be told: no names and no toes; give a joint map")
    guesses = [bool((across[limb] * left).sum(dim=-1).mean() > 0) for limb in range(2)]
    return tuple(guess if name is None else name for guess, name in zip(guesses, by_name, strict=True))


def _forward(positions: Tensor, legs: list[tuple]) -> Tensor:
    """(T, 3) where the toes point; without toes, where the knees bend to."""
    parts = []
    for hip, knee, ankle, toe in legs:
        if toe is not None:
            parts.append(positions[:, toe] - positions[:, ankle])
        else:
            parts.append(positions[:, knee] - (positions[:, hip] + positions[:, ankle]) / 2)
    return parts[0] + parts[1]


def _side(rig: RigAnimation, limbs: list[tuple]) -> bool | None:
    """True where the first limb's names say left and the second's right, None where they say nothing clear."""
    sides = []
    for limb in limbs:
        words = {word for joint in limb if joint is not None for word in words_of(rig.names[joint])}
        left, right = bool(words & _LEFT_WORDS), bool(words & _RIGHT_WORDS)
        sides.append(None if left == right else left)
    return sides[0] if None not in sides and sides[0] != sides[1] else None


def words_of(name: str) -> list[str]:
    """ "arm_joint_L__2_" -> arm, joint, l; "LeftUpLeg" -> left, up, leg; "lThigh" -> l, thigh."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
