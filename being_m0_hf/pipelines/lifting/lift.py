"""Keypoint files to motions."""

import os

import numpy as np
import torch
from torch import Tensor

from ...io.keypoints import KeypointFile, KeypointPerson, read_keypoints
from ...models.hummuss import HumMussForPoseLifting
from ...models.shipped_checkpoints import checkpoint_folder
from ...motion import Motion, MotionError
from .crop import crop_around, whole_picture
from .mirror_image import mean_with_mirror_image
from .path import smooth
from .placing import LiftOptions, placed_motion, regular

DEFAULT_LIFTER, DEFAULT_STREAM_LIFTER = "hummuss-mini", "hummuss-mini-causal"
#: Frames that a model sees at once, and how many of them two such pieces share.
PIECE, OVERLAP = 486, 81
#: Faster recordings are thinned out: a model was trained on at most so many frames a second.
HIGHEST_RATE = 60.0
#: Smoothing of lifted joints, seconds.
JOINT_SECONDS = 0.03


def load_lifter(name: str | os.PathLike = DEFAULT_LIFTER) -> HumMussForPoseLifting:
    """A lifter that comes with the package, in a folder, or on the Hub."""
    return HumMussForPoseLifting.from_pretrained(checkpoint_folder(name)).eval()


def lift_keypoints(
    path: str | os.PathLike,
    model: HumMussForPoseLifting | str | None = None,
    options: LiftOptions | None = None,
    fps: float | None = None,
    size: tuple[float, float] | None = None,
    layout: str | None = None,
) -> dict[str, Motion]:
    """The motions of all people in a keypoint file, by name, who is seen most first.

    Args:
        path: see `read_keypoints`, as for fps, size and layout.
        model: a lifter, or its name.
        options: how joints become a motion.

    Raises:
        UserFileError: the file holds no keypoints.
        MotionError: what was lifted is no motion.
    """
    found = read_keypoints(path, fps, size, layout)
    model = model if isinstance(model, HumMussForPoseLifting) else load_lifter(model or DEFAULT_LIFTER)
    return {person.name: lift_person(found, person, model, options) for person in found.people}


def lift_person(
    found: KeypointFile, person: KeypointPerson, model: HumMussForPoseLifting, options: LiftOptions | None = None
) -> Motion:
    """The motion of one person, from the first to the last frame in which the person is seen.

    Raises:
        MotionError: what was lifted is no motion.
    """
    keypoints, times, rate = _seen_frames(found, person)
    crop = crop_around(keypoints)
    options = options or LiftOptions()
    joints = lifted_joints(model, crop.inside(keypoints), rate, times)
    joints = crop.out_of(joints, found.size, options.focal)
    points = whole_picture(found.size).inside(keypoints)
    if times is not None:
        joints, points = regular(joints, times, rate), regular(points, times, rate)
    joints = smooth(joints.flatten(1), JOINT_SECONDS * rate).unflatten(1, joints.shape[1:])
    try:
        return placed_motion(joints, points, rate, options)
    except MotionError as error:
        raise MotionError(f"person {person.name}: {error}") from None


@torch.no_grad()
def lifted_joints(model: HumMussForPoseLifting, keypoints: Tensor, fps: float, times: Tensor | None = None) -> Tensor:
    """Joints (T, 17, 3) about the pelvis, in the camera's axes; long clips piece by piece, one faded into the next.

    They are means with the mirror image.

    Args:
        keypoints: (T, 17, 3) in a crop.
        fps: frames a second.
        times: (T,) seconds, where frames are not regular.
    """
    frames = len(keypoints)
    total, weight = torch.zeros(frames, keypoints.shape[1], 3), torch.zeros(frames, 1, 1)
    for start in range(0, max(1, frames - OVERLAP), PIECE - OVERLAP):
        piece = slice(start, min(frames, start + PIECE))
        some = None if times is None else times[piece]
        joints = mean_with_mirror_image(model, keypoints[None, piece], frame_rate=fps, times=some)[0].float()
        fade = torch.ones(len(joints), 1, 1)
        ramp = torch.linspace(0, 1, OVERLAP + 2)[1:-1, None, None]
        if start:
            fade[:OVERLAP] = ramp[: len(fade)]
        if piece.stop < frames:
            fade[-OVERLAP:] = fade[-OVERLAP:] * ramp.flip(0)
        total[piece] += fade * joints
        weight[piece] += fade
    joints = total / weight
    return joints - joints[:, :1]


def _seen_frames(found: KeypointFile, person: KeypointPerson) -> tuple[Tensor, Tensor | None, float]:
    """Keypoints from the first to the last frame that shows the person, their times, and frames a second."""
    shown = np.flatnonzero(person.keypoints[..., 2].any(-1))
    every = max(1, int(np.ceil(found.fps / HIGHEST_RATE - 1e-6)))
    frames = slice(int(shown[0]), int(shown[-1]) + 1, every)
    times = None if found.times is None else torch.from_numpy(found.times[frames])
    return torch.from_numpy(person.keypoints[frames]).float(), times, found.fps / every


__all__ = ["DEFAULT_LIFTER", "DEFAULT_STREAM_LIFTER", "lift_keypoints", "lift_person", "load_lifter"]
