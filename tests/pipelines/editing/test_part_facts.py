"""What is said of a part, measured: how an edit chooses among its candidates."""

import pytest
import roma
import torch

from being_m0_hf.motion import JOINT_INDEX, NUM_JOINTS, Motion
from being_m0_hf.pipelines.part_facts import missed_claims, plain_parts


def held(angle: float) -> Motion:
    """2 s with the left arm held still, radians above the T-pose's level, and the right one hanging."""
    turns = torch.zeros(40, NUM_JOINTS, 3)
    turns[:, JOINT_INDEX["left_shoulder"], 2] = angle
    turns[:, JOINT_INDEX["right_shoulder"], 2] = 1.4
    translation = torch.zeros(40, 3)
    translation[:, 1] = 0.9
    return Motion(roma.rotvec_to_unitquat(turns), translation)


@pytest.mark.parametrize("text", ["stretch out to the side", "is stretched out to the side", "stretches sideways"])
def test_an_arm_out_to_the_side_is_level(text):
    parts = {"left_arm": text}
    assert missed_claims(parts, held(0.0)) == []
    assert missed_claims(parts, held(1.3))  # overhead
    assert missed_claims(parts, held(-1.4))  # hanging
    assert plain_parts(parts) == {"left_arm": "is held out to the side"}


def test_what_is_said_of_a_part_counts_once_and_only_what_can_be_measured():
    assert missed_claims({"left_arm": "hangs down"}, held(-1.4)) == []
    assert len(missed_claims({"left_arm": "hangs down", "right_arm": "waves"}, held(0.0))) == 2
    assert missed_claims({"left_arm": "does something nice"}, held(0.0)) == []
    assert plain_parts({"left_arm": "does something nice", "torso": "leans forward"}) == {
        "left_arm": "does something nice",
        "torso": "leans forward",
    }
