"""Checks of what the whole body does: bowing, jumping, sitting, acrobatics, dancing."""

import numpy as np

from ...motion.body_track import SIDES, BodyTrack, reversals, smoothed
from .check import Measure, check, other_side, sided_check


def _start(values: np.ndarray, track: BodyTrack) -> float:
    """Mean over the first third of a second."""
    return float(values[: round(track.fps / 3)].mean())


def _end(values: np.ndarray, track: BodyTrack) -> float:
    return float(values[-round(track.fps / 3) :].mean())


def _stays(track: BodyTrack, metres: float) -> Measure:
    away = np.linalg.norm(track.ground_path - track.ground_path[0], axis=1)
    return Measure("distance from the start", float(away.max()), "m", at_most=metres)


@check(
    "bow",
    measures="the trunk bends forward over straight legs and comes up again, the feet stay",
    why="the data's bows reach 25 to 67 degrees, pick-ups take the trunk past 100, squats lower the pelvis",
)
def bow(track: BodyTrack) -> list[Measure]:
    deepest = float(track.torso_pitch.max())
    return [
        Measure("trunk forward", deepest, "degrees", at_least=25, at_most=95),
        Measure("trunk forward at the start", _start(track.torso_pitch, track), "degrees", at_most=20),
        Measure("trunk forward at the end", _end(track.torso_pitch, track), "degrees", at_most=20),
        Measure("lowest pelvis, of standing", float(track.pelvis_height.min()), at_least=0.85),
        _stays(track, 0.5),
    ]


@check(
    "cartwheel",
    measures="the body is upside down: head below pelvis, a foot above it, while a hand is near the floor",
    why="half a foot of margin each way; bending down never brings a foot above the pelvis",
)
def cartwheel(track: BodyTrack) -> list[Measure]:
    pelvis = track.joint("pelvis")[:, 1]
    ankle = np.maximum(*(track.joint(f"{side}_ankle")[:, 1] for side in SIDES))
    wrist = np.minimum(*(track.joint(f"{side}_wrist")[:, 1] for side in SIDES)) - track.floor
    inverted = (track.joint("head")[:, 1] < pelvis - 0.1) & (ankle > pelvis + 0.1)
    return [
        Measure("time upside down", track.duration(inverted), "s", at_least=0.1),
        Measure("lowest hand above the floor", float(wrist[inverted].min(initial=np.inf)), "m", at_most=0.45),
    ]


@check(
    "forward_roll",
    measures="the body rolls over close to the ground",
    why="the pelvis goes over the head while it is lower than half its standing height",
)
def forward_roll(track: BodyTrack) -> list[Measure]:
    tucked = (track.joint("head")[:, 1] < track.joint("pelvis")[:, 1] - 0.05) & (track.pelvis_height < 0.85)
    head = track.joint("head")[:, 1] - track.floor
    return [
        Measure("time with the head below a low pelvis", track.duration(tucked), "s", at_least=0.1),
        Measure("lowest head above the floor", float(head.min()), "m", at_most=0.5),
        Measure("distance gone", track.path_length, "m", at_least=0.8),
    ]


def _flight(track: BodyTrack) -> float:
    """Seconds of the longest time with both feet well off the ground."""
    return track.longest(track.foot_height.min(axis=1) > 0.06)


@check(
    "jump",
    measures="both feet leave the ground together and the pelvis flies up",
    why="the data's jumps raise the pelvis by 21 cm and more, running by at most 11; nobody flies for a second",
)
def jump(track: BodyTrack) -> list[Measure]:
    return [
        Measure("time with both feet off the ground", _flight(track), "s", at_least=0.2, at_most=1.0),
        Measure("rise of the pelvis", track.pelvis_rise, "m", at_least=0.15),
    ]


@check(
    "jump_forward",
    measures="both feet leave the ground and land further ahead",
    why="as a jump; the data's forward jumps cover a metre and start from standing, so they are slow on the whole",
)
def jump_forward(track: BodyTrack) -> list[Measure]:
    return [
        Measure("time with both feet off the ground", _flight(track), "s", at_least=0.2, at_most=1.0),
        Measure("rise of the pelvis", track.pelvis_rise, "m", at_least=0.15),
        Measure("distance forward", track.forward_distance, "m", at_least=0.4),
        Measure("speed most of the time", track.running_speed, "m/s", at_most=1.8),
    ]


@check(
    "run_and_jump",
    measures="a run with one leap that is higher and longer than a step",
    why="running steps raise the pelvis by at most 11 cm and fly for at most 0.25 s, leaps by 21 cm for 0.45 s",
)
def run_and_jump(track: BodyTrack) -> list[Measure]:
    return [
        Measure("running speed", track.running_speed, "m/s", at_least=1.8),
        Measure("time with both feet off the ground", _flight(track), "s", at_least=0.3, at_most=1.2),
        Measure("rise of the pelvis", track.pelvis_rise, "m", at_least=0.15),
    ]


