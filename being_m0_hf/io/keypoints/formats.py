"""Files of 2D detectors, each made into frames of people.

Known are, by what they hold and not by their names:

- MMPose: a list of frames ``{"frame_id", "instances": [{"keypoints", "keypoint_scores"}]}``, alone or below
  ``instance_info``; of a picture, the list of its instances;
- AlphaPose and COCO's results: a list of people ``{"image_id", "keypoints", "score", "idx"}``; COCO's annotation files;
- OpenPose: ``{"people": [{"pose_keypoints_2d"}]}``, one file a frame, in a folder;
- MediaPipe: a list of frames with ``pose_landmarks``, each ``{"x", "y", "visibility"}``, 0 to 1 over the picture;
- our own: ``{"fps", "size": [width, height], "layout", "frames": [{"time", "people": [{"id", "keypoints"}]}]}``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...utils.user_files import UserFileError
from .frames import MOST_FRAMES, MOST_PEOPLE, Frame, Seen, clean, number, points_of

_EXPECTED = "expected keypoints of MMPose, AlphaPose, OpenPose, MediaPipe, COCO, or in our own layout (docs/lifting.md)"
_LANDMARKS = ("pose_landmarks", "poseLandmarks", "landmarks")


@dataclass
class FramesFound:
    """What a file holds.

    Args:
        frames: in the order of time.
        fps, size, layout, times: what it says of itself, None where it is silent.
    """

    frames: list[Frame]
    fps: float | None = None
    size: tuple[float, float] | None = None
    layout: str | None = None
    times: list[float] | None = field(default=None)


def frames_of(value: object, where: str) -> FramesFound:
    """The frames in the JSON value of a file.

    Raises:
        UserFileError: no keypoints, or damaged ones.
    """
    if isinstance(value, dict):
        found = _of_object(value, where)
    elif isinstance(value, list):
        found = FramesFound(_of_list(value, where))
    else:
        raise UserFileError(f"{where}: holds no keypoints; {_EXPECTED}")
    if len(found.frames) > MOST_FRAMES or any(len(frame) > MOST_PEOPLE for frame in found.frames):
        raise UserFileError(f"{where}: more than {MOST_FRAMES:,} frames or {MOST_PEOPLE:,} people in one")
    return found


def openpose_frame(value: object, where: str) -> Frame:
    """The people of one OpenPose file."""
    if not isinstance(value, dict) or not isinstance(value.get("people"), list):
        raise UserFileError(f"{where}: expected OpenPose's object with people")
    frame = []
    for person in _objects(value["people"], where):
        points = person.get("pose_keypoints_2d")
        if points:  # empty where only a face was seen
            ids = person.get("person_id")
            known = ids[0] if isinstance(ids, list) and ids and ids[0] != -1 else None
            frame.append(Seen(points_of(points, where), None if known is None else str(known)))
    return frame


def _of_object(value: dict, where: str) -> FramesFound:
    if isinstance(value.get("frames"), list):
        return _of_own(value, where)
    if isinstance(value.get("instance_info"), list):
        return FramesFound(_of_mmpose(value["instance_info"], where))
    if isinstance(value.get("annotations"), list):
        return FramesFound(_of_results(value["annotations"], where, flags=True))
    if isinstance(value.get("people"), list):
        return FramesFound([openpose_frame(value, where)])
    if any(isinstance(value.get(name), list) for name in _LANDMARKS):
        return FramesFound([_of_landmarks(value, where)], layout="mediapipe33")
    raise UserFileError(f"{where}: holds no keypoints; {_EXPECTED}")


def _of_list(value: list, where: str) -> list[Frame]:
    if not value:
        raise UserFileError(f"{where}: is an empty list; nobody was seen")
    first = value[0]
    if isinstance(first, dict):
        if "instances" in first:
            return _of_mmpose(value, where)
        if "image_id" in first:
            return _of_results(value, where)
        if "keypoints" in first:
            return [_instances(value, where)]
        if any(name in first for name in _LANDMARKS):
            return [_of_landmarks(frame, where) for frame in _objects(value, where)]
    raise UserFileError(f"{where}: holds no keypoints; {_EXPECTED}")


def _of_own(value: dict, where: str) -> FramesFound:
    frames, times = [], []
    for index, frame in enumerate(_objects(value["frames"], where)):
        at = f"{where}, frame {index}"
        times.append(number(frame["time"], at) if "time" in frame else None)
        people = frame.get("people", [])
        if not isinstance(people, list):
            raise UserFileError(f"{at}: people is no list")
        frames.append(_instances(people, at))
    known = [time for time in times if time is not None]
    if known and len(known) < len(times):
        raise UserFileError(f"{where}: some frames have a time and others not; give all of them one, or none")
    size = value.get("size")
    if size is not None and not (isinstance(size, list) and len(size) == 2):
        raise UserFileError(f"{where}: size is {str(size)[:40]}, expected [width, height]")
    layout = value.get("layout")
    if layout is not None and not isinstance(layout, str):
        raise UserFileError(f"{where}: layout is {str(layout)[:40]}, expected a name")
    return FramesFound(
        frames,
        None if value.get("fps") is None else number(value["fps"], where),
        None if size is None else (number(size[0], where), number(size[1], where)),
        layout,
        known or None,
    )


def _of_mmpose(value: list, where: str) -> list[Frame]:
    frames = []
    for index, frame in enumerate(_objects(value, where)):
        instances = frame.get("instances", [])
        if not isinstance(instances, list):
            raise UserFileError(f"{where}, frame {index}: instances is no list")
        frames.append(_instances(instances, f"{where}, frame {index}"))
    return frames


def _instances(people: list, where: str) -> Frame:
    frame = []
    for person in _objects(people, where):
        name = next((person[key] for key in ("track_id", "id", "idx") if person.get(key) is not None), None)
        points = points_of(person.get("keypoints"), where, person.get("keypoint_scores"))
        frame.append(Seen(points, None if name is None else str(name)[:40]))
    return frame


def _of_results(value: list, where: str, flags: bool = False) -> list[Frame]:
    """People with the picture they are in; pictures come in the order of the numbers in their names.

    Args:
        flags: whether the third number is COCO's flag: 0 not marked, 1 hidden, 2 visible.
    """
    pictures: dict[str, Frame] = defaultdict(list)
    for index, person in enumerate(_objects(value, where)):
        at = f"{where}, person {index}"
        if "image_id" not in person:
            raise UserFileError(f"{at}: has no image_id")
        picture, name = str(person["image_id"]), person.get("idx", person.get("track_id"))
        name = None if isinstance(name, list | dict) else name  # AlphaPose without tracking writes lists
        points = points_of(person.get("keypoints"), at)
        if not (flags and not points[:, 2].any()):  # a person whose joints nobody marked
            pictures[picture].append(Seen(points, None if name is None else str(name)[:40]))
    return [pictures[name] for name in sorted(pictures, key=in_order)]


def in_order(name: str) -> tuple:
    """What to sort names by, so that 10 comes after 9."""
    key = []
    for part in re.findall(r"\d+|\D+", name):
        number = part.lstrip("0")  # the longer is the larger
        key.append((0, len(number), number) if part.isdecimal() else (1, 0, part))
    return tuple(key)


def _of_landmarks(frame: dict, where: str) -> Frame:
    """MediaPipe's landmarks: of one person, or a list of lists."""
    value = next((frame[name] for name in _LANDMARKS if isinstance(frame.get(name), list)), [])
    people = value if value and isinstance(value[0], list) else [value] if value else []
    seen = []
    for person in people:
        rows = [
            [number(point.get("x"), where), number(point.get("y"), where), number(point.get("visibility", 1), where)]
            for point in _objects(person, where)
        ]
        seen.append(Seen(clean(rows, where)))
    return seen


def _objects(values: Iterable, where: str) -> list[dict]:
    values = list(values)
    if not all(isinstance(value, dict) for value in values):
        raise UserFileError(f"{where}: holds no keypoints; {_EXPECTED}")
    return values


__all__ = ["FramesFound", "frames_of", "in_order", "openpose_frame"]
