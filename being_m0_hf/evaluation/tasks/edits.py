"""Edits of recorded motion: are seams as smooth as the recording is there, and does the rest stay as it was?

At each seam the mean jerk of the joints over a few frames is put beside that of the recording at the same frames. Where
whole motions are made one after the other there is no recording: the jerkiest moment about each join is put beside the
jerkiest of as long a time elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from ...motion import Motion
from ...motion.body_parts import ARMS
from ...pipelines.text_to_motion import MotionPipeline
from ..kept_outcomes import append_outcomes, read_outcomes
from ..metrics.shares import mean

#: Frames at 20 fps on either side of a seam that are looked at.
REACH = 3
#: Real jerk below this (m/s^3) is standing still: a ratio to it would say nothing.
STILL = 5.0
#: The shortest clip that has a beginning, a middle and an end, seconds.
SHORTEST = 3.0
#: Edits whose tokens are looked at: what is kept starts so many steps away from what is made, since a token is written
#: from frames around its own.
TOKEN_MARGIN = 2
#: Ways to edit a clip: see `edits_of`.
EDITS_OF_A_CLIP = 6
#: Of texts that follow each other: seconds each is asked for, and about its end, in which it is joined to the next.
SECONDS_EACH, JOIN_BEFORE, JOIN_AFTER = 3.0, 2.0, 0.4


@dataclass(frozen=True)
class EditOutcome:
    """One edit of one clip, or one sequence.

    Args:
        name: of the edit.
        clip: its name.
        made: jerk at each seam, m/s^3; of a sequence the jerkiest moment about each join.
        real: that of the recording there; of a sequence the jerkiest moments elsewhere.
        kept_mm: mean distance of the joints where nothing was asked for, beside a shift and turn on the floor.
        kept_tokens: share of the tokens away from what was made that the edited motion is written with as before.
    """

    name: str
    clip: str
    made: tuple[float, ...]
    real: tuple[float, ...]
    kept_mm: float | None = None
    kept_tokens: float | None = None


@dataclass(frozen=True)
class EditReport:
    """All edits of all clips."""

    outcomes: tuple[EditOutcome, ...]

    def names(self) -> list[str]:
        """Of the edits, in the order in which they were made."""
        return list(dict.fromkeys(each.name for each in self.outcomes))

    def pairs(self, name: str) -> list[tuple[float, float]]:
        """Jerk of what was made and of what is real, at every seam where the real one moves."""
        rows = [each for each in self.outcomes if each.name == name]
        pairs = [pair for each in rows for pair in zip(each.made, each.real, strict=True)]
        return [pair for pair in pairs if pair[1] > STILL]

    def ratio(self, name: str) -> float:
        """Mean jerk at the seams over the mean of the real ones."""
        pairs = self.pairs(name)
        return mean(made for made, _ in pairs) / mean(real for _, real in pairs)

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Ready for JSON, by edit."""
        found = {}
        for name in self.names():
            rows, pairs = [each for each in self.outcomes if each.name == name], self.pairs(name)
            found[name] = {
                "edits": len(rows),
                "seams": len(pairs),
                "jerk, made": mean(made for made, _ in pairs),
                "jerk, real": mean(real for _, real in pairs),
                "ratio": self.ratio(name),
                "median ratio": float(np.median([made / real for made, real in pairs])) if pairs else float("nan"),
                "kept, mm": mean(each.kept_mm for each in rows if each.kept_mm is not None),
                "kept tokens": mean(each.kept_tokens for each in rows if each.kept_tokens is not None),
            }
        return found


def seam_jerk(motion: Motion, frame: int) -> float:
    """Mean jerk of the joints over the frames around one, m/s^3."""
    return float(_jerk(motion)[max(0, frame - REACH - 2) : frame + REACH].mean())


def peak_jerk(motion: Motion, first: int, last: int) -> float:
    """The largest of `seam_jerk` at frames ``first`` to ``last`` (exclusive)."""
    return max(seam_jerk(motion, frame) for frame in range(max(first, REACH), min(last, motion.num_frames - REACH)))


