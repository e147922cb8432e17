"""Sentences from statements: deterministic for a seed, varied between seeds, nothing said that is not stated."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from being_m0_hf.text.english import Subject, VerbForm, realise
from being_m0_hf.utils.package_data import read_package_yaml

from .statements import BODY, Quantity, Statement

_SUBJECTS = (
    Subject("a person"), Subject("the person"), Subject("someone"), Subject("a figure", "its"),
    Subject("somebody"), Subject("the body", "its"),
)  # fmt: skip
_TIMES = ("", "once", "twice", "three times", "four times", "five times", "six times", "seven times", "eight times",
          "nine times", "ten times")  # fmt: skip
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_REPEATING = frozenset(("squat", "swing", "pump", "touch", "jump", "lean", "twist", "invert", "lift", "kick", "step"))
#: What deserves to be said first when there is too much to say.
_WEIGHTS = {
    "jump": 9, "kick": 9, "walk": 8, "run": 9, "squat": 8, "turn": 7, "move": 6, "balance": 6, "swing": 6, "raise": 6,
    "invert": 8, "lower": 5, "rise": 5, "lean": 6, "lift": 6, "hold": 4, "touch": 5, "twist": 4, "step": 5, "bend": 3,
    "stretch": 3, "pump": 5, "above": 5, "posture": 3, "bent": 2, "stay": 2, "still": 2, "hang": 1, "upright": 1,
    "planted": 1, "sway": 1, "shift": 1,
}  # fmt: skip
_PART_CLAUSES, _BODY_CLAUSES, _LIMB_SENTENCES = 3, 4, 2
_MIN_LIMB_WEIGHT = 4  # what is worth a sentence of its own in a text about the whole body
_MANY = 3  # like statements of one part that are said as one
#: Kinds that undo each other; a turn undoes a turn to the other side.
_OPPOSITES = (("turn",), ("lower", "rise"), ("raise", "lower"), ("bend", "stretch"))
_LONG_CLIP = 4.0  # seconds; in a longer one it is said when something happens
_AT_ONCE = 0.75  # seconds; what starts before needs no time
_SAME_TIME = 0.35  # seconds within which both arms or legs do the same thing
_SAME_SIZE = 0.12  # share by which their numbers may differ, and for small numbers, by unit:
_SAME_NUMBER = {"degrees": 10.0, "degrees/s": 25.0, "m": 0.04}
_WAYS = {
    "forward": ("forward", "ahead"), "backward": ("backward", "backwards"), "left": ("sideways to the left",),
    "right": ("sideways to the right",), "forward-left": ("diagonally forward to the left",),
    "forward-right": ("diagonally forward to the right",), "backward-left": ("diagonally backward to the left",),
    "backward-right": ("diagonally backward to the right",), "": ("",),
}  # fmt: skip
_PLACES = {
    "up": ("overhead", "above the head"), "down": ("until it hangs", "to the side of the body"),
    "forward": ("forward", "to the front"), "side": ("out to the side",), "across": ("across the body",),
    "backward": ("backward", "to the back"), "left": ("to the left",), "right": ("to the right",),
    "side to side": ("from side to side", "sideways and back"), "up and down": ("up and down",),
    "forward and back": ("forward and back", "back and forth"), "": ("",),
}  # fmt: skip
_PACES = {"slow": ("slowly",), "fast": ("quickly",), "": ("",)}
_TRAVEL_PACES = {"slow": ("slowly", "at a slow pace"), "fast": ("quickly", "fast", "at a fast pace"), "": ("",)}
_TRAVELS = ("walk", "run", "move")


@dataclass(frozen=True)
class _Clause:
    """A statement that will be worded; ``both`` when the left and the right limb share it, ``times`` when repeated."""

    statement: Statement
    both: bool = False
    times: int = 1


def word_body(statements: Sequence[Statement], seconds: float, seed: int | str, index: int = 0) -> str:
    """One or a few sentences about the whole body.

    Args:
        statements: all statements of a motion.
        seconds: how long the motion is.
        seed: the same seed gives the same words.
        index: number of the wording.
    """
    rng = random.Random(f"{seed}/{BODY}/{index}")
    subject = rng.choice(_SUBJECTS)
    whole = _body_clauses([one for one in statements if one.part in (BODY, "root")], seconds)
    sentences = [_sentence(subject, whole, seconds, rng)] if whole else []
    limbs = _with_both([one for one in _said_once(statements) if one.part not in (BODY, "root")])
    limbs = [clause for clause in limbs if _weight(clause.statement) >= _MIN_LIMB_WEIGHT and not _in_step(clause)]
    limbs = _in_time(_weightiest(limbs, _LIMB_SENTENCES))
    by_limb: dict[Subject, list[_Clause]] = {}
    for clause in limbs:
        by_limb.setdefault(_limb(clause), []).append(clause)
    sentences += [_sentence(limb, clauses, seconds, rng) for limb, clauses in by_limb.items()]
    return " ".join(sentences)


def word_part(statements: Sequence[Statement], part: str, seconds: float, seed: int | str, index: int = 0) -> str:
    """A sentence about one part, from its own statements. Left and right parts are worded alike."""
    own = [one for one in _said_once(statements) if one.part == part]
    if part == "root":
        own += [one for one in statements if one.part == BODY and one.kind == "jump"]
    rng = random.Random(f"{seed}/{part.split('_')[-1]}/{index}")
    clauses = _in_time(_weightiest(_repeated(own), _PART_CLAUSES))
    text = "the body" if part == "root" else f"the {part.replace('_', ' ')}"
    if not clauses:
        return f"{_capital(text)} moves."
    return _sentence(Subject(text, "its"), clauses, seconds, rng)


# --- what to say ----------------------------------------------------------------------------------------------------


def _weight(statement: Statement) -> float:
    return _WEIGHTS[statement.kind]


def _body_clauses(statements: list[Statement], seconds: float) -> list[_Clause]:
    """What the body as a whole does; how it stands only where nothing else says it."""
    busy = any(_weight(one) >= _WEIGHTS["balance"] for one in statements)
    postures = [one for one in statements if one.kind == "posture"]
    still = any(one.kind == "still" and one.seconds >= 0.5 * seconds for one in statements)
    dropped = {"stay", "still"} if busy else {"stay"} if still else {"still"}
    if not busy and postures:
        dropped.add("stay")
    no_stand = still or busy
    kept = [one for one in statements if one.kind not in dropped and not (no_stand and one.form == "standing")]
    return _in_time(_weightiest(_repeated(kept), _BODY_CLAUSES))


def _said_once(statements: Sequence[Statement]) -> list[Statement]:
    """Without the moments at which an arm is held up, where it is above the shoulder all the time."""
    above = {one.part for one in statements if one.kind == "above"}
    return [one for one in statements if not (one.kind == "hold" and one.direction == "up" and one.part in above)]


def _repeated(statements: list[Statement]) -> list[_Clause]:
    """Clauses; three or more statements that differ in time and numbers only become one "several times"."""
    groups: dict[tuple, list[Statement]] = {}
    for one in statements:
        groups.setdefault((one.part, one.kind, one.direction, one.side, one.form), []).append(one)
    clauses = _to_and_fro(groups)
    for group in groups.values():
        if len(group) > 1 and _repeats(group[0]) and not all(one.count for one in group):
            clauses.append(_many(group, 1))
        elif len(group) < _MANY or group[0].kind == "posture":
            clauses += [_Clause(one) for one in group]
        elif _repeats(group[0]):
            clauses.append(_many(group, 1, count=sum(one.count for one in group)))
        else:
            clauses.append(_many(group, len(group)))
    return clauses


def _repeats(statement: Statement) -> bool:
    """Whether a statement has a number of times of its own."""
    return statement.kind in _REPEATING or (statement.kind == "bend" and statement.part.endswith("leg"))


def _many(group: list[Statement], times: int, **changes: Any) -> _Clause:
    begin, finish = min(one.start for one in group), max(one.end for one in group)
    plain: dict[str, Any] = {"start": begin, "end": finish, "pace": "", "count": 0, "quantities": ()}
    return _Clause(replace(group[0], **(plain | changes)), times=times)


def _to_and_fro(groups: dict[tuple, list[Statement]]) -> list[_Clause]:
    """What is done and undone many times, as one clause; its groups are taken out."""
    clauses = []
    for part in dict.fromkeys(key[0] for key in groups):
        for kinds in _OPPOSITES:
            keys = [key for key in groups if key[0] == part and key[1] in kinds]
            ways = [[one for key in keys for one in groups[key] if _way_of(one) == way] for way in _two_ways(kinds)]
            if min(len(way) for way in ways) < _MANY:
                continue
            clauses.append(_many(ways[0] + ways[1], min(len(way) for way in ways), direction="", side="", form="both"))
            for key in keys:
                del groups[key]
    return clauses


def _two_ways(kinds: tuple[str, ...]) -> tuple[str, str]:
    return kinds if len(kinds) == 2 else ("left", "right")


def _way_of(statement: Statement) -> str:
    return statement.side if statement.kind == "turn" else statement.kind


def _with_both(statements: list[Statement]) -> list[_Clause]:
    """Clauses in which what the left and the right limb do alike is said once."""
    clauses, used = [], set()
    single = [clause for clause in _repeated(statements)]
    for number, clause in enumerate(single):
        if number in used:
            continue
        for later in range(number + 1, len(single)):
            joined = _joined(clause, single[later]) if later not in used else None
            if joined is not None:
                used.add(later)
                clause = joined
                break
        clauses.append(clause)
    return clauses


def _joined(one: _Clause, other: _Clause) -> _Clause | None:
    first, second = one.statement, other.statement
    pair = first.part.split("_")[-1] == second.part.split("_")[-1] and first.part != second.part
    alike = (first.kind, first.direction, first.form, first.count, one.times) == (
        second.kind, second.direction, second.form, second.count, other.times)  # fmt: skip
    together = max(abs(first.start - second.start), abs(first.end - second.end)) <= _SAME_TIME
    if not (pair and alike and together) or len(first.quantities) != len(second.quantities):
        return None
    quantities = []
    for mine, theirs in zip(first.quantities, second.quantities, strict=True):
        allowed = max(_SAME_NUMBER.get(mine.unit, 0.0), _SAME_SIZE * max(mine.value, theirs.value))
        if abs(mine.value - theirs.value) > allowed:
            return None
        quantities.append(Quantity(mine.name, (mine.value + theirs.value) / 2, mine.unit))
    pace = first.pace if first.pace == second.pace else ""
    joined = replace(first, pace=pace, quantities=tuple(quantities))
    return replace(one, statement=joined, both=True)


def _in_step(clause: _Clause) -> bool:
    """Steps and the low swing of arms go without saying when the body's way is told."""
    return clause.statement.kind == "step" or (clause.statement.kind == "swing" and clause.statement.form == "low")


