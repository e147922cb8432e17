"""Longer motions from short ones: the next clip starts where the last one ends, and the two cross-fade."""

import torch
from torch import Tensor

from .curves import ease
from .motion import Motion, MotionError
from .rotations import slerp

BLEND_FRAMES = 8
#: How far from the ends a better matching pair of poses is looked for.
SEARCH_FRAMES = 16
#: Poses further apart than this (mean over the joints, metres) do not cross-fade without an unnatural glide.
MAX_POSE_GAP = 0.16


def stitch(motions: list[Motion], blend_frames: int = BLEND_FRAMES) -> Motion:
    """Play motions one after the other as one.

    Each next motion is turned and moved to go on from where the last one is, and the last ``blend_frames`` frames of
    one fade into the first of the next: rotations by slerp, translation linearly.

    Args:
        motions: at least one, all of the same frame rate and skeleton, each longer than two blends.
        blend_frames: length of the cross-fade.

    Raises:
        MotionError: no motion, different frame rates, or a motion too short to blend.
    """
    if not motions:
        raise MotionError("nothing to stitch: give at least one motion")
    for motion in motions:
        if motion.fps != motions[0].fps:
            raise MotionError(f"cannot stitch {motions[0].fps:g} fps with {motion.fps:g} fps: resample first")
        if len(motions) > 1 and motion.num_frames <= 2 * blend_frames:
            raise MotionError(
                f"a motion of {motion.num_frames} frames is too short to stitch: give more than {2 * blend_frames}"
            )
    whole = motions[0]
    for motion in motions[1:]:
        whole = join(whole, motion, blend_frames)
    return whole


def trim_to_match(first: Motion, second: Motion, blend_frames: int = BLEND_FRAMES) -> tuple[Motion, Motion, float]:
    """Cut the end of one motion and the start of the next to where their poses are nearest.

    Returns:
        both motions, trimmed, and the distance left between the poses: mean over the joints, metres, as seen from
        each body's own root and heading.
    """
    reach_first = min(SEARCH_FRAMES, first.num_frames - 2 * blend_frames - 1)
    reach_second = min(SEARCH_FRAMES, second.num_frames - 2 * blend_frames - 1)
    if min(reach_first, reach_second) < 1:
        return first, second, float(_pose_gaps(first, second, 1, 1, blend_frames)[0, 0])
    gaps = _pose_gaps(first, second, reach_first, reach_second, blend_frames)
    cut_first, cut_second = divmod(int(gaps.argmin()), reach_second)
    return (
        first.crop(0, first.num_frames - cut_first),
        second.crop(cut_second, second.num_frames),
        float(gaps.min()),
    )


def _pose_gaps(first: Motion, second: Motion, reach_first: int, reach_second: int, blend_frames: int) -> Tensor:
    """(reach_first, reach_second): gap when so many frames are cut from the first's end and the second's start."""
    half = blend_frames // 2
    # the poses that meet in the middle of the fade, and how they move there
    ends = local_poses(first)[-1 - half - torch.arange(reach_first)]
    starts = local_poses(second)[half + torch.arange(reach_second)]
    return (ends[:, None] - starts[None]).norm(dim=-1).mean(dim=-1)


def local_poses(motion: Motion) -> Tensor:
    """(T, 44, 3): joint positions seen from the root and its heading, and their change over 0.2 s."""
    joints = motion.joints()
    joints = joints - joints[:, :1] * torch.tensor([1.0, 0.0, 1.0])
    angle = motion.heading()[:, None]
    cos, sin = torch.cos(angle), torch.sin(angle)
    x, y, z = joints.unbind(-1)
    local = torch.stack((cos * x - sin * z, y, sin * x + cos * z), dim=-1)
    ahead = torch.cat((local[4:], local[-1:].expand(4, -1, -1)))
    behind = torch.cat((local[:1].expand(4, -1, -1), local[:-4]))
    return torch.cat((local, (ahead - behind) / 2), dim=1)


def join(first: Motion, second: Motion, blend_frames: int) -> Motion:
    """The first motion, its last ``blend_frames`` frames fading into as many of the second, and the rest of that one.

    The second is turned and moved to be where the first is in the middle of the fade.
    """
    middle = blend_frames // 2
    meet = first.num_frames - blend_frames + middle
    turn = first.heading()[meet] - second.heading()[middle]
    second = second.moved(turn, torch.zeros(2))
    # meet where the first body is at the middle of the fade, so that neither has to hurry
    shift = (first.translation[meet] - second.translation[middle]) * torch.tensor([1.0, 0.0, 1.0])
    second = second.replace(translation=second.translation + shift)

    weight = ease((torch.arange(blend_frames) + 1.0) / (blend_frames + 1))
    old, new = first.rotations[-blend_frames:], second.rotations[:blend_frames]
    rotations = slerp(old, new, weight[:, None].expand(old.shape[:-1]))
    translation = torch.lerp(first.translation[-blend_frames:], second.translation[:blend_frames], weight[:, None])
    return first.replace(
        rotations=torch.cat((first.rotations[:-blend_frames], rotations, second.rotations[blend_frames:])),
        translation=torch.cat((first.translation[:-blend_frames], translation, second.translation[blend_frames:])),
        text=None,
    )
