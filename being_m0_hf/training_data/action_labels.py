"""What the sources say about a clip, as captions and as actions that have sentence templates."""

import re
from dataclasses import dataclass
from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml

from ..motionlib.schema import Clip
from ..text.sentence_templates import Manner
from .motion_facts import MotionFacts

#: Above this (wrist over shoulder, metres) a raised hand counts as raised without further words.
RAISED = 0.2


@dataclass(frozen=True)
class Labelled:
    """An action of ``text/actions`` that a motion shows, and how."""

    action: str
    manner: Manner = Manner()


@dataclass(frozen=True)
class Segment:
    """Our own annotation: an action between two times (seconds) of a clip."""

    start: float
    end: float
    action: str


@cache
def segments() -> dict[str, list[Segment]]:
    """Clip id -> our annotated segments (``segments.yaml``). A clip with none is listed when its own line misleads."""
    told = read_package_yaml(__package__, "segments.yaml")
    return {clip: [Segment(*row) for row in rows] for clip, rows in told.items()}


def bandai_label(clip: Clip, facts: MotionFacts) -> Labelled | None:
    """The action of a Bandai clip, corrected by what is measured: a raise that stays low is called low."""
    action, said_style = _BANDAI_ACTIONS.get(clip.labels.get("content", "")), clip.labels.get("style", "")
    if action is None:
        return None
    style = "" if said_style == "normal" else said_style
    plain_share = _PLAIN_SHARE.get(said_style, 0.0)
    if action.startswith(("raise", "wave")):
        hands = [facts.left_hand if side == "left" else facts.right_hand for side in _hands(action)]
        if min(hands) < RAISED:
            # an old person's raise is low too, but the wrist passes the shoulder: the style word says enough
            low = min(hands) < 0.05 or (said_style not in ("elderly", "old", "sad", "tired", "not-confident"))
            return Labelled(f"{action}_low" if low else action, Manner(style, plain_share=0.35 if low else 0.0))
        plain_share = max(plain_share, 0.25) if min(hands) > 0.3 else plain_share
        adverbs = ("high", "as high as possible") if min(hands) > 0.45 and action.startswith("raise") else ()
        return Labelled(action, Manner(style, adverbs, plain_share))
    if action.startswith("walk_turn") and abs(facts.turn) > 20:
        action = "walk_turn_left" if facts.turn > 0 else "walk_turn_right"  # seven takes are filed under the wrong side
    if action in ("run", "sprint"):
        action = "jog_slow" if facts.speed < 1.8 else "sprint" if facts.speed > 3.3 else "run"
    return Labelled(action, Manner(style, pace_words(action, facts), plain_share))


def cmu_label(clip: Clip, facts: MotionFacts) -> Labelled | None:
    """The action of a CMU trial from its own line, or None when the line says too little for every moment of it."""
    description = clip.labels.get("description", "").lower()
    # the Indian dances (subject 94) have no line of their own
    action = "dance_indian" if clip.subject == "94" else None
    for pattern, named in _CMU_ACTIONS:
        if re.search(pattern, description):
            action = named
            break
    if action is None:
        return None
    if action == "animal":
        return Labelled("animal_" + description.split(" (")[0].replace(" ", "_"))
    if action == "walk":
        action = _walk_action(facts)
    elif action in ("run", "run_turn_left", "run_turn_right"):
        action = _run_action(facts)
    return Labelled(action, Manner(adverbs=pace_words(action, facts)))


@cache
def more_actions() -> dict[str, str]:
    """File name of a clip of ``more`` and ``more_nc`` -> its action (``more_actions.yaml``)."""
    told = read_package_yaml(__package__, "more_actions.yaml")
    return {name: action for action, names in told.items() for name in names}


def more_label(clip: Clip, facts: MotionFacts) -> Labelled | None:
    """The action of a single clip, or None where only its sentences are known; ``facts`` are not needed."""
    action = more_actions().get(clip.id.partition("/")[2])
    return Labelled(action) if action else None


_LABELLERS = {"bandai": bandai_label, "cmu": cmu_label, "more": more_label, "more_nc": more_label}


def source_label(clip: Clip, facts: MotionFacts) -> Labelled | None:
    """The action of a clip of `LABELLED_SOURCES`; None for all others, whatever their labels and subjects are."""
    return _LABELLERS[clip.source](clip, facts) if clip.source in _LABELLERS else None


def pace_words(action: str, facts: MotionFacts) -> tuple[str, ...]:
    """Words for a measured pace that stands out."""
    if action.startswith(("walk", "veer", "diagonal")):
        if facts.speed < 0.75:
            return ("slowly", "at a slow pace", "leisurely")
        if facts.speed > 1.5:
            return ("quickly", "briskly", "at a fast pace", "fast")
    if action.startswith("run") and facts.speed > 3.0:
        return ("fast", "quickly", "at high speed")
    return ()


def _walk_action(facts: MotionFacts) -> str | None:
    if facts.forward < -0.8 and facts.total_turn < 150:
        return "walk_backward"
    if abs(facts.turn) > 60 and facts.total_turn < 260 and facts.turn * facts.left > 0:
        return "walk_turn_left" if facts.turn > 0 else "walk_turn_right"
    if facts.total_turn > 300 or facts.forward < 0.8:
        return "walk_circle" if abs(facts.turn) > 240 else "walk_around"
    if facts.turn * facts.left > 0 and (abs(facts.turn) > 30 or abs(facts.left) > 0.4 * facts.forward):
        return "veer_left" if facts.left > 0 else "veer_right"
    return "walk"


