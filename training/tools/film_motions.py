"""A body that moves, filmed: our CC0 body in clothes of plain colours, lit, before a wall, by a camera that we know.

    python -m training.tools.film_motions motion.npz -o clip.mp4

Drawn point by point with a depth buffer in numpy: no graphics card, no library for drawing.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from being_m0_hf.bodies import Body, makehuman_body, pose_body
from being_m0_hf.io import load_motion
from being_m0_hf.motion import JOINT_INDEX, Motion
from being_m0_hf.motion.pinhole import Camera, camera_rotation
from being_m0_hf.rendering.video_file import write_video

SKIN, SHIRT, TROUSERS, SHOES, HAIR = (224, 172, 138), (48, 92, 160), (52, 54, 62), (30, 28, 28), (60, 42, 32)
WALL, FLOOR = (196, 190, 180), (128, 116, 104)
CLOTHED = {
    SHIRT: ("spine1", "spine2", "spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder"),
    TROUSERS: ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee"),
    SHOES: ("left_ankle", "right_ankle", "left_foot", "right_foot"),
}
LIGHT, AMBIENT = np.array((-0.4, 0.75, 0.55)), 0.45
#: Pictures are drawn so many times larger and shrunk, so that edges are smooth.
FINER = 2
DEFAULT_SIZE = (960, 540)


@dataclass(frozen=True, eq=False)
class FilmedMotion:
    """A motion before a camera.

    Args:
        motion: what moves.
        camera: who looks, see `Camera`.
        size: width and height of the picture.
    """

    motion: Motion
    camera: Camera
    size: tuple[int, int] = DEFAULT_SIZE

    def pixels(self, points: Tensor, finer: int = 1) -> NDArray:
        """Points (..., 3) of the world as (..., 3): pixels and the distance along the camera's axis."""
        viewed = self.camera.view(points)
        half = torch.tensor(self.size) * finer / 2
        flat = self.camera.project(viewed) * half.max() + half
        return torch.cat((flat, viewed[..., 2:]), -1).numpy()


def standing_camera(motion: Motion, yaw: float = 0.5, pitch: float = 0.12, focal: float = 1.1) -> Camera:
    """A camera that has the whole motion in its picture.

    Args:
        yaw, pitch: radians; 0 looks at the side of +z, from straight ahead.
    """
    joints = motion.joints().flatten(0, 1)
    low, high = joints.amin(0), joints.amax(0)
    across, height = (float(extent) + 0.5 for extent in ((high - low)[[0, 2]].norm(), high[1] - low[1]))
    width, tall = DEFAULT_SIZE
    distance = focal * max(across, height * width / tall) + across / 2
    return Camera(camera_rotation(yaw, pitch), (low + high) / 2, distance, focal)


def film(filmed: FilmedMotion, body: Body | None = None) -> list[NDArray]:
    """Pictures (height, width, 3), one for each frame of the motion."""
    body = body or makehuman_body()
    colours = _colours(body)
    posed = pose_body(body, filmed.motion)
    scene = _empty_scene(filmed)
    return [_draw(filmed, vertices, body.faces.numpy(), colours, scene) for vertices in posed]


def _draw(filmed: FilmedMotion, vertices: Tensor, faces: NDArray, colours: NDArray, scene: NDArray) -> NDArray:
    """One picture: every face is covered with points, and the nearest point of each pixel is seen."""
    corners = filmed.pixels(vertices, FINER)[faces]
    world = vertices.numpy()[faces]
    normals = np.cross(world[:, 1] - world[:, 0], world[:, 2] - world[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    light = AMBIENT + (1 - AMBIENT) * (normals @ (LIGHT / np.linalg.norm(LIGHT))).clip(0)
    shaded = colours[faces].mean(1) * light[:, None]
    edges = np.linalg.norm(corners[:, :, :2] - np.roll(corners[:, :, :2], 1, axis=1), axis=-1).max(-1)
    places, depths, values = [], [], []
    for steps in range(1, math.ceil(edges.max() * 1.5) + 2):
        some = np.ceil(edges * 1.5).clip(1).astype(int) == steps
        if not some.any():
            continue
        first, second = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1))
        shares = np.stack((first, second, steps - first - second), -1)[first + second <= steps] / steps
        points = np.einsum("pc,fcx->fpx", shares, corners[some])
        places.append(points[..., :2].reshape(-1, 2))
        depths.append(points[..., 2].reshape(-1))
        values.append(np.repeat(shaded[some], len(shares), 0))
    place, depth, value = (np.concatenate(parts) for parts in (places, depths, values))
    height, width = scene.shape[:2]
    column, row = np.floor(place).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height) & (depth > 0)
    far_first = np.argsort(-depth[inside], kind="stable")
    picture = scene.copy()
    picture[row[inside][far_first], column[inside][far_first]] = value[inside][far_first]
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    return np.asarray(image.resize(filmed.size, Image.Resampling.BOX))


def _colours(body: Body) -> NDArray:
    """(V, 3): clothes by the joint that moves a vertex most, hair on the back and the top of the head."""
    strongest = body.joint_indices.gather(1, body.joint_weights.argmax(1, keepdim=True))[:, 0]
    colours = np.full((len(body.vertices), 3), SKIN, float)
    for colour, joints in CLOTHED.items():
        colours[torch.isin(strongest, torch.tensor([JOINT_INDEX[name] for name in joints])).numpy()] = colour
    skull = body.vertices - body.rest_joints[JOINT_INDEX["head"]]
    hair = (strongest == JOINT_INDEX["head"]) & ((skull[:, 1] > 0.14) | ((skull[:, 2] < 0.0) & (skull[:, 1] > 0.02)))
    colours[hair.numpy()] = HAIR
    return colours


def _empty_scene(filmed: FilmedMotion) -> NDArray:
    """Wall and floor, with the grain of a camera."""
    width, height = (side * FINER for side in filmed.size)
    noise = np.random.default_rng(0).normal(0, 5, (height, width, 1))
    floor = filmed.pixels(torch.tensor([[0.0, 0.0, -2.5]]), FINER)[0, 1]
    rows = np.arange(height)[:, None, None]
    shade = 1 - 0.15 * rows / height
    return np.where(rows < floor, np.array(WALL) * shade, np.array(FLOOR) * shade) + noise


def main() -> None:
    """Film the motion of a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("motion", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("clip.mp4"))
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--yaw", type=float, default=0.5, help="radians")
    arguments = parser.parse_args()
    motion = load_motion(arguments.motion).canonicalized().resample(arguments.fps)
    pictures = film(FilmedMotion(motion, standing_camera(motion, arguments.yaw)))
    print(write_video(arguments.output, pictures, arguments.fps))


if __name__ == "__main__":
    main()
