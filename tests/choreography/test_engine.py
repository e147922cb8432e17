"""What the engine promises, on a stand and a walk that are made here: no recordings are in the repository."""

import numpy as np
import pytest

from being_m0_hf.choreography.bases.steps import with_hops, with_steps
from being_m0_hf.choreography.bases.whole_body import whole_body
from being_m0_hf.choreography.engine import turns
from being_m0_hf.choreography.engine.body import Body
from being_m0_hf.choreography.engine.perform import perform
from being_m0_hf.choreography.engine.stage import Stage
from being_m0_hf.choreography.judge.facts import failed_facts
from being_m0_hf.choreography.judge.gate import measured, refusals
from being_m0_hf.choreography.score.score import Score, parse_score
from being_m0_hf.choreography.score.vary import varied
from being_m0_hf.choreography.walks.operators import OPERATORS, apply_operators
from being_m0_hf.motion import JOINT_INDEX, NUM_JOINTS

SECONDS, FPS = 4.0, 20


def stand(seconds: float = SECONDS) -> Body:
    """A body that stands with bent knees and hanging arms."""
    frames = round(seconds * FPS)
    local = np.tile(np.eye(3), (frames, NUM_JOINTS, 1, 1))
    for side, sign in (("left", 1), ("right", -1)):
        local[:, JOINT_INDEX[f"{side}_shoulder"]] = turns.about(turns.Z, np.full(1, -sign * 75))
        local[:, JOINT_INDEX[f"{side}_elbow"]] = turns.about(turns.Y, np.full(1, -sign * 12))
        for joint, degrees in (("hip", -8), ("knee", 16), ("ankle", -8)):
            local[:, JOINT_INDEX[f"{side}_{joint}"]] = turns.about(turns.X, np.full(1, degrees))
    body = Body(local, np.zeros((frames, 3)))
    body.path[:, 1] = 0.03 - body.pose().positions[0, :, 1].min()
    return body


def score(text: str, seconds: float = SECONDS) -> Score:
    return parse_score(f"text: a person does something\nseconds: {seconds}\n{text}", "test.yaml", "test")


SALUTE = """
right_hand:
  - {t: 1.2, at: brow, touch: tips, fingers: in+0.5*up+0.3*forward, palm: down+0.5*forward, elbow: 62, hold: 1.4}
  - {t: 3.6, at: rest}
"""


def test_a_held_hand_is_where_the_score_wants_it():
    wanted, base = score(SALUTE), stand()
    pose = perform(wanted, base).body.pose()
    stage = Stage(wanted, base)
    gap = stage.point("right_tips", pose) - stage.place("brow", "right", pose)[0]
    assert np.linalg.norm(gap[26:50], axis=-1).max() < 0.03


def test_a_foot_keeps_its_place_under_a_deeply_bent_leg_that_is_more_than_a_hinge():
    base = stand()
    knee = JOINT_INDEX["left_knee"]
    base.local[:, knee] = base.local[:, knee] @ turns.about(turns.Z, np.full(1, 8))
    squat = score("balance: 0\npelvis: {drop: [{t: 1.5, v: 0.45, hold: 1}, {t: 3.6, v: 0}]}")
    assert perform(squat, base).missed < 0.01


def test_what_no_key_moves_stays_as_recorded():
    base = stand()
    quiet = score("involve: 0\nbalance: 0" + SALUTE)
    out = perform(quiet, base).body
    for joint in ("left_shoulder", "left_elbow", "left_hip", "left_knee", "right_knee"):
        turned = turns.vector(turns.back(base.local[:, JOINT_INDEX[joint]]) @ out.local[:, JOINT_INDEX[joint]])
        assert np.degrees(np.linalg.norm(turned, axis=-1)).max() < 1.0, joint


def test_feet_do_not_slide_and_joints_keep_their_limits():
    base = stand()
    made = perform(score(SALUTE + "pelvis: {drop: [{t: 1, v: 0.15, hold: 1}, {t: 3.5, v: 0}]}\n"), base)
    found = measured(made.body, made.body.motion())
    assert found.physical.skate_ratio_strict == 0 and not found.over_limits
    feet = [made.body.pose().point(f"{side}_foot") - base.pose().point(f"{side}_foot") for side in ("left", "right")]
    assert np.abs(feet).max() < 0.01


def test_both_hands_do_the_same_mirrored():
    made = perform(score("hands: [{t: 1, at: shoulder, by: [0.2, 0.3, 0.2], hold: 2}]"), stand()).body.pose()
    left, right = made.point("left_wrist")[40], made.point("right_wrist")[40]
    assert np.abs(left - right * (-1, 1, 1)).max() < 0.04 and left[1] > 1.4


