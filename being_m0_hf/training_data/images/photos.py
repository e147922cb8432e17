"""Pictures of a posed body as crops, by cameras drawn by chance, with what is true of them; many at once."""

import math
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from ...bodies import Body, joint_transforms, makehuman_body, skinned
from ...motion import CANONICAL_SKELETON
from ...motion.kinematics import forward_kinematics
from ...motion.pinhole import camera_rotation
from ...rendering.flat_shading import lit_colours
from ...rendering.z_buffer import SeenInMany, rasterise_many
from .appearance import draw_colours, draw_lights, regions_of
from .chance import Chance
from .surroundings import draw_backgrounds, finish_pictures, with_people_beside

#: Degrees by which a camera looks down; metres to the body; degrees by which it is rolled, at most.
LOWEST, HIGHEST = -20.0, 35.0
NEAREST, FARTHEST = 2.5, 8.0
MOST_ROLL = 30.0
#: Metres of what is thinnest and thickest on top of the body's skin, and the deviation of that along a body.
THINNEST, THICKEST, UNEVEN = -0.008, 0.03, 0.006


@dataclass(frozen=True)
class PhotoOptions:
    """How people are photographed.

    Args:
        image_size: height and width of the crops.
        box_scale: how much larger than the person a crop is.
        scale_change: by which share it is larger or smaller.
        rolled: share of pictures with a camera that is not level.
        halves: share of pictures that end at the hips or the knees.
    """

    image_size: tuple[int, int] = (128, 96)
    box_scale: float = 1.2
    scale_change: float = 0.25
    rolled: float = 0.6
    halves: float = 0.15


