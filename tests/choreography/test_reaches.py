"""Random scores for motion tokenizers."""

import json

import pytest
import torch

from being_m0_hf.choreography.bases import Bases
from being_m0_hf.choreography.performances import performed
from being_m0_hf.choreography.reaches import random_score
from being_m0_hf.choreography.score.places import PLACES
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, Motion
from tests.support.packed_recordings import write_source
from training import prepare_reaches

SCORES = [random_score(number) for number in range(60)]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A folder with one recording: a body with hanging arms, at 30 fps."""
    rotations = torch.zeros(150, 22, 4)
    rotations[..., 3] = 1
    for side, sign in (("left", -1), ("right", 1)):
        half = torch.tensor(sign * 1.3 / 2)
        rotations[:, JOINT_INDEX[f"{side}_shoulder"], 2:] = torch.stack((half.sin(), half.cos()))
    motion = Motion(rotations, torch.tensor([0.0, 0.97, 0.0]).expand(150, 3), 30.0)
    folder = tmp_path_factory.mktemp("recordings")
    row = {"id": "07_01", "cmu_description": "stand", "source": "test", "retarget_err_cm": 0.5, "min_foot_y_m": 0.0,
           "skeleton": "one", "motion": motion}  # fmt: skip
    write_source(folder / "cmu", [row])
    bones = {"one": {"tpose22_offsets_m": CANONICAL_SKELETON.offsets.tolist(), "estimated": False}}
    (folder / "cmu" / "skeletons.json").write_text(json.dumps(bones))
    (folder / "captions").mkdir()
    (folder / "captions" / "humanml3d_cmu.jsonl").write_text("")
    return folder


def test_a_number_is_always_the_same_score():
    assert [random_score(number) for number in range(60)] == SCORES
    assert len({repr(score) for score in SCORES}) == 60


def test_hands_go_everywhere_one_or_both_high_and_low():
    keys = [key for score in SCORES for key in (*score.left_hand, *score.right_hand)]
    assert {key.at for key in keys} <= {*PLACES, "rest"} and len({key.at for key in keys}) > 20
    elbows = [key.elbow for key in keys if key.elbow is not None]
    assert min(elbows) < 20 and max(elbows) > 75
    one_handed = [not (score.left_hand and score.right_hand) for score in SCORES]
    alike = [score.left_hand == score.right_hand for score in SCORES]
    assert 0.05 < sum(one_handed) / 60 < 0.45 and 0.2 < sum(alike) / 60 < 0.6
    assert all(score.left_hand or score.right_hand for score in SCORES)
    assert {score.base for score in SCORES} == {"stand", "sit", "walk"}
    assert any(key.osc for key in keys) and all(0.5 < score.seconds <= 9.0 for score in SCORES)


def test_they_can_be_performed_and_move_the_hands(recordings):
    bases = Bases(recordings)
    for score in SCORES[:4]:
        motion = performed(score.replace(base="stand", recording=("cmu/07_01", 0, 90)), bases, 1)[0].body.motion()
        joints = motion.joints()
        about_the_root = joints - joints[:, :1]
        spans = about_the_root.amax(dim=0) - about_the_root.amin(dim=0)
        hands = spans[[JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]].norm(dim=-1)
        assert hands.max() > 0.15 and spans[JOINT_INDEX["left_ankle"]].norm() < 0.15


def test_a_folder_without_recordings_is_one_line(tmp_path, capsys):
    assert prepare_reaches.main(["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--count", "1"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("error: ")