def _run_action(facts: MotionFacts) -> str:
    if abs(facts.turn) > 240:
        return "run_circle"
    if abs(facts.turn) > 30:
        return "run_turn_left" if facts.turn > 0 else "run_turn_right"
    return "jog_slow" if facts.speed < 1.4 else "sprint" if facts.speed > 3.9 else "run"


def _hands(action: str) -> tuple[str, ...]:
    return ("left", "right") if "both" in action else (action.split("_")[1],)


# Looked at, clip by clip: walk-left and walk-right go diagonally with the body facing ahead, "bye" waves one hand
# (the right), "byebye" both, "guide" shows the way with the right hand, "call" shouts with the hands at the mouth.
_BANDAI_ACTIONS = {
    "raise-up-left-hand": "raise_left_hand",
    "raise-up-right-hand": "raise_right_hand",
    "raise-up-both-hands": "raise_both_hands",
    "wave-left-hand": "wave_left_hand",
    "wave-right-hand": "wave_right_hand",
    "wave-both-hands": "wave_both_hands",
    "bye": "wave_right_hand",
    "byebye": "wave_both_hands",
    "walk": "walk",
    "walk-back": "walk_backward",
    "walk-left": "diagonal_left",
    "walk-right": "diagonal_right",
    "walk-turn-left": "walk_turn_left",
    "walk-turn-right": "walk_turn_right",
    "run": "run",
    "dash": "sprint",
    "bow": "bow",
    "guide": "guide_right",
    "call": "call_out",
    "respond": "answer_left",
    "punch": "punch",
    "slash": None,
    "kick": None,
    "dance-short": None,
}

#: How often a style goes unmentioned: a plain sentence should get a plain movement.
_PLAIN_SHARE = {"normal": 1.0, "active": 0.45, "youthful": 0.45, "masculine": 0.45, "masculinity": 0.4, "feminine": 0.2}

# First match wins. None: the line names several actions, so segments.yaml or people's captions must say when.
_CMU_ACTIONS: tuple[tuple[str, str | None], ...] = (
    (r"playground - forward jumps", None),
    (r"playground.*hang", None),
    (r"playground", "climb"),
    (r"uneven terrain", "uneven"),
    (r"dance - .*pirouette|dance - .*jete|dance - |static dance pose", "dance_ballet"),
    (r"balance on one leg", "balance_left_leg"),
    (r"jump, balance", "jump"),
    (r"punch/strike", "punch_strike"),
    (r"swordplay", "sword"),
    (r"wash self", "wash_self"),
    (r"basketball - backward", "basketball_backward"),
    (r"basketball - sideways", "basketball_sideways"),
    (r"basketball signals", "basketball_signals"),
    (r"dribble, shoot", "basketball_shoot"),
    (r"dribble", "basketball_dribble"),
    (r"soccer", "kick_ball_right"),
    (r"navigate", None),
    (r"unscrew", None),
    (r"drink soda", "drink"),
    (r"jump up to grab", "reach_up"),
    (r"laugh", "laugh"),
    (r"boxing", "punch"),
    (r"direct traffic", "direct_traffic"),
    (r"jumping jacks", None),
    (r"climb ladder", "climb_ladder"),
    (r"climb 3 steps", "climb_steps"),
    (r"wash windows", "wash_window"),
    (r"mop floor", "mop"),
    (r"sit on", None),
    (r"teapot", "teapot"),
    (r"alaskan", "alaska"),
    (r"(prairie dog|whale|bear|dog|fish|elephant|chicken|dinosaur|snake|monkey) \(human", "animal"),
    (r"jump stop run|run jump over|run, leap", "run_jump"),
    (r"run.*stop run", "run_stop_run"),
    (r"(sudden|quick) stop", "run_stop"),
    (r"dive over roll", "roll"),
    (r"duck underneath", "duck"),
    (r"run over", "run_over"),
    (r"walk to run", "walk_to_run"),
    (r"run side step left", "run_sidestep_left"),
    (r"run side step right", "run_sidestep_right"),
    (r"forward jump", "jump_forward"),
    (r"180", "jump_turn_around"),
    (r"jump ?turn|jumpturn|smalljumpturn", "jump_turn_left"),
    (r"jump up and down", None),
    (r"jump", "jump"),
    (r"cartwheel", None),
    (r"spin/twirl", None),
    (r"whirl", "dance_whirl"),
    (r"lambada", "dance_latin"),
    (r"salsa", "dance_salsa"),
    (r"charleston", "dance_charleston"),
    (r"picking up ball", "pick_up_right"),
    (r"pick up|pushing|walking, sitting", None),
    (r"sadwalk", "sad_walk"),
    (r"figure eight", "walk_circle"),
    (r"quickwalk", "quick_walk"),
    (r"motorcycle", "motorcycle"),
    (r"range of motion", None),
    (r"kick|gedanbarai|heian|oiduki|syutou|empi|geri", "karate"),
    (r"sexy lady walk", "catwalk"),
    (r"sexy lady", None),
    (r"start hop stop", None),
    (r"run|jog", "run"),
    (r"walk|stride|pace", "walk"),
)
