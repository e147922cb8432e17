"""On which side a take is, and a take of one side done with both, or with the arms of another one."""

import re
from collections.abc import Iterable

import torch

from ...motion import Motion
from ...motion.body_parts import PARTS
from ...motion.curves import ease
from ...motion.rotations import slerp
from ...motion.skeleton import JOINT_INDEX

#: A limb that does so many times as much as the other one is the one that an action is done with.
_CLEARLY = 1.3
#: Frames in which arms go over from one motion into the other.
_FADE = 8
#: Metres to the side that are no chance.
_ASIDE = 0.4
_TO_THE_SIDE = re.compile(
    r"\bto (?:the|his|her|its|their|your) (?:left|right)\b(?! (?:arm|hand|leg|foot|knee|side of))", re.I
)
_LEGS = re.compile(r"\b(?:leg|foot|feet|knee|heel|toes?|ankle|hip|thigh)s?\b", re.I)
_JOINTS = {part.name: list(part.joints) for part in PARTS}


def busier_side(motion: Motion, said: str = "") -> str:
    """The side, "left" or "right", of the limb that does more; "" where both do about as much.

    Args:
        said: words of the action; legs are compared where they name one, else arms; "to the left" is where it goes.
    """
    if _TO_THE_SIDE.search(said):
        aside = _way_aside(motion)
        return "" if abs(aside) < _ASIDE else "left" if aside > 0 else "right"
    limb = ("hip", "ankle") if _LEGS.search(said) else ("shoulder", "wrist")
    left, right = (_work(motion, *(f"{side}_{joint}" for joint in limb)) for side in ("left", "right"))
    if left > _CLEARLY * right:
        return "left"
    return "right" if right > _CLEARLY * left else ""


def _way_aside(motion: Motion) -> float:
    """How far to its left a body goes, as it faced at first, metres."""
    way, heading = motion.translation[-1] - motion.translation[0], motion.heading()[0]
    return float(way[0] * torch.cos(heading) - way[2] * torch.sin(heading))


def _work(motion: Motion, origin: str, end: str) -> float:
    """How far the end of a limb is from where it hangs, and how far it goes in a second; means, metres together."""
    joints = motion.joints()
    limb = joints[:, JOINT_INDEX[end]] - joints[:, JOINT_INDEX[origin]]
    hanging = torch.stack((limb[:, 0] * 0, -limb.norm(dim=-1).amax().expand(len(limb)), limb[:, 2] * 0), dim=-1)
    path = limb.diff(dim=0).norm(dim=-1).mean() * motion.fps if len(limb) > 1 else 0.0
    return float((limb - hanging).norm(dim=-1).mean() + path)


def with_both_arms(motion: Motion, side: str) -> Motion:
    """What one arm does, done by both: the other arm is its mirror image."""
    other = "left" if side == "right" else "right"
    return with_arms(motion, motion.mirrored(), [f"{other}_arm"])


def with_arms(body: Motion, other: Motion, arms: Iterable[str]) -> Motion:
    """A motion with the arms of another one, as far as that lasts; then its own come back."""
    joints = [joint for arm in arms for joint in _JOINTS[arm]]
    frames = min(body.num_frames, other.num_frames)
    weight = torch.ones(frames)
    if frames < body.num_frames:
        fade = min(_FADE, frames)
        weight[-fade:] = 1 - ease((torch.arange(fade) + 1.0) / (fade + 1))
    old, new = body.rotations[:frames, joints], other.rotations[:frames, joints]
    rotations = body.rotations.clone()
    rotations[:frames, joints] = slerp(old, new, weight[:, None].expand(old.shape[:-1]))
    return body.replace(rotations=rotations)
