"""The figure of the page: the default body in clothes, which moves as that does."""

import torch

from being_m0_hf.bodies import default_body
from being_m0_hf.bodies.dressed import dressed_body
from being_m0_hf.motion import JOINT_INDEX


def test_it_is_the_same_body_a_few_millimetres_further_out():
    bare, dressed = default_body(), dressed_body()
    assert torch.equal(bare.faces, dressed.faces) and torch.equal(bare.joint_weights, dressed.joint_weights)
    moved = (dressed.vertices - bare.vertices).norm(dim=1)
    assert 0.002 < moved.mean() < 0.02 and moved.max() < 0.05
    assert dressed.standing_height == bare.standing_height  # soles stay on the floor


def test_hands_stay_and_clothes_go_out():
    bare, dressed = default_body(), dressed_body()
    weights = bare.dense_weights()

    def out(*joints: str) -> float:
        inside = weights[:, [JOINT_INDEX[name] for name in joints]].sum(dim=1) > 0.95
        along = ((dressed.vertices - bare.vertices) * bare.vertex_normals()).sum(dim=1)
        return float(along[inside].mean())

    assert abs(out("left_wrist")) < 0.001
    assert out("left_knee") > 0.004 and out("spine1", "spine2", "spine3") > 0.004
