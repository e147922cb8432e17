"""A body that moves, filmed: our CC0 body in clothes of plain colours, lit, before a wall, by a camera that we know.

    python -m training.tools.film_motions motion.npz -o clip.mp4

Drawn by the package's own z-buffer: no graphics card, no library for drawing.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from being_m0_hf.rendering.flat_shading import lit_colours
from being_m0_hf.rendering.video_file import write_video
from being_m0_hf.rendering.z_buffer import rasterise

Colour = tuple[int, int, int]

SHIRT_JOINTS = ("spine1", "spine2", "spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder")
TROUSER_JOINTS = ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee")
SHOE_JOINTS = ("left_ankle", "right_ankle", "left_foot", "right_foot")
LIGHT, AMBIENT = np.array((-0.4, 0.75, 0.55)) / np.linalg.norm((-0.4, 0.75, 0.55)), 0.45
#: Pictures are drawn so many times larger and shrunk, so that edges are smooth.
FINER = 2
DEFAULT_SIZE = (960, 540)
#: Metres from what is filmed to where the wall meets the floor.
BEHIND = 2.5


@dataclass(frozen=True)
class Clothes:
    """Colours of a person, RGB 0 to 255."""

    skin: Colour = (224, 172, 138)
    shirt: Colour = (48, 92, 160)
    trousers: Colour = (52, 54, 62)
    shoes: Colour = (30, 28, 28)
    hair: Colour = (60, 42, 32)


@dataclass(frozen=True)
class Room:
    """Colours of what is behind, RGB 0 to 255."""

    wall: Colour = (196, 190, 180)
    floor: Colour = (128, 116, 104)


@dataclass(frozen=True, eq=False)
class Thing:
    """What a camera sees: a mesh, posed in every frame.

    Args:
        vertices: (frames, V, 3) in the world; (1, V, 3) for what stands still.
        faces: (F, 3), corners counter-clockwise seen from outside.
        colours: (V, 3), RGB 0 to 255.
    """

    vertices: Tensor
    faces: NDArray
    colours: NDArray


@dataclass(frozen=True, eq=False)
class FilmedMotion:
    """A motion before a camera.

    Args:
        motion: what moves.
        camera: who looks, see `Camera`.
        size: width and height of the picture.
        clothes, room: colours.
    """

    motion: Motion
    camera: Camera
    size: tuple[int, int] = DEFAULT_SIZE
    clothes: Clothes = field(default_factory=Clothes)
    room: Room = field(default_factory=Room)

    def pixels(self, points: Tensor) -> NDArray:
        """Points (..., 3) of the world as (..., 3): pixels and the distance along the camera's axis."""
        return pixels_of(points, self.camera, self.size)


def pixels_of(points: Tensor, camera: Camera, size: tuple[int, int]) -> NDArray:
    """Points (..., 3) of the world as (..., 3): pixels of a picture (width, height), and the distance from it."""
    viewed = camera.view(points)
    half = torch.tensor(size) / 2
    return torch.cat((camera.project(viewed) * half.max() + half, viewed[..., 2:]), -1).numpy()


def standing_camera(motion: Motion, yaw: float = 0.5, pitch: float = 0.12, focal: float = 1.1) -> Camera:
    """A camera that has the whole motion in its picture.

    Args:
        yaw, pitch: radians; 0 looks at the side of +z, from straight ahead.
    """
    return camera_before([motion.joints().flatten(0, 1)], DEFAULT_SIZE, yaw, pitch, focal)


def camera_before(
    points: Sequence[Tensor], size: tuple[int, int], yaw: float, pitch: float = 0.12, focal: float = 1.1
) -> Camera:
    """A camera that has all points (n, 3) in its picture of this width and height."""
    everything = torch.cat(list(points))
    low, high = everything.amin(0), everything.amax(0)
    across, height = (float(extent) + 0.5 for extent in ((high - low)[[0, 2]].norm(), high[1] - low[1]))
    width, tall = size
    longer = max(width, tall)
    distance = focal * max(across * longer / width, height * longer / tall) + across / 2
    return Camera(camera_rotation(yaw, pitch), (low + high) / 2, distance, focal)


