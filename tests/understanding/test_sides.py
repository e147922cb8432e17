"""Which side of an action is meant, where a leg stands and the other one is lifted."""

import pytest

from being_m0_hf.choreography.checked import load_pipeline
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.motion import JOINT_INDEX
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.understanding import Reader, known_actions, read_action_list
from being_m0_hf.understanding.facts import read_facts


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


@pytest.fixture(scope="module")
def pipeline() -> MotionPipeline:
    return load_pipeline()


@pytest.mark.parametrize(
    ("text", "lifted"),
    [
        ("balancing on the right leg", "left"),
        ("balances on the left leg", "right"),
        ("lifts the right leg and balances", "right"),
        ("stands on one leg, the left one raised", "left"),
        ("stands on the right leg, the left foot up", "left"),
        ("tree pose on the right leg", "left"),
        ("tree pose with the left foot on the right knee", "left"),
        ("tree pose with the right foot raised", "right"),
        ("stands on the right leg like a flamingo", "left"),
        ("arabesque on the right leg", "left"),
        ("arabesque with the left leg stretched out behind", "left"),
        ("stands on the right leg, holding the left foot behind the back", "left"),
        ("crane kick standing on the right leg", "left"),
        ("crane kick with the right leg", "right"),
        ("eagle pose on the right leg", "left"),
    ],
)
def test_who_stands_on_one_leg_lifts_the_other(text, lifted, pipeline):
    heights = pipeline(text).joints()[:, :, 1].amax(dim=0)
    standing = "left" if lifted == "right" else "right"
    assert heights[JOINT_INDEX[f"{lifted}_ankle"]] > heights[JOINT_INDEX[f"{standing}_ankle"]] + 0.2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("balancing on the right leg", "balance_right_leg"),
        ("lifting the right leg and balancing", "balance_left_leg"),
        ("tree pose, balancing on the right leg", "tree_pose"),
        ("hops on the left leg", "hop_left"),
        ("hops on the right foot", "hop_right"),
        ("side bend to the right", "side_bend_right"),
        ("leaning over to the right side to stretch the left side", "side_bend_right"),
        ("leans over to the left side", "side_bend_left"),
        ("model pose with the right hand on the hip", "model_pose_right"),
        ("model pose with the right leg out to the side", "model_pose_left"),
        ("kicks with the right leg", "kick_right"),
        ("waves with the left hand", "wave_left_hand"),
    ],
)
def test_the_action_is_of_the_side_that_is_meant(text, name, read):
    (action,) = read(text).actions
    assert action.name == name


def test_other_sides_stay_as_they_are_said():
    assert read_facts("kneels on the left knee and proposes").side == "left"
    assert read_facts("kneels down and ties her right shoe").side == "right"
    assert read_facts("stands with the left hand on the right knee").side == "both"
    assert read_facts("stretches the right leg").side == "right"
