"""Longer training samples stitched from short ones: an action again and again, and one action after another."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import torch

from ..motion import Motion
from ..motion.stitching import BLEND_FRAMES, MAX_POSE_GAP, stitch, trim_to_match
from ..text.english import VerbForm
from ..text.sentence_templates import verb_phrase
from .motion_facts import largest_jerk, measure
from .samples import MAX_JERK, MAX_SECONDS, Caption, TrainingSample

#: Actions that stay what they are when done again. A left turn done twice is another movement, so turns are missing,
#: and so is standing still: from one way of standing to another the body moves.
_REPEATED = frozenset(
    "raise_left_hand raise_both_hands raise_left_hand_low raise_both_hands_low wave_left_hand wave_both_hands"
    " wave_left_hand_low wave_both_hands_low bow jump jump_forward jump_repeated jump_tuck squat kick_left"
    " side_kick_left kick_spin_left punch punch_strike walk walk_backward diagonal_left run jog_slow sprint hop_left"
    " jumping_jacks toe_touch bend_over knee_raise torso_twist guide_left slash pick_up pick_up_left drink"
    " cartwheel arm_stretch jog_in_place side_bend_left sitting".split()
)
#: Actions that make sense before or after another one.
_CHAINED = frozenset(
    "raise_left_hand raise_both_hands wave_left_hand wave_both_hands bow jump jump_forward jump_repeated squat"
    " kick_left kick_spin_left walk walk_turn_left walk_backward run stand_still punch hop_left pick_up pick_up_left"
    " bend_over jumping_jacks toe_touch guide_left jump_turn_left".split()
)
#: Actions that people do while walking or running, with that gait.
_APPROACHED = {
    "run_turn_left": "run", "run_stop": "run", "run_jump": "run", "roll": "run", "duck": "run",
    "walk_turn_left": "walk",
}  # fmt: skip
_LINKS = (", then ", " and then ", ", and then ", " and ", ", after that ")
_SUBJECTS = (("a person", "their"), ("someone", "their"), ("a man", "his"), ("a woman", "her"), ("the person", "their"))
_SEQUENCE_SENTENCES = 12
_TRIES = 6


def repeats(samples: list[TrainingSample], count: int, rng: random.Random) -> Iterator[TrainingSample]:
    """The same action done again, in the same style, until 4 to 10 seconds are full."""
    groups = _groups(samples, _REPEATED, lambda sample: (sample.label.action, sample.label.manner.style))
    pool = [sample for group in groups.values() for sample in group if sample.motion.seconds < 6]
    for _ in range(count if pool else 0):
        first = _draw(pool, rng)
        group = groups[first.label.action, first.label.manner.style]
        seconds, members, motion = rng.uniform(4.0, MAX_SECONDS), [first], first.motion
        for _ in range(_TRIES):
            if motion.seconds >= seconds - 0.5:
                break
            # half of the time the very same recording: it surely fits
            following = first if rng.random() < 0.5 else rng.choice(group)
            longer = _append(motion, following.motion)
            if longer is not None and longer.seconds <= MAX_SECONDS:
                motion, members = longer, [*members, following]
        if len(members) > 1:
            yield first.remade(id=_joined_id(members), kind="repeat", motion=motion)


def held(samples: list[TrainingSample], count: int, rng: random.Random) -> Iterator[TrainingSample]:
    """Standing still for longer: short recordings of it played to and fro, which nobody can tell from waiting."""
    pool = [sample for sample in samples if sample.kind == "still" and sample.motion.seconds < 3]
    for _ in range(count if pool else 0):
        sample = rng.choice(pool)
        there, back = torch.arange(sample.motion.num_frames), torch.arange(sample.motion.num_frames - 2, 0, -1)
        frames = round(rng.uniform(2.5, 8.0) * sample.motion.fps)
        order = torch.cat((there, back)).repeat(frames // len(there) + 1)[:frames]
        motion = sample.motion.replace(
            rotations=sample.motion.rotations[order], translation=sample.motion.translation[order]
        )
        yield sample.remade(id=f"{sample.id}+held{frames}", kind="held", motion=motion)


def approaches(samples: list[TrainingSample], count: int, rng: random.Random) -> Iterator[TrainingSample]:
    """Short actions of a walking or running body with some steps before them: "runs and turns left" may take 4 s."""
    groups = _groups(samples, frozenset(_APPROACHED) | {"walk", "run"}, lambda sample: sample.label.action)
    starts = {name: [s for s in groups.get(name, ()) if not s.label.manner.style] for name in ("walk", "run")}
    pool = [
        sample
        for action, group in groups.items()
        for sample in group
        if starts.get(_APPROACHED.get(action.replace("right", "left"))) and sample.motion.seconds < 3.5
    ]
    for _ in range(count if pool else 0):
        sample = _draw(pool, rng)
        lead = rng.choice(starts[_APPROACHED[sample.label.action.replace("right", "left")]])
        steps = lead.motion
        frames = min(steps.num_frames, round(rng.uniform(1.3, 2.5) * steps.fps))
        motion = _append(steps.crop(steps.num_frames - frames, steps.num_frames), sample.motion)
        if motion is not None and _keeps_turn(sample, motion):
            joined = _joined_id([lead, sample])
            yield sample.remade(id=f"{joined}+approach{frames}", kind="approach", motion=motion)


def sequences(samples: list[TrainingSample], count: int, rng: random.Random) -> Iterator[TrainingSample]:
    """Two different actions, one after the other, with a caption that says both in their order."""
    groups = _groups(samples, _CHAINED, lambda sample: sample.label.action)
    pool = [sample for group in groups.values() for sample in group if sample.motion.seconds < 7]
    for _ in range(count if pool else 0):
        for _ in range(_TRIES):
            first, second = _draw(pool, rng), _draw(pool, rng)
            if first.movement == second.movement or first.motion.seconds + second.motion.seconds > MAX_SECONDS:
                continue
            motion = _append(first.motion, second.motion)
            if motion is not None:
                yield first.remade(
                    id=_joined_id([first, second]),
                    kind="sequence",
                    motion=motion,
                    label=None,
                    texts=_sequence_captions(first.label.action, second.label.action, rng),
                )
                break


def _keeps_turn(sample: TrainingSample, longer: Motion) -> bool:
    """Whether a turn is still one after the cross-fade, which may have eaten its beginning."""
    turn = measure(longer).turn * (-1 if sample.label.action.endswith("right") else 1)
    return turn > 35 or "turn" not in sample.label.action


def _groups(
    samples: list[TrainingSample], actions: frozenset[str], key: Callable
) -> dict[object, list[TrainingSample]]:
    groups = defaultdict(list)
    for sample in samples:
        long_enough = sample.motion.num_frames > 2 * BLEND_FRAMES + 2
        if sample.label and sample.label.action.replace("right", "left") in actions and long_enough:
            groups[key(sample)].append(sample)
    return groups


def _draw(pool: list[TrainingSample], rng: random.Random) -> TrainingSample:
    """A sample, rare categories as often as common ones."""
    category = rng.choice(sorted({sample.category for sample in pool}))
    return rng.choice([sample for sample in pool if sample.category == category])


def _append(first: Motion, second: Motion) -> Motion | None:
    """Both as one, or None when their poses do not meet."""
    start, end, gap = trim_to_match(first, second)
    if gap > MAX_POSE_GAP:
        return None
    whole = stitch([start, end])
    return None if largest_jerk(whole) > MAX_JERK else whole


def _joined_id(members: list[TrainingSample]) -> str:
    """Names every recording that a motion is made of: licences, and shares of the data, go by it."""
    return " & ".join(sample.id for sample in members)


def _sequence_captions(first: str, second: str, rng: random.Random) -> tuple[Caption, ...]:
    texts: dict[str, None] = {}
    for _ in range(_SEQUENCE_SENTENCES):
        if rng.random() < 0.8:
            subject, possessive = rng.choice(_SUBJECTS)
            form, start = VerbForm.THIRD, f"{subject} "
        else:
            form, start, possessive = VerbForm.BASE, "", "your"
        before = verb_phrase(first, form, possessive, rng)
        after = verb_phrase(second, form, possessive, rng)
        texts.setdefault(f"{start}{before}{rng.choice(_LINKS)}{after}")
    return tuple(Caption(text, "template", 1 / len(texts)) for text in texts)
