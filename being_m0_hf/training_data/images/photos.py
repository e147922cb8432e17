"""A picture of a posed body as a crop, by a camera drawn by chance, with what is true of it."""

import math
from dataclasses import dataclass, replace

import numpy as np
import roma
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...bodies import Body, pose_body
from ...motion import Motion
from ...motion.pinhole import camera_rotation
from ...rendering.z_buffer import rasterise
from .appearance import draw_appearance, draw_background, finish_picture

#: Degrees by which a camera looks down; metres to the body; degrees by which it is rolled, at most.
LOWEST, HIGHEST = -20.0, 35.0
NEAREST, FARTHEST = 2.5, 8.0
MOST_ROLL = 30.0
#: Metres of what is thinnest and thickest on top of the body's skin.
THINNEST, THICKEST = -0.008, 0.03
#: Whose colours the frames of a motion have in turn.
PEOPLE = 2


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


def photograph(
    body: Body, motion: Motion, generator: np.random.Generator, options: PhotoOptions | None = None
) -> dict[str, Tensor]:
    """One picture of each frame of a motion; the frames need not belong together.

    Args:
        body: fitted to the motion's skeleton.

    Returns:
        ``images`` (frames, height, width, 3) uint8; ``rotations`` (frames, 22, 4) quaternions, the root's into the
        camera's axes (x right, y down, z away); ``keypoints`` (frames, 22, 2) joints in pixels of the crop.
    """
    options = options or PhotoOptions()
    vertices = pose_body(thickened(body, generator), motion)
    joints, pelvis = motion.joints(), motion.translation
    rotations, shots = motion.rotations.clone(), []
    appearances = [draw_appearance(body, generator) for _ in range(PEOPLE)]
    for frame in range(motion.num_frames):
        camera = draw_view(generator, options.rolled)
        rotations[frame, 0] = roma.quat_product(roma.rotmat_to_unitquat(camera), motion.rotations[frame, 0])
        offset = torch.tensor([*generator.uniform(-0.3, 0.3, 2), generator.uniform(NEAREST, FARTHEST)]).float()
        seen, points = ((place[frame] - pelvis[frame]) @ camera.T + offset for place in (vertices, joints))
        window = draw_window(seen.numpy(), generator, options)
        appearance = appearances[frame % PEOPLE]
        height, width = options.image_size
        screen = np.concatenate((window.pixels(seen.numpy()), seen.numpy()[:, 2:]), 1)
        found = rasterise(screen[body.faces.numpy()], height, width)
        picture = draw_background(height, width, generator)
        picture[found.mask] = appearance.shade(
            body.faces.numpy(), seen.numpy(), found.face[found.mask], found.weights[found.mask]
        )
        shots.append((finish_picture(picture, generator), window.pixels(points.numpy())))
    images, keypoints = zip(*shots, strict=True)
    return {
        "images": torch.from_numpy(np.stack(images)),
        "rotations": rotations,
        "keypoints": torch.from_numpy(np.stack(keypoints)).float(),
    }


def thickened(body: Body, generator: np.random.Generator) -> Body:
    """A body with more or less on its skin."""
    amount = float(generator.uniform(THINNEST, THICKEST))
    return replace(body, vertices=body.vertices + amount * body.vertex_normals())


def draw_view(generator: np.random.Generator, rolled: float) -> Tensor:
    """Rotation (3, 3) from the world to a camera anywhere around a body."""
    yaw, pitch = generator.uniform(0, 2 * math.pi), math.radians(generator.uniform(LOWEST, HIGHEST))
    roll = 0.0
    if generator.random() < rolled:
        roll = math.radians(float(np.clip(generator.normal(0, MOST_ROLL / 2), -MOST_ROLL, MOST_ROLL)))
    turn = torch.tensor(
        [[math.cos(roll), -math.sin(roll), 0.0], [math.sin(roll), math.cos(roll), 0.0], [0.0, 0.0, 1.0]]
    )
    return turn @ camera_rotation(yaw, pitch)


@dataclass(frozen=True)
class Window:
    """The part of the plane at distance 1 before a camera that becomes a crop: its corner, and pixels a metre there."""

    corner: NDArray[np.float64]
    scale: float

    def pixels(self, points: NDArray) -> NDArray:
        """Points (n, 3) in the camera's axes -> (n, 2) pixels."""
        return (points[:, :2] / points[:, 2:] - self.corner) * self.scale


def draw_window(points: NDArray, generator: np.random.Generator, options: PhotoOptions) -> Window:
    """A crop around points (V, 3), about as a detector's box would give it."""
    flat = points[:, :2] / points[:, 2:]
    low, high = flat.min(0), flat.max(0)
    if generator.random() < options.halves:  # the picture ends somewhere below the hips
        high[1] = low[1] + (high[1] - low[1]) * generator.uniform(0.5, 0.8)
    height, width = options.image_size
    size = (high - low).clip(1e-3)
    tall = max(size[1], size[0] * height / width) * options.box_scale
    tall *= 1 + np.clip(generator.normal(0, options.scale_change / 2), -options.scale_change, options.scale_change)
    extent = np.array([tall * width / height, tall])
    middle = (low + high) / 2 + generator.normal(0, 0.04, 2) * extent
    return Window(middle - extent / 2, height / tall)
