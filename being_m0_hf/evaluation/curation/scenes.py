"""Videos with a truth: recorded people before cameras drawn at random, as a detector of keypoints would see them.

What users film is not only one person from head to foot: some scenes have two people, who stand apart or pass each
other, some cut, and in some a table and a pillar hide a part.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...motion import Motion
from ...motion.h36m_joints import H36M_NAMES, h36m_joints
from ...motion.pinhole import Camera
from ...training_data.lifting import JointTrack, NoiseOptions, detected, draw_camera
from ...utils.atomic_files import write_whole

SIZE = (1280, 720)
KINDS = ("one", "hidden", "cut", "two", "crossing")
RATES = (15.0, 24.0, 25.0, 30.0, 50.0, 60.0)
LONGEST = 8.0  # s
#: Metres between two people who stand apart, and how far one goes past the other.
APART, PAST = 1.5, 3.0
_LEGS = [index for index, name in enumerate(H36M_NAMES) if "knee" in name or "ankle" in name]


@dataclass(frozen=True, eq=False)
class ScenePerson:
    """Somebody in a scene.

    Args:
        motion: the truth, in the world.
        start: when it begins, seconds of the video.
        pixels: (frames of the video, 17, 2) where the joints truly are; NaN where the person is not in the video.
        keypoints: (frames of the video, 17, 3) pixels and confidence, as detected; None where there are pictures, in
            which they are still to be found.
    """

    motion: Motion
    start: float
    pixels: Tensor
    keypoints: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """A video.

    Args:
        name: of its file, without suffix; begins with its kind.
        kind: one of `KINDS`.
        fps: frames a second.
        people: with the truth.
        suffix: of the file's name.
    """

    name: str
    kind: str
    fps: float
    people: tuple[ScenePerson, ...]
    suffix: str = ".keypoints.json"

    @property
    def file(self) -> str:
        """Its name in the folder of videos."""
        return self.name + self.suffix


def make_scenes(motions: Sequence[Motion], number: int, seed: int = 0) -> list[Scene]:
    """So many scenes, of all kinds and rates in turn.

    Args:
        motions: at least 2 of 2 seconds and more; they are used in turn.
    """
    scenes, used = [], 0
    for index in range(number):
        kind, fps = KINDS[index % len(KINDS)], RATES[index % len(RATES)]
        generator = torch.Generator().manual_seed(seed * 100_003 + index)
        here = [motions[(used + step) % len(motions)] for step in range(2)]
        used += 1 if kind in ("one", "hidden") else 2
        scenes.append(Scene(f"{kind}-{index:03d}", kind, fps, _people(kind, here, fps, generator)))
    return scenes


def write_scene(scene: Scene, folder: Path, generator: torch.Generator) -> Path:
    """Write the keypoints of a scene, people in any order and without names; returns the path."""
    everybody = [person.keypoints for person in scene.people if person.keypoints is not None]
    frames = []
    for index in range(len(everybody[0])):
        order = torch.randperm(len(everybody), generator=generator).tolist()
        seen = [everybody[who][index] for who in order]
        frames.append({"people": [{"keypoints": points.tolist()} for points in seen if points[:, 2].any()]})
    path = folder / scene.file
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"fps": scene.fps, "size": SIZE, "layout": "h36m17", "frames": frames}
    write_whole(path, json.dumps(content).encode())
    return path


def _people(kind: str, motions: list[Motion], fps: float, generator: torch.Generator) -> tuple[ScenePerson, ...]:
    first, second = (shortened(motion, LONGEST) for motion in motions)
    if kind == "cut":
        early, late = (_filmed([motion], fps, generator)[0] for motion in (first, second))
        frames = len(early.pixels)
        return _at(early, 0, frames + len(late.pixels), fps), _at(late, frames, frames + len(late.pixels), fps)
    if kind in ("one", "hidden"):
        (person,) = _filmed([first], fps, generator)
        return (_hidden(person, fps) if kind == "hidden" else person,)
    seconds = min(first.seconds, second.seconds)
    first, second = (motion.crop(0, round(seconds * motion.fps)) for motion in (first, second))
    return tuple(_filmed(beside(first, second, kind == "crossing"), fps, generator))


def shortened(motion: Motion, seconds: float) -> Motion:
    """The beginning of a motion, where motions begin."""
    return motion.crop(0, min(motion.num_frames, round(seconds * motion.fps))).canonicalized()


def beside(first: Motion, second: Motion, crossing: bool) -> list[Motion]:
    """The second person beside the first, or going past in front of it; no joint comes near one of the other's."""
    places = [motion.translation[:, [0, 2]] for motion in (first, second)]
    shift = torch.zeros(second.num_frames, 3)
    shift[:, 2] = places[0][:, 1].max() - places[1][:, 1].min() + APART
    if crossing:
        shift[:, 0] = torch.linspace(-PAST / 2, PAST / 2, second.num_frames)
    return [first, second.replace(translation=second.translation + shift)]


def _filmed(motions: list[Motion], fps: float, generator: torch.Generator) -> list[ScenePerson]:
    tracks = [JointTrack("", h36m_joints(motion), motion.fps) for motion in motions]
    frames = int(tracks[0].seconds * fps) + 1
    joints = [track.read(0.0, fps, frames) for track in tracks]
    camera = draw_camera(torch.cat(joints, dim=1), generator, orthographic_share=0.0)
    return [_person(motion, points, camera, fps, generator) for motion, points in zip(motions, joints, strict=True)]


def _person(motion: Motion, joints: Tensor, camera: Camera, fps: float, generator: torch.Generator) -> ScenePerson:
    points = camera.project(camera.view(joints))
    keypoints = detected(points, fps, generator, NoiseOptions())
    scale, middle = SIZE[0] / 2, torch.tensor(SIZE) / 2
    seen = keypoints[..., 2:] > 0
    keypoints = torch.cat((keypoints[..., :2] * scale + middle, keypoints[..., 2:]), -1) * seen
    return ScenePerson(motion, 0.0, points * scale + middle, keypoints)


def _hidden(person: ScenePerson, fps: float) -> ScenePerson:
    """Behind a table in the middle third, and behind a pillar for a third of a second before that."""
    assert person.keypoints is not None  # of `_person`
    keypoints, frames = person.keypoints.clone(), len(person.keypoints)
    keypoints[frames // 3 : 2 * frames // 3, _LEGS] = 0
    keypoints[frames // 4 : frames // 4 + max(1, round(fps / 3))] = 0
    return ScenePerson(person.motion, person.start, person.pixels, keypoints)


def _at(person: ScenePerson, first: int, frames: int, fps: float) -> ScenePerson:
    """From a frame on, in a longer video."""
    assert person.keypoints is not None  # of `_person`
    keypoints, pixels = torch.zeros(frames, 17, 3), torch.full((frames, 17, 2), torch.nan)
    keypoints[first : first + len(person.pixels)] = person.keypoints
    pixels[first : first + len(person.pixels)] = person.pixels
    return ScenePerson(person.motion, first / fps, pixels, keypoints)


__all__ = ["KINDS", "RATES", "SIZE", "Scene", "ScenePerson", "beside", "make_scenes", "shortened", "write_scene"]
