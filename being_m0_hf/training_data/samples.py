"""What models are trained on: short motions with captions, part texts and weights.

``cutting`` makes samples from clips, ``sequences`` stitches longer ones. Here they get other speeds, mirrored copies,
texts and weights.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..motion import Motion
from ..motionlib.schema import RULES
from ..text import sentence_templates as templates
from ..text.mirror import mirror_name, mirror_parts, mirror_text
from . import motion_facts
from .action_labels import Labelled

MAX_SECONDS = 10.0
MIN_SECONDS = 1.0
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
#: A category's share of what is drawn grows with its samples to the power of one minus this.
RARE_WEIGHT_POWER = 0.7
#: How much of the time captions of the data set are used where there are templates too.
SAID_SHARE = 0.35
PART_VARIANTS = 3


@dataclass(frozen=True)
class Caption:
    """A sentence about a sample; ``weight`` is how often it is drawn, they sum to 1 over a sample."""

    text: str
    kind: str
    weight: float = 1.0


@dataclass(frozen=True)
class TrainingSample:
    """One motion with its texts.

    Args:
        id: source clip and frames, with ``+mirror`` when mirrored.
        source: the collection that the clip belongs to.
        split: of the clip it comes from.
        kind: clip, segment, captioned, window, locomotion_event, trim, still, held, speed, varied, repeat,
            approach, sequence, written or wording.
        motion: 1 to 10 s at 20 fps.
        label: the action, when there are templates for it.
        said: captions that the data set has, each with its author.
        said_parts: part -> what the data set says of it, each with its author.
        texts: finished captions (``with_texts``).
        parts: part texts in some wordings.
        mirrored: whether left and right are exchanged.
        weight: how often it should be drawn; mean 1.
        made_from: the kind of the sample that this one is a changed copy of, or empty.
        trust: what its motion is worth: 1 as it was recorded, less where it was estimated and is not plausible.
    """

    id: str
    source: str
    split: str
    kind: str
    motion: Motion
    label: Labelled | None = None
    said: tuple[tuple[str, str], ...] = ()
    said_parts: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    texts: tuple[Caption, ...] = ()
    parts: tuple[dict[str, str], ...] = field(default=())
    mirrored: bool = False
    weight: float = 1.0
    made_from: str = ""
    trust: float = 1.0

    def remade(self, **changes) -> "TrainingSample":
        """With another motion made from this one's, of which what the data set says need not be true."""
        return replace(self, said=(), said_parts={}, **changes)

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


def at_other_speeds(samples: list[TrainingSample]) -> Iterator[TrainingSample]:
    """Slower and faster copies of samples whose movement is rare."""
    counts = Counter(sample.movement for sample in samples)
    for sample in samples:
        if sample.label is None or counts[sample.movement] >= RARE_SAMPLES:
            continue
        for speed in SPEEDS:
            motion = sample.motion.replace(fps=sample.motion.fps * speed).resample(sample.motion.fps)
            if motion.seconds <= MAX_SECONDS:
                yield replace(sample, id=f"{sample.id}+x{speed:g}", kind="speed", made_from=sample.kind, motion=motion)


def trimmed(samples: list[TrainingSample], rng: random.Random, share: float = 0.35) -> Iterator[TrainingSample]:
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
        yield sample.remade(id=f"{sample.id}+{start}-{start + frames}", kind="trim", motion=motion)


def mirrored(sample: TrainingSample) -> TrainingSample:
    """The sample seen in a mirror, with all its texts."""
    return replace(
        sample,
        id=f"{sample.id}+mirror",
        motion=sample.motion.mirrored(),
        label=replace(sample.label, action=mirror_name(sample.label.action)) if sample.label else None,
        said=_mirrored_texts(sample.said),
        said_parts=mirrored_said_parts(sample.said_parts),
        texts=tuple(replace(caption, text=mirror_text(caption.text)) for caption in sample.texts),
        parts=tuple(mirror_parts(texts) for texts in sample.parts),
        mirrored=True,
    )


def mirrored_said_parts(said: dict[str, tuple[tuple[str, str], ...]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What is said of the parts of the mirrored body."""
    return {mirror_name(name): _mirrored_texts(texts) for name, texts in said.items()}


def _mirrored_texts(said: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((mirror_text(text), author) for text, author in said)


def with_texts(sample: TrainingSample, rng: random.Random, sentences: int = SENTENCES) -> TrainingSample:
    """The sample with sentences drawn from its action's templates, the data set's captions, and part texts."""
    found: list[Caption] = list(sample.texts)
    if not found:
        written = []
        if sample.label:
            written = templates.sentences(sample.label.action, sentences, rng, sample.label.manner)
        said_share = (SAID_SHARE if written else 1.0) if sample.said else 0.0
        found = [Caption(text, "template", (1 - said_share) / len(written)) for text in written]
        by_author = [[each for each in sample.said if (each[1] == RULES) == rules] for rules in (False, True)]
        authors = [said for said in by_author if said]  # people and our captioner are heard equally often
        found += [
            Caption(text, author, said_share / len(authors) / len(said)) for said in authors for text, author in said
        ]
    measured = motion_facts.part_texts(sample.motion, rng, PART_VARIANTS)
    return replace(sample, texts=tuple(found), parts=part_wordings(measured, sample.said_parts))


def part_wordings(
    measured: list[dict[str, str]], said: dict[str, tuple[tuple[str, str], ...]]
) -> tuple[dict[str, str], ...]:
    """Wordings of what each part does, so many that every text is in one of them.

    Where people say what a part does, nothing measured here is said of it: half of the wordings then have their words
    and half our captioner's, if it wrote some. Elsewhere the captioner's stand beside the measured ones.

    Args:
        measured: part -> text, for all parts, in some wordings.
        said: part -> texts of the data set, each with its author.
    """
    choices: dict[str, list[str]] = {}
    for name in measured[0]:
        people = [text for text, author in said.get(name, ()) if author != RULES]
        rules = [text for text, author in said.get(name, ()) if author == RULES]
        if people and rules:
            pairs = range(max(len(people), len(rules)))
            choices[name] = [text for i in pairs for text in (people[i % len(people)], rules[i % len(rules)])]
        else:
            choices[name] = people or [*(texts[name] for texts in measured), *rules]
    count = max(map(len, choices.values()))
    return tuple({name: texts[i % len(texts)] for name, texts in choices.items()} for i in range(count))


def weighted(samples: list[TrainingSample]) -> list[TrainingSample]:
    """Weights that make rare actions met often enough: a category's share grows with its samples ** 0.3. Mean 1.

    A window out of a long trial counts half, since its text is true of the trial and says little about these seconds,
    and so does what hardly anyone asks for.
    """
    counts = Counter(sample.category for sample in samples)
    raw = [
        sample.trust
        * (0.5 if "window" in (sample.kind, sample.made_from) else 1.0)
        * (0.5 if sample.category.startswith(RARELY_ASKED) else 1.0)
        / counts[sample.category] ** RARE_WEIGHT_POWER
        for sample in samples
    ]
    mean = sum(raw) / len(raw) if raw else 1.0
    return [replace(sample, weight=weight / mean) for sample, weight in zip(samples, raw, strict=True)]