@check(
    "jumping_jacks",
    measures="the hands go overhead and back while the feet go apart and together, again and again",
    why="two full swings of at least 50 cm of the hands and 20 cm of the feet",
)
def jumping_jacks(track: BodyTrack) -> list[Measure]:
    hands = np.minimum(*(track.wrist_above_shoulder(side) for side in SIDES))
    feet = np.abs(track.relative("left_ankle", "right_ankle")[:, 0])
    return [
        Measure("turning points of the hands", reversals(hands, 0.5), at_least=4),
        Measure("turning points of the feet", reversals(feet, 0.2), at_least=4),
        Measure("highest hands above the shoulders", float(hands.max()), "m", at_least=0.2),
    ]


@check(
    "hop_on_one_foot",
    measures="one foot stays up while the other leaves the ground again and again",
    why="two flights without the lifted foot touching down; steps of a run change feet",
)
def hop_on_one_foot(track: BodyTrack) -> list[Measure]:
    flights = 0
    for side in range(2):
        standing, lifted = track.foot_height[:, side], track.foot_height[:, 1 - side]
        airborne = standing > 0.04
        run = 0
        for frame in range(1, len(standing)):
            if lifted[frame] < 0.10:
                run = 0
            elif airborne[frame] and not airborne[frame - 1]:
                run += 1
                flights = max(flights, run)
    return [Measure("flights on one foot in a row", flights, at_least=2)]


@check(
    "balance_on_one_leg",
    measures="one foot stays up while the other stays on the ground in one place",
    why="a walking step lifts a foot for 0.5 s",
)
def balance_on_one_leg(track: BodyTrack) -> list[Measure]:
    longest = 0.0
    for side, name in enumerate(SIDES):
        standing = (track.foot_height[:, side] < 0.10) & (track.speed(f"{name}_ankle") < 0.4)
        longest = max(longest, track.longest(standing & (track.foot_height[:, 1 - side] > 0.12)))
    return [Measure("time on one leg", longest, "s", at_least=1.5)]


def _seated(track: BodyTrack) -> np.ndarray:
    """(T,) thighs raised, trunk upright, pelvis lowered and at rest."""
    thighs = (track.thigh_angle("left") + track.thigh_angle("right")) / 2
    rests = smoothed(track.speed("pelvis"), 10) < 0.3
    return (thighs > 45) & (track.pelvis_height < 0.93) & (track.torso_pitch < 50) & rests


@check(
    "sit_down",
    measures="from standing, the pelvis comes down with raised thighs and an upright trunk, and rests there",
    why="seats of the data hold the pelvis at 51 to 91 % of its standing height with thighs 50 to 100 degrees from "
    "straight down; a squat never rests for half a second",
)
def sit_down(track: BodyTrack) -> list[Measure]:
    seated = _seated(track)
    first = int(seated.argmax()) if seated.any() else len(seated)
    before = track.pelvis_height[: first + 1]
    return [
        Measure("time seated", track.longest(seated), "s", at_least=0.5),
        Measure("highest pelvis before, of standing", float(before.max()), at_least=0.94),
    ]


@check(
    "stand_up",
    measures="from a seat, the body rises, the legs straighten and it stays up",
    why="as for sitting down, the other way round",
)
def stand_up(track: BodyTrack) -> list[Measure]:
    thighs = (track.thigh_angle("left") + track.thigh_angle("right")) / 2
    return [
        Measure("thighs from straight down at the start", _start(thighs, track), "degrees", at_least=40),
        Measure("thighs from straight down at the end", _end(thighs, track), "degrees", at_most=30),
        Measure(
            "rise of the pelvis, of standing",
            _end(track.pelvis_height, track) - _start(track.pelvis_height, track),
            at_least=0.08,
        ),
    ]


@check(
    "squat",
    measures="from standing, the knees bend deeply and straighten again",
    why="a squat takes the pelvis under 75 % of its standing height with knees past a right angle",
)
def squat(track: BodyTrack) -> list[Measure]:
    knees = np.minimum(*(track.knee_bend(side) for side in SIDES))
    lowest = int(track.pelvis_height.argmin())
    return [
        Measure("lowest pelvis, of standing", float(track.pelvis_height[lowest]), at_most=0.75),
        Measure("highest pelvis before, of standing", float(track.pelvis_height[: lowest + 1].max()), at_least=0.85),
        Measure("deepest bend of both knees", float(knees.max()), "degrees", at_least=80),
        Measure("highest pelvis afterwards, of standing", float(track.pelvis_height[lowest:].max()), at_least=0.9),
    ]


@check(
    "pick_up",
    measures="a hand goes down close to the floor and the body stands up again",
    why="a hand on an object that lies on the floor keeps its wrist under 0.45 m",
)
def pick_up(track: BodyTrack) -> list[Measure]:
    wrist = np.minimum(*(track.joint(f"{side}_wrist")[:, 1] for side in SIDES)) - track.floor
    lowest = int(wrist.argmin())
    ankle = np.maximum(*(track.joint(f"{side}_ankle")[:, 1] for side in SIDES)) - track.joint("pelvis")[:, 1]
    return [
        Measure("lowest hand above the floor", float(wrist[lowest]), "m", at_most=0.45),
        Measure("highest pelvis afterwards, of standing", float(track.pelvis_height[lowest:].max()), at_least=0.88),
        Measure("highest foot above the pelvis", float(ankle.max()), "m", at_most=0.0),
    ]


