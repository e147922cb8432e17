"""Skinned bodies: the shipped MakeHuman body, the mannequin, refitting to other bones, and skinning."""

import math

import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.bodies import default_body, makehuman_body, mannequin, pose_body
from being_m0_hf.bodies.body import interpolate_displacements, skinning_from_dense
from being_m0_hf.bodies.body_file import read_body, save_body
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS, PART_NAMES, Motion, Skeleton

BODIES = {"makehuman": lambda: makehuman_body("low"), "mannequin": mannequin}


@pytest.fixture(params=BODIES)
def body(request):
    return BODIES[request.param]()


def still_motion(**turns: tuple[float, float, float]) -> Motion:
    """Four equal frames at the origin; ``turns`` gives the rotation vector of some joints."""
    rotations = torch.tensor([0.0, 0, 0, 1]).repeat(4, NUM_JOINTS, 1)
    for joint, vector in turns.items():
        rotations[:, JOINT_INDEX[joint]] = roma.rotvec_to_unitquat(torch.tensor(vector))
    return Motion(rotations, torch.zeros(4, 3))


def other_skeleton(seed: int, spread: float = 0.15) -> Skeleton:
    generator = torch.Generator().manual_seed(seed)
    stretch = 1 + spread * (2 * torch.rand(NUM_JOINTS, 1, generator=generator) - 1)
    return Skeleton(CANONICAL_SKELETON.offsets * stretch, "stretched")


def test_default_body_is_the_full_one_on_the_canonical_skeleton():
    body = default_body()
    assert body.vertices.shape == (12_272, 3)
    assert torch.equal(body.rest_joints, CANONICAL_SKELETON.rest_joints())
    assert body.standing_height == pytest.approx(1.01, abs=0.02)
    height = float(body.vertices[:, 1].max() - body.vertices[:, 1].min())
    assert 1.6 < height < 1.9


def test_unknown_detail_is_named():
    with pytest.raises(ValueError, match="'huge'"):
        makehuman_body("huge")


def test_weights_are_four_positive_influences(body):
    assert body.joint_indices.shape == body.joint_weights.shape == (len(body.vertices), 4)
    assert torch.allclose(body.joint_weights.sum(dim=1), torch.ones(len(body.vertices)), atol=1e-6)
    assert (body.joint_weights >= 0).all()
    assert (body.joint_indices[body.joint_weights == 0] == 0).all()
    assert torch.allclose(body.dense_weights().sum(dim=1), torch.ones(len(body.vertices)), atol=1e-6)


def test_rest_pose_is_left_right_symmetric(body):
    mirrored = body.vertices * torch.tensor([-1.0, 1.0, 1.0])
    nearest = torch.cdist(mirrored, body.vertices).min(dim=1).values
    assert nearest.max() < 0.003


def test_faces_look_outwards(body):
    a, b, c = body.vertices[body.faces].unbind(dim=1)
    volume = float((a * torch.linalg.cross(b, c)).sum() / 6)
    assert 0.04 < volume < 0.12  # cubic metres of a body


def test_t_pose_feet_stand_on_one_floor(body):
    soles = [body.vertices[body.vertices[:, 0] * side > 0][:, 1].min() for side in (1, -1)]
    assert float(soles[0]) == pytest.approx(float(soles[1]), abs=1e-3)
    assert float(soles[0]) == pytest.approx(-body.standing_height, abs=1e-3)


def test_parts_name_the_limbs(body):
    parts = body.vertex_parts
    extremes = {
        "left_arm": body.vertices[:, 0].argmax(),
        "right_arm": body.vertices[:, 0].argmin(),
        "torso": body.vertices[:, 1].argmax(),
    }
    for name, vertex in extremes.items():
        assert PART_NAMES[parts[vertex]] == name
    low = body.vertices[:, 1] < body.rest_joints[JOINT_INDEX["left_knee"], 1]
    legs = torch.where(body.vertices[low, 0] > 0, PART_NAMES.index("left_leg"), PART_NAMES.index("right_leg"))
    assert torch.equal(parts[low], legs)


