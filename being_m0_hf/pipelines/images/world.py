"""Poses of a person frame by frame -> a motion in the world.

A box has a camera of its own, so the path that boxes tell jumps with them. Here one focal length holds for the whole
video: where the pelvis is in the picture and how large the body is tell its place anew.
"""

from collections.abc import Sequence
from functools import cache

import roma
import torch
from torch import Tensor

from ...bodies import makehuman_body
from ...motion import JOINT_INDEX, MODEL_FPS, Motion, MotionError
from ...motion.h36m_joints import h36m_joints
from ...motion.pinhole import camera_rotation
from ...motion.rotations import matrix_from_6d, matrix_to_6d, slerp
from ..lifting.path import DEFAULT_FOCAL, DEPTH_SECONDS, PLACE_SECONDS, camera_tilt, on_level_floor, smooth, to_world
from .estimate import ImagePose

#: Seconds over which rotations are smoothed, standard deviation.
ROTATION_SECONDS = 0.06
#: Gaps longer than this are no gap: the person was away.
LONGEST_GAP = 2.0


def motion_of_poses(
    poses: Sequence[ImagePose | None],
    fps: float,
    focal: float = DEFAULT_FOCAL,
    tilt: float | None = None,
    in_place: bool = False,
    text: str | None = None,
) -> Motion:
    """The motion of one person, at 20 frames a second.

    Gaps are filled, the path is solved with one focal length, what jitters is smoothed before anything is made of its
    differences, the camera's tilt is undone and the floor levelled.

    Args:
        poses: one for each frame; None where the person was not seen.
        fps: frames a second.
        focal: focal length of the camera in longer sides of the picture.
        tilt: degrees by which the camera looks down; estimated by default.
        in_place: whether the body stays where it is.
        text: what the motion shows.

    Raises:
        MotionError: nobody is seen, or only before and after a gap of more than two seconds.
    """
    seen = [index for index, pose in enumerate(poses) if pose is not None]
    if not seen:
        raise MotionError("nobody is seen in any frame")
    longest = max((later - before for before, later in zip(seen[:-1], seen[1:], strict=True)), default=1)
    if longest / fps > LONGEST_GAP:
        raise MotionError(
            f"the person is not seen for {longest / fps:.1f} s, more than {LONGEST_GAP:g}; cut the video there"
        )
    known = [pose for pose in poses if pose is not None]
    rotations = filled_rotations(torch.stack([pose.rotations for pose in known]), seen)
    places = filled_places(torch.stack([camera_place(pose, focal) for pose in known]), seen)
    rotations = smooth_rotations(rotations, ROTATION_SECONDS * fps)
    depth = smooth(places[:, 2:], DEPTH_SECONDS * fps)
    across = smooth(places[:, :2] / places[:, 2:], PLACE_SECONDS * fps) * depth
    path = torch.cat((across, depth), -1) if not in_place else torch.zeros_like(places)
    tilt = pose_tilt(rotations) if tilt is None else tilt
    turn = camera_rotation(0.0, torch.pi * tilt / 180).T
    rotations = rotations.clone()
    rotations[:, 0] = roma.quat_product(roma.rotmat_to_unitquat(turn).expand(len(rotations), 4), rotations[:, 0])
    translation = to_world(path - path[:1], tilt)
    frames = max(4, len(rotations))
    motion = Motion(held(rotations, frames), held(translation, frames), fps, text=text)
    return on_floor(motion).resample(MODEL_FPS)


def camera_place(pose: ImagePose, focal: float) -> Tensor:
    """Where the pelvis is (3,), metres in the camera's axes, for a camera of this focal length in longer sides."""
    pixels = focal * max(pose.size)
    box_focal, (x, y, z) = pose.camera[:2], pose.translation
    depth = z * pixels / box_focal.mean()
    middle = torch.tensor([side / 2 for side in pose.size])
    seen = box_focal * torch.stack((x, y)) / z + pose.camera[2:]
    return torch.cat(((seen - middle) / pixels * depth, depth[None]))


def filled_rotations(rotations: Tensor, seen: Sequence[int]) -> Tensor:
    """Quaternions (frames seen, 22, 4) of these frames, from the first to the last one, with what is between."""
    start, after, weight = between(seen)
    first, second = rotations[start], rotations[after]
    return slerp(first, second, weight[:, None].expand(first.shape[:-1]))


def filled_places(places: Tensor, seen: Sequence[int]) -> Tensor:
    """The same for places (frames seen, 3)."""
    start, after, weight = between(seen)
    return places[start] * (1 - weight[:, None]) + places[after] * weight[:, None]


def between(seen: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """For each frame from the first seen to the last: which seen ones it is between, and how near the second."""
    at = torch.tensor(seen)
    frames = torch.arange(int(at[0]), int(at[-1]) + 1)
    start = (torch.searchsorted(at, frames, right=True) - 1).clamp(0, len(at) - 1)
    after = (start + 1).clamp(max=len(at) - 1)
    return start, after, ((frames - at[start]) / (at[after] - at[start]).clamp(min=1)).float()


def smooth_rotations(rotations: Tensor, deviation: float) -> Tensor:
    """Quaternions (T, 22, 4) under a gaussian of so many frames."""
    six = matrix_to_6d(roma.unitquat_to_rotmat(rotations))
    return roma.rotmat_to_unitquat(matrix_from_6d(smooth(six.flatten(1), deviation).unflatten(1, six.shape[1:])))


def pose_tilt(rotations: Tensor) -> float:
    """How far the camera looks down if the body stands upright on the whole, degrees; see `camera_tilt`."""
    frames = max(4, len(rotations))
    joints = h36m_joints(Motion(held(rotations, frames), torch.zeros(frames, 3)))
    return camera_tilt(joints - joints[:, :1])


def on_floor(motion: Motion) -> Motion:
    """The motion raised and lowered so that an ankle is on the floor in every second or two."""
    joints = h36m_joints(motion)
    raised = on_level_floor(joints, motion.fps)
    translation = motion.translation + (raised - joints)[:, 0]
    translation[:, 1] += ankle_height()  # it is the ankles that are on 0 now
    return motion.replace(translation=translation)


@cache
def ankle_height() -> float:
    """How high an ankle of the standing body is above its soles, metres."""
    body = makehuman_body("low")
    return body.standing_height + float(body.rest_joints[JOINT_INDEX["left_ankle"], 1])


def held(values: Tensor, frames: int) -> Tensor:
    """Values (T, ...) with the last one held until there are so many frames."""
    return torch.cat((values, values[-1:].expand(frames - len(values), *values.shape[1:])))
