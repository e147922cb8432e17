"""The steps one by one: shots, masks, joint limits, weights."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from filmed_people import coco_people, video_of
from moving_body import moving_body
from safetensors.torch import load_file, save_file

from being_m0_hf.curation import CurationOptions
from being_m0_hf.curation.inputs import find_inputs
from being_m0_hf.curation.licences import provenance_of, read_licences
from being_m0_hf.curation.steps.agreement import NOT_COMPARED, agreed, disagreement
from being_m0_hf.curation.steps.cleaning import cleaned
from being_m0_hf.curation.steps.joint_limits import within_limits
from being_m0_hf.curation.steps.lifting import lifted, lifter_fingerprint
from being_m0_hf.curation.steps.order import STEPS
from being_m0_hf.curation.steps.people import without_crowds
from being_m0_hf.curation.steps.plausibility import plausible_weight
from being_m0_hf.curation.steps.shots import cut_into_shots
from being_m0_hf.models.shipped_checkpoints import checkpoint_folder
from being_m0_hf.motion import JOINT_INDEX, MotionError
from being_m0_hf.motionlib.build.quality import impossible_joints
from being_m0_hf.retarget.plausible import on_floor

OPTIONS = CurationOptions("videos")


def test_a_cut_is_where_everybody_jumps_and_nobody_who_only_moves():
    first, second = coco_people(60, 2)
    assert cut_into_shots(video_of(first, second)).shots == ((0, 60),)
    swapped = np.concatenate((first[:25], second[25:] + [-900.0, 40.0, 0.0]))
    found = cut_into_shots(video_of(swapped))
    assert found.shots == ((0, 25), (25, 60))
    assert [(track.name, track.first, track.num_frames) for track in found.tracks] == [("1:1", 0, 25), ("2:1", 25, 35)]
    one_stays = cut_into_shots(video_of(swapped, second))
    assert one_stays.shots == ((0, 60),)


def test_pictures_say_where_a_film_cuts_and_an_empty_shot_is_named():
    (person,) = coco_people(60)
    person[40:] = 0
    found = cut_into_shots(video_of(person).replace(cuts=(40,)))
    assert found.shots == ((0, 40), (40, 60)) and len(found.tracks) == 1
    assert str(found.left_out[0]) == "shot 2, frames 40 to 60: nobody is seen"


def test_a_joint_thrown_somewhere_for_a_moment_is_masked_and_filled():
    (person,) = coco_people(60)
    sound = cleaned(video_of(person), OPTIONS).tracks[0]
    thrown = person.copy()
    thrown[20, 9, :2] += 300  # the left wrist
    track = cleaned(video_of(thrown), OPTIONS).tracks[0]
    assert not track.visible[20, 13] and track.visible[19, 13]
    assert np.abs(track.keypoints[..., :2] - sound.keypoints[..., :2]).max() < 4
    assert 0 < track.keypoints[20, 13, 2] < sound.keypoints[20, 13, 2]


def test_somebody_who_is_exchanged_becomes_two_and_a_long_gap_too():
    first, second = coco_people(80, 2)
    swapped = np.concatenate((first[:40], second[40:]))
    tracks = cleaned(video_of(swapped), OPTIONS).tracks
    assert [(track.name, track.first, track.num_frames) for track in tracks] == [("1.1", 0, 40), ("1.2", 40, 40)]
    gone = first.copy()
    gone[35:45] = 0
    (track,) = cleaned(video_of(gone), OPTIONS).tracks
    assert track.num_frames == 80 and not track.visible[40].any() and (track.keypoints[40, :, 2] > 0).all()
    gone[33:50] = 0
    found = cleaned(video_of(gone), OPTIONS)
    assert [track.num_frames for track in found.tracks] == [33, 30]


def test_who_is_hardly_seen_is_left_out_with_the_reason():
    (person,) = coco_people(60)
    person[20:] = 0
    assert str(cleaned(video_of(person), OPTIONS).left_out[0]) == "person 1: is seen for 0.67 s, less than 1 s"
    first, second = coco_people(60, 2)
    first[20:40] = second[20:40]
    lines = [str(line) for line in cleaned(video_of(first), OPTIONS).left_out]
    assert lines == ["person 1: is seen for 0.67 s at most, 3 times, less than 1 s"]
    (person,) = coco_people(60)
    person[:, 7:, 2] = 0.1
    assert "never shows 6 joints" in str(cleaned(video_of(person), OPTIONS).left_out[0])


@pytest.mark.parametrize("seed", range(3))
def test_joints_come_within_their_limits_and_those_that_were_stay(seed):
    generator = torch.Generator().manual_seed(seed)
    motion = moving_body(40, seed=seed)
    wild = motion.replace(rotations=roma.quat_normalize(torch.randn(40, 22, 4, generator=generator)))
    assert any(wrong.any() for wrong in impossible_joints(wild).values())
    assert not any(wrong.any() for wrong in impossible_joints(within_limits(wild)).values())
    straight = motion.replace(rotations=torch.tensor([0.0, 0, 0, 1]).expand(40, 22, 4))
    assert torch.equal(within_limits(straight).rotations, straight.rotations)


def test_a_knee_is_bent_back_no_farther_than_it_must():
    rotations = torch.tensor([0.0, 0, 0, 1]).repeat(10, 22, 1)
    forward = roma.rotvec_to_unitquat(torch.tensor([-1.0, 0, 0]))  # 57 degrees the wrong way
    rotations[:, JOINT_INDEX["left_knee"]] = forward
    limited = within_limits(moving_body(10).replace(rotations=rotations)).rotations[0, JOINT_INDEX["left_knee"]]
    assert float(roma.unitquat_to_rotvec(limited).norm().rad2deg()) == pytest.approx(24, abs=0.1)


def test_a_motion_that_no_floor_allows_weighs_less():
    straight = torch.tensor([0.0, 0, 0, 1]).expand(60, 22, 4)
    standing = on_floor(moving_body(60).replace(rotations=straight, translation=torch.zeros(60, 3)))
    lifted = standing.translation + torch.tensor([0.0, 0.6, 0.0])
    glides = standing.translation + torch.arange(60)[:, None] * torch.tensor([0.1, 0.0, 0.0])
    assert plausible_weight(standing) == 1.0
    assert 0.05 <= plausible_weight(standing.replace(translation=lifted)) < 0.5
    assert plausible_weight(standing.replace(translation=glides)) < 0.5


def test_keypoints_belong_to_the_video_of_their_name(tmp_path):
    for name in ("a.mp4", "a.keypoints.json", "b/c.MOV", "b/c.json", "d.json", "e.webm", "e.keypoints/1.json", "f.xyz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = {each.id: (each.kind, each.keypoints) for each in find_inputs(CurationOptions(str(tmp_path)))}
    assert found == {
        "a.mp4": ("video", "a.keypoints.json"),
        "b/c.MOV": ("video", "b/c.json"),
        "d.json": ("keypoints", "d.json"),
        "e.webm": ("video", "e.keypoints"),
        "f.xyz": ("unknown", ""),
    }


def test_licences_go_by_path_then_by_name(tmp_path):
    path = tmp_path / "licences.csv"
    path.write_text("file, licence ,subject\na/x.mp4,CC0,ann\nx.mp4,CC BY 4.0,\nz.mp4,,bob\n")
    known = read_licences(path)
    assert provenance_of("a/x.mp4", known, "?").licence == "CC0"
    assert provenance_of("b/x.mp4", known, "?").licence == "CC BY 4.0"
    assert provenance_of("z.mp4", known, "?") == provenance_of("z.mp4", known, "?").__class__("?", "", "", "bob")
    assert provenance_of("q.mp4", known, "?").licence == "?"
    path.write_text("file,licence\nx,CC0\nx,CC0\n")
    with pytest.raises(MotionError, match="line 3: x is there twice"):
        read_licences(path)


def test_who_comes_in_late_is_as_tall_as_they_are_when_seen():
    (person,) = coco_people(60)
    whole = video_of(person).tracks[0].height
    person[:45] = 0
    late = video_of(person)
    assert late.tracks[0].height == pytest.approx(whole, rel=0.2)
    kept = without_crowds(late, OPTIONS)
    assert len(kept.tracks) == 1 and not kept.left_out
    person[:] = 0
    assert video_of(person).tracks[0].height == 0


def test_two_models_that_see_other_poses_disagree():
    motion = moving_body(40, seed=2)
    seen_from_elsewhere = motion.moved(1.0, torch.tensor([0.0, 2.0]))
    assert disagreement(motion, seen_from_elsewhere) < 1e-3
    assert disagreement(motion, motion.mirrored()) > 0.05
    assert disagreement(motion, moving_body(40, seed=3)) > 0.1


def test_only_what_looks_at_the_same_people_is_compared():
    """Of keypoints alone, two lifters of keypoints can be compared; a model of pictures has nothing to look at."""
    (person,) = coco_people(40)
    options = replace(OPTIONS, agree_with="hummuss-mini")
    lifted_video = lifted(video_of(person), options)
    (track,) = agreed(lifted_video, options).tracks
    assert track.scores["disagreement"] < 1e-6 and not track.flags
    (track,) = agreed(lifted_video, replace(OPTIONS, agree_with="smplest-x-tiny")).tracks
    assert track.flags == (NOT_COMPARED,) and "disagreement" not in track.scores
    (track,) = agreed(lifted_video, replace(OPTIONS, agree_with="hummuss-mini-causal")).tracks
    assert 0.001 < track.scores["disagreement"] < 0.5


def test_a_step_is_taken_again_when_its_model_is_trained_anew(tmp_path):
    """The name of the checkpoint stays, its weights do not."""
    folder = tmp_path / "lifter"
    shutil.copytree(checkpoint_folder("hummuss-mini"), folder)
    options = replace(OPTIONS, lifter=str(folder))
    (lift,) = (step for step in STEPS if step.name == "lift")
    before = lift.key("", options)
    lifter_fingerprint.cache_clear()  # as another process
    assert lift.key("", options) == before
    weights = load_file(folder / "model.safetensors")
    save_file({name: value + 1 for name, value in weights.items()}, folder / "model.safetensors")
    lifter_fingerprint.cache_clear()
    assert lift.key("", options) != before