def film(filmed: FilmedMotion, body: Body | None = None) -> list[NDArray]:
    """Pictures (height, width, 3), one for each frame of the motion."""
    person = dressed(filmed.motion, filmed.clothes, body)
    return film_things([person], filmed.camera, filmed.size, filmed.room, filmed.motion.num_frames)


def dressed(motion: Motion, clothes: Clothes, body: Body | None = None) -> Thing:
    """A person who moves."""
    body = body or makehuman_body()
    return Thing(pose_body(body, motion), body.faces.numpy(), _colours(body, clothes))


def film_things(
    things: Sequence[Thing], camera: Camera, size: tuple[int, int], room: Room, frames: int
) -> list[NDArray]:
    """So many pictures (height, width, 3) of a room with things in it, or of an empty one: of each pixel, what is
    nearest.
    """
    finer = (size[0] * FINER, size[1] * FINER)
    scene = _empty_room(camera, finer, room)
    faces, colours, number = [], [], 0
    for thing in things:
        faces.append(thing.faces + number)
        colours.append(thing.colours)
        number += len(thing.colours)
    pictures = []
    for index in range(frames):
        picture = scene.copy()
        if things:
            world = torch.cat([thing.vertices[min(index, len(thing.vertices) - 1)] for thing in things])
            corners = np.concatenate(faces)
            seen = rasterise(pixels_of(world, camera, finer)[corners], finer[1], finer[0])
            at, weights = corners[seen.face[seen.mask]], torch.from_numpy(seen.weights[seen.mask])
            painted = torch.from_numpy(np.concatenate(colours)[at])
            shaded = lit_colours(world.double()[at], painted, weights, torch.from_numpy(LIGHT), AMBIENT)
            picture[seen.mask] = shaded.numpy().clip(0, 255).astype(np.uint8)
        pictures.append(np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX)))
    return pictures


def _colours(body: Body, clothes: Clothes) -> NDArray:
    """(V, 3): clothes by the joint that moves a vertex most, hair on the back and the top of the head."""
    strongest = body.joint_indices.gather(1, body.joint_weights.argmax(1, keepdim=True))[:, 0]
    colours = np.full((len(body.vertices), 3), clothes.skin, float)
    for colour, joints in (
        (clothes.shirt, SHIRT_JOINTS),
        (clothes.trousers, TROUSER_JOINTS),
        (clothes.shoes, SHOE_JOINTS),
    ):
        colours[torch.isin(strongest, torch.tensor([JOINT_INDEX[name] for name in joints])).numpy()] = colour
    skull = body.vertices - body.rest_joints[JOINT_INDEX["head"]]
    hair = (strongest == JOINT_INDEX["head"]) & ((skull[:, 1] > 0.14) | ((skull[:, 2] < 0.0) & (skull[:, 1] > 0.02)))
    colours[hair.numpy()] = clothes.hair
    return colours


def _empty_room(camera: Camera, size: tuple[int, int], room: Room) -> NDArray:
    """Wall and floor, with the grain of a camera."""
    width, height = size
    noise = np.random.default_rng(0).normal(0, 5, (height, width, 1))
    level = torch.tensor([1.0, 0.0, 1.0])
    away = torch.nn.functional.normalize(camera.rotation[2] * level, dim=0)
    floor = pixels_of((camera.target + BEHIND * away) * level, camera, size)[1]
    rows = np.arange(height)[:, None, None]
    shade = 1 - 0.15 * rows / height
    painted = np.where(rows < floor, np.array(room.wall) * shade, np.array(room.floor) * shade) + noise
    return painted.clip(0, 255).astype(np.uint8)


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
