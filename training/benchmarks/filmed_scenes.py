"""Videos with a truth, of pictures: recorded people, dressed and filmed, to go through the whole of `data curate`.

One and two people, cuts, shots that are empty, tables and pillars in the way, 15 to 60 frames a second. Cameras stand
anywhere around, at the height of people's eyes and above. A film is drawn once and kept.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from being_m0_hf.bodies import Body, makehuman_body
from being_m0_hf.evaluation.curation import RATES, Scene, ScenePerson, beside, shortened
from being_m0_hf.motion import Motion
from being_m0_hf.motion.h36m_joints import h36m_joints
from being_m0_hf.motion.pinhole import Camera
from being_m0_hf.rendering.video_file import write_video
from being_m0_hf.training_data.images.appearance import SKINS
from being_m0_hf.utils.atomic_files import write_whole
from training.tools.film_motions import Clothes, Room, Thing, camera_before, dressed, film_things, pixels_of

FILM_KINDS = ("one", "hidden", "cut", "two", "crossing", "empty")
#: Raised when the same numbers give other films.
VERSION = 1
#: Corners of a box from -1 to 1, and its faces, counter-clockwise seen from outside.
_CORNERS = torch.tensor([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ]
)  # fmt: skip


@dataclass(frozen=True)
class FilmOptions:
    """How films are made.

    Args:
        number: how many; kinds and rates come in turn.
        seconds: of a shot, at most.
        size: width and height of the pictures.
        seed: of cameras, colours and things in the way.
    """

    number: int = 30
    seconds: float = 3.0
    size: tuple[int, int] = (640, 360)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Shot:
    """People, from when to when, before a camera; nobody is in an empty one."""

    motions: list[Motion]
    camera: Camera
    frames: int
    room: Room
    in_the_way: tuple[Thing, ...] = ()


def make_films(motions: Sequence[Motion], folder: Path, options: FilmOptions) -> list[Scene]:
    """Films of motions, and their truth. What lies in the folder already and was drawn of the same is not drawn again.

    Args:
        motions: of 2 seconds and more, used in turn.
    """
    body = makehuman_body("low")
    folder.mkdir(parents=True, exist_ok=True)
    scenes, used = [], 0
    for index in tqdm(range(options.number), "filming"):
        kind, fps = FILM_KINDS[index % len(FILM_KINDS)], RATES[(index + index // len(FILM_KINDS)) % len(RATES)]
        generator = np.random.default_rng((options.seed, index))
        here = [shortened(motions[(used + step) % len(motions)], options.seconds) for step in range(2)]
        used += 1 if kind in ("one", "hidden", "empty") else 2
        shots = _shots_of(kind, here, fps, options, generator)
        scene = Scene(f"{kind}-{index:03d}", kind, fps, _truth(shots, fps, options.size), ".mp4")
        _draw_once(folder / scene.file, shots, fps, options, body, generator)
        scenes.append(scene)
    return scenes


def _draw_once(
    path: Path, shots: list[_Shot], fps: float, options: FilmOptions, body: Body, generator: np.random.Generator
) -> None:
    drawn_of = asdict(options) | {"version": VERSION, "number": 0}
    drawn_of["joints"] = [float(h36m_joints(motion).double().sum()) for shot in shots for motion in shot.motions]
    # the notes lie outside the folder of videos, which holds nothing but videos
    notes = path.parent.with_name(f"{path.parent.name}-drawn") / f"{path.stem}.json"
    content = json.dumps(drawn_of).encode()
    if path.is_file() and notes.is_file() and notes.read_bytes() == content:
        return
    pictures = []
    for shot in shots:
        people = [dressed(_at_rate(motion, fps, shot.frames), _clothes(generator), body) for motion in shot.motions]
        pictures += film_things([*people, *shot.in_the_way], shot.camera, options.size, shot.room, shot.frames)
    write_video(path, pictures, fps)
    notes.parent.mkdir(exist_ok=True)
    write_whole(notes, content)


def _shots_of(
    kind: str, motions: list[Motion], fps: float, options: FilmOptions, generator: np.random.Generator
) -> list[_Shot]:
    first, second = motions
    if kind == "cut":
        return [_shot([motion], fps, options, generator) for motion in (first, second)]
    if kind in ("two", "crossing"):
        seconds = min(first.seconds, second.seconds)
        first, second = (motion.crop(0, round(seconds * motion.fps)) for motion in (first, second))
        return [_shot(beside(first, second, kind == "crossing"), fps, options, generator)]
    shot = _shot([first], fps, options, generator)
    if kind == "hidden":
        things = _things_before(first, shot.camera, generator)
        return [_Shot(shot.motions, shot.camera, shot.frames, shot.room, things)]
    if kind == "empty":
        return [_Shot([], shot.camera, round(fps), _room(generator)), shot]
    return [shot]


def _shot(motions: list[Motion], fps: float, options: FilmOptions, generator: np.random.Generator) -> _Shot:
    yaw, pitch = generator.uniform(-math.pi, math.pi), generator.uniform(0.0, 0.35)
    points = [motion.joints().flatten(0, 1) for motion in motions]
    camera = camera_before(points, options.size, yaw, pitch, generator.uniform(0.8, 1.3))
    frames = min(motion.resample(fps).num_frames for motion in motions)
    return _Shot(motions, camera, frames, _room(generator))


def _truth(shots: list[_Shot], fps: float, size: tuple[int, int]) -> tuple[ScenePerson, ...]:
    people, start, total = [], 0, sum(shot.frames for shot in shots)
    for shot in shots:
        for motion in shot.motions:
            pixels = torch.full((total, 17, 2), torch.nan)
            joints = h36m_joints(_at_rate(motion, fps, shot.frames))
            pixels[start : start + shot.frames] = torch.from_numpy(pixels_of(joints, shot.camera, size)[..., :2])
            people.append(ScenePerson(motion, start / fps, pixels))
        start += shot.frames
    return tuple(people)


def _at_rate(motion: Motion, fps: float, frames: int) -> Motion:
    return motion.resample(fps).crop(0, frames)


def _things_before(motion: Motion, camera: Camera, generator: np.random.Generator) -> tuple[Thing, ...]:
    """A table before the legs, and a pillar that is passed, between the person and the camera."""
    towards = -camera.rotation[2] * torch.tensor([1.0, 0.0, 1.0])
    towards = towards / towards.norm()
    aside = camera.rotation[0]
    floor = float(motion.joints()[..., 1].min())
    middle, early = (motion.translation[int(share * (motion.num_frames - 1))] for share in (0.5, 0.25))
    things = []
    for place, half, steps in (
        (middle + 1.0 * towards, (0.6, 0.36, 0.35), 0.0),
        (early + 1.1 * towards, (0.12, 1.3, 0.12), 0.35),
    ):
        centre = place + steps * aside
        centre = torch.stack((centre[0], torch.tensor(floor + half[1]), centre[2]))
        corners = _CORNERS * torch.tensor(half)
        turned = corners[:, :1] * aside + corners[:, 1:2] * torch.tensor([0.0, 1.0, 0.0]) + corners[:, 2:] * towards
        colours = np.tile(generator.uniform(40, 230, 3), (8, 1))
        things.append(Thing((turned + centre)[None], _FACES, colours))
    return tuple(things)


def _clothes(generator: np.random.Generator) -> Clothes:
    shirt, trousers, shoes = (tuple(int(value) for value in generator.integers(20, 235, 3)) for _ in range(3))
    return Clothes(SKINS[generator.integers(len(SKINS))], shirt, trousers, shoes)


def _room(generator: np.random.Generator) -> Room:
    wall, floor = (tuple(int(value) for value in generator.integers(60, 235, 3)) for _ in range(2))
    return Room(wall, floor)


__all__ = ["FILM_KINDS", "FilmOptions", "make_films"]