def test_no_rotation_leaves_the_t_pose(body):
    assert torch.allclose(pose_body(body, still_motion())[0], body.vertices, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(turn=st.tuples(*[st.floats(-3, 3)] * 3), place=st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_root_turn_moves_the_body_rigidly(turn, place):
    body = makehuman_body("low")
    motion = still_motion(pelvis=turn).replace(translation=torch.tensor(place).expand(4, 3))
    expected = body.vertices @ roma.rotvec_to_rotmat(torch.tensor(turn)).T + torch.tensor(place)
    assert torch.allclose(pose_body(body, motion)[2], expected, atol=1e-4)


def test_bending_an_elbow_swings_the_hand_and_nothing_else(body):
    bent = pose_body(body, still_motion(left_elbow=(0.0, -math.pi / 2, 0.0)))[0]
    weights = body.dense_weights()
    forearm = weights[:, [JOINT_INDEX["left_elbow"], JOINT_INDEX["left_wrist"]]].sum(dim=1)
    assert torch.allclose(bent[forearm == 0], body.vertices[forearm == 0], atol=1e-6)
    hand = body.vertices[:, 0].argmax()
    elbow = body.rest_joints[JOINT_INDEX["left_elbow"]]
    # the arm along +x turns about y by -90 degrees: what was out is now in front
    assert float(bent[hand, 2] - elbow[2]) == pytest.approx(float(body.vertices[hand, 0] - elbow[0]), abs=1e-4)


def test_fitting_takes_every_joint_to_its_new_place(body):
    skeleton = other_skeleton(seed=1)
    fitted = body.fitted_to(skeleton)
    assert torch.allclose(fitted.rest_joints, skeleton.rest_joints())
    # flesh goes with the bones: what surrounded a joint still does
    for joint in ("left_wrist", "right_knee", "head", "left_foot"):
        before, after = body.rest_joints[JOINT_INDEX[joint]], fitted.rest_joints[JOINT_INDEX[joint]]
        near = (body.vertices - before).norm(dim=1).topk(8, largest=False).indices
        assert (fitted.vertices[near].mean(dim=0) - after).norm() < 0.06
    assert fitted.fitted_to(skeleton) is fitted


def test_a_scaled_skeleton_gives_a_scaled_body(body):
    child = Skeleton(CANONICAL_SKELETON.offsets * 0.6, "child")
    assert torch.allclose(body.fitted_to(child).vertices, body.vertices * 0.6, atol=1e-5)


def test_posing_refits_to_the_motions_bones(body):
    skeleton = other_skeleton(seed=2)
    motion = still_motion().replace(skeleton=skeleton)
    assert torch.allclose(pose_body(body, motion)[0], body.fitted_to(skeleton).vertices, atol=1e-5)


def test_displacements_are_interpolated_exactly():
    generator = torch.Generator().manual_seed(0)
    points, displacements = torch.randn(2, 10, 3, generator=generator)
    assert torch.allclose(interpolate_displacements(points, displacements, points), displacements, atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.4, 1.6))
def test_mannequin_fits_any_bones(seed, size):
    skeleton = Skeleton(other_skeleton(seed, spread=0.3).offsets * size, "any")
    doll = mannequin(skeleton)
    assert torch.isfinite(doll.vertices).all()
    # every piece is closed: each edge belongs to two faces, in opposite directions
    edges = torch.cat([doll.faces[:, [0, 1]], doll.faces[:, [1, 2]], doll.faces[:, [2, 0]]])
    count = len(doll.vertices)
    forwards, backwards = edges @ torch.tensor([count, 1]), edges @ torch.tensor([1, count])
    assert torch.equal(forwards.sort().values, backwards.sort().values)
    assert len(forwards.unique()) == len(forwards)


def test_normals_are_unit_and_point_away(body):
    normals = body.vertex_normals()
    assert torch.allclose(normals.norm(dim=1), torch.ones(len(normals)), atol=1e-4)
    assert normals[body.vertices[:, 1].argmax(), 1] > 0.8
    assert normals[body.vertices[:, 2].argmin(), 2] < -0.5


def test_body_file_round_trip(body, tmp_path):
    save_body(body, tmp_path / "body.npz")
    again = read_body(tmp_path / "body.npz", body.name)
    assert (again.vertices - body.vertices).abs().max() < 3e-5
    assert torch.equal(again.faces, body.faces)
    assert (again.dense_weights() - body.dense_weights()).abs().max() < 0.01
    assert torch.equal(again.skeleton.offsets, body.skeleton.offsets)


def test_four_strongest_influences_are_kept():
    dense = torch.zeros(1, NUM_JOINTS)
    dense[0, [3, 6, 9, 12, 15]] = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05])
    indices, weights = skinning_from_dense(dense)
    assert sorted(indices[0].tolist()) == [3, 6, 9, 12]
    assert float(weights.sum()) == pytest.approx(1.0)
