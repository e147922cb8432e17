"""H3D-263: the features of HumanML3D and of most text-to-motion models (Guo et al. 2022), for T frames T - 1 rows.

| columns  | content                                                                                         |
|----------|-------------------------------------------------------------------------------------------------|
| 0        | half the turn of the heading to the next frame, negative for a turn to the left, radians        |
| 1..2     | ground step (x, z) of the root to the next frame, in the next frame's heading, metres           |
| 3        | height of the root above the floor, metres                                                      |
| 4..66    | joints 1..21: x and z from the root in its heading, y above the floor, metres                   |
| 67..192  | 6D rotations of joints 1..21                                                                    |
| 193..258 | steps of the 22 joints to the next frame, in the heading, metres                                |
| 259..262 | whether left ankle, left toes, right ankle, right toes move less than 4.5 cm to the next frame  |

Rows, signs and units are those of ``motion_representation.ipynb`` of https://github.com/EricGuo5513/HumanML3D. The way
back is `being_m0_hf.io.formats.humanml3d.joints_from_humanml3d`, which reads the data set's own arrays as well.
"""

import torch
from torch import Tensor

from .motion import MODEL_FPS, Motion
from .rotations import quaternion_to_6d, rotate_ground
from .skeleton import JOINT_INDEX

H3D_SIZE = 263
H3D_POSITIONS = slice(4, 67)
H3D_ROTATIONS = slice(67, 193)
CONTACT_STEP = 0.002**0.5  # metres to the next frame
HEADING_SPREAD = 20.0  # frames: standard deviation of the window that smooths the heading
_WINDOW = 4 * int(HEADING_SPREAD)  # frames on each side, where scipy's gaussian_filter1d cuts its window
_FEET = [JOINT_INDEX[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]


def h3d_features(motion: Motion) -> Tensor:
    """The features of a motion, resampled to 20 fps: (T - 1, 263) float32.

    The rotations are the motion's own: of each joint relative to its parent and to the T-pose, as in SMPL. HumanML3D
    has none to begin with; it derives some from the positions, which point bones and know no twist
    (`being_m0_hf.retarget.humanml3d_bones`), and another skeleton's T-pose. Ours keep what the motion knows, so a
    model that decodes them needs no inverse kinematics. The pelvis' tilt is in neither: positions of hips and spine
    hold it. For a network trained on HumanML3D's files use `humanml3d_features` of that module.
    """
    motion = motion.resample(MODEL_FPS)
    return h3d_columns(place_h3d(motion.joints()), motion.rotations[:, 1:])


def place_h3d(joints: Tensor) -> Tensor:
    """World positions (T, 22, 3) with the lowest on the floor, the root starting above the origin and facing +z."""
    joints = joints.double()
    across = _across(joints[0], "hip") + _across(joints[0], "shoulder")
    heading = torch.atan2(across[2], -across[0])
    ground = rotate_ground(joints[..., [0, 2]] - joints[0, 0, [0, 2]], -heading)
    height = joints[..., 1] - joints[..., 1].min()
    return torch.stack((ground[..., 0], height, ground[..., 1]), dim=-1)


def h3d_heading(joints: Tensor) -> Tensor:
    """Where the body of (T, 22, 3) faces, smoothed over seconds: (T,) radians, 0 for +z, positive to the left."""
    joints = joints.double()
    # HumanML3D's code exchanges the hips here, though not where it turns the first frame, and all its files have it so
    across = _across(joints, "shoulder") - _across(joints, "hip")
    across = across / across.norm(dim=-1, keepdim=True)
    forward = torch.stack((across[:, 2], -across[:, 0]))
    offsets = torch.arange(-_WINDOW, _WINDOW + 1, dtype=torch.float64)
    window = torch.exp(-0.5 * (offsets / HEADING_SPREAD).square())
    forward = torch.nn.functional.pad(forward[:, None], (_WINDOW, _WINDOW), mode="replicate")
    x, z = torch.nn.functional.conv1d(forward, (window / window.sum())[None, None])[:, 0]
    return torch.atan2(x, z)


def h3d_columns(joints: Tensor, rotations: Tensor) -> Tensor:
    """The columns, from where the joints are and how they are turned.

    Args:
        joints: (T, 22, 3) as `place_h3d` returns them, at 20 fps.
        rotations: (T, 21, 4) quaternions of joints 1..21, whatever they are relative to.

    Returns:
        (T - 1, 263) float32.
    """
    heading = h3d_heading(joints)
    turn = heading.diff()
    # HumanML3D takes the arc sine of a quaternion's entry, whose sign is wrong where the heading passes -z
    turn = torch.atan2(torch.sin(turn), torch.cos(turn))
    root_step = rotate_ground(joints[1:, 0, [0, 2]] - joints[:-1, 0, [0, 2]], -heading[1:])
    about_root = joints - joints[:, :1] * joints.new_tensor([1.0, 0.0, 1.0])
    positions = _facing(about_root, heading)[:-1, 1:]
    steps = _facing(joints.diff(dim=0), heading[:-1])
    columns = (
        -turn[:, None] / 2,
        root_step,
        joints[:-1, 0, 1:2],
        positions.flatten(1),
        quaternion_to_6d(rotations[:-1]).flatten(1),
        steps.flatten(1),
        steps[:, _FEET].norm(dim=-1) < CONTACT_STEP,
    )
    return torch.cat([column.float() for column in columns], dim=-1)


def _across(joints: Tensor, name: str) -> Tensor:
    """(..., 3) from the left joint of a name to the right one."""
    return joints[..., JOINT_INDEX[f"right_{name}"], :] - joints[..., JOINT_INDEX[f"left_{name}"], :]


def _facing(vectors: Tensor, heading: Tensor) -> Tensor:
    """(T, 22, 3) seen from the heading (T,)."""
    ground = rotate_ground(vectors[..., [0, 2]], -heading[:, None])
    return torch.stack((ground[..., 0], vectors[..., 1], ground[..., 1]), dim=-1)
