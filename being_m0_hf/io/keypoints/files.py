"""Keypoint files of users: people, each with Human3.6M's joints in every frame of the picture."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...motion.motion import MAX_FPS, MIN_FPS
from ...utils.user_files import UserFileError, read_user_json
from .formats import FramesFound, frames_of, in_order, openpose_frame
from .frames import MOST_FRAMES
from .layouts import LAYOUT_OF_COUNT, LAYOUTS, h36m_keypoints
from .sides import with_sides_right
from .tracking import follow

DEFAULT_FPS = 30.0
#: Where all keypoints lie within so many pixels, they are shares of the picture, not pixels.
SHARES_UP_TO = 2.0
MAX_SIDE = 100_000
#: Pictures that cameras make, the smallest that holds all keypoints is guessed; and the same ones upright.
COMMON_SIZES = ((640, 360), (640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))


@dataclass(frozen=True, eq=False)
class KeypointPerson:
    """One person of a file.

    Args:
        name: as the file calls the person, or a number from 1 on.
        keypoints: (frames, 17, 3) in Human3.6M's order, pixels and confidence, all three 0 where a joint is missing.
    """

    name: str
    keypoints: NDArray


@dataclass(frozen=True, eq=False)
class KeypointFile:
    """What a keypoint file holds.

    Args:
        people: who is seen most first.
        fps: frames a second.
        size: width and height of the picture in pixels; guessed from the keypoints where nobody said it.
        layout: name of the detector's layout.
        times: (frames,) seconds where frames are not regular, otherwise None.
        fps_known, size_known: whether the file or the caller said them.
    """

    people: list[KeypointPerson]
    fps: float
    size: tuple[float, float]
    layout: str
    times: NDArray | None
    fps_known: bool
    size_known: bool

    @property
    def num_frames(self) -> int:
        return len(self.people[0].keypoints)


def read_keypoints(
    path: str | os.PathLike,
    fps: float | None = None,
    size: tuple[float, float] | None = None,
    layout: str | None = None,
) -> KeypointFile:
    """Read a keypoint file, or a folder of OpenPose's files, one a frame.

    Args:
        path: of MMPose, AlphaPose, OpenPose, MediaPipe or COCO, or in our own layout; see `formats`.
        fps: frames a second; those of the file by default, or 30.
        size: width and height of the picture in pixels; those of the file by default.
        layout: a name of `LAYOUTS`; by the number of keypoints by default.

    Raises:
        UserFileError: no such file, no keypoints, or nobody in them.
    """
    path = Path(path)
    found = _openpose_folder(path) if path.is_dir() else frames_of(read_user_json(path), str(path))
    return people_of_frames(found, path, fps, size, layout)


def people_of_frames(
    found: FramesFound,
    path: str | os.PathLike,
    fps: float | None = None,
    size: tuple[float, float] | None = None,
    layout: str | None = None,
) -> KeypointFile:
    """Each person through all frames that a detector saw, with left and right put right; see `read_keypoints`.

    Args:
        found: frames of a file, or of a detector.
        path: where they are from, for messages.

    Raises:
        UserFileError: nobody in them, or they contradict each other.
    """
    path = Path(path)
    chosen = _layout(found, layout, path)
    tracks = follow(found.frames)
    if not tracks:
        raise UserFileError(f"{path}: nobody was seen in its {len(found.frames)} frames")
    rate = fps if fps is not None else found.fps
    times = _times(found, path)
    if times is not None and rate is None and len(times) > 1:
        rate = float((len(times) - 1) / (times[-1] - times[0]))
    if rate is not None and not MIN_FPS <= rate <= MAX_FPS:
        raise UserFileError(f"{path}: {rate:g} frames a second, expected {MIN_FPS:g} to {MAX_FPS:g}")
    size = size or found.size
    if size is not None and not all(1 <= side <= MAX_SIDE for side in size):
        raise UserFileError(f"{path}: the picture has {size[0]:g} x {size[1]:g} pixels, expected 1 to {MAX_SIDE:,}")
    tracks, picture = _in_pixels(tracks, size, path)
    seconds = np.arange(len(found.frames)) / (rate or DEFAULT_FPS) if times is None else times
    people = []
    for name, track in tracks.items():
        track = with_sides_right(track, LAYOUTS[chosen], seconds, max(picture))
        people.append(KeypointPerson(name, h36m_keypoints(track, LAYOUTS[chosen])))
    people = [person for person in people if person.keypoints[..., 2].any()]
    if not people:
        raise UserFileError(f"{path}: none of the joints that are needed was seen")
    return KeypointFile(
        people, rate or DEFAULT_FPS, picture, chosen, times, rate is not None, size is not None
    )  # fmt: skip


def _openpose_folder(folder: Path) -> FramesFound:
    files = sorted(folder.glob("*.json"), key=lambda file: in_order(file.name))
    if not files:
        raise UserFileError(f"{folder}: has no .json files; expected those of OpenPose, one for each frame")
    if len(files) > MOST_FRAMES:
        raise UserFileError(f"{folder}: has more than {MOST_FRAMES:,} files")
    return FramesFound([openpose_frame(read_user_json(file), str(file)) for file in files])


def _layout(found: FramesFound, asked: str | None, path: Path) -> str:
    """Name of the layout; all people must have its number of keypoints."""
    counts = {len(seen.points) for frame in found.frames for seen in frame}
    name = asked or found.layout
    if name is not None and name not in LAYOUTS:
        raise UserFileError(f"{path}: there is no layout {name[:40]!r}; there are {', '.join(LAYOUTS)}")
    if len(counts) > 1:
        raise UserFileError(
            f"{path}: people have different numbers of keypoints ({', '.join(map(str, sorted(counts)))})"
        )
    if not counts:
        return name or LAYOUT_OF_COUNT[17]
    (count,) = counts
    if name is None:
        if count not in LAYOUT_OF_COUNT:
            known = ", ".join(f"{number} ({layout})" for number, layout in LAYOUT_OF_COUNT.items())
            raise UserFileError(f"{path}: people have {count} keypoints, expected {known}")
        return LAYOUT_OF_COUNT[count]
    if len(LAYOUTS[name].points) != count:
        raise UserFileError(f"{path}: people have {count} keypoints, {name} has {len(LAYOUTS[name].points)}")
    return name


def _times(found: FramesFound, path: Path) -> NDArray | None:
    if found.times is None:
        return None
    times = np.array(found.times)
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise UserFileError(f"{path}: times must rise from frame to frame, in seconds")
    return times


def _in_pixels(
    tracks: dict[str, NDArray], size: tuple[float, float] | None, path: Path
) -> tuple[dict[str, NDArray], tuple[float, float]]:
    """Tracks in pixels, and the size of the picture."""
    every = np.concatenate([track[track[..., 2] > 0] for track in tracks.values()])
    if not len(every):
        raise UserFileError(f"{path}: all keypoints are missing; nobody was seen")
    if np.abs(every[:, :2]).max() <= SHARES_UP_TO:
        if size is None:
            raise UserFileError(
                f"{path}: keypoints are shares of the picture; say how large it is, for example --size 1920x1080"
            )
        scale = np.array([size[0], size[1], 1.0])
        return {name: track * scale for name, track in tracks.items()}, size
    if size is None:
        width, height = (max(1.0, float(every[:, axis].max())) for axis in (0, 1))
        common = [*COMMON_SIZES, *((short, long) for long, short in COMMON_SIZES)]
        holding = [each for each in common if each[0] >= width and each[1] >= height]
        size = min(holding, key=lambda each: each[0] * each[1], default=(width, height))
    return tracks, size


__all__ = ["DEFAULT_FPS", "KeypointFile", "KeypointPerson", "people_of_frames", "read_keypoints"]
