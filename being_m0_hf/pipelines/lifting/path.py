"""Where a lifted body is: its path from a camera model, how the camera is tilted, and the floor."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.h36m_joints import H36M_NAMES
from ...motion.pinhole import camera_rotation

#: Focal length where nobody knows it, in longer sides of the picture: that of phones and of most webcams.
DEFAULT_FOCAL = 1.1
#: Seconds over which the distance and the place in the picture are smoothed, standard deviations.
DEPTH_SECONDS, PLACE_SECONDS = 0.25, 0.06
#: Degrees between which cameras are tilted, below and above the horizon.
LOWEST_TILT, HIGHEST_TILT = -30.0, 45.0
#: Part of the frames that tells the tilt: those in which the body is most upright.
UPRIGHT_SHARE = 0.5
#: Seconds around a frame in which a foot is on the floor some time.
FLOOR_SECONDS = 1.0
FLOOR_SHARE = 0.2
_FEWEST_JOINTS = 6
_NEAREST = 0.3
_ANKLES = [H36M_NAMES.index("left_ankle"), H36M_NAMES.index("right_ankle")]
_THORAX = H36M_NAMES.index("thorax")


def camera_path(joints: Tensor, points: Tensor, focal: float, fps: float) -> Tensor:
    """Places (T, 3) of the pelvis in the camera's axes (x right, y down, z away), metres.

    In each frame the place from which the joints are seen where the keypoints are, by least squares.

    Args:
        joints: (T, 17, 3) metres about the pelvis, in the camera's axes.
        points: (T, 17, 3) x and y about the middle of the picture, -1 to 1 over its longer side, and the confidence.
        focal: focal length in longer sides of the picture.
        fps: frames a second.
    """
    joints, points = joints.double(), points.double()
    where, weight = points[..., :2] / (2 * focal), points[..., 2:]
    # weight * (x + px - u (z + pz)) = 0 and the same for y
    ones, zeros = torch.ones_like(where[..., :1]), torch.zeros_like(where[..., :1])
    rows = torch.stack(
        (torch.cat((ones, zeros, -where[..., :1]), -1), torch.cat((zeros, ones, -where[..., 1:]), -1)), -2
    )
    wanted = where * joints[..., 2:] - joints[..., :2]
    normal = torch.einsum("tjai,tja,tjak->tik", rows, weight.expand_as(where), rows)
    right = torch.einsum("tjai,tja,tja->ti", rows, weight.expand_as(where), wanted)
    place = torch.linalg.solve(normal + 1e-9 * torch.eye(3, dtype=torch.float64), right)
    known = ((points[..., 2] > 0).sum(1) >= _FEWEST_JOINTS) & (place[:, 2] > _NEAREST) & place.isfinite().all(1)
    if not known.any():
        return torch.zeros(len(joints), 3)
    depth = smooth(_filled(place[:, 2:], known), DEPTH_SECONDS * fps)
    total = weight.sum(1).clamp(min=1e-9)
    across = ((where * (joints[..., 2:] + depth[:, None]) - joints[..., :2]) * weight).sum(1) / total
    across = smooth(_filled(across, known), PLACE_SECONDS * fps)
    return torch.cat((across, depth), -1).float()


def camera_tilt(joints: Tensor) -> float:
    """How far the camera looks down, degrees, if the body stands upright on the whole where it is longest.

    Args:
        joints: (T, 17, 3) about the pelvis, in the camera's axes.
    """
    up = joints[:, _THORAX] - joints[:, _ANKLES].mean(1)
    length = up.norm(dim=-1)
    chosen = up[length >= length.quantile(1 - UPRIGHT_SHARE)]
    down, away = chosen[:, 1].median(), chosen[:, 2].median()
    tilt = math.degrees(math.atan2(-float(away), -float(down)))
    return min(max(tilt, LOWEST_TILT), HIGHEST_TILT)


def to_world(places: Tensor, tilt: float) -> Tensor:
    """Places (..., 3) in the axes of a camera that looks down by ``tilt`` degrees -> y up, the camera at +z."""
    return places @ camera_rotation(0.0, math.radians(tilt))


def on_level_floor(joints: Tensor, fps: float) -> Tensor:
    """Joints (T, 17, 3) in the world, raised and lowered so that in every second or two an ankle is on one level.

    A tilt that is a little wrong makes a walk go up or down; a jump is shorter than this, and is kept.
    """
    lowest = joints[:, _ANKLES, 1].amin(1)
    reach = max(1, round(FLOOR_SECONDS * fps))
    padded = F.pad(lowest[None, None], (reach, reach), mode="replicate" if len(lowest) > 1 else "constant")[0, 0]
    if len(lowest) == 1:
        padded = lowest.expand(2 * reach + 1)
    level = padded.unfold(0, 2 * reach + 1, 1).quantile(FLOOR_SHARE, dim=1)
    level = smooth(level[:, None], 0.5 * FLOOR_SECONDS * fps)
    raised = joints.clone()
    raised[..., 1] -= level
    return raised


def smooth(values: Tensor, deviation: float) -> Tensor:
    """(T, n) under a gaussian of so many frames; at the ends the outermost value goes on."""
    reach = math.ceil(3 * deviation)
    if reach < 1 or len(values) < 2:
        return values
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / deviation) ** 2).to(values)
    rows = torch.cat((values[:1].expand(reach, -1), values, values[-1:].expand(reach, -1)))
    return torch.einsum("tnk,k->tn", rows.unfold(0, 2 * reach + 1, 1), weights / weights.sum())


def _filled(values: Tensor, known: Tensor) -> Tensor:
    """(T, n) with what is not known between what is."""
    frames, at = np.arange(len(values)), torch.nonzero(known)[:, 0].numpy()
    columns = [np.interp(frames, at, column[known].numpy()) for column in values.T]
    return torch.from_numpy(np.stack(columns, -1))


__all__ = ["DEFAULT_FOCAL", "camera_path", "camera_tilt", "on_level_floor", "smooth", "to_world"]
