"""The user's recordings as training samples: every sound one is used, and few are held out.

A folder of motion files goes through the first half of `being-m0 data build` (read, retarget, cut, judge, describe).
Its second half is left out: it takes takes of one movement for duplicates, and 20 % of the clips for validation and
test, which ten clips cannot spare.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow.parquet as pq

from ...motion import MODEL_FPS, Motion
from ...motionlib.build.build import BuildOptions, chunk_paths, plan_build, run_chunks
from ...motionlib.clips import read_clips
from ...motionlib.schema import Clip, row_to_clip
from ...motionlib.sources.source import SourceOptions
from ...pipelines.adapters import with_trigger
from ...text.mirror import mirror_text
from ...training_data.cutting import said_of_parts
from ...training_data.feature_cache import CacheWriter
from ...training_data.motion_facts import part_texts
from ...training_data.samples import mirrored_said_parts, part_wordings
from ..run.settings import SettingsError
from .settings import FinetuneSettings

#: One recording of so many is held out, at least one from `FEWEST` on; more than `MOST_HELD_OUT` tell nothing new.
HELD_OUT_SHARE, FEWEST, MOST_HELD_OUT = 10, 4, 24
LONGEST, SHORTEST = 10.0, 1.0
#: Pieces of each clip that are samples, too, and how long they are (seconds): a style must not know one length only.
PIECES, SHORTEST_PIECE = 2, 2.0
#: Of the sentences of a clip: those of people, then those of the captioner.
PEOPLE_SHARE, TRIGGER_SHARE = 0.7, 0.15
#: Sentences with these words tell an order: a piece of their motion may lack what they say.
_ORDER = re.compile(r"\b(then|before|after|afterwards|finally|first|while|until|starts?|begins?|ends?)\b")
_NUMBERS_AND_STROKES = re.compile(r"[\W\d_]+")
_NO_WORDS = {"take", "clip", "motion", "mocap", "anim", "animation", "bvh", "fbx", "final", "copy", "test", "untitled"}


@dataclass(frozen=True)
class Recorded:
    """A clip of the user's recordings.

    Args:
        id: of the clip.
        recording: what it was cut from; its clips are held out together.
        motion: at 20 fps, 1 to 10 s.
        texts: sentences with how often each shall be drawn.
        held_out: whether it is for validation only.
        plain_texts: the sentences without the words of the style, where it has such words.
        said_parts: part -> sentences about it, each with its author.
    """

    id: str
    recording: str
    motion: Motion
    texts: tuple[tuple[str, float], ...]
    held_out: bool = False
    plain_texts: tuple[str, ...] = ()
    said_parts: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def read_recordings(settings: FinetuneSettings) -> tuple[list[Recorded], list[str]]:
    """Every clip that can be used, and one line for each file that cannot.

    Raises:
        MotionError, OSError: no such folder or data set, or captions that do not fit.
        SettingsError: nothing to learn from.
    """
    folder = Path(settings.data)
    if folder.is_dir() and not (folder / "stats.json").is_file():
        records, left_out = _read_files(settings, folder)
    elif settings.captions or settings.joint_map:
        raise SettingsError("captions and joint map are for a folder of motion files; a data set has its own")
    else:
        records, left_out = list(read_clips(settings.data)), []
    clips, seen = [], set()
    for record in records:
        motion = record.motion.resample(MODEL_FPS)
        digest = hashlib.sha256(motion.to_d135().numpy().tobytes()).hexdigest()
        if digest in seen:  # the same file twice; two takes of a movement both stay
            left_out.append(f"{record.id}: another clip is the very same")
            continue
        seen.add(digest)
        if SHORTEST <= motion.seconds:
            motion = motion.crop(0, min(motion.num_frames, int(LONGEST * MODEL_FPS)))
            texts = texts_of(record, settings.trigger)
            plain = tuple(text for text, _ in texts_of(record, "")) if settings.trigger else ()
            recording = record.id.partition("#")[0]
            said_parts = said_of_parts(record, 0.0, motion.seconds)
            clips.append(Recorded(record.id, recording, motion, texts, record.split == "val", plain, said_parts))
    if not clips:
        reason = f": {left_out[0]}" if left_out else ""
        raise SettingsError(f"{settings.data}: holds no motion of {SHORTEST:g} s or more{reason}")
    return with_held_out(clips), left_out


def with_held_out(clips: list[Recorded]) -> list[Recorded]:
    """One recording of ten held out, the same ones every time; none of three or fewer, and as told where it is told."""
    if any(clip.held_out for clip in clips):
        return clips
    recordings = sorted({clip.recording for clip in clips}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    if len(recordings) < FEWEST:
        return clips
    count = min(MOST_HELD_OUT, max(1, len(recordings) // HELD_OUT_SHARE))
    chosen = set(recordings[:count])
    return [replace(clip, held_out=clip.recording in chosen) for clip in clips]


def texts_of(record: Clip, trigger: str) -> tuple[tuple[str, float], ...]:
    """Sentences of a clip with their weights, which sum to 1: people's words (captions, else the file's name), the
    captioner's, all with the trigger, and the trigger alone.
    """
    body = dict(zip(record.body, record.body_origin, strict=True))
    people = [text for text, origin in body.items() if origin != "rules"] + [
        said.text for said in record.timed if not said.part
    ]
    people = people or words_of_name(record.origin or record.id)
    rules = [text for text, origin in body.items() if origin == "rules"]
    if not people and not rules:
        people = ["a person moves"]
    share = PEOPLE_SHARE if people and rules else float(bool(people))
    texts = [(text, share / len(people)) for text in people] + [(text, (1 - share) / len(rules)) for text in rules]
    if trigger:
        texts = [(with_trigger(text, trigger), (1 - TRIGGER_SHARE) * weight) for text, weight in texts]
        texts.append((trigger, TRIGGER_SHARE))
    return tuple(texts)


def words_of_name(name: str) -> list[str]:
    """What a file's name says: "dance/slow_waltz-03.bvh" is "slow waltz". Nothing for "take_01.bvh"."""
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", Path(name.partition("#")[0]).stem)
    words = [word for word in _NUMBERS_AND_STROKES.sub(" ", stem).lower().split() if len(word) > 1]
    words = [word for word in words if word not in _NO_WORDS]
    return [" ".join(words)] if words else []


