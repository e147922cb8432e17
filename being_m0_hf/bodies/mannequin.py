"""A wooden artist's doll built from the bone lengths alone: no asset, any skeleton.

Each piece is a solid of revolution around a bone (or a free axis for head, hands and feet), rigidly attached to one
joint, so parts stay separate and can be coloured one by one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS, Skeleton
from .body import Body, skinning_from_dense

_SIDES = 20  # corners of each ring
_WOOD = (0.72, 0.50, 0.29)

# A profile lists (place along the axis from 0 to 1, radius as a share of the widest).
_BALL = tuple((0.5 - 0.5 * math.cos(a), math.sin(a)) for a in torch.linspace(0, math.pi, 11).tolist())
_LIMB = ((0.0, 0.0), (0.005, 0.45), (0.03, 0.66), (0.1, 0.84), (0.25, 1.0), (0.45, 0.97), (0.7, 0.8), (0.9, 0.66),
         (0.97, 0.56), (0.995, 0.38), (1.0, 0.0))  # fmt: skip
_CHEST = ((0.0, 0.0), (0.01, 0.42), (0.06, 0.6), (0.2, 0.76), (0.42, 0.93), (0.65, 1.0), (0.82, 0.92), (0.93, 0.68),
          (0.985, 0.4), (1.0, 0.0))  # fmt: skip
_HIPS = ((0.0, 0.0), (0.02, 0.42), (0.12, 0.76), (0.32, 0.97), (0.55, 1.0), (0.8, 0.84), (0.94, 0.6), (0.99, 0.35),
         (1.0, 0.0))  # fmt: skip
_HEAD = ((0.0, 0.0), (0.02, 0.25), (0.1, 0.52), (0.25, 0.76), (0.45, 0.94), (0.62, 1.0), (0.8, 0.89), (0.92, 0.63),
         (0.98, 0.33), (1.0, 0.0))  # fmt: skip
_HAND = ((0.0, 0.0), (0.02, 0.4), (0.12, 0.66), (0.35, 1.0), (0.55, 0.98), (0.8, 0.78), (0.94, 0.5), (1.0, 0.0))
_FOOT = ((0.0, 0.0), (0.03, 0.5), (0.12, 0.72), (0.35, 0.8), (0.6, 0.92), (0.78, 1.0), (0.9, 0.86), (0.98, 0.5),
         (1.0, 0.0))  # fmt: skip


@dataclass(frozen=True)
class _Piece:
    """A solid around the axis from ``start`` to ``end`` that follows ``joint``.

    ``width`` is its widest half-size along ``side``, ``depth`` across; metres. Nothing reaches below ``floor``.
    """

    joint: str
    start: Tensor
    end: Tensor
    profile: tuple[tuple[float, float], ...]
    width: float
    depth: float
    side: Tensor
    floor: float = -math.inf

    def mesh(self) -> tuple[Tensor, Tensor]:
        """Vertices (V, 3) and faces (F, 3): a pole, rings of ``_SIDES`` corners, a pole."""
        axis = self.end - self.start
        side = self.side - axis * (self.side @ axis) / (axis @ axis)
        side = side / side.norm()
        across = torch.linalg.cross(axis / axis.norm(), side)
        angles = torch.arange(_SIDES) * (2 * math.pi / _SIDES)
        outline = angles.cos()[:, None] * side * self.width + angles.sin()[:, None] * across * self.depth
        rings = [self.start + axis * along + outline * radius for along, radius in self.profile[1:-1]]
        vertices = torch.cat((self.start[None], *rings, self.end[None]))
        vertices[:, 1].clamp_(min=self.floor)
        return vertices, _lathe_faces(len(rings))


def _lathe_faces(rings: int) -> Tensor:
    """Triangles between pole 0, ``rings`` rings and the last pole, counter-clockwise from outside."""
    corner = torch.arange(_SIDES)
    following = (corner + 1) % _SIDES
    last = 1 + (rings - 1) * _SIDES
    faces = [torch.stack((torch.zeros_like(corner), 1 + following, 1 + corner), dim=1)]
    for ring in range(rings - 1):
        low, high = 1 + ring * _SIDES, 1 + (ring + 1) * _SIDES
        faces.append(torch.stack((low + corner, low + following, high + following), dim=1))
        faces.append(torch.stack((low + corner, high + following, high + corner), dim=1))
    faces.append(torch.stack((last + corner, last + following, torch.full_like(corner, last + _SIDES)), dim=1))
    return torch.cat(faces)


def mannequin(skeleton: Skeleton = CANONICAL_SKELETON) -> Body:
    """A doll whose joints are exactly the skeleton's.

    Thickness follows the overall size (leg length), lengths follow the bones.
    """
    pieces = _pieces(skeleton)
    vertices, faces, joints, count = [], [], [], 0
    for piece in pieces:
        piece_vertices, piece_faces = piece.mesh()
        vertices.append(piece_vertices)
        faces.append(piece_faces + count)
        joints.append(torch.full((len(piece_vertices),), JOINT_INDEX[piece.joint]))
        count += len(piece_vertices)
    weights = torch.nn.functional.one_hot(torch.cat(joints), NUM_JOINTS).float()
    indices, strongest = skinning_from_dense(weights)
    return Body(torch.cat(vertices), torch.cat(faces), indices, strongest, skeleton, "mannequin", _WOOD)


def _pieces(skeleton: Skeleton) -> list[_Piece]:
    joints = dict(zip(JOINT_INDEX, skeleton.rest_joints(), strict=True))
    size = skeleton.leg_length / CANONICAL_SKELETON.leg_length
    x, y, z = torch.eye(3)
    pieces: list[_Piece] = []

    def ball(joint: str, radius: float, center: Tensor | None = None) -> None:
        place = joints[joint] if center is None else center
        reach = y * radius * size
        pieces.append(_Piece(joint, place - reach, place + reach, _BALL, radius * size, radius * size, x))

    def solid(joint: str, start: Tensor, end: Tensor, profile, width: float, depth: float, floor=-math.inf) -> None:
        side = x if abs(float((end - start) @ x)) < 0.7 * float((end - start).norm()) else z
        pieces.append(_Piece(joint, start, end, profile, width * size, depth * size, side, floor))

    hips = (joints["left_hip"] + joints["right_hip"]) / 2
    hip_width = float((joints["left_hip"] - joints["right_hip"]).norm()) / 2 / size
    shoulders = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    shoulder_width = float((joints["left_shoulder"] - joints["right_shoulder"]).norm()) / 2 / size
    # the trunk's middle line runs from above the hips to the shoulders, which our rest pose holds further back
    waist, ribs = (joints[name] + z * 0.02 * size for name in ("spine1", "spine2"))
    solid(
        "pelvis", hips - y * 0.06 * size, joints["pelvis"] + (y * 0.06 + z * 0.02) * size, _HIPS, hip_width + 0.05, 0.1
    )
    solid("spine1", joints["pelvis"] + (z * 0.02 - y * 0.01) * size, ribs + y * 0.03 * size, _BALL, 0.112, 0.084)
    solid("spine2", waist, joints["spine3"] + (y * 0.06 + z * 0.015) * size, _BALL, 0.122, 0.09)
    chest_low = ribs + y * 0.015 * size
    solid("spine3", chest_low, shoulders + (y * 0.05 + z * 0.01) * size, _CHEST, shoulder_width - 0.025, 0.11)
    solid("neck", joints["neck"] - y * 0.03 * size, joints["head"] + y * 0.06 * size, _LIMB, 0.052, 0.052)
    chin = joints["head"] + y * 0.015 * size + z * 0.025 * size
    solid("head", chin, chin + y * 0.235 * size - z * 0.01 * size, _HEAD, 0.077, 0.092)

    soles = float(min(joints["left_foot"][1], joints["right_foot"][1])) - 0.045 * size
    for side, out in (("left", x), ("right", -x)):
        shoulder, elbow, wrist = (joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
        ball(f"{side}_collar", 0.05, shoulder * 0.8 + joints[f"{side}_collar"] * 0.2)
        ball(f"{side}_shoulder", 0.056)
        solid(f"{side}_shoulder", shoulder, elbow, _LIMB, 0.047, 0.047)
        ball(f"{side}_elbow", 0.037)
        solid(f"{side}_elbow", elbow, wrist, _LIMB, 0.041, 0.041)
        ball(f"{side}_wrist", 0.027)
        solid(f"{side}_wrist", wrist + out * 0.008 * size, wrist + out * 0.185 * size, _HAND, 0.043, 0.019)
        thumb = wrist + out * 0.035 * size + z * 0.028 * size
        solid(f"{side}_wrist", thumb, thumb + (out * 0.06 + z * 0.032) * size, _HAND, 0.013, 0.013)

        hip, knee, ankle, foot = (joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
        ball(f"{side}_hip", 0.082)
        solid(f"{side}_hip", hip, knee, _LIMB, 0.082, 0.085)
        ball(f"{side}_knee", 0.053)
        solid(f"{side}_knee", knee, ankle, _LIMB, 0.059, 0.062)
        ball(f"{side}_ankle", 0.039)
        heel = torch.stack((ankle[0], torch.tensor(soles + 0.032 * size), ankle[2] - 0.06 * size))
        ball_of_foot = torch.stack((foot[0], torch.tensor(soles + 0.022 * size), foot[2] + 0.02 * size))
        solid(f"{side}_ankle", heel, ball_of_foot, _FOOT, 0.048, 0.052, soles)
        toes = ball_of_foot - z * 0.035 * size
        solid(f"{side}_foot", toes, toes + z * 0.11 * size, _BALL, 0.05, 0.03, soles)
    return pieces
