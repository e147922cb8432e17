"""Ballistic strokes as ordinary keys: hips first, then chest, then the limb, each at its fastest after the other."""

import math
from dataclasses import replace

import numpy as np

from ..score.keys import Aim, CurveKey, FootKey, HandKey, Key, PropKey, Stroke
from ..score.places import PLACES
from ..score.score import Score

#: Seconds that hips and chest are ahead of the limb.
_HIPS_AHEAD, _CHEST_AHEAD = 0.12, 0.06
#: Share of a stroke's turn that the hips take, and of it that the wind-up turns the other way.
_HIPS_SHARE, _WIND_SHARE = 0.45, 0.6
#: A minimum-jerk move is at its fastest so much faster than on average.
_PEAK = 1.875
#: Seconds that a stroke takes at least and at most: faster is not seen at 20 frames a second.
_LEAST, _MOST = 0.15, 0.8


def with_strokes(score: Score) -> Score:
    """The score with its strokes written out as keys of hands, feet or prop, pelvis and torso."""
    for stroke in sorted(score.strokes, key=lambda each: each.t):
        score = _limb(score, stroke)
        score = _body(score, stroke)
    return score.replace(strokes=())


def duration(stroke: Stroke) -> float:
    """Seconds from the wind-up to the hit at the speed that is asked for."""
    if stroke.limb.endswith("foot"):
        length = math.dist(stroke.wind.by if stroke.wind else (0, 0, 0), stroke.to.by)
    else:
        length = math.dist(_roughly(stroke.wind) if stroke.wind else (0.1, -0.5, 0.1), _roughly(stroke.to))
    return float(np.clip(_PEAK * length / stroke.speed, _LEAST, _MOST))


def _roughly(aim: Aim) -> tuple[float, float, float]:
    """Where an aim is seen from the chest, metres; exact enough to say how far a way is."""
    place = PLACES.get(aim.at)
    offset = np.array(place.offset if place else (0, 0, 0), dtype=float)
    if place and place.joint in ("head", "neck"):
        offset += (0, 0.2, 0)
    elif place and place.joint in ("spine1", "pelvis"):
        offset += (0, -0.23 if place.joint == "spine1" else -0.35, 0)
    x, y, z = offset + aim.by
    return x, y, z


def _limb(score: Score, stroke: Stroke) -> Score:
    took = duration(stroke)
    keys: list[Key] = []
    kind: type[Key] = {"prop": PropKey}.get(stroke.limb, FootKey if stroke.limb.endswith("foot") else HandKey)
    if stroke.wind:
        keys.append(_key(kind, stroke.wind, stroke.t - took, stroke.windup, 0.0))
    keys.append(_key(kind, stroke.to, stroke.t, took, 0.0 if stroke.through else 0.06))
    end = stroke.t + (0.0 if stroke.through else 0.06)
    if stroke.through:
        end = stroke.t + max(0.18, took)
        keys.append(_key(kind, stroke.through, end, end - stroke.t + 0.4 * took, 0.12))
        end += 0.12
    if stroke.ending == "from" and stroke.wind:
        keys.append(_key(kind, stroke.wind, end + stroke.back, stroke.back, 0.05))
    elif stroke.ending == "rest" or stroke.limb.endswith("foot"):
        if kind is FootKey:
            keys.append(FootKey(end + stroke.back, stroke.back, 0.0, lift=0.04))
        elif kind is HandKey:
            keys.append(HandKey(end + stroke.back, stroke.back, 0.0, "rest"))
    if stroke.limb == "prop":
        assert score.prop is not None
        return score.replace(prop=replace(score.prop, keys=_merged(score.prop.keys, keys)))
    return score.replace(**{stroke.limb: _merged(getattr(score, stroke.limb), keys)})


def _key(kind: type[Key], aim: Aim, t: float, move: float, hold: float) -> Key:
    """A key of a kind with what it has of an aim."""
    names = [name for name in kind.__dataclass_fields__ if name not in ("t", "move", "hold")]
    return kind(t=t, move=move, hold=max(hold, aim.hold), **{name: getattr(aim, name) for name in names})


def _merged(keys: tuple, more: list) -> tuple:
    """Keys in the order of time; what was written comes before what a stroke needs at the same moment."""
    start, stop = more[0].t - (more[0].move or 0), more[-1].t
    kept = []
    for key in keys:
        if key.t < start:
            kept.append(replace(key, hold=min(key.hold, max(0.0, start - key.t))))
        elif key.t > stop:
            kept.append(key)
    return tuple(sorted([*kept, *more], key=lambda key: key.t))


def _body(score: Score, stroke: Stroke) -> Score:
    """Hips and chest turn back in the wind-up and into the stroke, and come back with the limb."""
    sign = 1.0 if stroke.limb.startswith("right") or stroke.limb == "prop" else -1.0  # to the left for the right hand
    took = duration(stroke)
    hit, end = stroke.t, stroke.t + 0.1 + (0.25 if stroke.through else 0.0)

    def turned(degrees: float, ahead: float) -> list[CurveKey]:
        return [
            CurveKey(hit - took - ahead, stroke.windup, v=-_WIND_SHARE * degrees),
            CurveKey(hit - ahead * 0.5, took + ahead * 0.3, v=degrees, hold=max(0.0, end - hit)),
            CurveKey(end + stroke.back, stroke.back, v=0.0),
        ]

    pelvis, torso = score.pelvis, score.torso
    twist = sign * stroke.twist
    if twist:
        pelvis = replace(pelvis, twist=_merged(pelvis.twist, turned(twist * _HIPS_SHARE, _HIPS_AHEAD)))
        torso = replace(torso, twist=_merged(torso.twist, turned(twist * (1 - _HIPS_SHARE), _CHEST_AHEAD)))
    if stroke.lean:
        torso = replace(torso, lean=_merged(torso.lean, turned(stroke.lean, _CHEST_AHEAD)))
    return score.replace(pelvis=pelvis, torso=torso)
