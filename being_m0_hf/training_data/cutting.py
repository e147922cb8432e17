"""From clips to training samples: which seconds of a clip show something that words are known for.

A clip gives one sample when it is short and shows one thing; a long trial gives annotated segments, captioned ranges
and windows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..motion import Motion
from ..motionlib.schema import LABELLED_SOURCES, RULES, Clip
from . import motion_facts
from .action_labels import Labelled, segments, source_label
from .locomotion_events import find_locomotion_events
from .samples import MAX_JERK, MAX_SECONDS, MIN_SECONDS, TrainingSample

WINDOW_SECONDS = 7.0
#: What is said of a part belongs to samples that show this share of the clip, or of the range that it is said of.
CLIP_SHOWN, RANGE_SHOWN = 0.75, 0.5


@dataclass(frozen=True)
class CaptionedRange:
    """A range of a clip, seconds, with captions that mean just these seconds, each with its author."""

    start: float
    end: float
    said: tuple[tuple[str, str], ...]


def captioned_ranges(clip: Clip) -> list[CaptionedRange]:
    """What is said of the body in ranges of the clip, and of all of it."""
    ranges: dict[tuple[float, float, str], list[str]] = {}
    for said in clip.timed:
        if not said.part:
            ranges.setdefault((said.start, said.end, said.origin), []).append(said.text)
    found = [
        CaptionedRange(start, end, tuple((text, author) for text in texts))
        for (start, end, author), texts in ranges.items()
    ]
    whole = list(zip(clip.body, clip.body_origin, strict=True))
    if clip.source in LABELLED_SOURCES and (clip.labels or found):
        whole = [each for each in whole if each[1] != RULES]  # labels and people's captions say more
    return [*found, CaptionedRange(0.0, clip.motion.seconds, tuple(whole))] if whole else found


def clip_samples(clip: Clip) -> Iterator[TrainingSample]:
    """The samples of one clip at 20 fps, without texts and not mirrored.

    What the files of CMU and Bandai say is known here, so their clips get actions that have sentences of ours. All
    others have the captions of the data set: their owner's, and our captioner's.
    """
    ranges = captioned_ranges(clip)
    if clip.source not in LABELLED_SOURCES:
        yield from _captioned_samples(clip, ranges)
        return
    annotated = segments().get(clip.id)
    label = source_label(clip, motion_facts.measure(clip.motion))
    if annotated is not None:
        for segment in annotated:
            # as in caption files, seconds count from the recording's start
            start, end = segment.start - clip.origin_start, segment.end - clip.origin_start
            yield from _cut(clip, start, end, "segment", Labelled(segment.action))
    elif label is not None:
        for sample, same in _labelled_samples(clip, label, ranges):
            ranges = [each for each in ranges if each not in same]
            yield sample
    yield from _captioned_samples(clip, ranges)
    yield from _still_samples(clip)
    if clip.source == "cmu":  # Bandai's clips show one thing each, and their label says it
        for event in find_locomotion_events(clip.motion):
            yield from _cut(clip, event.start, event.end, "locomotion_event", Labelled(event.action))


def _labelled_samples(
    clip: Clip, label: Labelled, ranges: list[CaptionedRange]
) -> Iterator[tuple[TrainingSample, list[CaptionedRange]]]:
    """The clip or windows of it, each with the captioned ranges that mean the same seconds."""
    kind = "window" if clip.motion.seconds > MAX_SECONDS else "clip"
    for start, end in _windows(clip.motion.seconds):
        for sample in _cut(clip, start, end, kind, label):
            if _still_shows(label, sample.motion):
                same = [each for each in ranges if _overlap((start, end), (each.start, each.end)) > 0.85]
                ranges = [each for each in ranges if each not in same]
                yield replace(sample, said=tuple(said for each in same for said in each.said)), same


def _captioned_samples(clip: Clip, ranges: list[CaptionedRange]) -> Iterator[TrainingSample]:
    for captioned in ranges:
        # a sentence about forty seconds is not true of any ten of them
        if captioned.end - captioned.start < 1.3 * MAX_SECONDS:
            end = min(captioned.end, captioned.start + MAX_SECONDS)
            for sample in _cut(clip, captioned.start, end, "captioned"):
                yield replace(sample, said=captioned.said)


def _still_samples(clip: Clip) -> Iterator[TrainingSample]:
    fps = clip.motion.fps
    for first, last in motion_facts.still_stretches(clip.motion):
        last = min(last, first + int(MAX_SECONDS * fps))
        yield from _cut(clip, first / fps, last / fps, "still", Labelled("stand_still"))


def _cut(clip: Clip, start: float, end: float, kind: str, label: Labelled | None = None) -> Iterator[TrainingSample]:
    """The clip from one second to another; nothing when that is too short or holds a recording error."""
    fps = clip.motion.fps
    first = max(0, round(start * fps))
    last = min(clip.motion.num_frames, round(end * fps))
    if last - first < MIN_SECONDS * fps:
        return
    part = clip.motion.crop(first, last)
    if motion_facts.largest_jerk(part) <= MAX_JERK:
        said_parts = said_of_parts(clip, first / fps, last / fps)
        sample_id = f"{clip.id}@{first}-{last}"
        trust = 1 - clip.scores.get("implausibility", 0.0)  # of `being-m0 data curate`
        yield TrainingSample(sample_id, clip.source, clip.split, kind, part, label, said_parts=said_parts, trust=trust)


def said_of_parts(clip: Clip, start: float, end: float) -> dict[str, tuple[tuple[str, str], ...]]:
    """What is said of each part that is true between two seconds of the clip, each text with its author."""
    found: dict[str, list[tuple[str, str]]] = {}
    if end - start >= CLIP_SHOWN * clip.motion.seconds:
        for name, texts in clip.parts.items():
            # older data sets hold no authors: there, all are our captioner's
            found[name] = list(zip(texts, clip.part_origin.get(name) or (RULES,) * len(texts), strict=True))
    for said in clip.timed:
        if said.part and min(end, said.end) - max(start, said.start) >= RANGE_SHOWN * (said.end - said.start):
            found.setdefault(said.part, []).append((said.text, said.origin))
    return {name: tuple(said) for name, said in found.items()}


def _windows(seconds: float) -> list[tuple[float, float]]:
    """The whole clip when it is short enough, else overlapping windows."""
    if seconds <= MAX_SECONDS:
        return [(0.0, seconds)]
    count = math.ceil((seconds - WINDOW_SECONDS) / (0.75 * WINDOW_SECONDS)) + 1
    step = (seconds - WINDOW_SECONDS) / (count - 1)
    return [(i * step, i * step + WINDOW_SECONDS) for i in range(count)]


def _still_shows(label: Labelled, part: Motion) -> bool:
    """Whether a window of a long trial shows the trial's action: a climber also walks to the ladder and comes down."""
    height = part.translation[:, 1]
    if label.action.startswith("climb"):
        return float(height.max() - height[0]) > 0.35
    if label.action == "walk_circle":
        return abs(motion_facts.measure(part).turn) > 230
    if label.action == "walk_around":
        return motion_facts.measure(part).total_turn > 150
    return True


def _overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Intersection over union of two time ranges."""
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return max(0.0, shared) / (max(first[1], second[1]) - min(first[0], second[0]))
