"""Checks of motion: each says yes to a motion that shows its kind and no to its neighbours; the runner counts right."""

import json
import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from being_m0_hf.evaluation import (
    CHECKS,
    PROMPTS,
    PairPrompts,
    evaluate_following,
    held_out_texts,
    physical_metrics,
    run_check,
)
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, Motion
from being_m0_hf.motion.body_track import BodyTrack, reversals, smoothed
from being_m0_hf.motion.curves import runs

STANDING_HEIGHT = float(-CANONICAL_SKELETON.rest_joints()[:, 1].min()) + 0.03
FPS = 20


def build(turns: dict[str, Tensor], ground: Tensor, height: Tensor | float = STANDING_HEIGHT) -> Motion:
    """A body with hanging arms; ``turns`` are rotation vectors (T, 3) of joints, ``ground`` the way (T, 2) = (x, z)."""
    frames = len(ground)
    vectors = torch.zeros(frames, 22, 3)
    vectors[:, JOINT_INDEX["left_shoulder"], 2] = -1.4
    vectors[:, JOINT_INDEX["right_shoulder"], 2] = 1.4
    for joint, turn in turns.items():
        vectors[:, JOINT_INDEX[joint]] = turn
    height = torch.as_tensor(height).expand(frames)
    return Motion(roma.rotvec_to_unitquat(vectors), torch.stack((ground[:, 0], height, ground[:, 1]), dim=-1), fps=FPS)


def about(axis: int, angle: Tensor) -> Tensor:
    """Rotation vectors (T, 3) about x, y or z."""
    vectors = torch.zeros(len(angle), 3)
    vectors[:, axis] = angle
    return vectors


def clock(seconds: float) -> Tensor:
    return torch.arange(round(seconds * FPS)) / FPS


def there_and_back(seconds: float, top: float) -> Tensor:
    """0 -> top -> 0, smoothly."""
    return top * torch.sin(math.pi * clock(seconds) / seconds) ** 2


def still(seconds: float = 3.0) -> Motion:
    return build({}, torch.zeros(round(seconds * FPS), 2))


def raise_left_hand() -> Motion:
    up = -1.4 + there_and_back(3.0, 2.6)
    return build({"left_shoulder": about(2, up)}, torch.zeros(60, 2))


def wave_left_hand() -> Motion:
    time = clock(4.0)
    waving = {
        "left_shoulder": about(2, torch.full((80,), 0.6)),
        "left_elbow": about(2, 0.8 + 0.6 * torch.sin(8 * time)),
    }
    return build(waving, torch.zeros(80, 2))


def locomotion(
    speed: float, seconds: float = 4.0, turn: float = 0.0, facing: float = 0.0, flight: float = 0.0
) -> Motion:
    """Glides with swinging legs: ``speed`` m/s, turning by ``turn``, facing ``facing`` radians off the way."""
    time = clock(seconds)
    way = turn * time / seconds
    steps = speed / FPS * torch.stack((torch.sin(way), torch.cos(way)), dim=-1)
    swing = 0.4 * torch.sin(2 * math.pi * time)
    height = STANDING_HEIGHT + flight * (torch.sin(4 * math.pi * time) > 0.3)
    legs = {"left_hip": about(0, swing), "right_hip": about(0, -swing), "pelvis": about(1, way + facing)}
    return build(legs, steps.cumsum(0), height)


def bow() -> Motion:
    bend = there_and_back(4.0, 0.5)
    return build({"spine1": about(0, bend), "spine2": about(0, bend)}, torch.zeros(80, 2))


def cartwheel() -> Motion:
    roll = about(2, -2 * math.pi * torch.clamp(clock(3.0) - 1.0, 0, 1))
    arms = {"left_shoulder": about(2, torch.full((60,), 1.4)), "right_shoulder": about(2, torch.full((60,), -1.4))}
    return build({"pelvis": roll, **arms}, torch.stack((0.5 * clock(3.0), torch.zeros(60)), dim=-1))


def jump(forward: float = 0.0) -> Motion:
    time = clock(3.0)
    air = ((time - 1.5) / 0.3).clamp(-1, 1)
    way = torch.stack((torch.zeros(60), forward * (air + 1) / 2), dim=-1)
    return build({}, way, STANDING_HEIGHT + 0.4 * (1 - air**2))


