"""One row of a MotionLib data set: a clip with its motion, text on two levels, scores, and where it comes from.

Everything is a plain Arrow type, so that ``load_dataset`` reads the shards with no code of ours. Motion is compact:
``rotations`` are int16 quaternions (a unit of 1 / 32767, at most 0.002 degrees off), flat and row-major over (frames,
22, 4), order x, y, z, w; ``translation`` is float32 metres, flat over (frames, 3), y up, the pelvis in the world.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import torch
from datasets import Features, List, Value

from ..motion import CANONICAL_SKELETON, NUM_JOINTS, PART_NAMES, Motion, MotionError, Skeleton

ROTATION_UNIT = 32767
#: Who wrote what our captioner says.
RULES = "rules"
#: Flag of a clip that shows a pose of a still image, held.
HELD_POSE = "held pose"
#: Names of the collections of which ``training_data.action_labels`` knows what their own files say.
LABELLED_SOURCES = ("cmu", "bandai", "more", "more_nc")
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class TimedCaption:
    """A sentence about a range of seconds of the clip, about the body or about one of `PART_NAMES`; ``origin`` says who
    wrote it (a file, a person, our rules).
    """

    text: str
    start: float
    end: float
    origin: str = ""
    part: str = ""


@dataclass(frozen=True)
class Clip:
    """A clip of a MotionLib data set.

    Args:
        id: unique in the data set, e.g. ``cmu/02_01`` or ``walks/slow.bvh#3``.
        motion: the clip, on the canonical skeleton unless ``rest_offsets`` are kept.
        source: the collection that the recording belongs to.
        licence: of the recording.
        split: ``train``, ``val`` or ``test``; empty until the data set is put together.
        subject: who moves, as far as the source says; clips of a subject stay in one split.
        body: sentences about the whole clip.
        body_origin: who wrote each of them: a file, a collection, or "rules" (our captioner).
        parts: for each of `PART_NAMES`, sentences about what that part does all the time.
        timed: sentences about ranges of the clip.
        labels: what the source's own files say in its own words ("content": "walk", "style": "old" ...).
        scores: quality measurements (see ``curation``), higher is worse.
        flags: names of weaknesses that did not suffice to reject the clip.
        shape: SMPL betas, if the source has them.
        origin: the file the clip was read from.
        origin_start: where in that file it begins, seconds.
        made_by: the steps that led here, for people who must know ("retargeted from Mixamo names, 0.9 cm").
        part_origin: who wrote each of `parts`.
    """

    id: str
    motion: Motion
    source: str = ""
    licence: str = ""
    split: str = ""
    subject: str = ""
    body: tuple[str, ...] = ()
    body_origin: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timed: tuple[TimedCaption, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    shape: tuple[float, ...] = ()
    origin: str = ""
    origin_start: float = 0.0
    made_by: str = ""
    part_origin: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def replace(self, **changes) -> "Clip":
        return replace(self, **changes)

    def with_body(self, texts: Iterable[str], origin: str) -> "Clip":
        """With more sentences about the whole clip, all written by ``origin``."""
        texts = tuple(texts)
        return replace(self, body=self.body + texts, body_origin=self.body_origin + (origin,) * len(texts))

    def with_parts(self, parts: Mapping[str, Iterable[str]], origin: str) -> "Clip":
        """With more sentences about parts of the body, all written by ``origin``."""
        texts, origins = dict(self.parts), dict(self.part_origin)
        for name, more in parts.items():
            more = tuple(more)
            texts[name] = texts.get(name, ()) + more
            origins[name] = origins.get(name, ()) + (origin,) * len(more)
        return replace(self, parts=texts, part_origin=origins)


FEATURES = Features(
    {
        "id": Value("string"),
        "source": Value("string"),
        "licence": Value("string"),
        "split": Value("string"),
        "subject": Value("string"),
        "fps": Value("float32"),
        "frames": Value("int32"),
        "rotations": List(Value("int16")),
        "translation": List(Value("float32")),
        "rest_offsets": List(Value("float32")),
        "shape": List(Value("float32")),
        "body": List(Value("string")),
        "body_origin": List(Value("string")),
        "parts": {name: List(Value("string")) for name in PART_NAMES},
        "part_origin": {name: List(Value("string")) for name in PART_NAMES},
        "timed": List(
            {
                "text": Value("string"),
                "start": Value("float32"),
                "end": Value("float32"),
                "origin": Value("string"),
                "part": Value("string"),
            }
        ),
        "labels": List({"name": Value("string"), "value": Value("string")}),
        "scores": List({"name": Value("string"), "value": Value("float32")}),
        "flags": List(Value("string")),
        "origin": Value("string"),
        "origin_start": Value("float32"),
        "made_by": Value("string"),
    }
)


def clip_to_row(clip: Clip) -> dict:
    """A clip as the plain values of one row of `FEATURES`."""
    motion = clip.motion
    canonical = torch.equal(motion.skeleton.offsets, CANONICAL_SKELETON.offsets)
    return {
        "id": clip.id,
        "source": clip.source,
        "licence": clip.licence,
        "split": clip.split,
        "subject": clip.subject,
        "fps": motion.fps,
        "frames": motion.num_frames,
        "rotations": (motion.rotations * ROTATION_UNIT).round().short().flatten().numpy(),
        "translation": motion.translation.flatten().numpy(),
        # empty means canonical: 66 numbers a row would be a tenth of a short clip
        "rest_offsets": [] if canonical else motion.skeleton.offsets.flatten().tolist(),
        "shape": list(clip.shape),
        "body": list(clip.body),
        "body_origin": list(clip.body_origin),
        "parts": {name: list(clip.parts.get(name, ())) for name in PART_NAMES},
        "part_origin": {name: list(clip.part_origin.get(name, ())) for name in PART_NAMES},
        "timed": [asdict(caption) for caption in clip.timed],
        "labels": [{"name": name, "value": value} for name, value in clip.labels.items()],
        "scores": [{"name": name, "value": value} for name, value in clip.scores.items()],
        "flags": list(clip.flags),
        "origin": clip.origin,
        "origin_start": clip.origin_start,
        "made_by": clip.made_by,
    }


def row_to_clip(row: dict) -> Clip:
    """The clip behind a row, as ``datasets`` or pyarrow gives it; `part_origin` is empty where older data sets lack it.

    Raises:
        MotionError: the row's numbers are no motion; the message names the clip.
    """
    return Clip(
        id=row["id"],
        motion=row_to_motion(row),
        source=row["source"],
        licence=row["licence"],
        split=row["split"],
        subject=row["subject"],
        body=tuple(row["body"]),
        body_origin=tuple(row["body_origin"]),
        parts={name: tuple(texts) for name, texts in row["parts"].items() if texts},
        part_origin={name: tuple(origins) for name, origins in (row.get("part_origin") or {}).items() if origins},
        timed=tuple(TimedCaption(**caption) for caption in row["timed"]),
        labels={label["name"]: label["value"] for label in row["labels"]},
        scores={score["name"]: score["value"] for score in row["scores"]},
        flags=tuple(row["flags"]),
        shape=tuple(row["shape"]),
        origin=row["origin"],
        origin_start=row["origin_start"],
        made_by=row["made_by"],
    )


def row_to_motion(row: dict) -> Motion:
    """The motion of a row; the other columns need not be there."""
    try:
        rotations = np.asarray(row["rotations"], dtype=np.int16).reshape(-1, NUM_JOINTS, 4)
        translation = np.asarray(row["translation"], dtype=np.float32).reshape(-1, 3)
        offsets = np.asarray(row.get("rest_offsets") or (), dtype=np.float32)
        skeleton = Skeleton(torch.from_numpy(offsets.reshape(NUM_JOINTS, 3))) if offsets.size else CANONICAL_SKELETON
        return Motion(
            torch.from_numpy(rotations.astype(np.float32) / ROTATION_UNIT),
            torch.from_numpy(translation.copy()),
            float(row["fps"]),
            skeleton,
        )
    except ValueError as error:  # MotionError is one, and so is numpy's about shapes
        raise MotionError(f"clip {row.get('id', '?')}: {error}") from None