_KICK_WHY = "against the pelvis, walking feet stay under 3.4 m/s and 15 cm; the data's kicks reach 6 m/s and 35 cm"


def _kicks(track: BodyTrack, side: str) -> tuple[float, float]:
    """The fastest swing of a foot: its speed against the pelvis (m/s) and how high it gets (m)."""
    index = SIDES.index(side)
    planted = track.foot_height[:, 1 - index] < 0.12
    slow = track.ground_speed < 1.5
    speed = track.speed(f"{side}_ankle", "pelvis") * (planted & slow)
    fastest = int(speed.argmax())
    swing = slice(max(0, fastest - 4), fastest + 8)
    return float(speed[fastest]), float(track.foot_height[swing, index].max())


def _kick_measures(speed: float, height: float) -> list[Measure]:
    return [
        Measure("speed of a foot against the pelvis", speed, "m/s", at_least=3.5),
        Measure("height of that foot in the swing", height, "m", at_least=0.25),
    ]


@check(
    "kick",
    measures="a foot shoots out fast and high while the other one stands and the body hardly travels",
    why=_KICK_WHY,
)
def kick(track: BodyTrack) -> list[Measure]:
    return _kick_measures(*max(_kicks(track, side) for side in SIDES))


@sided_check(
    "kick_{side}_leg",
    measures="the {side} foot shoots out fast and high while the other one stands",
    why=_KICK_WHY + "; the other foot must be the slower one",
)
def kick_with(track: BodyTrack, side: str) -> list[Measure]:
    speed, height = _kicks(track, side)
    other, _ = _kicks(track, other_side(side))
    return [
        *_kick_measures(speed, height),
        Measure("faster than the other foot by", speed - other, "m/s", at_least=0.5),
    ]


@check(
    "duck",
    measures="while moving on, the head goes down low and comes up again",
    why="walking and running keep the head above 88 % of its standing height",
)
def duck(track: BodyTrack) -> list[Measure]:
    rest = track.clip.skeleton.rest_joints()
    standing = float(rest[15, 1] - rest[:, 1].min())
    head = (track.joint("head")[:, 1] - track.floor) / standing
    return [
        Measure("lowest head, of standing", float(head.min()), at_most=0.8),
        Measure("distance gone", track.path_length, "m", at_least=1.0),
        Measure("highest head, of standing", float(head.max()), at_least=0.88),
    ]


@check(
    "spin",
    measures="the body turns once around within three seconds",
    why="300 degrees in three seconds is far faster than walking a circle; a cartwheel turns over, not around",
)
def spin(track: BodyTrack) -> list[Measure]:
    window = min(len(track.heading) - 1, round(3 * track.fps))
    turned = np.abs(track.heading[window:] - track.heading[:-window])
    return [
        Measure("largest turn in three seconds", float(turned.max()), "degrees", at_least=300),
        Measure("lowest pelvis, of standing", float(track.pelvis_height.min()), at_least=0.8),
        Measure("trunk forward", float(np.abs(track.torso_pitch).max()), "degrees", at_most=80),
    ]


def _limb_speed(track: BodyTrack, joint: str) -> float:
    """Median speed of both sides' joint as seen from the pelvis, m/s."""
    return float(np.median(sum(track.speed(f"{side}_{joint}", "pelvis") for side in SIDES) / 2))


@check(
    "dance",
    measures="arms and legs both keep moving, and the body does not just go somewhere",
    why="standing gestures hardly move the legs, walks and runs go straight; slow ballet poses do not pass",
)
def dance(track: BodyTrack) -> list[Measure]:
    return [
        Measure("typical speed of the hands", _limb_speed(track, "wrist"), "m/s", at_least=0.35),
        Measure("typical speed of the feet", _limb_speed(track, "ankle"), "m/s", at_least=0.25),
        Measure("straightness of the way", track.displacement / max(track.path_length, 1e-6), at_most=0.6),
    ]


@check(
    "stand_still",
    measures="nothing moves much",
    why="breathing and swaying stay under 0.35 m/s, a slow bow leans by 25 degrees",
)
def stand_still(track: BodyTrack) -> list[Measure]:
    speeds = [track.speed(f"{side}_{joint}") for side in SIDES for joint in ("wrist", "ankle")]
    fastest = float(np.percentile(np.max([*speeds, track.speed("head")], axis=0), 95))
    return [
        Measure("speed of hands, feet and head", fastest, "m/s", at_most=0.35),
        Measure("pelvis, of standing", float(np.median(track.pelvis_height)), at_least=0.85),
        Measure("range of the trunk's lean", float(np.ptp(track.torso_pitch)), "degrees", at_most=12),
        _stays(track, 0.2),
    ]