def fold_legs(bend: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Thighs up by ``bend``, shins vertical: what a squat or a seat does, with the pelvis height it takes."""
    turns = {
        f"{side}_{joint}": about(0, sign * bend)
        for side in ("left", "right")
        for joint, sign in (("hip", -1), ("knee", 1))
    }
    thigh = float(CANONICAL_SKELETON.offsets[JOINT_INDEX["left_knee"]].norm())
    return turns, STANDING_HEIGHT - thigh * (1 - torch.cos(bend))


def sit_down() -> Motion:
    turns, height = fold_legs(1.5 * ((clock(4.0) - 1.0) / 1.0).clamp(0, 1))
    return build(turns, torch.zeros(80, 2), height)


def stand_up() -> Motion:
    turns, height = fold_legs(1.5 * ((3.0 - clock(4.0)) / 1.0).clamp(0, 1))
    return build(turns, torch.zeros(80, 2), height)


def squat() -> Motion:
    turns, height = fold_legs(there_and_back(2.0, 1.6))
    return build(turns, torch.zeros(40, 2), height)


SHOWN = {
    "raise_left_hand": raise_left_hand,
    "raise_right_hand": lambda: raise_left_hand().mirrored(),
    "wave_left_hand": wave_left_hand,
    "wave_right_hand": lambda: wave_left_hand().mirrored(),
    "walk_forward": lambda: locomotion(1.2),
    "walk_backward": lambda: locomotion(0.9, facing=math.pi),
    "walk_slowly": lambda: locomotion(0.6),
    "run_forward": lambda: locomotion(3.0, seconds=2.0, flight=0.08),
    "walk_turn_left": lambda: locomotion(1.2, turn=1.57),
    "walk_turn_right": lambda: locomotion(1.2, turn=-1.57),
    "run_turn_left": lambda: locomotion(3.0, seconds=2.0, turn=1.57),
    "run_turn_right": lambda: locomotion(3.0, seconds=2.0, turn=-1.57),
    "sidestep_left": lambda: locomotion(0.8, facing=-math.pi / 2),
    "sidestep_right": lambda: locomotion(0.8, facing=math.pi / 2),
    "walk_in_circle": lambda: locomotion(1.2, seconds=6.0, turn=6.1),
    "spin": lambda: locomotion(0.1, seconds=2.0, turn=6.2),
    "bow": bow,
    "cartwheel": cartwheel,
    "jump": jump,
    "jump_forward": lambda: jump(forward=1.0),
    "sit_down": sit_down,
    "stand_up": stand_up,
    "squat": squat,
    "stand_still": still,
}
#: What may hold together: a wave is a raise, a slow walk a walk, a jump forward a jump.
COMPATIBLE = {
    "wave_left_hand": {"raise_left_hand"},
    "wave_right_hand": {"raise_right_hand"},
    "walk_slowly": {"walk_forward"},
    "walk_turn_left": {"walk_forward"},
    "walk_turn_right": {"walk_forward"},
    "walk_in_circle": {"walk_forward"},
    "run_turn_left": {"run_forward"},
    "run_turn_right": {"run_forward"},
    "jump_forward": {"jump"},
    "sidestep_left": set(),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_check_holds_for_a_motion_that_shows_it(kind):
    result = run_check(kind, SHOWN[kind]())
    assert result.passed, result.reason
    assert result.values


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHOWN)
def test_check_fails_for_motions_that_show_something_else(kind):
    wrong = [
        other
        for other, make in SHOWN.items()
        if other != kind and kind not in COMPATIBLE.get(other, ()) and run_check(kind, make()).passed
    ]
    assert not wrong


@pytest.mark.parametrize("kind", [kind for kind in SHOWN if CHECKS[kind].opposite])
def test_mirrored_motion_shows_the_other_side(kind):
    mirrored = SHOWN[kind]().mirrored()
    assert run_check(CHECKS[kind].opposite, mirrored).passed
    assert not run_check(kind, mirrored).passed


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(sorted(SHOWN)),
    turn=st.floats(-3, 3),
    x=st.floats(-20, 20),
    fps=st.sampled_from([20.0, 30.0, 60.0]),
)
def test_verdict_does_not_depend_on_place_direction_or_frame_rate(kind, turn, x, fps):
    moved = SHOWN[kind]().moved(turn, torch.tensor([x, -x])).resample(fps)
    assert run_check(kind, moved).passed


def test_reason_names_the_measure_that_fails_and_its_bound():
    reason = run_check("walk_forward", still()).reason
    assert "distance forward 0.00 m (at least 1)" in reason
    assert "at least 0.3 and at most 2.1" in reason


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("run_faster_than_walk", locomotion(3.0), locomotion(1.2)),
        ("fast_walk_faster_than_slow", locomotion(1.6), locomotion(0.8)),
        ("old_walks_older_than_young", locomotion(0.7), locomotion(1.3)),
    ],
)
def test_pair_check_holds_one_way_only(kind, first, second):
    assert run_check(kind, first, second).passed
    assert not run_check(kind, second, first).passed


def test_unknown_kind_and_wrong_number_of_motions_are_explained():
    with pytest.raises(ValueError, match="no check 'fly'; choose from raise_left_hand"):
        run_check("fly", still())
    with pytest.raises(ValueError, match="looks at 2 motion"):
        run_check("run_faster_than_walk", still())


def test_every_check_has_prompts_and_every_prompt_a_check():
    assert set(PROMPTS) == set(CHECKS)
    assert len(CHECKS) >= 24
    for kind, check in CHECKS.items():
        assert check.measures
        assert check.why
        assert check.pair == isinstance(PROMPTS[kind], PairPrompts)
        if check.opposite:
            assert CHECKS[check.opposite].opposite == kind


def test_held_out_wordings_are_new_and_name_their_side():
    seen = {
        text.lower()
        for prompts in PROMPTS.values()
        for part in ((prompts.first, prompts.second) if isinstance(prompts, PairPrompts) else (prompts,))
        for text in part.seen
    }
    assert not seen & held_out_texts()
    for kind, check in CHECKS.items():
        if check.opposite:
            side = "left" if "left" in kind.split("_") else "right"
            assert all(side in text for text in PROMPTS[kind].seen + PROMPTS[kind].held_out)


class Actor:
    """Acts out texts with motions that are known to show them; asked to raise a hand, it may confuse the sides."""

    def __init__(self, confused: bool = False):
        self.confused = confused
        self.calls: list[tuple[tuple[str, ...], float, int]] = []

    def __call__(self, text: list[str], *, seconds: float, seed: int) -> list[Motion]:
        self.calls.append((tuple(text), seconds, seed))
        return [self.act(one) for one in text]

    def act(self, text: str) -> Motion:
        if "hand" in text or "arm" in text:
            left = ("left" in text) != self.confused
            return raise_left_hand() if left else raise_left_hand().mirrored()
        return bow() if "bow" in text or "bend" in text else locomotion(3.0 if "run" in text else 1.2)


def test_report_counts_sides_and_wordings():
    kinds = ("raise_left_hand", "raise_right_hand", "cartwheel")
    report = evaluate_following(Actor(), kinds, seeds=(0, 1), wordings="seen", progress=False)
    assert report.success("raise_left_hand") == report.sides() == 1.0
    assert report.success("cartwheel") == 0.0
    assert report.success() == pytest.approx(2 / 3)
    assert report.wrong_sides() == 0.0
    assert report.to_dict()["success"] == {
        "all": pytest.approx(2 / 3, abs=1e-4),
        "seen": pytest.approx(2 / 3, abs=1e-4),
        "heldout": None,
    }
    assert "| cartwheel |" in report.to_markdown()
    json.dumps(report.to_dict(), allow_nan=False)


def test_confused_sides_are_counted_as_wrong():
    report = evaluate_following(Actor(confused=True), ["raise_left_hand"], seeds=[0], wordings="seen", progress=False)
    assert report.sides() == 0.0
    assert report.wrong_sides() == 1.0


def test_pair_kind_compares_two_generations_of_one_seed():
    actor = Actor()
    report = evaluate_following(actor, ["run_faster_than_walk"], seeds=[7], wordings="seen", progress=False)
    assert report.success() == 1.0
    assert [seed for _, _, seed in actor.calls] == [7, 7]
    assert len(report.outcomes) == len(PROMPTS["run_faster_than_walk"].first.seen)


def test_interrupted_evaluation_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "outcomes.jsonl"
    whole = evaluate_following(Actor(), ["bow", "walk_forward"], seeds=[0, 1], path=path, progress=False)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-3]))
    actor = Actor()
    again = evaluate_following(actor, ["bow", "walk_forward"], seeds=[0, 1], path=path, progress=False)
    assert again.outcomes == whole.outcomes
    assert sum(len(texts) for texts, _, _ in actor.calls) == 3


def test_length_can_be_set_for_all_kinds_and_outcomes_come_with_motions():
    actor, seen = Actor(), []
    evaluate_following(
        actor, ["bow"], seeds=[0], seconds=3.0, on_outcome=lambda *pair: seen.append(pair), progress=False
    )
    assert {seconds for _, seconds, _ in actor.calls} == {3.0}
    assert all(isinstance(motions[0], Motion) and outcome.kind == "bow" for outcome, motions in seen)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["fly"]}, "no prompts for fly"),
        ({"wordings": "odd"}, "expected all, seen or heldout"),
        ({"kinds": []}, "nothing was generated"),
    ],
)
def test_runner_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        evaluate_following(Actor(), progress=False, **options)


def test_pipeline_that_loses_motions_is_reported():
    with pytest.raises(ValueError, match="made 1 motions of 4 texts"):
        evaluate_following(lambda text, seconds, seed: [still()], ["bow"], [0], "seen", progress=False)


def test_standing_body_neither_slides_nor_sinks_nor_jitters():
    metrics = physical_metrics(still())
    assert metrics.skate_ratio == metrics.penetration_mm == metrics.float_ratio == 0.0
    assert metrics.jitter < 0.01


def test_gliding_body_slides_all_the_time():
    glide = build({}, torch.stack((torch.zeros(60), 1.0 * clock(3.0)), dim=-1))
    assert physical_metrics(glide).skate_ratio == 1.0
    assert physical_metrics(build({}, torch.stack((torch.zeros(60), 0.3 * clock(3.0)), dim=-1))).skate_ratio == 0.0


def test_penetration_is_the_depth_beyond_the_tolerance():
    sunk = still().replace(translation=still().translation - torch.tensor([0.0, 0.05, 0.0]))
    assert physical_metrics(sunk).penetration_mm == pytest.approx(1000 * (0.05 - 0.03 - 0.005), abs=0.1)


def test_hovering_after_standing_is_floating():
    height = torch.where(clock(3.0) < 1.5, STANDING_HEIGHT, STANDING_HEIGHT + 0.2)
    assert physical_metrics(build({}, torch.zeros(60, 2), height)).float_ratio == pytest.approx(0.5)


def test_jitter_grows_with_shaking():
    shaken = still().replace(
        translation=still().translation + 0.01 * torch.randn(60, 3, generator=torch.manual_seed(0))
    )
    assert physical_metrics(shaken).jitter > 100 * physical_metrics(still()).jitter + 1


@given(turns=st.integers(0, 20), amplitude=st.floats(0.2, 5))
def test_reversals_count_turning_points(turns, amplitude):
    time = np.linspace(0, (turns + 0.5) * math.pi, 40 * (turns + 1))
    assert reversals(-amplitude * np.cos(time), amplitude=0.5 * amplitude) == turns
    assert reversals(0.1 * amplitude * np.cos(time), amplitude=0.5 * amplitude) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_stretches_cover_exactly_the_true_frames(values):
    condition = np.array(values)
    covered = np.zeros_like(condition)
    for start, stop in runs(condition):
        assert stop > start
        covered[start:stop] = True
    assert (covered == condition).all()


@given(st.integers(1, 50), st.integers(1, 20))
def test_smoothing_keeps_straight_lines(length, frames):
    line = np.arange(length, dtype=float)
    assert np.allclose(smoothed(line, frames), line)
    assert np.allclose(smoothed(np.stack((line, -line), axis=1), frames)[:, 1], -line)


def test_track_directions_follow_the_body():
    walk = BodyTrack(locomotion(1.0, turn=1.57))
    assert walk.turn == pytest.approx(90, abs=5)
    assert walk.forward_distance == pytest.approx(4.0, abs=0.2)
    assert abs(walk.left_distance) < 0.3
    assert BodyTrack(locomotion(1.0, facing=-math.pi / 2)).left_distance == pytest.approx(4.0, abs=0.2)
