"""What a score is made of: keys for hands, curves, feet and gaze, props, contacts, strokes, steps, and facts."""

from dataclasses import dataclass

from . import fields as f
from .fields import Triple, read
from .places import POINTS, TOUCH, read_place, read_point, read_point_or_place

#: Times of a score, and how often something is repeated: what a performance of seconds can hold.
_moment, _seconds, _repeats = f.between(0, 60), f.between(0.01, 60), f.between(1, 100)
LOOKS = ("ahead", "left", "right", "up", "down", "rest", "prop", *POINTS)


@dataclass(frozen=True)
class Osc:
    """A repetition while a key is held.

    Args:
        hz: cycles per second.
        amp: metres for hands, degrees for curves.
        axis: the way of a hand, (out, up, forward).
        circle: a second way, a quarter of a cycle late.
        shape: ``sine``, ``strike`` (quick one way, slow back) or ``bump`` (from nothing there and back).
        phase: radians at the start.
        wrist: degrees of [flexion, deviation, twist] that go along.
        lag: seconds that the wrist is late.
        times: whole cycles; as long as the key is held without it.
    """

    hz: float = read(f.between(0.05, 10))
    amp: float = read(f.number, 1.0)
    axis: Triple | None = read(f.vector, None)
    circle: Triple | None = read(f.vector, None)
    shape: str = read(f.choice("sine", "strike", "bump"), "sine")
    phase: float = read(f.number, 0.0)
    wrist: Triple | None = read(f.triple, None)
    lag: float = read(f.number, 0.06)
    times: float | None = read(_repeats, None)


@dataclass(frozen=True)
class Key:
    """What arrives at second ``t`` and stays for ``hold``; its move fills the time before or takes ``move`` seconds."""

    t: float = read(_moment)
    move: float | None = read(_seconds, None)
    hold: float = read(_moment, 0.0)


@dataclass(frozen=True)
class CurveKey(Key):
    """A value of a curve: degrees, or metres for the pelvis' path."""

    v: float = read(f.number, 0.0)
    osc: Osc | None = read(f.of(Osc), None)


@dataclass(frozen=True)
class HandKey(Key):
    """A place for a hand.

    Args:
        at: name of the place.
        by: metres added, (out, up, forward).
        touch: which point of the hand is there.
        fingers: where the fingers point, in the chest's axes; on from the forearm without it.
        palm: where the palm faces.
        elbow: degrees that the elbow is lifted from where it hangs; the most comfortable without it.
        osc: repetition while held.
    """

    at: str = read(read_place, "rest")
    by: Triple = read(f.triple, (0.0, 0.0, 0.0))
    touch: str = read(f.choice(*TOUCH), "palm")
    fingers: Triple | None = read(f.direction, None)
    palm: Triple | None = read(f.direction, None)
    elbow: float | None = read(f.number, None)
    osc: Osc | None = read(f.of(Osc), None)


@dataclass(frozen=True)
class PropKey(HandKey):
    """A place for the middle of a prop; ``along`` is where its positive end points."""

    along: Triple = read(f.direction, (-1.0, 0.0, 0.0))


@dataclass(frozen=True)
class FootKey(Key):
    """A place for a foot.

    Args:
        by: metres from the recorded place, (out, up, forward).
        lift: metres of an arc on the way.
        pitch: degrees toes down, about the ball of the foot.
        turn: degrees toes outward.
        knee: degrees that the knee swings outward.
    """

    by: Triple = read(f.triple, (0.0, 0.0, 0.0))
    lift: float = read(f.number, 0.0)
    pitch: float = read(f.number, 0.0)
    turn: float = read(f.number, 0.0)
    knee: float = read(f.number, 0.0)


def _look(value: object, where: str) -> str | Triple:
    if isinstance(value, str) and "+" not in value and "*" not in value:
        return f.choice(*LOOKS)(value, where)
    if isinstance(value, str):
        value = value.replace("left", "in").replace("right", "out").replace("ahead", "forward")
    return f.direction(value, where)


@dataclass(frozen=True)
class LookKey(Key):
    """Where the eyes go: a point of the body, a direction, or ``rest``, which gives the head back."""

    at: str | Triple = read(_look, "ahead")


_curve = f.timed(CurveKey)


@dataclass(frozen=True)
class Bend:
    """Curves of torso or head, degrees: lean forward, roll and twist to the left."""

    lean: tuple[CurveKey, ...] = read(_curve, ())
    roll: tuple[CurveKey, ...] = read(_curve, ())
    twist: tuple[CurveKey, ...] = read(_curve, ())


@dataclass(frozen=True)
class Pelvis(Bend):
    """A bend, and metres: down, to the left, forward."""

    drop: tuple[CurveKey, ...] = read(_curve, ())
    side: tuple[CurveKey, ...] = read(_curve, ())
    forward: tuple[CurveKey, ...] = read(_curve, ())


@dataclass(frozen=True)
class Shoulder:
    """Degrees that a shoulder blade goes up or forward."""

    up: tuple[CurveKey, ...] = read(_curve, ())
    forward: tuple[CurveKey, ...] = read(_curve, ())


