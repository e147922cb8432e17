"""Scores made up at random: hands go anywhere on and about the body, elbows high or low, with and without repetition.

They mean nothing and teach no words. A motion tokenizer learns from them where hands can be, so that it also keeps
actions that nobody has written yet.
"""

import numpy as np

from .score.fields import Triple
from .score.keys import Bend, CurveKey, HandKey, Osc, Pelvis
from .score.places import ON_OTHER_ARM, PLACES, TOUCH
from .score.score import Score

#: Places that a hand reaches in any stand; the others need a bent leg or the floor.
_FREE = ("shoulder", "space")
_ON_BODY = tuple(name for name in PLACES if name not in (*_FREE, "floor", "shin", "ankle", "other_ankle", "buttock"))
#: Metres from the shoulder: a free place within reach.
_REACH = (0.2, 0.58)
_FORWARD_SHARE = 0.8  # of free places; the others may be anywhere
_HOLDS = (0.0, 0.2, 0.6, 1.2, 2.0)
_BASES, _BASE_SHARES = ("stand", "sit", "walk"), (0.7, 0.15, 0.15)
_ONE_HANDED, _MIRRORED = 0.35, 0.4  # of scores: one hand rests; both hands do the same
#: Spread of curves: degrees, and metres for the pelvis' drop.
_BENDS = {"torso": (9.0, 5.0, 12.0), "head": (11.0, 6.0, 20.0), "pelvis": (4.0, 3.0, 5.0)}
_DROP = 0.07
_LONGEST = 9.0  # seconds


def random_score(number: int) -> Score:
    """Score number so-and-so: the same number gives the same score, always."""
    rng = np.random.default_rng((number, 31))
    base = str(rng.choice(_BASES, p=_BASE_SHARES))
    both = rng.random() < _MIRRORED
    hands: dict[str, tuple[HandKey, ...]] = {"left": (), "right": ()}
    resting = None if both or rng.random() > _ONE_HANDED else str(rng.choice(("left", "right")))
    common = _hand(rng, both)
    for side in hands:
        if side != resting:
            hands[side] = common if both else _hand(rng, both)
    end = max(keys[-1].t + keys[-1].hold for keys in hands.values() if keys)
    seconds = float(min(end + 0.6, _LONGEST))
    curves = {name: tuple(_curve(rng, spread, end) for spread in spreads) for name, spreads in _BENDS.items()}
    drop = _curve(rng, _DROP, end)
    drop = tuple(CurveKey(t=key.t, hold=key.hold, v=abs(key.v)) for key in drop) if base != "sit" else ()
    lean, roll, twist = curves["pelvis"] if base != "sit" else ((), (), ())
    return Score(
        text="the hands go here and there",
        name=f"reaches_{number}",
        base=base,
        seconds=seconds,
        balance=0.0 if base == "sit" else 0.8,
        involve=1.0,
        left_hand=hands["left"],
        right_hand=hands["right"],
        torso=Bend(*curves["torso"]),
        head=Bend(*curves["head"]),
        pelvis=Pelvis(lean=lean, roll=roll, twist=twist, drop=drop),
    )


def _hand(rng: np.random.Generator, both: bool) -> tuple[HandKey, ...]:
    """One to four places, one after the other, and mostly back to rest."""
    keys: list[HandKey] = []
    t = float(rng.uniform(0.3, 0.8))
    for _ in range(int(rng.integers(1, 5))):
        keys.append(_key(rng, t + 0.5, both))
        t = keys[-1].t + keys[-1].hold + float(rng.uniform(0.2, 0.6))
    if rng.random() < 0.6:
        keys.append(HandKey(t=t + 0.7, at="rest"))
    return tuple(keys)


def _key(rng: np.random.Generator, t: float, both: bool) -> HandKey:
    on_body = rng.random() < 0.5
    places = [name for name in _ON_BODY if not (both and name in ON_OTHER_ARM)]
    hold = float(rng.choice(_HOLDS))
    return HandKey(
        t=t,
        move=float(rng.uniform(0.3, 0.9)),
        hold=hold,
        at=str(rng.choice(places if on_body else _FREE)),
        by=(0.0, 0.0, 0.0) if on_body else _reach(rng),
        touch=str(rng.choice(list(TOUCH))),
        fingers=_direction(rng) if rng.random() < 0.5 else None,
        palm=_direction(rng) if rng.random() < 0.5 else None,
        elbow=float(rng.uniform(0, 95)) if rng.random() < 0.6 else None,
        osc=_repetition(rng) if hold >= 0.6 and rng.random() < 0.35 else None,
    )


def _repetition(rng: np.random.Generator) -> Osc:
    shape = str(rng.choice(("sine", "strike", "bump")))
    return Osc(hz=float(rng.uniform(0.6, 2.5)), amp=float(rng.uniform(0.02, 0.12)), axis=_direction(rng), shape=shape)


def _reach(rng: np.random.Generator) -> Triple:
    out, up, forward = np.array(_direction(rng)) * rng.uniform(*_REACH)
    return float(out), float(up), float(abs(forward) if rng.random() < _FORWARD_SHARE else 0.4 * forward)


def _direction(rng: np.random.Generator) -> Triple:
    way = rng.normal(size=3)
    out, up, forward = way / np.linalg.norm(way)
    return float(out), float(up), float(forward)


def _curve(rng: np.random.Generator, spread: float, end: float) -> tuple[CurveKey, ...]:
    """Mostly nothing; else there and back."""
    if rng.random() > 0.4:
        return ()
    there = CurveKey(t=float(rng.uniform(0.5, 1.2)), v=float(rng.normal() * spread), hold=float(rng.uniform(0.0, 1.5)))
    return there, CurveKey(t=max(end, there.t + there.hold + 0.5), v=0.0)
