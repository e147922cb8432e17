"""The list of actions that is written beside a checkpoint's weights."""

import pytest
import torch

from being_m0_hf.motion import JOINT_INDEX, Motion
from being_m0_hf.training_data.feature_cache import CacheWriter
from being_m0_hf.training_data.moving_parts import arms_of
from being_m0_hf.understanding import Reader, known_actions
from training.tools.write_action_list import action_list


def moving(joints: tuple[str, ...], travels: float = 0.0) -> torch.Tensor:
    """Features of a body that swings some joints by 1 rad, and goes so many metres."""
    rotations = torch.zeros(40, 22, 4)
    rotations[..., 3] = 1
    half = torch.linspace(0, 6.3, 40).sin() / 2
    for name in joints:
        rotations[:, JOINT_INDEX[name], 1], rotations[:, JOINT_INDEX[name], 3] = half.sin(), half.cos()
    path = torch.tensor([0.0, 0.95, 0.0]).repeat(40, 1)
    path[:, 2] = torch.linspace(0, travels, 40)
    return Motion(rotations, path, 20.0).to_d135()


@pytest.mark.parametrize(
    "clip, arms",
    [
        (moving(("right_shoulder",)), ("right_arm",)),
        (moving(("left_shoulder", "right_shoulder")), ("left_arm", "right_arm")),
        (moving(("right_shoulder",), travels=1.0), ()),
        (moving(()), ()),
    ],
)
def test_arms_alone_are_told_from_the_whole_body(clip, arms):
    assert arms_of([clip]) == arms


def test_recorded_and_written_actions_of_all_caches_are_listed(tmp_path):
    clips = {"run": moving(("left_hip",), 2.0), "salute": moving(("right_shoulder",)), "no such action": moving(())}
    for name, clip in clips.items():
        cache = CacheWriter(tmp_path / name, "train_samples")
        cache.add(
            clip,
            id=name,
            action=name,
            kind="clip",
            mirrored=False,
            parts=[{"right_arm": "the right hand goes to the brow"}],
        )
        cache.save()
    listed = action_list([tmp_path / name for name in clips])
    assert listed["run"] == {"seconds": [2.0, 2.0]} and len(listed["salute"]["wordings"]) >= 8
    assert "no such action" not in listed and "dig" not in listed
    read = Reader(known_actions(listed))
    assert read("someone gives a soldier's salute").actions[0].arms == {"right_arm": "the right hand goes to the brow"}
    assert read("someone gives a soldier's salute with the left hand").actions[0].arms == {
        "left_arm": "the left hand goes to the brow"
    }
