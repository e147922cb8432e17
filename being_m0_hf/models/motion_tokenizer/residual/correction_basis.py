"""Small corrections of a decoded motion: what residual levels code.

A correction has 70 numbers a frame: a rotation vector (radians) that turns each of the 22 joints in its own frame,
then the path's velocity, height and turn. A rotation vector says the same whatever the pose, which 6D numbers do not.
"""

from functools import lru_cache

import roma
import torch
import torch.nn.functional as F
from torch import Tensor

from ....motion.features import ROOT_HEIGHT, ROOT_ROTATION, ROOT_VELOCITY, TURN, joint_columns, local_matrices
from ....motion.kinematics import forward_kinematics
from ....motion.rotations import matrix_from_6d, matrix_heading, matrix_to_6d, yaw_matrix
from ....motion.skeleton import NUM_JOINTS, PARENTS
from .error_metric import SMOOTHING_PASSES, ErrorMetric

PATH_COLUMNS = (*range(ROOT_VELOCITY.start, ROOT_VELOCITY.stop), ROOT_HEIGHT, TURN)
CORRECTION_SIZE = 3 * NUM_JOINTS + len(PATH_COLUMNS)

#: Frames before and after that tell how fast a clip moves.
ACTIVITY_REACH = 6
#: Activity of a body that stands still, metres or radians a frame.
CALM = 5e-4
#: The same where a clip streams: it does not see a movement come, and its first errors must not look huge.
CALM_IN_STREAMS = 2e-3

#: About 1.4 rad/s, see `smoothed`.
BRISK = 0.2
#: Frames after its own that a smoothed frame depends on: one a pass, and three that tell how fast a joint turns, at a
#: neighbour in the last pass.
SMOOTHING_REACH = SMOOTHING_PASSES + 2

#: Metres that an error of 1 rad costs beside what it moves: 4 degrees count like 15 mm, over 22 joints.
ROTATION_WEIGHT = 0.046
#: A twist moves nothing in the T-pose, but an arm is seldom straight.
TWIST_SHARE = 0.3
#: A wrong velocity is carried on: this many frames of it count.
PATH_WEIGHT = 5.0
#: Metres a radian of turn, an arm's reach.
TURN_LEVER = 0.4


def upright(features: Tensor) -> Tensor:
    """Features (..., T, 136) whose pelvis keeps no heading of its own, as `restore_heading` will see them."""
    tilt = matrix_from_6d(features[..., ROOT_ROTATION])
    return torch.cat((matrix_to_6d(yaw_matrix(-matrix_heading(tilt)) @ tilt), features[..., 6:]), dim=-1)


def apply_correction(features: Tensor, correction: Tensor) -> Tensor:
    """(..., T, 136) heading-free features and (..., T, 70) -> corrected (..., T, 136)."""
    turned = local_matrices(features) @ roma.rotvec_to_rotmat(correction[..., : 3 * NUM_JOINTS].unflatten(-1, (-1, 3)))
    six = matrix_to_6d(turned).flatten(-2)
    path = features[..., list(PATH_COLUMNS)] + correction[..., 3 * NUM_JOINTS :]
    return upright(torch.cat((six[..., :6], path[..., :3], six[..., 6:], path[..., 3:]), dim=-1))


def apply_root_correction(features: Tensor, correction: Tensor) -> Tensor:
    """As `apply_correction`, for the pelvis and the path alone."""
    turned = matrix_from_6d(features[..., ROOT_ROTATION]) @ roma.rotvec_to_rotmat(correction[..., :3])
    corrected = features.clone()
    corrected[..., ROOT_ROTATION] = matrix_to_6d(turned)
    corrected[..., list(PATH_COLUMNS)] += correction[..., 3 * NUM_JOINTS :]
    return upright(corrected)


def correction_towards(target: Tensor, decoded: Tensor, offsets: Tensor, kept_in_space: tuple[int, ...] = ()) -> Tensor:
    """The correction (..., T, 70) that makes decoded features (..., T, 136) the target.

    Args:
        offsets: (22, 3) bones, metres.
        kept_in_space: joints that shall end up with the target's orientation in space rather than about their parent,
            so that they make good what their decoded parent still gets wrong.
    """
    wanted, now = local_matrices(target), local_matrices(decoded)
    if kept_in_space:
        nowhere = torch.zeros_like(now[..., 0, :, 0])
        target_space, decoded_space = (forward_kinematics(local, nowhere, offsets)[1] for local in (wanted, now))
        wanted = wanted.clone()
        for joint in kept_in_space:
            wanted[..., joint, :, :] = decoded_space[..., PARENTS[joint], :, :].mT @ target_space[..., joint, :, :]
    turns = roma.rotmat_to_rotvec(now.mT @ wanted)
    path = (target - decoded)[..., list(PATH_COLUMNS)]
    return torch.cat((turns.flatten(-2), path), dim=-1)


