"""``Body``: a skinned mesh on the 22-joint skeleton, and the linear blend skinning that poses it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..motion import NUM_JOINTS, PARTS, Motion, Skeleton

MAX_INFLUENCES = 4
#: Values of the blended (V, 12) transforms held at once while posing, so that long clips stay small in memory.
_CHUNK_VALUES = 32_000_000


@dataclass(frozen=True, eq=False)
class Body:
    """A mesh in T-pose and how it follows the joints.

    Args:
        vertices: (V, 3) metres, T-pose, y up, facing +z, pelvis at the origin.
        faces: (F, 3) vertex indices, counter-clockwise seen from outside.
        joint_indices: (V, 4) joints that move each vertex; 0 where the weight is 0.
        joint_weights: (V, 4) their weights, summing to 1.
        skeleton: the bones whose rest joints the mesh was made for.
        name: shown in messages and file headers.
        color: linear RGB of the surface, 0 to 1.
    """

    vertices: Tensor
    faces: Tensor
    joint_indices: Tensor
    joint_weights: Tensor
    skeleton: Skeleton
    name: str = "body"
    color: tuple[float, float, float] = (0.5, 0.5, 0.52)

    @property
    def rest_joints(self) -> Tensor:
        """Joint positions of the T-pose, pelvis at the origin: (22, 3) metres."""
        return self.skeleton.rest_joints()

    @property
    def standing_height(self) -> float:
        """Height of the pelvis above the soles in T-pose, metres: put the pelvis here and the feet touch y = 0."""
        return -float(self.vertices[:, 1].min())

    @property
    def vertex_parts(self) -> Tensor:
        """(V,) index into ``PARTS`` of the part that moves each vertex most; colours parts apart."""
        part_of_joint = torch.zeros(NUM_JOINTS, dtype=torch.long)
        for index, part in enumerate(PARTS):
            part_of_joint[list(part.joints)] = index
        strongest = self.joint_weights.argmax(dim=1, keepdim=True)
        return part_of_joint[self.joint_indices.gather(1, strongest)[:, 0]]

    def dense_weights(self) -> Tensor:
        """Skinning weights as a matrix: (V, 22)."""
        weights = torch.zeros(len(self.vertices), NUM_JOINTS)
        return weights.scatter_add(1, self.joint_indices, self.joint_weights)

    def vertex_normals(self) -> Tensor:
        """Unit normals of the T-pose, weighted by face area: (V, 3)."""
        return vertex_normals(self.vertices, self.faces)

    def fitted_to(self, skeleton: Skeleton) -> "Body":
        """The same body with other bone lengths.

        The mesh is scaled by the ratio of leg lengths, then carried by a smooth displacement field (a biharmonic
        spline in space) that takes each rest joint exactly to its new place.
        """
        if torch.equal(skeleton.offsets, self.skeleton.offsets):
            return self
        scale = skeleton.leg_length / self.skeleton.leg_length
        joints, vertices = self.rest_joints * scale, self.vertices * scale
        vertices = vertices + interpolate_displacements(joints, skeleton.rest_joints() - joints, vertices)
        return replace(self, vertices=vertices, skeleton=skeleton)


def interpolate_displacements(points: Tensor, displacements: Tensor, queries: Tensor) -> Tensor:
    """Biharmonic spline (kernel |r| with a constant term) through given displacements.

    Args:
        points: (N, 3) distinct places where the displacement is known.
        displacements: (N, 3) displacement there.
        queries: (V, 3) places to interpolate at.

    Returns:
        (V, 3) displacements.
    """
    count = len(points)
    system = torch.zeros(count + 1, count + 1, dtype=torch.float64)
    system[:count, :count] = torch.cdist(points.double(), points.double())
    system[:count, count] = system[count, :count] = 1.0
    known = torch.cat((displacements.double(), torch.zeros(1, 3, dtype=torch.float64)))
    coefficients = torch.linalg.solve(system, known)
    distances = torch.cdist(queries.double(), points.double())
    return (distances @ coefficients[:count] + coefficients[count]).to(queries.dtype)


def vertex_normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """Area-weighted unit normals (V, 3) of a mesh with vertices (V, 3) and faces (F, 3)."""
    corners = vertices[faces]
    face_normals = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = torch.zeros_like(vertices)
    for corner in range(3):
        normals.index_add_(0, faces[:, corner], face_normals)
    # a vertex that only touches slivers still needs some unit vector: glTF forbids zero normals
    up = torch.tensor([0.0, 1.0, 0.0], dtype=vertices.dtype)
    lengths = normals.norm(dim=1, keepdim=True)
    return torch.where(lengths > 1e-12, normals / lengths.clamp(min=1e-12), up)


def pose_body(body: Body, motion: Motion) -> Tensor:
    """Vertices of a body in every frame of a motion, by linear blend skinning.

    A body made for other bones than the motion's is refitted first (``Body.fitted_to``).

    Returns:
        (T, V, 3) world positions, metres, y up.
    """
    body = body.fitted_to(motion.skeleton)
    transforms = joint_transforms(*motion.pose(), body.rest_joints)
    weights, rest = body.dense_weights(), body.vertices[None]
    step = max(1, _CHUNK_VALUES // (len(body.vertices) * 12))
    return torch.cat([skinned(rest, weights, part) for part in transforms.split(step)])


def joint_transforms(positions: Tensor, rotations: Tensor, rest_joints: Tensor) -> Tensor:
    """What takes each joint from the T-pose to its place: (T, 22, 12), 3x4 matrices row after row.

    Args:
        positions, rotations: (T, 22, 3) and (T, 22, 3, 3), of the joints in the world.
        rest_joints: (22, 3).
    """
    shifts = positions - (rotations @ rest_joints[:, :, None])[..., 0]
    return torch.cat((rotations, shifts[..., None]), dim=-1).flatten(-2)


def skinned(vertices: Tensor, weights: Tensor, transforms: Tensor) -> Tensor:
    """Linear blend skinning: vertices (T or 1, V, 3) of the T-pose -> (T, V, 3).

    Args:
        weights: (V, 22) of the joints.
        transforms: (T, 22, 12), see `joint_transforms`.
    """
    rest = torch.cat((vertices, torch.ones_like(vertices[..., :1])), dim=-1)
    blended = (weights @ transforms).unflatten(-1, (3, 4))
    return torch.einsum("tvij,tvj->tvi", blended, rest.expand(len(transforms), -1, -1))


def skinning_from_dense(weights: Tensor) -> tuple[Tensor, Tensor]:
    """The four strongest influences of dense weights (V, 22): indices (V, 4) and weights (V, 4) summing to 1."""
    strongest, indices = weights.topk(MAX_INFLUENCES, dim=1)
    strongest = strongest / strongest.sum(dim=1, keepdim=True)
    return torch.where(strongest > 0, indices, torch.zeros_like(indices)), strongest
