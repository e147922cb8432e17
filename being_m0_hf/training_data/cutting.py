"""From clips to training samples: which seconds of a clip show something that words are known for.

A clip gives one sample when it is short and shows one thing; a long trial gives annotated segments, captioned ranges
and windows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..motion import Motion
from ..motionlib.schema import Clip
from . import action_labels, motion_facts
from .action_labels import Labelled
from .locomotion_events import find_locomotion_events
from .samples import MAX_JERK, MAX_SECONDS, MIN_SECONDS, TrainingSample

WINDOW_SECONDS = 7.0


@dataclass(frozen=True)
class CaptionedRange:
    """A range of a clip, seconds, with all captions that one author wrote of it."""

    start: float
    end: float
    texts: tuple[str, ...]
    kind: str


def captioned_ranges(clip: Clip) -> list[CaptionedRange]:
    """What is said of ranges of the clip.

    Sentences by rules are used only where the source says nothing: labels and people's captions say more.
    """
    ranges: dict[tuple[float, float, str], list[str]] = {}
    for said in clip.timed:
        ranges.setdefault((said.start, said.end, said.origin), []).append(said.text)
    silent = not (clip.labels or clip.timed or set(clip.body_origin) - {"rules"})
    for text, origin in zip(clip.body, clip.body_origin, strict=True):
        if silent or origin != "rules":
            ranges.setdefault((0.0, clip.motion.seconds, origin), []).append(text)
    return [CaptionedRange(start, end, tuple(texts), kind) for (start, end, kind), texts in ranges.items()]


def clip_samples(clip: Clip) -> Iterator[TrainingSample]:
    """The samples of one clip at 20 fps, without texts and not mirrored."""
    ranges = captioned_ranges(clip)
    measured = motion_facts.measure(clip.motion)
    label = (
        action_labels.bandai_label(clip, measured)
        if clip.source == "bandai"
        else action_labels.cmu_label(clip, measured)
    )
    annotated = action_labels.segments().get(clip.id)
    if annotated is not None:
        for segment in annotated:
            # as in caption files, seconds count from the recording's start
            start, end = segment.start - clip.origin_start, segment.end - clip.origin_start
            yield from _cut(clip, start, end, "segment", Labelled(segment.action))
    elif label is not None:
        for sample, said in _labelled_samples(clip, label, ranges):
            ranges = [each for each in ranges if each not in said]
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
                said = [each for each in ranges if _overlap((start, end), (each.start, each.end)) > 0.85]
                ranges = [each for each in ranges if each not in said]
                yield replace(sample, human=tuple((text, each.kind) for each in said for text in each.texts)), said


def _captioned_samples(clip: Clip, ranges: list[CaptionedRange]) -> Iterator[TrainingSample]:
    for captioned in ranges:
        # a sentence about forty seconds is not true of any ten of them
        if captioned.end - captioned.start < 1.3 * MAX_SECONDS:
            end = min(captioned.end, captioned.start + MAX_SECONDS)
            for sample in _cut(clip, captioned.start, end, "captioned"):
                yield replace(sample, human=tuple((text, captioned.kind) for text in captioned.texts))


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
        yield TrainingSample(f"{clip.id}@{first}-{last}", clip.source, clip.split, kind, part, label)


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
