"""Training samples: short motions with captions, part texts and weights, made from clips.

A clip gives one sample when it is short and shows one thing; a long trial gives annotated segments, captioned ranges
and windows. Each sample also exists mirrored. ``sequences`` stitches longer ones for training.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from being_m0_hf.motion import Motion

from ..motionlib.sources.recordings import Clip
from ..text import sentence_templates as templates
from ..text.mirror import mirror_parts, mirror_text
from . import action_labels as captions
from . import locomotion_events as moments
from . import motion_facts as facts
from .action_labels import CaptionedRange, Labelled

MAX_SECONDS = 10.0
MIN_SECONDS = 1.0
WINDOW_SECONDS = 7.0
#: A joint that accelerates more than this (m/s^2) belongs to a recording error.
MAX_JERK = 320.0

SENTENCES = 20
RARE_SENTENCES = 60
#: Movements with fewer samples than this get more sentences and copies at other speeds.
RARE_SAMPLES = 24
SPEEDS = (0.88, 1.14)
#: Actions of single subjects that few people ever ask for.
RARELY_ASKED = (
    "animal_", "alaska", "uneven", "teapot", "dance_indian", "wash_", "mop", "motorcycle", "basketball_", "call_out",
    "swing_legs", "curl_in", "hang", "open_bottle", "t_pose_hold", "arms_crossed", "guide_", "run_over",
    "punch_strike", "run_sidestep_",
)  # fmt: skip
#: How much of the time people's own captions are used where there are templates too.
HUMAN_SHARE = 0.35
PART_VARIANTS = 3


@dataclass(frozen=True)
class Caption:
    """A sentence about a sample; ``weight`` is how often it is drawn, they sum to 1 over a sample."""

    text: str
    kind: str
    weight: float = 1.0


@dataclass(frozen=True)
class Sample:
    """One motion with its texts.

    Args:
        id: source clip and frames, with ``+mirror`` when mirrored.
        source: ``cmu`` or ``bandai``.
        split: of the clip it comes from.
        kind: clip, segment, captioned, window, moment, trim, still, held, speed, repeat, approach or sequence.
        motion: 1 to 10 s at 20 fps.
        label: the action, when there are templates for it.
        human: captions that people wrote.
        texts: finished captions (``with_texts``).
        parts: part texts in some wordings.
        mirrored: whether left and right are exchanged.
        weight: how often it should be drawn; mean 1.
        made_from: the kind of the sample that this one is a changed copy of, or empty.
    """

    id: str
    source: str
    split: str
    kind: str
    motion: Motion
    label: Labelled | None = None
    human: tuple[tuple[str, str], ...] = ()
    texts: tuple[Caption, ...] = ()
    parts: tuple[dict[str, str], ...] = field(default=())
    mirrored: bool = False
    weight: float = 1.0
    made_from: str = ""

    @property
    def category(self) -> str:
        """The action without its side, and walks by their manner: the unit that weights balance."""
        if self.label and self.label.action == "walk":
            return templates.walk_name(self.label.manner)
        return self.movement

    @property
    def movement(self) -> str:
        """The action without its side, whatever its manner."""
        action = self.label.action if self.label else self.kind
        return action.replace("right", "left").removesuffix("_low")


def clip_samples(clip: Clip, ranges: Iterable[CaptionedRange] = ()) -> Iterator[Sample]:
    """The samples of one clip, without texts and not mirrored."""
    measured = facts.measure(clip.motion)
    if clip.source == "bandai":
        label = captions.bandai_label(clip, measured)
    else:
        label = captions.cmu_label(clip, measured)
    annotated = captions.segments().get(clip.id)
    ranges = list(ranges)

    if annotated is not None:
        for segment in annotated:
            sample = _cut(clip, segment.start, segment.end, "segment", Labelled(segment.action))
            if sample is not None:
                yield sample
    elif label is not None:
        for start, end in _windows(clip.motion.seconds):
            kind = "window" if clip.motion.seconds > MAX_SECONDS else "clip"
            sample = _cut(clip, start + clip.skipped, end + clip.skipped, kind, label)
            if sample is None or not _still_shows(label, sample.motion):
                continue
            same = [r for r in ranges if _overlap((start, end), (r.start, r.end)) > 0.85]
            ranges = [r for r in ranges if r not in same]
            yield replace(sample, human=tuple((text, r.kind) for r in same for text in r.texts))
    for captioned in ranges:
        # a sentence about forty seconds is not true of any ten of them
        if captioned.end - captioned.start < 1.3 * MAX_SECONDS:
            end = min(captioned.end, captioned.start + MAX_SECONDS)
            sample = _cut(clip, captioned.start, end, "captioned", None)
            if sample is not None:
                yield replace(sample, human=tuple((text, captioned.kind) for text in captioned.texts))
    fps = clip.motion.fps
    for first, last in facts.still_stretches(clip.motion):
        last = min(last, first + int(MAX_SECONDS * fps))
        sample = _cut(clip, first / fps + clip.skipped, last / fps + clip.skipped, "still", Labelled("stand_still"))
        if sample is not None:
            yield sample
    if clip.source == "cmu":  # Bandai's clips show one thing each, and their label says it
        for moment in moments.find_moments(clip.motion):
            label = Labelled(moment.action)
            sample = _cut(clip, moment.start + clip.skipped, moment.end + clip.skipped, "moment", label)
            if sample is not None:
                yield sample


def at_other_speeds(samples: list[Sample]) -> Iterator[Sample]:
    """Slower and faster copies of samples whose movement is rare."""
    counts = Counter(sample.movement for sample in samples)
    for sample in samples:
        if sample.label is None or counts[sample.movement] >= RARE_SAMPLES:
            continue
        for speed in SPEEDS:
            motion = sample.motion.replace(fps=sample.motion.fps * speed).resample(sample.motion.fps)
            if motion.seconds <= MAX_SECONDS:
                yield replace(sample, id=f"{sample.id}+x{speed:g}", kind="speed", made_from=sample.kind, motion=motion)


def trimmed(samples: list[Sample], rng: random.Random, share: float = 0.35) -> Iterator[Sample]:
    """Shorter pieces of movements that go on and on, so that a text does not fix a length."""
    for sample in samples:
        action = sample.label.action if sample.label else ""
        if sample.kind != "clip" or sample.motion.seconds < 3.5 or rng.random() > share:
            continue
        if not action.startswith(("wave", "walk_backward", "run", "jog", "sprint")) and action != "walk":
            continue
        frames = int(rng.uniform(1.8, sample.motion.seconds - 1.0) * sample.motion.fps)
        # a wave is shown from its start: without the raising it is another movement
        start = 0 if action.startswith("wave") else rng.randrange(sample.motion.num_frames - frames)
        motion = sample.motion.crop(start, start + frames)
        yield replace(sample, id=f"{sample.id}+{start}-{start + frames}", kind="trim", motion=motion, human=())


def mirrored(sample: Sample) -> Sample:
    """The sample seen in a mirror, with all its texts."""
    return replace(
        sample,
        id=f"{sample.id}+mirror",
        motion=sample.motion.mirrored(),
        label=replace(sample.label, action=mirror_text(sample.label.action.replace("_", " ")).replace(" ", "_"))
        if sample.label
        else None,
        human=tuple((mirror_text(text), kind) for text, kind in sample.human),
        texts=tuple(replace(caption, text=mirror_text(caption.text)) for caption in sample.texts),
        parts=tuple(mirror_parts(texts) for texts in sample.parts),
        mirrored=True,
    )


def with_texts(sample: Sample, rng: random.Random, sentences: int = SENTENCES) -> Sample:
    """The sample with sentences drawn from its action's templates, people's captions, and part texts."""
    found: list[Caption] = list(sample.texts)
    if not found:
        written = []
        if sample.label:
            written = templates.sentences(sample.label.action, sentences, rng, sample.label.manner)
        human_share = (HUMAN_SHARE if written else 1.0) if sample.human else 0.0
        found = [Caption(text, "template", (1 - human_share) / len(written)) for text in written]
        found += [Caption(text, kind, human_share / len(sample.human)) for text, kind in sample.human]
    parts = facts.part_texts(sample.motion, rng, PART_VARIANTS)
    return replace(sample, texts=tuple(found), parts=tuple(parts))


def weighted(samples: list[Sample]) -> list[Sample]:
    """Weights that make rare actions met often enough: a category's share grows with its samples ** 0.3. Mean 1.

    A window out of a long trial counts half, since its text is true of the trial and says little about these seconds,
    and so does what hardly anyone asks for.
    """
    counts = Counter(sample.category for sample in samples)
    raw = [
        (0.5 if "window" in (sample.kind, sample.made_from) else 1.0)
        * (0.5 if sample.category.startswith(RARELY_ASKED) else 1.0)
        / counts[sample.category] ** 0.7
        for sample in samples
    ]
    mean = sum(raw) / len(raw) if raw else 1.0
    return [replace(sample, weight=weight / mean) for sample, weight in zip(samples, raw, strict=True)]


def _cut(clip: Clip, start: float, end: float, kind: str, label: Labelled | None) -> Sample | None:
    """A part of the clip by its caption times, or None when it is too short or holds a recording error."""
    fps = clip.motion.fps
    first = max(0, round((start - clip.skipped) * fps))
    last = min(clip.motion.num_frames, round((end - clip.skipped) * fps))
    if last - first < MIN_SECONDS * fps:
        return None
    part = clip.motion.crop(first, last)
    if facts.largest_jerk(part) > MAX_JERK:
        return None
    return Sample(f"{clip.id}@{first}-{last}", clip.source, clip.split, kind, part, label)


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
        return abs(facts.measure(part).turn) > 230
    if label.action == "walk_around":
        return facts.measure(part).total_turn > 150
    return True


def _overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Intersection over union of two time ranges."""
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return max(0.0, shared) / (max(first[1], second[1]) - min(first[0], second[0]))