def _jerk(motion: Motion) -> Tensor:
    """(T - 3,) mean over the joints, m/s^3; entry i is of frames i to i + 3."""
    return motion.joints().diff(n=3, dim=0).norm(dim=-1).mean(dim=-1) * motion.fps**3


@dataclass(frozen=True)
class _Edit:
    """An edited motion with the frames that were asked for, and the columns of tokens."""

    motion: Motion
    seams: tuple[int, ...]
    first: int
    last: int
    columns: tuple[int, ...]


def edits_of(pipeline: MotionPipeline, real: Motion, text: str, seed: int) -> dict[str, _Edit]:
    """Each way to edit a clip, at its middle.

    Raises:
        ValueError: a clip that is too short.
    """
    if real.seconds < SHORTEST:
        raise ValueError(f"a clip lasts {real.seconds:.2f} s, expected at least {SHORTEST:g}")
    names = pipeline.processor.part_names
    everything = tuple(range(len(names)))
    arms = tuple(names.index(name) for name in ARMS[:1])
    below = tuple(index for index, name in enumerate(names) if name not in ARMS)
    middle = real.num_frames // 2 // 4 * 4
    first, last = middle - 12, middle + 12
    start, end = first / real.fps, last / real.fps

    def filled(said: str, parts, columns: tuple[int, ...]) -> _Edit:
        motion = pipeline.fill(real, start, end, said, parts=parts, seed=seed)
        return _Edit(motion, (first, last), first, last, columns)

    longer = pipeline.continue_(real.crop(0, middle), text, seconds=1.0, seed=seed)
    return {
        "continue": _Edit(longer, (middle,), middle, middle + round(real.fps), everything),
        "in-between, no text": filled("", None, everything),
        "another take of a time": filled(text, None, everything),
        "another take of an arm": filled(text, list(ARMS[:1]), arms),
        "a text for an arm": filled("", {ARMS[0]: "the left hand goes up above the head"}, arms),
        "another take of the body": filled(text, ["torso"], below),
    }


def evaluate_edits(
    pipeline: MotionPipeline,
    clips: Sequence[tuple[str, Motion, str]],
    seed: int = 0,
    path: str | Path | None = None,
    progress: bool = True,
) -> EditReport:
    """Edit clips with their own sentence.

    Args:
        pipeline: a pipeline that has learned to fill in.
        clips: names, motions of at least 3 s at 20 fps, and sentences.
        seed: of the edits.
        path: JSON-lines file of outcomes; a clip that it holds is not edited again.
        progress: show a bar.

    Raises:
        ValueError: a clip that is too short.
    """

    def measured(name: str, real: Motion, text: str) -> list[EditOutcome]:
        edits = edits_of(pipeline, real, text, seed)
        return [_outcome(pipeline, key, name, real, edit) for key, edit in edits.items()]

    work = {name: partial(measured, name, real, text) for name, real, text in clips}
    return _report(
        work, EDITS_OF_A_CLIP, path, tqdm(work, desc="edits", unit="clip", disable=not progress, mininterval=10)
    )


def evaluate_joins(
    pipeline: MotionPipeline,
    texts: Sequence[tuple[str, ...]],
    seed: int = 0,
    path: str | Path | None = None,
    progress: bool = True,
) -> EditReport:
    """Actions one after the other, as a sequence and as a timeline.

    Args:
        pipeline: a pipeline that has learned to fill in.
        texts: for each motion its actions, two or more.
        seed: of each.
        path: as for `evaluate_edits`.
        progress: show a bar.
    """
    ways: dict[str, Callable[[tuple[str, ...]], Motion]] = {
        "sequence": lambda said: pipeline.sequence(said, SECONDS_EACH, seed=seed),
        "timeline": lambda said: pipeline.timeline(_lines(said), seed=seed),
    }

    def measured(name: str, said: tuple[str, ...]) -> list[EditOutcome]:
        return [_joined(way, name, make(said), len(said)) for way, make in ways.items()]

    work = {name: partial(measured, name, said) for said in texts for name in [", then ".join(said)]}
    return _report(work, len(ways), path, tqdm(work, desc="joins", unit="motion", disable=not progress, mininterval=10))


