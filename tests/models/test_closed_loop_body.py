"""Body tokens in a closed loop: parts are judged by their joints alone, and what is chosen is better."""

import torch

from being_m0_hf.models.motion_tokenizer.closed_loop_body import BodyPose, PartJudge, judged_parts
from being_m0_hf.models.motion_tokenizer.reconstruction_loss import joints_about_root
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, PART_COLUMNS
from being_m0_hf.motion.features import part_columns, remove_heading

OFFSETS = CANONICAL_SKELETON.offsets
WITH_TORSO = part_columns(pelvis_with_torso=True)


def test_parts_that_carry_others_come_first_and_the_path_is_left_out():
    order = judged_parts(WITH_TORSO)
    assert [part.index for part in order] == [1, 2, 3, 4, 5]
    assert len(order[0].joints) == 21 and order[0].own[0] == 0
    arm = order[1]
    assert arm.own == tuple(JOINT_INDEX[f"left_{name}"] for name in ("collar", "shoulder", "elbow", "wrist"))
    assert arm.joints == arm.own[1:]
    assert [part.index for part in judged_parts(PART_COLUMNS)][0] == 1  # here the pelvis is the path's


def test_a_part_is_posed_as_the_whole_body_would_be(make_features):
    """Places of the joints that a part moves, with all else as decoded, against posing everything."""
    truth, decoded = (remove_heading(make_features(2, 12, roll=roll)) for roll in (0.0, 0.3))
    for part in judged_parts(WITH_TORSO):
        judge = PartJudge(part, BodyPose.of(truth, OFFSETS), BodyPose.of(decoded, OFFSETS))
        columns = list(part.columns)
        own, turned = truth[..., columns], decoded.clone()
        turned[..., columns] = own
        expected = joints_about_root(turned, OFFSETS)
        joints, _ = judge.pose(own[None])
        for joint in part.joints:
            assert torch.allclose(joints[joint][0], expected[:, :, joint], atol=1e-5)
    right = PartJudge(part, BodyPose.of(truth, OFFSETS), BodyPose.of(truth, OFFSETS))
    assert right.errors(truth[None][..., columns]).max() < 1e-5
    assert right.errors(decoded[None][..., columns]).mean() >= 0


def test_closed_loop_codes_move_joints_closer_and_batches_do_not_matter(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(codebook_bits=8), make_features(2, 48)
    heading_free = remove_heading(features)
    model.set_statistics(heading_free.flatten(0, 1).mean(0), heading_free.flatten(0, 1).std(0).clamp_min(0.02))
    plain, refined = (model.encode(features, closed_loop=closed).codes for closed in (False, True))
    truth = joints_about_root(heading_free, model.bone_offsets)

    def error(codes: torch.Tensor) -> float:
        joints = joints_about_root(remove_heading(model.decode(codes).features), model.bone_offsets)
        return float((joints - truth).norm(dim=-1).mean())

    assert error(refined) < 0.97 * error(plain)  # a random network, which hardly tells bodies apart
    assert torch.equal(model.encode(features[1:], closed_loop=True).codes[0], refined[1])
    with torch.inference_mode():
        assert torch.equal(model.encode(features, closed_loop=True).codes, refined)