@dataclass(frozen=True, eq=False)
class Model:
    """Who is photographed: a body's tensors on the device that draws.

    Args:
        vertices, normals: (V, 3) of the T-pose.
        weights: (V, 22) of the joints.
        faces: (F, 3).
        regions: (V,), see `regions_of`.
        rest_joints, offsets: (22, 3) of the skeleton.
    """

    vertices: Tensor
    normals: Tensor
    weights: Tensor
    faces: Tensor
    regions: Tensor
    rest_joints: Tensor
    offsets: Tensor

    @classmethod
    def of(cls, body: Body | None = None, device: str | torch.device = "cpu") -> "Model":
        """Of a body, by default our own with few vertices."""
        body = body or makehuman_body("low").fitted_to(CANONICAL_SKELETON)
        tensors = (
            body.vertices, body.vertex_normals(), body.dense_weights(), body.faces, regions_of(body), body.rest_joints,
            body.skeleton.offsets,
        )  # fmt: skip
        return cls(*(tensor.to(device) for tensor in tensors))

    def posed(self, rotations: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
        """Vertices (n, V, 3) and joints (n, 22, 3) about the pelvis for rotation matrices (n, 22, 3, 3); each body is
        as thick as chance wants.
        """
        count = len(rotations)
        places = torch.zeros(count, 3, device=rotations.device)
        joints, turned = forward_kinematics(rotations, places, self.offsets)
        thick = chance.uniform(THINNEST, THICKEST, count, 1) + chance.normal(UNEVEN, count, self.weights.shape[1])
        rest = self.vertices + (thick @ self.weights.T)[..., None] * self.normals
        return skinned(rest, self.weights, joint_transforms(joints, turned, self.rest_joints)), joints


def photograph(
    model: Model, rotations: Tensor, chance: Chance, options: PhotoOptions | None = None
) -> dict[str, Tensor]:
    """One picture of each pose.

    Args:
        rotations: (n, 22, 4) unit quaternions, the root's in the world.

    Returns:
        ``images`` (n, height, width, 3) uint8; ``rotations`` (n, 22, 4) quaternions, the root's into the camera's axes
        (x right, y down, z away); ``keypoints`` (n, 22, 2) joints in pixels of the crop.
    """
    options, count = options or PhotoOptions(), len(rotations)
    cameras = draw_views(count, chance, options.rolled)
    seen_root = roma.quat_product(roma.rotmat_to_unitquat(cameras), rotations[:, 0])
    rotations = torch.cat((seen_root[:, None], rotations[:, 1:]), 1)
    vertices, joints = model.posed(roma.unitquat_to_rotmat(rotations), chance)
    place = torch.cat((chance.uniform(-0.3, 0.3, count, 2), chance.uniform(NEAREST, FARTHEST, count, 1)), 1)[:, None]
    vertices, joints = vertices + place, joints + place
    windows = draw_windows(vertices, chance, options)
    screen = torch.cat((windows.pixels(vertices), vertices[..., 2:]), 2)
    seen = rasterise_many(screen[:, model.faces], *options.image_size)
    people = cut_out(model, vertices, seen, chance, options.image_size)
    pictures = with_people_beside(people, draw_backgrounds(count, *options.image_size, chance), chance)
    images = finish_pictures(pictures, chance).permute(0, 2, 3, 1).contiguous()
    return {"images": images, "rotations": rotations, "keypoints": windows.pixels(joints)}


def cut_out(model: Model, vertices: Tensor, seen: SeenInMany, chance: Chance, image_size: tuple[int, int]) -> Tensor:
    """Lit people without surroundings, (n, 4, height, width): colours 0 to 255, and 1 where there is somebody."""
    count = len(vertices)
    colours, (light, ambient) = draw_colours(model.regions, count, chance), draw_lights(count, chance)
    corners, picture = model.faces[seen.face], seen.picture
    triangles, painted = (each[picture[:, None], corners] for each in (vertices, colours))
    shown = lit_colours(triangles, painted, seen.weights, light[picture], ambient[picture])
    people = torch.zeros(count * image_size[0] * image_size[1], 4, device=vertices.device)
    people[seen.pixel] = torch.cat((shown, torch.ones_like(shown[:, :1])), 1)
    return people.reshape(count, *image_size, 4).permute(0, 3, 1, 2)


def draw_views(number: int, chance: Chance, rolled: float) -> Tensor:
    """Rotations (number, 3, 3) from the world to cameras anywhere around a body."""
    yaw, pitch = chance.uniform(0, 2 * math.pi, number), torch.deg2rad(chance.uniform(LOWEST, HIGHEST, number))
    roll = chance.normal(MOST_ROLL / 2, number).clamp(-MOST_ROLL, MOST_ROLL) * chance.whether(rolled, number)
    axis = torch.zeros(number, 3, device=chance.device)
    axis[:, 2] = torch.deg2rad(roll)
    return roma.rotvec_to_rotmat(axis) @ camera_rotation(yaw, pitch)


@dataclass(frozen=True)
class Windows:
    """The parts of the planes at distance 1 before cameras that become crops.

    Args:
        corner: (n, 1, 2).
        scale: (n, 1, 1) pixels a metre there.
    """

    corner: Tensor
    scale: Tensor

    def pixels(self, points: Tensor) -> Tensor:
        """Points (n, V, 3) in the cameras' axes -> (n, V, 2) pixels."""
        return (points[..., :2] / points[..., 2:] - self.corner) * self.scale


def draw_windows(points: Tensor, chance: Chance, options: PhotoOptions) -> Windows:
    """Crops around points (n, V, 3), about as a detector's boxes would give them."""
    count, (height, width) = len(points), options.image_size
    flat = points[..., :2] / points[..., 2:]
    low, high = flat.amin(1), flat.amax(1)
    # some pictures end somewhere below the hips
    shown = torch.where(chance.whether(options.halves, count), chance.uniform(0.5, 0.8, count), 1.0)
    size = torch.stack((high[:, 0] - low[:, 0], (high[:, 1] - low[:, 1]) * shown), 1).clamp_min(1e-3)
    tall = torch.maximum(size[:, 1], size[:, 0] * height / width) * options.box_scale
    tall = tall * (
        1 + chance.normal(options.scale_change / 2, count).clamp(-options.scale_change, options.scale_change)
    )
    extent = tall[:, None] * torch.tensor([width / height, 1.0], device=chance.device)
    middle = low + size / 2 + chance.normal(0.04, count, 2) * extent
    return Windows((middle - extent / 2)[:, None], (height / tall)[:, None, None])