def _report(
    work: Mapping[str, Callable[[], list[EditOutcome]]], each: int, path: str | Path | None, names: Iterable[str]
) -> EditReport:
    """What is measured of each name, so many outcomes of one; those that the file has are taken from it."""
    known = _read(path)
    for name in names:
        if len(known.get(name, [])) < each:  # none, or a kill fell between them
            known[name] = work[name]()
            append_outcomes(path, known[name])
    return EditReport(tuple(outcome for name in work for outcome in known[name][-each:]))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"{text} # {n * SECONDS_EACH:g} # {(n + 1) * SECONDS_EACH:g}" for n, text in enumerate(texts))


def _joined(way: str, name: str, motion: Motion, actions: int) -> EditOutcome:
    """The jerkiest moment about each join, and that of as many times as long, elsewhere."""
    fps = motion.fps
    ranges = [
        (round((n * SECONDS_EACH - JOIN_BEFORE) * fps), round((n * SECONDS_EACH + JOIN_AFTER) * fps))
        for n in range(1, actions)
    ]
    length = ranges[0][1] - ranges[0][0]
    starts = [start for start in range(0, motion.num_frames - length, length // 4)]
    apart = [start for start in starts if all(start + length <= first or start >= last for first, last in ranges)]
    elsewhere = mean(peak_jerk(motion, start, start + length) for start in apart or starts)
    made = tuple(peak_jerk(motion, first, last) for first, last in ranges)
    return EditOutcome(way, name, made, (elsewhere,) * len(made))


def _outcome(pipeline: MotionPipeline, name: str, clip: str, real: Motion, edit: _Edit) -> EditOutcome:
    made = tuple(seam_jerk(edit.motion, seam) for seam in edit.seams)
    there = tuple(seam_jerk(real, seam) for seam in edit.seams)
    pieces = [slice(0, edit.first)] + ([slice(edit.last, None)] if name != "continue" else [])
    return EditOutcome(
        name, clip, made, there, mean(_off(edit.motion, real, piece) for piece in pieces), _kept(pipeline, real, edit)
    )


@torch.no_grad()
def _kept(pipeline: MotionPipeline, real: Motion, edit: _Edit) -> float:
    """Share of the tokens that nobody asked to change that the edited motion is written with as before."""
    tokenizer = pipeline.model.motion_tokenizer
    features = [motion.canonicalized().to_d135()[None].to(pipeline.model.device) for motion in (real, edit.motion)]
    before, after = (tokenizer.encode(each, residual_levels=0)["codes"][0] for each in features)
    steps = min(len(before), len(after))
    first, last = (frame // pipeline.processor.downsample for frame in (edit.first, edit.last))
    kept = torch.ones(steps, before.shape[1], dtype=torch.bool)
    kept[max(0, first - TOKEN_MARGIN) : last + TOKEN_MARGIN, list(edit.columns)] = False
    return float((before[:steps] == after[:steps])[kept].float().mean())


def _off(motion: Motion, real: Motion, piece: slice) -> float:
    """Mean distance of joints in some frames, mm, both from the same place and heading."""
    places: list[Tensor] = []
    for each in (motion, real):
        whole = each.replace(rotations=each.rotations[piece], translation=each.translation[piece])
        places.append(whole.canonicalized().joints())
    frames = min(map(len, places))
    return 1000 * float((places[0][:frames] - places[1][:frames]).norm(dim=-1).mean())


def _read(path: str | Path | None) -> dict[str, list[EditOutcome]]:
    """Outcomes by clip."""
    found: dict[str, list[EditOutcome]] = {}
    for row in read_outcomes(path):
        each = EditOutcome(**row | {"made": tuple(row["made"]), "real": tuple(row["real"])})
        found.setdefault(each.clip, []).append(each)
    return found


__all__ = ["EditOutcome", "EditReport", "evaluate_edits", "evaluate_joins", "peak_jerk", "seam_jerk"]
