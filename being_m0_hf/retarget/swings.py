"""Small pieces of rotation that retargeting needs beside roma's."""

import roma
import torch
from torch import Tensor

_TINY = 1e-9


def unit(vectors: Tensor) -> Tensor:
    """(..., 3) scaled to length 1; zero stays zero."""
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=_TINY)


def swing(start: Tensor, end: Tensor) -> Tensor:
    """The smallest rotation (..., 4) that turns direction ``start`` (..., 3) into ``end``; none where one is zero."""
    start, end = torch.broadcast_tensors(unit(start), unit(end))
    axis = torch.linalg.cross(start, end)
    cosine = (start * end).sum(dim=-1, keepdim=True)
    # opposite directions have no smallest rotation: any half turn across will do
    across = torch.linalg.cross(start, torch.eye(3, dtype=start.dtype)[start.abs().argmin(dim=-1)])
    opposite = cosine < -1 + 1e-9
    quaternion = torch.cat((torch.where(opposite, across, axis), torch.where(opposite, 0.0, 1 + cosine)), dim=-1)
    known = (start.norm(dim=-1, keepdim=True) > 0.5) & (end.norm(dim=-1, keepdim=True) > 0.5)
    return torch.where(known, roma.quat_normalize(quaternion), roma.identity_quat(dtype=start.dtype))


def frame(left: Tensor, up: Tensor) -> Tensor:
    """The rotation (..., 4) that turns x into ``left`` made upright and y into ``up`` (..., 3)."""
    up = unit(up)
    left = unit(left - (left * up).sum(dim=-1, keepdim=True) * up)
    return roma.rotmat_to_unitquat(torch.stack((left, up, torch.linalg.cross(left, up)), dim=-1))


def nearest_axis(direction: Tensor) -> Tensor:
    """The coordinate axis, with its sign, that a direction (3,) points along best."""
    axis = torch.zeros_like(direction)
    largest = int(direction.abs().argmax())
    axis[largest] = torch.sign(direction[largest])
    return axis