def _weightiest(clauses: list[_Clause], number: int) -> list[_Clause]:
    ranked = sorted(clauses, key=lambda clause: -_weight(clause.statement) - 0.01 * clause.statement.seconds)
    best = ranked[:number]
    # what always holds adds nothing to what happens
    happening = [clause for clause in best if _weight(clause.statement) > 1]
    return happening or best


def _in_time(clauses: list[_Clause]) -> list[_Clause]:
    return sorted(clauses, key=lambda clause: (clause.statement.start, clause.statement.end))


# --- how to say it --------------------------------------------------------------------------------------------------


def _sentence(subject: Subject, clauses: list[_Clause], seconds: float, rng: random.Random) -> str:
    """One sentence about a subject; clauses are in order of time."""
    form = VerbForm.BASE if clauses[0].both else VerbForm.THIRD
    text, before, joined = subject.text, None, False
    for clause in clauses:
        if before is None:
            text += " " + _predicate(clause, form, subject, seconds, rng)
        elif _overlap(before, clause) and not joined:
            text += " while " + _predicate(clause, VerbForm.ING, subject, seconds, rng)
            joined = True
        else:
            link = " and " if _overlap(before, clause) else rng.choice((", then ", ", and then "))
            text += link + _predicate(clause, form, subject, seconds, rng)
            joined = False
        before = clause
    return _capital(" ".join(text.split()).replace(" ,", ",")) + "."


