"""HumanML3D's arrays: joint positions (T, 22, 3) and the 263 features, both as joint positions.

Layout of the features: https://github.com/EricGuo5513/HumanML3D. Only root and joint positions are read from them:
their rotations carry no twist of the limbs and belong to a skeleton of SMPL's.
"""

import numpy as np
import torch
from torch import Tensor

from ..motion import NUM_JOINTS, MotionError
from ..motion.rotations import rotate_ground
from .rig import check_size

HUMANML3D_FPS = 20.0
_FEATURES = 263


def joints_from_humanml3d(array: np.ndarray) -> Tensor:
    """(T, 22, 3) joints, (T, 66) flat ones or (T, 263) features -> (T, 22, 3) positions in metres, y up.

    Raises:
        MotionError: another shape, no numbers, or NaN.
    """
    if array.dtype.kind not in "fiu":
        raise MotionError(f"holds {array.dtype}, not numbers")
    known = array.shape[1:] in ((NUM_JOINTS, 3), (3 * NUM_JOINTS,), (_FEATURES,))
    if not known:
        raise MotionError(
            f"has shape {array.shape}, expected (frames, {NUM_JOINTS}, 3) joints or (frames, {_FEATURES}) features "
            "as in HumanML3D"
        )
    check_size(NUM_JOINTS, len(array))
    values = torch.from_numpy(np.asarray(array, dtype=np.float64))
    if not torch.isfinite(values).all() or values.abs().max() > 1e6:
        raise MotionError("holds NaN, infinity or absurdly large numbers; cut or repair those frames")
    return _joints(values) if values.shape[1:] == (_FEATURES,) else values.reshape(-1, NUM_JOINTS, 3)


def _joints(features: Tensor) -> Tensor:
    """Columns: turn and ground speed of the root per frame, its height, then 21 joints around the root's heading."""
    frames = len(features)
    start = torch.zeros(1, dtype=features.dtype)
    # the column holds half the angle, of the turn that takes the heading out
    heading = -2 * torch.cat((start, features[:-1, 0])).cumsum(dim=0)
    steps = rotate_ground(torch.cat((start.expand(1, 2), features[:-1, 1:3])), heading)
    ground = steps.cumsum(dim=0)
    root = torch.stack((ground[:, 0], features[:, 3], ground[:, 1]), dim=-1)
    body = features[:, 4:67].reshape(frames, NUM_JOINTS - 1, 3).clone()
    body[..., [0, 2]] = rotate_ground(body[..., [0, 2]], heading[:, None].expand(frames, NUM_JOINTS - 1))
    body[..., [0, 2]] += ground[:, None]
    return torch.cat((root[:, None], body), dim=1)
