"""A score: one action, as a small YAML file says it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ...motion import PART_NAMES, MotionError
from ...utils.user_files import read_user_text
from . import fields as f
from .fields import read
from .keys import (
    Bend,
    Contact,
    Fact,
    FootKey,
    HandKey,
    Hop,
    LookKey,
    Pelvis,
    Prop,
    Shoulder,
    Step,
    Stroke,
)
from .whole import BodyKey

#: Where a score is performed: kinds of recordings, and the empty floor, on which the whole body is written.
BASES = ("stand", "sit", "walk", "slow_walk", "fast_walk", "run", "floor")
STILL_BASES = ("stand", "sit", "floor")
MAX_SECONDS = 20.0
#: Aliases (`*h`) a score may have; nested ones of a hostile file would grow beyond any memory.
_MOST_ALIASES = 12


@dataclass(frozen=True)
class Vary:
    """How performances of a score differ: ranges of tempo and size, and how far places and elbows are spread."""

    tempo: tuple[float, float] = read(f.span_between(0.2, 5), (0.8, 1.25))
    gain: tuple[float, float] = read(f.span_between(0, 5), (0.8, 1.2))
    spread: float = read(f.between(0, 10), 1.0)


class _PlainWords(yaml.SafeLoader):
    """YAML in which only true and false are truth values: `on` and `off` are words, and a name is given once."""

    def construct_mapping(self, node, deep=False):
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


_PlainWords.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or letter in "tTfF"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _operators(value: object, where: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """A list of operators, ``name`` or ``{name: {argument: value}}``."""
    if not isinstance(value, list):
        raise MotionError(f"{where}: expected a list of operators, such as [{{limp: {{side: right}}}}]")
    found = []
    for each in value:
        each = {each: None} if isinstance(each, str) else each
        if not isinstance(each, dict) or len(each) != 1:
            raise MotionError(f"{where}: expected one name with its arguments, got {each!r}")
        ((name, arguments),) = each.items()
        if not isinstance(arguments or {}, dict):
            raise MotionError(f"{where}, {name}: expected arguments such as {{drop: 0.1}}, got {arguments!r}")
        found.append((str(name), dict(arguments or {})))
    return tuple(found)


def _parts(value: object, where: str) -> dict[str, tuple[str, ...]]:
    found = f.named(f.texts)(value, where)
    for name in found:
        if name not in PART_NAMES:
            raise MotionError(f"{where}: unknown part {name!r}; {f.nearest(name, PART_NAMES)}")
    return found


def _recording(value: object, where: str) -> tuple[str, int, int | None]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not isinstance(values[0], str):
        raise MotionError(f"{where}: expected [name, first frame, last frame], such as [cmu/07_05, 0, 120]")
    frames = values[1:]
    if len(frames) > 2 or not all(isinstance(each, int) and each >= 0 for each in frames) or frames != sorted(frames):
        raise MotionError(f"{where}: expected [name, first frame, last frame], such as [cmu/07_05, 0, 120]")
    start, stop = [*frames, None, None][:2]
    return values[0], start or 0, stop


_hand, _foot = f.timed(HandKey), f.timed(FootKey)


@dataclass(frozen=True)
class Score:
    """One action. All of it is documented in docs/choreography.md.

    Args:
        text: a plain sentence that says what it is, of the right side where it has one.
        name: of the file.
        wordings: sentences as people say them, with ``(a|b)`` alternatives.
        parts: what single parts of the body do, in some wordings.
        expect: facts that must hold of every performance.
        vary: how performances differ.
        mirror: whether the mirrored motion is made as well.
        balanced: whether the body must be in balance; not where something outside carries weight.
        base: where it is performed.
        recording: a recording of its own: name, first and last frame at 20 fps.
        seconds: how long, where the base does not say it.
        balance: share of a shift of weight that the pelvis makes good; 0.8 on the feet, 0 elsewhere where None.
        involve: how much chest and head follow reaching hands; 1, on the floor 0 where None.
        swing: share of the recorded swing that an arm keeps; by the base where None.
    """

    text: str = read(f.text)
    name: str = ""
    wordings: tuple[str, ...] = read(f.texts, ())
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict, metadata={"read": _parts, "called": ""})
    expect: tuple[Fact, ...] = read(f.listed(f.of(Fact)), ())
    vary: Vary = read(f.of(Vary), Vary())
    mirror: bool = read(f.truth, True)
    balanced: bool = read(f.truth, True)
    base: str = read(f.choice(*BASES), "stand")
    recording: tuple[str, int, int | None] | None = read(_recording, None)
    seconds: float | None = read(f.number, None)
    balance: float | None = read(f.number, None)
    involve: float | None = read(f.number, None)
    swing: float | None = read(f.number, None)
    hands: tuple[HandKey, ...] = read(_hand, ())
    right_hand: tuple[HandKey, ...] = read(_hand, ())
    left_hand: tuple[HandKey, ...] = read(_hand, ())
    right_foot: tuple[FootKey, ...] = read(_foot, ())
    left_foot: tuple[FootKey, ...] = read(_foot, ())
    right_shoulder: Shoulder = read(f.of(Shoulder), Shoulder())
    left_shoulder: Shoulder = read(f.of(Shoulder), Shoulder())
    torso: Bend = read(f.of(Bend), Bend())
    head: Bend = read(f.of(Bend), Bend())
    pelvis: Pelvis = read(f.of(Pelvis), Pelvis())
    look: tuple[LookKey, ...] = read(f.timed(LookKey), ())
    prop: Prop | None = read(f.of(Prop), None)
    contacts: tuple[Contact, ...] = read(f.listed(f.of(Contact)), ())
    strokes: tuple[Stroke, ...] = read(f.listed(f.of(Stroke)), ())
    steps: tuple[Step, ...] = read(f.listed(f.of(Step)), ())
    hop: tuple[Hop, ...] = read(f.listed(f.of(Hop)), ())
    body: tuple[BodyKey, ...] = read(f.timed(BodyKey), ())
    operators: tuple[tuple[str, dict[str, Any]], ...] = read(_operators, ())

    def replace(self, **changes: Any) -> "Score":
        return replace(self, **changes)

    @property
    def still(self) -> bool:
        """Whether the base stays where it is."""
        return self.base in STILL_BASES and self.recording is None


def load_score(path: Path) -> Score:
    """The score in a file.

    Raises:
        MotionError: what is wrong with it, in one line that names the file.
    """
    return parse_score(read_user_text(path), str(path), path.stem)


def parse_score(text: str, origin: str, name: str) -> Score:
    """The score in a text; ``origin`` says in messages where it came from."""
    try:
        aliases = sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _PlainWords))
        if aliases > _MOST_ALIASES:
            raise MotionError(f"{origin}: {aliases} aliases, at most {_MOST_ALIASES} are read; write the values out")
        values = yaml.load(text, _PlainWords)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, MotionError):
            raise
        raise MotionError(f"{origin}: not readable as YAML ({' '.join(str(error).split())})") from None
    score = f.record(Score, values, origin)
    if score.hands and (score.right_hand or score.left_hand):
        raise MotionError(f"{origin}: 'hands' says what both hands do; leave right_hand and left_hand out")
    if score.hands:
        score = score.replace(right_hand=score.hands, left_hand=score.hands, hands=())
    if score.still and not score.seconds:
        raise MotionError(f"{origin}: 'seconds' is missing; a {score.base} needs a length")
    if score.seconds is not None and not 0.5 <= score.seconds <= MAX_SECONDS:
        raise MotionError(f"{origin}: seconds is {score.seconds:g}, expected 0.5 to {MAX_SECONDS:g}")
    if score.base == "floor" and not score.body:
        raise MotionError(f"{origin}: base floor needs 'body', a list of poses such as {{t: 0, pose: stand}}")
    if score.body and score.base != "floor":
        raise MotionError(f"{origin}: 'body' writes the whole body; give it 'base: floor'")
    on_feet = score.base not in ("sit", "floor")
    balance = (0.8 if on_feet else 0.0) if score.balance is None else score.balance
    involve = (0.0 if score.base == "floor" else 1.0) if score.involve is None else score.involve
    return score.replace(name=name, balance=balance, involve=involve)