def _overlap(before: _Clause, clause: _Clause) -> bool:
    """Whether something goes on while the thing before it still does."""
    common = min(before.statement.end, clause.statement.end) - clause.statement.start
    return common > 0.5 * min(before.statement.seconds, clause.statement.seconds)


def _limb(clause: _Clause) -> Subject:
    part = clause.statement.part
    if not clause.both:
        return Subject(f"the {part.replace('_', ' ')}", "its")
    noun = "hands" if clause.statement.kind == "touch" else part.split("_")[-1] + "s"
    return Subject(f"both {noun}")


def _predicate(clause: _Clause, form: VerbForm, subject: Subject, seconds: float, rng: random.Random) -> str:
    statement = clause.statement
    template = rng.choice(_templates(clause))
    slots = {name: rng.choice(options) for name, options in _slots(clause, seconds).items()}
    if clause.times > 1 and "{times}" not in template:
        template += " {times}"
    text = realise(template.format(**slots), form, subject.possessive, rng)
    return f"{text} {_when(statement, seconds, rng)}".strip().replace(" ,", ",")


_FAMILY = {"turn": "turns", "lower": "ways", "rise": "ways", "raise": "ways", "bend": "bends", "stretch": "bends"}


def _templates(clause: _Clause) -> list[str]:
    """The most special templates there are for a statement."""
    one = clause.statement
    group = one.part.split("_")[-1]
    form = "together" if clause.both and one.form == "hands" else one.form
    if one.form == "both":
        return _phrases()[f"{group}/{_FAMILY[one.kind]}"]
    for key in (f"{one.kind}/{form}", f"{group}/{one.kind}", one.kind):
        if key in _phrases():
            return _phrases()[key]
    raise ValueError(f"no phrase for statements of kind {one.kind!r} in phrases.yaml; add one")


