"""Recordings that scores are performed on: stands, seats and walks of CMU, single clips of ``more``; on our bones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from being_m0_hf.utils.package_data import read_package_yaml

from ...motion import JOINT_INDEX, MODEL_FPS, MotionError
from ...motionlib.schema import Clip
from ...motionlib.sources.cmu_bandai_clips import clip_readers, usable
from ..engine import turns
from ..engine.body import SIGN, Body
from ..engine.perform import perform
from ..score.keys import HandKey
from ..score.score import Score
from .whole_body import whole_body

_ON_THIGH = (-0.29, 0.0, 0.96)


@dataclass(frozen=True)
class Piece:
    """A piece of a recording that serves as a base.

    Args:
        clip: id of the recording.
        start, stop: frames at 20 fps; None is its end.
        sway: share that is kept of what trunk and head do, where the recorded person does something of their own.
        arms: ``own``; ``hang`` at the sides, or ``lap`` on the thighs, where the recorded arms are busy.
    """

    clip: str
    start: int = 0
    stop: int | None = None
    sway: float = 1.0
    arms: str = "own"


@dataclass
class Bases:
    """The bases of a folder of recordings, read when they are asked for.

    Args:
        data: folder with ``cmu/`` and ``captions/``, and ``more/`` where a score names one of its clips.
    """

    data: Path
    _bodies: dict[str, Body] = field(default_factory=dict)

    @cached_property
    def _readers(self) -> dict[str, Callable[[], Clip]]:
        further = ("more",) if (self.data / "more").is_dir() else ()
        found = clip_readers(self.data, ("cmu", *further))
        # of the further clips only those that are free for all, as what is performed on them shall be
        return {name: read for name, read in found.items() if not name.startswith("more_nc/")}

    def recorded(self, clip: str, start: int = 0, stop: int | None = None) -> Body:
        """Frames of a recording at 20 fps, at the origin, facing +z.

        Raises:
            MotionError: there is no such recording.
        """
        if clip not in self._bodies:
            if clip not in self._readers:
                raise MotionError(f"{self.data} has no recording {clip!r}; name one as in cmu/07_05")
            # `usable` puts it on our bones and on the floor; a path that fits other bones lets feet float or sink
            motion = usable(self._readers[clip]()).motion.resample(MODEL_FPS).canonicalized()
            self._bodies[clip] = Body.of(motion)
        whole = self._bodies[clip]
        piece = Body(whole.local[start:stop].copy(), whole.path[start:stop].copy())
        return Body.of(piece.motion().canonicalized())

    def base(self, score: Score, seed: int) -> Body:
        """The base of a performance: one of the score's pieces, by the seed."""
        piece = base_piece(score, seed)
        if piece is None:
            return whole_body(score, seed)
        if score.recording:
            return self.recorded(*score.recording)
        frames = round((score.seconds or 0) * MODEL_FPS)
        body = self.recorded(piece.clip, piece.start, piece.stop)
        if score.still:
            return self._held(body, piece, frames, seed, score)
        return body if not frames else Body(body.local[:frames], body.path[:frames])

    def _held(self, body: Body, piece: Piece, frames: int, seed: int, score: Score) -> Body:
        """A quiet piece played to and fro for as long as needed, from a place that the seed says."""
        length = len(body)
        order = (np.arange(frames) + seed * 7) % (2 * length - 2)
        order = np.where(order < length, order, 2 * length - 2 - order)
        local, path = body.local[order].copy(), body.path[order].copy()
        quiet(local, piece.sway)
        if piece.arms == "hang":
            hanging = self.recorded("cmu/16_32", 0, 8)
            for side in SIGN:
                for joint in ("collar", "shoulder", "elbow", "wrist"):
                    local[:, JOINT_INDEX[f"{side}_{joint}"]] = hanging.local[2, JOINT_INDEX[f"{side}_{joint}"]]
        held = Body(local, path)
        return _hands_on_lap(held, score, seed) if piece.arms == "lap" else held


@cache
def base_pieces() -> dict[str, list[Piece]]:
    """Base -> its pieces."""
    values = read_package_yaml(__package__, "bases.yaml")
    return {name: [Piece(**piece) for piece in pieces] for name, pieces in values.items()}


def base_piece(score: Score, seed: int) -> Piece | None:
    """What a performance is performed on; None where its body is posed on the floor."""
    if score.base == "floor":
        return None
    if score.recording:
        return Piece(*score.recording)
    pieces = base_pieces()[score.base]
    return pieces[seed % len(pieces)]


def _hands_on_lap(body: Body, score: Score, seed: int) -> Body:
    """A seat with both hands on the thighs."""
    key = HandKey(
        t=0.05, move=0.05, hold=99.0, at="thigh", by=(0.0, 0.02, -0.06), fingers=_ON_THIGH, palm=(0.0, -1.0, 0.0)
    )
    rest = Score(text=score.text, base=score.base, balance=0.0, involve=0.0, right_hand=(key,), left_hand=(key,))
    later = Body(np.concatenate((body.local[:2], body.local)), np.concatenate((body.path[:2], body.path)))
    done = perform(rest, later, seed).body
    return Body(done.local[2:], done.path[2:])


def quiet(local: np.ndarray, share: float) -> None:
    """Trunk and head keep a share of what they do, and of how they are bent all the time; in place."""
    if share == 1.0:
        return
    for joint, kept in (("spine1", 0.5), ("spine2", 0.5), ("spine3", 0.5), ("neck", 0.2), ("head", 0.2)):
        rotations = local[:, JOINT_INDEX[joint]]
        middle = turns.mean(rotations)
        sway = turns.power(middle.T @ rotations, np.full(len(local), share))
        local[:, JOINT_INDEX[joint]] = turns.power(middle[None], np.array([kept])) @ sway