def smoothed(features: Tensor, neighbour_share: float, brisk: float = BRISK, passes: int = SMOOTHING_PASSES) -> Tensor:
    """Heading-free features (B, T, 136), each frame's rotations with this share of each frame beside it.

    The share falls where a joint turns briskly: errors are there whether it moves or not, but a foot that comes to a
    stand must not be smeared over the floor.

    Args:
        brisk: change of a joint's 6D rotation over two frames at which it is smoothed half as much.
        passes: how often, with the shares of the first.
    """
    columns = torch.tensor([joint_columns(joint) for joint in range(NUM_JOINTS)], device=features.device)
    rotations = features[..., columns]  # (B, T, 22, 6)
    before, after = _neighbours(rotations)
    turning = (after - before).norm(dim=-1).transpose(1, 2)
    turning = F.avg_pool1d(turning, 5, stride=1, padding=2, count_include_pad=False).transpose(1, 2)
    share = neighbour_share / (1 + (turning / brisk).square())[..., None]
    for _ in range(passes):
        before, after = _neighbours(rotations)
        rotations = rotations + share * (before + after - 2 * rotations)
    result = features.clone()
    result[..., columns] = rotations
    return result


def _neighbours(rotations: Tensor) -> tuple[Tensor, Tensor]:
    """The frame before and the one after each of (B, T, 22, 6); at the ends a frame itself."""
    padded = torch.cat((rotations[:, :1], rotations, rotations[:, -1:]), dim=1)
    return padded[:, :-2], padded[:, 2:]


def path_activity(decoded: Tensor, step: int | None = None) -> Tensor:
    """How fast a clip moves along its path around each frame, (B, 1, T): the errors of a path grow with that.

    Args:
        decoded: (B, T, 136) heading-free features.
        step: frames of a step, for a motion that streams: those before the end of a frame's own step count.
    """
    path = decoded[..., list(PATH_COLUMNS)]
    changes = F.pad((path[:, 1:] - path[:, :-1]).square().mean(dim=-1), (1, 0))
    if step is None:
        padded = F.pad(changes[:, None], (ACTIVITY_REACH, ACTIVITY_REACH), mode="replicate")
        return F.avg_pool1d(padded, 2 * ACTIVITY_REACH + 1, stride=1).sqrt() + CALM
    padded = F.pad(changes[:, None], (2 * ACTIVITY_REACH, 0), mode="replicate")
    activity = F.avg_pool1d(padded, 2 * ACTIVITY_REACH + 1, stride=1).sqrt() + CALM_IN_STREAMS
    return activity[..., step - 1 :: step].repeat_interleave(step, dim=-1)


def correction_rows(columns: list[int]) -> list[int]:
    """Rows of a correction for a part with these feature columns; a joint belongs to the part of its first column."""
    joints = [joint for joint in range(NUM_JOINTS) if joint_columns(joint)[0] in columns]
    path = [3 * NUM_JOINTS + index for index, column in enumerate(PATH_COLUMNS) if column in columns]
    return [3 * joint + axis for joint in joints for axis in range(3)] + path


def correction_metric(rows: list[int], offsets: Tensor, neighbour_share: float = 0.0) -> ErrorMetric:
    """What errors of these rows cost: metres by which they move the joints, and the rotations themselves.

    Args:
        neighbour_share: by which the joints will be smoothed.
    """
    weight, change = torch.ones(CORRECTION_SIZE), torch.ones(CORRECTION_SIZE)
    weight[: 3 * NUM_JOINTS] = (_squared_levers(offsets) + ROTATION_WEIGHT**2).sqrt().flatten()
    weight[3 * NUM_JOINTS :] = torch.tensor([PATH_WEIGHT, PATH_WEIGHT, 1.0, PATH_WEIGHT * TURN_LEVER])
    change[[*range(3 * NUM_JOINTS, 3 * NUM_JOINTS + 2), CORRECTION_SIZE - 1]] = 0.0  # these are changes already
    share = torch.tensor([neighbour_share] * (3 * NUM_JOINTS) + [0.0] * len(PATH_COLUMNS))
    weight, change, share = (values[rows, None].to(offsets) for values in (weight.square(), change, share))
    return ErrorMetric(weight, change, share if share.any() else None)


def _squared_levers(offsets: Tensor) -> Tensor:
    """(22, 3) m2: mean squared distance by which 1 rad about each axis of a joint moves all joints, in the T-pose."""
    return _levers_of(tuple(offsets.flatten().tolist()))


@lru_cache(maxsize=8)
def _levers_of(numbers: tuple[float, ...]) -> Tensor:
    """`_squared_levers` of the same numbers; every part of every level asks for those of one skeleton."""
    offsets = torch.tensor(numbers).view(NUM_JOINTS, 3)
    squared = torch.zeros(NUM_JOINTS, 3)
    for joint in range(1, NUM_JOINTS):
        reach, ancestor = offsets[joint], PARENTS[joint]
        while ancestor >= 0:
            about_axis = reach.square().sum() - reach.square()
            twist = TWIST_SHARE**2 * reach.square().sum()
            squared[ancestor] += torch.maximum(about_axis, twist) / NUM_JOINTS
            reach, ancestor = reach + offsets[ancestor], PARENTS[ancestor]
    return squared