def write_samples(clips: list[Recorded], settings: FinetuneSettings, folder: Path) -> None:
    """The clips as a training cache (`training_data/feature_cache.py`): train_samples and val_samples."""
    rng = random.Random(settings.seed)
    for split, held_out in (("val", True), ("train", False)):  # train last: that it is there means that all is
        writer = CacheWriter(folder, f"{split}_samples")
        for clip in clips:
            if clip.held_out != held_out:
                continue
            motions = [clip.motion] if held_out else [clip.motion, *_pieces(clip, rng)]
            for motion in motions:
                _add(writer, clip, motion, rng, mirrored=False)
                if settings.mirror and not held_out:
                    _add(writer, clip, motion.mirrored(), rng, mirrored=True)
        writer.save()


def _add(writer: CacheWriter, clip: Recorded, motion: Motion, rng: random.Random, mirrored: bool) -> None:
    said = [(mirror_text(text) if mirrored else text, weight) for text, weight in clip.texts]
    # of a piece, what is said of a part need not be true
    said_parts = clip.said_parts if motion.num_frames == clip.motion.num_frames else {}
    said_parts = mirrored_said_parts(said_parts) if mirrored else said_parts
    writer.add(
        motion.to_d135(), id=clip.id, kind="clip", mirrored=mirrored, category="own", weight=1.0,
        captions=[{"text": text, "kind": "own", "weight": weight} for text, weight in said],
        parts=part_wordings(part_texts(motion, rng, 3), said_parts),
    )  # fmt: skip


def _pieces(clip: Recorded, rng: random.Random) -> Iterator[Motion]:
    frames, shortest = clip.motion.num_frames, int(SHORTEST_PIECE * MODEL_FPS)
    if frames < 1.25 * shortest or any(_ORDER.search(text) for text, _ in clip.texts):
        return
    for _ in range(PIECES):
        length = rng.randint(shortest, frames - 1)
        start = rng.randint(0, frames - length)
        yield clip.motion.crop(start, start + length)


def _read_files(settings: FinetuneSettings, folder: Path) -> tuple[list[Clip], list[str]]:
    captions = settings.captions or (str(folder / "captions.csv") if (folder / "captions.csv").is_file() else "")
    source = SourceOptions(
        str(folder.resolve()),
        str(Path(captions).resolve()) if captions else "",
        name="own",
        joint_map=str(Path(settings.joint_map).resolve()) if settings.joint_map else "",
    )
    out = settings.work / "recordings"
    plan = plan_build(BuildOptions(source, longest=LONGEST), out)
    run_chunks(out, plan, processes=1)
    records, left_out = [], []
    for index in range(plan.num_chunks):
        rows, report = chunk_paths(out, index)
        records += [row_to_clip(row) for row in pq.read_table(rows).to_pylist()]
        rejected = json.loads(report.read_text(encoding="utf-8"))["rejected"]
        left_out += [f"{row['id'].removeprefix('own/')}: {row['reason']}" for row in rejected]
    return records, left_out
