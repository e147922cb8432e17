"""A stream that goes on for minutes: how soon it begins, whether it slows down or grows, and whether its seams show."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..motion import Motion
from ..motion.motion import MODEL_FPS
from ..pipelines.text_to_motion import MotionPipeline
from .memory import memory_now

#: What is said in turn, each for so many seconds: the second can be seen to follow the first by the pelvis' speed.
SENTENCES = ("a person walks forward", "a person stands still")
SECONDS_EACH = 10.0
#: Pelvis speed, m/s over the ground, that lies between walking and standing.
WALKS_FROM = 0.25
#: Frames that a jerk is made of: the third difference of positions.
JERK_FRAMES = 4


@dataclass(frozen=True)
class StreamFigures:
    """What a stream of some minutes needed.

    Args:
        minutes: of motion.
        first_frames: processor seconds from the call to the first frames.
        delay: seconds of motion between what is written and what is given.
        first_minute, last_minute: processor seconds for a second of motion.
        memory_after_one, memory_at_end: bytes of the process after the first minute, and at the end.
        seam_jerk: mean jerk of the joints over places where given pieces meet, divided by that of all other frames.
        followed: share of the changes of text after which the body does what it is told, in the second half of each.
    """

    minutes: float
    first_frames: float
    delay: float
    first_minute: float
    last_minute: float
    memory_after_one: int
    memory_at_end: int
    seam_jerk: float
    followed: float

    def to_table(self) -> str:
        """Markdown."""
        growth = (self.memory_at_end - self.memory_after_one) / 2**20
        rows = [
            ("first frames after the call, processor time", f"{self.first_frames:.2f} s"),
            ("given behind what is written", f"{self.delay:.1f} s"),
            ("a second of motion in the first minute, processor time", f"{self.first_minute:.3f} s"),
            ("a second of motion in the last minute", f"{self.last_minute:.3f} s"),
            ("memory after one minute", f"{self.memory_after_one / 2**20:.0f} MB"),
            ("more at the end", f"{growth:.1f} MB"),
            ("jerk where pieces meet / elsewhere", f"{self.seam_jerk:.2f}"),
            ("does what it is told after a change of text", f"{100 * self.followed:.0f} %"),
        ]
        lines = [f"| a stream of {self.minutes:g} minutes | |", "|---|---|"]
        return "\n".join(lines + [f"| {name} | {value} |" for name, value in rows])


def measure_stream(pipeline: MotionPipeline, minutes: float, seed: int = 0) -> StreamFigures:
    """Lets a stream run and measures it.

    Args:
        minutes: of motion, at least 1.

    Raises:
        ValueError: fewer than one minute.
    """
    if minutes < 1:
        raise ValueError(f"a stream of {minutes:g} minutes is too short to tell whether it grows; give 1 or more")
    start = time.process_time()
    stream = pipeline.stream(SENTENCES[0], seconds=60 * minutes, seed=seed)
    pieces, times, memories = [], [], []
    said = given = 0
    for piece in stream:
        times.append(time.process_time() - start)
        memories.append(memory_now())
        pieces.append(piece)
        given += piece.num_frames
        turn = int(given / MODEL_FPS / SECONDS_EACH)
        if turn != said:
            said = turn
            stream.say(SENTENCES[turn % len(SENTENCES)])
    ends = np.cumsum([piece.num_frames for piece in pieces]) / MODEL_FPS
    clock, one = np.array(times), int(np.searchsorted(ends, 60.0))
    last = int(np.searchsorted(ends, ends[-1] - 60.0))
    return StreamFigures(
        minutes=minutes,
        first_frames=float(clock[0]),
        delay=stream.delay,
        first_minute=float(clock[min(one, len(clock) - 1)] / ends[min(one, len(ends) - 1)]),
        last_minute=float((clock[-1] - clock[last]) / (ends[-1] - ends[last])) if last < len(ends) - 1 else 0.0,
        memory_after_one=memories[min(one, len(memories) - 1)],
        memory_at_end=memories[-1],
        seam_jerk=seam_jerk(pieces),
        followed=_followed(pieces),
    )


def seam_jerk(pieces: list[Motion]) -> float:
    """Mean jerk over the places where pieces meet, divided by that of all other frames; 1 where seams do not show."""
    joints = np.concatenate([piece.joints() for piece in pieces])
    jerk = np.linalg.norm(np.diff(joints, n=JERK_FRAMES - 1, axis=0), axis=-1).mean(axis=1)
    seams = np.cumsum([piece.num_frames for piece in pieces])[:-1]
    over = np.zeros(len(jerk), dtype=bool)
    for back in range(1, JERK_FRAMES):  # a jerk that begins so many frames before the seam has frames on both sides
        over[np.clip(seams - back, 0, len(jerk) - 1)] = True
    return float(jerk[over].mean() / jerk[~over].mean()) if over.any() and not over.all() else 1.0


def _followed(pieces: list[Motion]) -> float:
    """Share of the turns, but the first, in whose second half the pelvis goes or stays as the text says."""
    path = np.concatenate([np.asarray(piece.translation) for piece in pieces])[:, [0, 2]]
    right = [
        (speed > WALKS_FROM) == (turn % len(SENTENCES) == 0) for turn, speed in enumerate(_second_halves(path)) if turn
    ]
    return float(np.mean(right)) if right else 1.0


def _second_halves(path: np.ndarray) -> Iterator[float]:
    """Mean speed of a path (frames, 2), m/s, in the second half of each turn."""
    turn = int(SECONDS_EACH * MODEL_FPS)
    for start in range(0, len(path) - turn + 1, turn):
        half = path[start + turn // 2 : start + turn]
        yield float(np.linalg.norm(half[-1] - half[0]) / (len(half) - 1) * MODEL_FPS)