def test_performances_are_the_same_for_the_same_seed():
    wanted = score(SALUTE)
    first, second, other = (perform(wanted, stand(), seed).body.path for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert varied(wanted, 3) == varied(wanted, 3) and varied(wanted, 3) != varied(wanted, 4)
    assert varied(wanted, 0)[0] == wanted


def test_a_motion_has_the_frames_of_its_score():
    assert perform(score(SALUTE, 3.5), stand(3.5)).body.motion().num_frames == 70


def test_palms_meet_when_they_must():
    clap = score(
        "hands: [{t: 0.8, at: chest, by: [0.12, 0, 0.18], fingers: forward+up, palm: in, hold: 2.5}]\n"
        "contacts: [{t: 1.2, point: right_palm, on: left_palm, every: 0.6, times: 3}]\n"
        "expect: [{point: right_palm, near: left_palm, within: 0.05, times: 3}]"
    )
    made = perform(clap, stand()).body
    gap = np.linalg.norm(Stage.point("right_palm", made.pose()) - Stage.point("left_palm", made.pose()), axis=-1)
    assert gap[[24, 36, 48]].max() < 0.03 and gap[30] > 0.08
    assert failed_facts(clap, made.motion()) == []


def test_both_hands_hold_the_prop():
    swing = score(
        "prop: {shape: shaft, right: -0.1, left: 0.2, keys: ["
        "{t: 0.8, at: belly, by: [0, 0, 0.3], along: in, hold: 0.5}, "
        "{t: 2.2, at: chest, by: [0, 0.1, 0.3], along: in+0.5*up, hold: 1}, {t: 3.8, at: rest}]}"
    )
    pose = perform(swing, stand()).body.pose()
    apart = np.linalg.norm(Stage.point("right_palm", pose) - Stage.point("left_palm", pose), axis=-1)
    assert np.abs(apart[18:62] - 0.3).max() < 0.05


def test_a_stroke_is_fast_and_hits():
    punch = score(
        "strokes: [{t: 1.6, limb: right_hand, speed: 6, from: {at: shoulder, by: [0.05, -0.1, 0.1], touch: fist}, "
        "to: {at: shoulder, by: [-0.1, 0, 0.5], touch: fist}}]\n"
        "expect: [{point: right_wrist, speed: [2.5, 9]}]"
    )
    made = perform(punch, stand()).body
    assert failed_facts(punch, made.motion()) == []
    assert made.pose().point("right_wrist")[32, 2] > made.path[32, 2] + 0.35


def test_the_eyes_follow_the_hand():
    look = score(
        "right_hand: [{t: 1, at: shoulder, by: [0.5, 0, 0.1], hold: 2}]\nlook: [{t: 1, at: right_hand, hold: 2}]"
    )
    pose = perform(look, stand()).body.pose()
    way = turns.unit(Stage.point("right_hand", pose) - pose.point("head"))[40]
    assert (pose.axes("head")[40, :, 2] * way).sum() > 0.8


def test_steps_lead_to_the_place_and_hops_leave_the_floor():
    base = stand(6)
    walk = score("steps: [{t: 0.5, to: [0.8, 0]}, {t: 3, turn: 180}]", 6)
    gone = with_steps(base, walk.steps)
    assert gone.path[-1, 0] - base.path[-1, 0] == pytest.approx(-0.8, abs=0.02)
    assert measured(gone, gone.motion()).physical.skate_ratio_strict < 0.05
    turned = score("steps: [{t: 3, turn: 180}]\nexpect: [{turn: [170, 190]}]", 6)
    assert failed_facts(turned, gone.motion()) == []
    hop = with_hops(base, score("hop: [{t: 1, height: 0.2}]", 6).hop)
    assert hop.pose().point("left_foot")[:, 1].max() - base.pose().point("left_foot")[0, 1] > 0.15


def test_hands_stay_on_the_floor_between_poses_that_share_them():
    floor = score("base: floor\nbody: [{t: 0, pose: all_fours}, {t: 2, pose: plank}]")
    wrist = whole_body(floor, 0).pose().point("left_wrist")
    assert np.abs(wrist - wrist[0]).max() < 0.035 and wrist[0, 1] < 0.1


def walk() -> Body:
    """A stand that takes steps forward: a plain walk."""
    return with_steps(stand(4), score("steps: [{t: 0.2, to: [0, 2.4], pace: 0.5, stride: 0.5}]").steps)


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_give_a_sound_body(name):
    base = walk()
    out = apply_operators(base, [(name, {})], 0)
    assert np.isfinite(out.path).all() and len(out.motion().translation) == len(out)
    assert np.abs(out.local @ np.swapaxes(out.local, -1, -2) - np.eye(3)).max() < 1e-5
    if name not in ("stagger", "drag"):  # feet that shall go astray, or be dragged
        assert measured(out, out.motion()).physical.skate_ratio < 0.25


def test_the_gate_names_what_is_wrong():
    far = score("right_hand: [{t: 1, at: shoulder, by: [0.3, 0.2, 1.2], hold: 2}]\nexpect: [{travel: [1, 2]}]")
    base = stand()
    why = refusals(far, perform(far, base), base)
    assert any("target missed" in reason for reason in why) and any("travel" in reason for reason in why)
    good = score(SALUTE + "expect: [{point: right_tips, near: brow, within: 0.08, seconds: 1}]")
    assert refusals(good, perform(good, base), base) == []
