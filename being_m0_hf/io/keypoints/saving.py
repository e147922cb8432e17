"""Keypoints of a detector in our own layout, which `read_keypoints` reads again."""

import json
import os
from pathlib import Path

from ...utils.atomic_files import write_whole
from .formats import FramesFound

#: Of a pixel, and of a confidence: what is finer is no detector's.
DIGITS = 3


def save_keypoints(found: FramesFound, path: str | os.PathLike) -> Path:
    """Write all people of all frames to a JSON file; one line a frame, so that people can read it too."""
    lines = []
    for index, frame in enumerate(found.frames):
        people = []
        for seen in frame:
            person: dict[str, object] = {} if seen.person is None else {"id": seen.person}
            people.append(person | {"keypoints": seen.points.round(DIGITS).tolist()})
        time = {} if found.times is None else {"time": round(found.times[index], 6)}
        lines.append(json.dumps(time | {"people": people}))
    head = {"fps": found.fps, "size": found.size and list(found.size), "layout": found.layout}
    frames = ",\n".join(lines)
    path = Path(path)
    write_whole(path, f'{json.dumps(head)[:-1]}, "frames": [\n{frames}\n]}}\n'.encode())
    return path


__all__ = ["save_keypoints"]