@cache
def _phrases() -> dict[str, list[str]]:
    return read_package_yaml(__package__, "phrases.yaml")


def _slots(clause: _Clause, seconds: float) -> dict[str, tuple[str, ...]]:
    """Each slot of the templates with the ways to fill it."""
    one = clause.statement
    size = next((one.number(name) for name in ("distance", "height", "reach") if one.number(name) is not None), None)
    distance, angle = one.number("distance"), one.number("angle")
    plain = _PLACES[one.direction] if one.direction in _PLACES else ("",)
    return {
        "way": _way(one),
        "far": ("",) if distance is None else (f"about {_metres(distance)}", f"for about {_metres(distance)}"),
        "pace": (_TRAVEL_PACES if one.kind in _TRAVELS else _PACES)[one.pace],
        "times": (_times(clause),),
        "lasting": _lasting(one, seconds) if clause.times == 1 else ("",),  # of several it is said how many
        "angle": ("",) if angle is None else _turned(angle) if one.kind == "turn" else (f"by about {_degrees(angle)}",),
        "degrees": ("",) if angle is None else (_degrees(angle),),
        "to": _to(clause, plain),
        "side": (one.side,),
        "size": ("",) if size is None else (f"about {_metres(size)}",),
        "by": ("",) if size is None else (f"by about {_metres(size)}",),
        "high": ("",) if size is None else (f"about {_metres(size)} high",),
        "swing": ("",) if size is None else (f"by about {_metres(size)}", ""),
        "steps": _steps(one),
    }


