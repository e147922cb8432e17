"""What a motion decoded from tokens still needs: joints that rest do not shiver, feet meet the floor and stay there.

A token says where a foot is to a few centimetres, so that a standing body floats, sinks or slides a little from token
to token. Nothing here knows what the motion is: a foot that is nearly on the floor and nearly at rest is put there.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from ..models.motion_tokenizer.residual.correction_basis import smoothed
from ..motion import JOINT_INDEX, Motion
from ..motion.features import ROOT_HEIGHT, ROOT_ROTATION, ROOT_VELOCITY, remove_heading, restore_heading
from ..motion.motion import MODEL_FPS
from ..motion.rotations import matrix_from_6d, matrix_heading, rotate_ground

FOOT_JOINTS = tuple(JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("ankle", "foot"))
#: Height of the lower foot joint in a standing foot, metres: the median of recorded contacts.
FOOT_CLEARANCE = 0.032

#: Passes of smoothing; and see `smoothed`: about 0.7 rad/s.
CALMINGS, CALM_BRISK = 4, 0.1

#: A foot so slow (m/s) and so near the floor (m) stands on it, if it does so for two frames.
STANDING_SPEED, STANDING_HEIGHT = 0.4, 0.15
#: Heights well above this many metres are meant, those of a stair for example, and are left alone.
MEANT_HEIGHT = 0.12

#: A foot this near the floor (m) is planted where it slides slower than this share of the body's speed, a limit that
#: is kept between two speeds (m/s).
PLANTED_HEIGHT = 0.03
PLANTED_SHARE, PLANTED_SPEEDS = 0.6, (0.3, 1.0)


def postprocess(features: Tensor) -> Tensor:
    """A decoded motion (frames, 135), SMPL-D135 at 20 fps, calmed, with its feet on the floor.

    Joint rotations change by smoothing alone, more where a joint rests; the root's height and path change by what its
    feet are off. Frame count, heading and the place where it starts stay.

    Args:
        features: on the CPU, at least 4 frames.
    """
    return planted(on_the_floor(calmed(features)))


@torch.no_grad()
def as_tokens(features: Tensor, tokenizer: MotionTokenizerModel) -> Motion:
    """A sample (frames, 135) through the tokenizer's first level, which is the language model's, settled."""
    codes = tokenizer.encode(features[None], residual_levels=0).codes
    return Motion.from_d135(postprocess(tokenizer.decode(codes).features[0]))


def calmed(features: Tensor) -> Tensor:
    """Features (frames, 135) whose joints shiver less where they hardly turn; brisk ones stay as they are."""
    start = matrix_heading(matrix_from_6d(features[:1, ROOT_ROTATION]))
    heading_free = remove_heading(features[None])
    for _ in range(CALMINGS):
        heading_free = smoothed(heading_free, 1 / 3, CALM_BRISK, passes=1)
    return restore_heading(heading_free, start)[0]


def on_the_floor(features: Tensor) -> Tensor:
    """Features (frames, 135) raised or lowered so that a standing foot is at its own height, and none stays below it.

    Between two moments of standing, in a jump or in a step, the correction goes over from one to the other.
    """
    feet = Motion.from_d135(features).joints()[:, FOOT_JOINTS]
    height, lowest = (feet[..., 1] - FOOT_CLEARANCE).min(dim=1)
    speed = _either_side((feet[1:] - feet[:-1]).norm(dim=-1) * MODEL_FPS).gather(1, lowest[:, None])[:, 0]
    standing = (speed < STANDING_SPEED) & (height.abs() < STANDING_HEIGHT)
    before, after = F.pad(standing[:-1], (1, 0)), F.pad(standing[1:], (0, 1))
    standing &= before | after
    off = torch.zeros_like(height)
    if standing.any():
        known = torch.nonzero(standing)[:, 0].numpy()
        off = torch.from_numpy(np.interp(np.arange(len(height)), known, height[known].numpy())).to(height)
    off = off * torch.exp(-((off / MEANT_HEIGHT) ** 4))
    off = _mean_of(_mean_of(off, 5), 5)
    # a dip under the floor is shorter than standing: raise what is left of it, and a little around it
    dip = (off - height).clamp(min=0.0)
    off = off - _mean_of(F.max_pool1d(F.pad(dip[None], (2, 2), mode="replicate"), 5, 1)[0], 5)
    result = features.clone()
    result[:, ROOT_HEIGHT] -= off
    return result


def planted(features: Tensor) -> Tensor:
    """Features (frames, 135) whose path goes along with the standing foot: what that slid, the root did not walk.

    A foot that slides about as fast as the body moves is carried by it, and is left alone. What rolls from heel to toe
    passes for a slide, too: walks become about a tenth shorter.
    """
    joints = Motion.from_d135(features).joints()
    feet, root = joints[:, FOOT_JOINTS], joints[:, 0, [0, 2]]
    height, lowest = (feet[..., 1] - FOOT_CLEARANCE).min(dim=1)
    steps = feet[1:, :, [0, 2]] - feet[:-1, :, [0, 2]]
    slides = steps.gather(1, lowest[1:, None, None].expand(-1, 1, 2))[:, 0]
    body_speed = _mean_of((root[1:] - root[:-1]).norm(dim=-1) * MODEL_FPS, 9)
    slow = slides.norm(dim=-1) * MODEL_FPS < (PLANTED_SHARE * body_speed).clamp(*PLANTED_SPEEDS)
    low = height < PLANTED_HEIGHT
    slides = torch.where((slow & low[1:] & low[:-1])[:, None], slides, 0.0)
    slides = _mean_of(torch.cat((slides[:1], slides)).T, 3).T
    heading = matrix_heading(matrix_from_6d(features[:, ROOT_ROTATION]))
    result = features.clone()
    result[:, ROOT_VELOCITY] -= rotate_ground(slides, -heading)
    return result


def _either_side(changes: Tensor) -> Tensor:
    """For each frame (T, ...) the larger of the changes (T - 1, ...) before and after it."""
    return torch.maximum(torch.cat((changes[:1], changes)), torch.cat((changes, changes[-1:])))


def _mean_of(values: Tensor, frames: int) -> Tensor:
    """Moving mean over (..., T); at the ends the outermost value counts on."""
    rows = values.reshape(-1, 1, values.shape[-1])
    padded = F.pad(rows, (frames // 2, frames // 2), mode="replicate")
    return F.avg_pool1d(padded, frames, stride=1).reshape(values.shape)