@dataclass(frozen=True)
class Thumbs:
    """To which end of a shaft each thumb points: 1 or -1."""

    left: float = read(f.number, 1.0)
    right: float = read(f.number, 1.0)


@dataclass(frozen=True)
class Prop:
    """A thing in one hand or both, as one frame; places and "out" are those of the right side.

    Args:
        keys: where its middle is.
        shape: ``shaft`` or ``box``.
        left, right: where each hand grips a shaft, metres along it from its middle; None for a free hand.
        width: of a box, metres from hand to hand.
        hold_from: ``sides`` of a box, or ``under`` it.
        thumbs: to which end of a shaft the thumbs point.
    """

    keys: tuple[PropKey, ...] = read(f.timed(PropKey))
    shape: str = read(f.choice("shaft", "box"), "shaft")
    left: float | None = read(f.number, None)
    right: float | None = read(f.number, None)
    width: float = read(f.number, 0.35)
    hold_from: str = read(f.choice("sides", "under"), "sides")
    thumbs: Thumbs = read(f.of(Thumbs), Thumbs())

    def grips(self, side: str) -> bool:
        """Whether this hand holds it."""
        return self.shape == "box" or getattr(self, side) is not None


@dataclass(frozen=True)
class Contact:
    """Two points meet.

    Args:
        t: when, seconds.
        point: of a hand, or a knee.
        on: another point, a place, or ``floor``.
        hold: seconds that they stay together.
        ease: seconds before and after in which the way is bent.
        every, times: repeated so often.
    """

    t: float = read(_moment)
    point: str = read(read_point)
    on: str = read(read_point_or_place)
    hold: float = read(_moment, 0.0)
    ease: float = read(_seconds, 0.25)
    every: float = read(f.between(0.15, 60), 0.5)
    times: float = read(_repeats, 1.0)


@dataclass(frozen=True)
class Aim(PropKey, FootKey):
    """A place on the way of a stroke, of a hand, a prop or a foot; its time is the stroke's."""

    t: float = read(f.number, 0.0)


@dataclass(frozen=True)
class Stroke:
    """A ballistic movement: hips, chest, arm and hand one after the other.

    Args:
        t: the moment of the hit, seconds.
        limb: what strikes: a hand, a foot or the prop.
        to: where it hits.
        wind: where it comes from (``from`` in the file); where it is, without it.
        through: where it goes on to.
        speed: of the limb at its fastest, m/s.
        windup: seconds to get to ``wind``.
        back: seconds to return.
        ending: where it returns to (``return`` in the file): ``rest``, ``from`` or ``stay``.
        twist: degrees that hips and chest turn into it.
        lean: degrees that the chest leans into it.
    """

    t: float = read(_moment)
    limb: str = read(f.choice("right_hand", "left_hand", "right_foot", "left_foot", "prop"))
    to: Aim = read(f.of(Aim))
    wind: Aim | None = read(f.of(Aim), None, "from")
    through: Aim | None = read(f.of(Aim), None)
    speed: float = read(f.between(0.1, 50), 5.0)
    windup: float = read(_seconds, 0.4)
    back: float = read(_seconds, 0.5)
    ending: str = read(f.choice("rest", "from", "stay"), "rest", "return")
    twist: float = read(f.number, 25.0)
    lean: float = read(f.number, 0.0)


@dataclass(frozen=True)
class Step:
    """Somewhere to go by steps: ``to`` is [out (right), forward] from the first place, ``turn`` degrees to the left."""

    t: float = read(_moment)
    to: tuple[float, float] | None = read(lambda v, w: f.triple([*v, 0] if isinstance(v, list) else v, w)[:2], None)
    turn: float = read(f.number, 0.0)
    pace: float = read(f.between(0.1, 10), 0.55)
    stride: float = read(f.between(0.05, 3), 0.5)
    lift: float = read(f.number, 0.07)


@dataclass(frozen=True)
class Hop:
    """A jump on the spot: ``height`` metres; ``times`` of them, ``every`` so many seconds."""

    t: float = read(_moment)
    height: float = read(f.between(0.01, 2), 0.15)
    times: float = read(_repeats, 1.0)
    every: float = read(f.between(0.15, 60), 0.7)
    bend: float = read(f.number, 0.12)


@dataclass(frozen=True)
class Fact:
    """What must hold of every performance. One of the forms of the documentation; see ``judge.facts``."""

    point: str = read(read_point, "")
    near: str = read(read_point_or_place, "")
    above: str = read(read_point_or_place, "")
    below: str = read(read_point_or_place, "")
    within: float = read(f.number, 0.1)
    by: float = read(f.number, 0.0)
    seconds: float = read(f.number, 0.0)
    times: float = read(f.number, 0.0)
    height: tuple[float, float] | None = read(f.span, None)
    repeats: tuple[float, float] | None = read(f.span, None)
    axis: str = read(f.choice("out", "up", "forward"), "up")
    size: float = read(f.number, 0.08)
    speed: tuple[float, float] | None = read(f.span, None)
    travel: tuple[float, float] | None = read(f.span, None)
    turn: tuple[float, float] | None = read(f.span, None)
    lean: tuple[float, float] | None = read(f.span, None)