def _way(statement: Statement) -> tuple[str, ...]:
    ways = _WAYS.get(statement.direction, ("",))
    if statement.form == "curve":
        return tuple(f"{way} in a curve to the {statement.side}" for way in ways)
    if statement.form == "straight" and statement.direction == "forward":
        return ("straight ahead", "straight forward", "forward in a straight line")
    return tuple(f"{way} in a straight line" for way in ways) + ways if statement.form == "straight" else ways


def _to(clause: _Clause, places: tuple[str, ...]) -> tuple[str, ...]:
    one = clause.statement
    if one.kind == "hold":
        if one.form == "straight":
            return tuple(f"straight {place}" for place in places)
        return tuple(f"{place} with the elbow bent" for place in places) if one.form == "bent" else places
    if one.kind == "lower" and one.direction == "up":
        return ("but still above the head",)
    if one.direction == "down":
        return ("until they hang", "") if clause.both else ("until it hangs", "")
    until = one.number("until")
    if one.kind in ("raise", "lower") and until is not None and 82 <= until <= 98:
        return tuple(f"{place} to shoulder height".strip() for place in places)
    if clause.both and one.direction == "side":
        return ("out to the sides",)
    return places


def _times(clause: _Clause) -> str:
    count = clause.times if clause.times > 1 else clause.statement.count
    if clause.times == 1 and not _repeats(clause.statement):
        return ""
    if clause.times > 1 and clause.statement.kind in _TRAVELS:
        return f"in {_number(clause.times)} stretches"
    if count == 0:
        return "several times"
    if count == 1:
        return ""
    return _TIMES[count] if count < len(_TIMES) else f"{count} times"


def _steps(statement: Statement) -> tuple[str, ...]:
    count = statement.count
    if statement.kind == "step":
        if count == 0:
            return ("several steps",)
        return (f"{_number(count)} step" + ("s" if count > 1 else ""),)
    return (f"in about {_number(count)} steps", f"with about {_number(count)} steps") if count else ("",)


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _metres(metres: float) -> str:
    if metres < 0.95:
        return f"{max(5, 5 * round(20 * metres))} centimetres"
    text = f"{metres:.1f}".removesuffix(".0")
    return f"{text} metre" if text == "1" else f"{text} metres"


def _degrees(angle: float) -> str:
    return f"{max(5, 5 * round(angle / 5))} degrees"


def _turned(angle: float) -> tuple[str, ...]:
    exact = f"by about {_degrees(angle)}"
    for whole, words in ((90, "by a quarter turn"), (180, "by half a turn"), (360, "by a full turn")):
        if abs(angle - whole) <= 8:
            return (exact, words)
    return (exact,)


def _lasting(statement: Statement, seconds: float) -> tuple[str, ...]:
    if statement.seconds >= 0.9 * seconds:
        return ("the whole time", "throughout")
    if statement.seconds < 0.75:
        return ("briefly",)
    return (f"for about {_seconds(statement.seconds)}",)


def _seconds(seconds: float) -> str:
    half = round(2 * seconds) / 2
    return "a second" if half == 1 else f"{half:g} seconds"


def _when(statement: Statement, seconds: float, rng: random.Random) -> str:
    """When something happens, in a clip long enough to ask."""
    if seconds < _LONG_CLIP or statement.seconds > 0.6 * seconds:
        return ""
    if statement.end < 0.35 * seconds or statement.start < _AT_ONCE:
        if statement.end > 0.5 * seconds:
            return ""
        return rng.choice(("at the beginning", "at first", ""))
    if statement.start > 0.65 * seconds:
        return rng.choice(("at the end", f"after about {_seconds(statement.start)}", ""))
    return rng.choice((f"after about {_seconds(statement.start)}", ""))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
