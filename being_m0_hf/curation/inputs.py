"""What lies in a folder of videos: which files are videos, which are keypoints of one, and what is neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..motion import MotionError
from ..motionlib.sources.folders import walk_folder
from .options import CurationOptions

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".gif", ".ts")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
#: ``clip.keypoints.json``, or a folder ``clip.keypoints`` of OpenPose's files, are the keypoints of ``clip.mp4``.
KEYPOINTS = ".keypoints"
_LICENCES = "licences.csv"


@dataclass(frozen=True)
class InputFile:
    """A video to curate.

    Args:
        id: its path in the folder, with "/".
        kind: ``video``, ``keypoints``, ``image``, or ``unknown``.
        keypoints: the file or folder of its keypoints, in the folder; "" where they are still to be found.
        problem: why it cannot be read, for what is ``unknown``.
    """

    id: str
    kind: str
    keypoints: str = ""
    problem: str = ""

    def folder(self, options: CurationOptions) -> Path:
        """Where its names begin."""
        return Path(options.images if self.kind == "image" else options.folder)

    def stamps(self, options: CurationOptions) -> list[list[int]]:
        """Sizes and times of its files, which tell when they were exchanged."""
        paths = [self.folder(options) / name for name in dict.fromkeys((self.id, self.keypoints)) if name]
        states = [path.stat() for path in paths if path.exists()]
        return [[state.st_size, state.st_mtime_ns] for state in states]


def find_inputs(options: CurationOptions) -> list[InputFile]:
    """Everything in the folders, in the order of the names: what is no video comes with the reason, nothing is lost.

    Raises:
        MotionError: a folder is missing or holds nothing that can be read.
    """
    found: list[InputFile] = []
    for folder, kind, suffixes in (
        (options.folder, "video", VIDEO_SUFFIXES),
        (options.images, "image", IMAGE_SUFFIXES),
    ):
        if not folder:
            continue
        if not Path(folder).is_dir():
            raise MotionError(f"{folder}: no such folder; give the folder that holds the {kind}s")
        inputs = list(_inputs_of(Path(folder), kind, suffixes))
        if all(each.kind == "unknown" for each in inputs):
            some = f"; {inputs[0].id} {inputs[0].problem}" if inputs else ""
            raise MotionError(f"{folder}: holds no {kind}s ({', '.join(suffixes)}) and no keypoint files (.json){some}")
        found += inputs
    return found


def _inputs_of(folder: Path, kind: str, suffixes: tuple[str, ...]) -> Iterator[InputFile]:
    names, closed = walk_folder(folder)
    folders = {name.partition(f"{KEYPOINTS}/")[0] + KEYPOINTS for name in names if f"{KEYPOINTS}/" in name}
    files = [name for name in names if f"{KEYPOINTS}/" not in name and Path(name).name != _LICENCES]
    keypoints = {_stem(name): name for name in (*folders, *(name for name in files if _is_json(name)))}
    shown = {_stem(name) for name in files if Path(name).suffix.lower() in suffixes}
    for name in sorted({*files, *folders}):
        suffix = Path(name).suffix.lower()
        if suffix in suffixes:
            yield InputFile(name, kind, keypoints.get(_stem(name), ""))
        elif name in folders or _is_json(name):
            if _stem(name) not in shown:
                yield InputFile(name, "keypoints" if kind == "video" else kind, name)
        else:
            what = "has no suffix" if not suffix else f"is no {kind} of a known suffix"
            yield InputFile(name, "unknown", problem=f"{what}; give it one of a {kind}, or leave it")
    for name, problem in sorted(closed.items()):
        yield InputFile(name, "unknown", problem=problem)


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json")


def _stem(name: str) -> str:
    """``a/clip`` of a/clip.mp4, a/clip.keypoints.json and a/clip.keypoints."""
    without = name[: -len(".json")] if _is_json(name) else name
    if without.endswith(KEYPOINTS):
        return without[: -len(KEYPOINTS)]
    return without if _is_json(name) else Path(name).with_suffix("").as_posix()


__all__ = ["IMAGE_SUFFIXES", "KEYPOINTS", "VIDEO_SUFFIXES", "InputFile", "find_inputs"]
