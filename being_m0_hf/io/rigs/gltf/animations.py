"""The animations of a glTF: their names and lengths, the tracks of one, and how often a motion is to be sampled."""

from dataclasses import dataclass

import numpy as np

from ....motion import MODEL_FPS, MotionError
from .document import GltfDocument
from .interpolation import Track

_PATHS = ("translation", "rotation", "scale")
#: Rates that motions are recorded at, by preference: that of the keys is the first whose frames all keys lie on.
_RATES = (20.0, 24.0, 25.0, 30.0, 50.0, 60.0, 100.0, 120.0)
_MAX_FPS, _USUAL_FPS = 120.0, 30.0
_OFF_FRAME = 0.03  # of a frame; keys are rounded to float32, exporters round to milliseconds
_MAX_SECONDS = 3600.0
_MAX_NAME = 100


@dataclass(frozen=True, eq=False)
class Animation:
    """One animation, its channels not yet read.

    Args:
        name: the file's own, or "animation 2" by its place in the file.
        channels: (node, path, sampler) of each channel that moves a node.
    """

    name: str
    channels: tuple[tuple[int, str, dict], ...]

    def tracks(self, document: GltfDocument, nodes: set[int]) -> dict[tuple[int, str], Track]:
        """(node, path) -> keys, of those nodes."""
        found = {}
        for node, path, sampler in self.channels:
            if node in nodes:
                times = document.numbers(sampler["input"])[:, 0]
                values = document.numbers(sampler["output"])
                interpolation = sampler.get("interpolation", "LINEAR")
                if interpolation == "CUBICSPLINE":
                    values = values.reshape(-1, 3, values.shape[1])
                found[node, path] = Track(times, values, interpolation, path == "rotation")
        return found

    def seconds(self, document: GltfDocument, nodes: set[int]) -> float:
        """How long it moves any of the nodes; 0 where it moves none."""
        inputs = {sampler["input"] for node, _, sampler in self.channels if node in nodes}
        spans = [(float(times.min()), float(times.max())) for times in (document.numbers(key) for key in inputs)]
        return max((end for _, end in spans), default=0.0) - min((start for start, _ in spans), default=0.0)


def animations_of(document: GltfDocument) -> list[Animation]:
    """All animations that move nodes; morph targets and what other extensions move are left out."""
    found = []
    for number, content in enumerate(document.items("animations"), start=1):
        channels = []
        for channel in content.get("channels") or []:
            target = channel["target"]
            if target.get("path") in _PATHS and isinstance(target.get("node"), int):
                channels.append((target["node"], target["path"], content["samplers"][channel["sampler"]]))
        name = content.get("name")
        name = " ".join(name.split()) if isinstance(name, str) else ""
        name = name[:_MAX_NAME].encode("utf-8", "replace").decode() or f"animation {number}"
        if any(other.name == name for other in found):
            name = f"{name} ({number})"
        if channels:
            found.append(Animation(name, tuple(channels)))
    return found


def by_length(animations: list[Animation], document: GltfDocument, nodes: set[int]) -> list[Animation]:
    """Those that move the nodes, the longest first; poses that nothing moves in are last, however long."""
    lengths = {id(animation): animation.seconds(document, nodes) for animation in animations}
    moving = [animation for animation in animations if any(node in nodes for node, _, _ in animation.channels)]
    moving.sort(key=lambda animation: -lengths[id(animation)])
    if len(moving) < 2:
        return moving
    poses = []
    for animation in moving:  # most often the first one moves, and the others need not be read
        if any(track.moves() for track in animation.tracks(document, nodes).values()):
            break
        poses.append(animation)
    return [animation for animation in moving if animation not in poses] + poses


def named(animations: list[Animation], name: str) -> Animation:
    """The animation of that name, letter case aside, or of that number from 1 on.

    Raises:
        MotionError: there is none; the message names those that there are.
    """
    for fits in (lambda animation: animation.name == name, lambda animation: animation.name.lower() == name.lower()):
        for animation in animations:
            if fits(animation):
                return animation
    if name.isdecimal() and 1 <= int(name) <= len(animations):
        return animations[int(name) - 1]
    there = ", ".join(animation.name for animation in animations[:20])
    raise MotionError(f"has no animation {name[:60]!r}; it has {there or 'none'}")


def frame_times(tracks: list[Track], fps: float | None, said: float | None) -> tuple[np.ndarray, float]:
    """Times (T,) of the frames, and the rate.

    Args:
        tracks: all that move.
        fps: the rate that the user asks for.
        said: the rate that the file itself names.

    Raises:
        MotionError: longer than a recording is.
    """
    start = min(float(track.times[0]) for track in tracks)
    seconds = max(float(track.times[-1]) for track in tracks) - start
    if seconds > _MAX_SECONDS:
        raise MotionError(f"the animation lasts {seconds:.0f} s, more than {_MAX_SECONDS:.0f}; its key times are wrong")
    fps = fps or said or _own_rate([track.times for track in tracks])
    if not 1 <= fps <= 1000:
        raise MotionError(f"fps is {fps}, expected 1 to 1000 frames per second")
    count = int(seconds * fps + 1e-3) + 1
    return start + np.arange(count) / fps, fps


def _own_rate(times: list[np.ndarray]) -> float:
    """The rate whose frames the keys are; sparse and uneven keys are sampled as motions usually are."""
    start = min(float(keys[0]) for keys in times)
    keys = np.unique(np.round(np.concatenate(times) - start, 6))
    for rate in _RATES:
        off = np.abs(keys * rate - np.round(keys * rate))
        if off.max() < _OFF_FRAME and (len(keys) > 2 or rate >= _USUAL_FPS):
            return rate
    steps = np.diff(keys)
    rate = 1 / float(np.median(steps[steps > 1e-6])) if (steps > 1e-6).any() else _USUAL_FPS
    if rate < MODEL_FPS:
        return _USUAL_FPS
    nearest = round(min(rate, _MAX_FPS))
    return float(nearest) if abs(nearest - rate) < 0.02 * nearest else min(rate, _MAX_FPS)
