"""Keypoints to motions: what true joints give, whole files, and streams that equal them."""

import json

import numpy as np
import pytest
import torch
from filmed_people import FOCAL, SIZE, TILT, coco_people, filmed, mmpose_file
from moving_body import moving_body

import being_m0_hf
from being_m0_hf.io.keypoints import LAYOUTS, KeypointFile, KeypointPerson, h36m_keypoints
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.motion.h36m_joints import H36M_NAMES, h36m_joints, mirrored
from being_m0_hf.pipelines.lifting import LiftOptions, LiftStream, lift_person
from being_m0_hf.pipelines.lifting.crop import HALF_SIZE, crop_around, whole_picture
from being_m0_hf.pipelines.lifting.lift import OVERLAP, PIECE, lifted_joints
from being_m0_hf.pipelines.lifting.mirror_image import mean_with_mirror_image
from being_m0_hf.pipelines.lifting.path import camera_tilt, on_level_floor
from being_m0_hf.pipelines.lifting.placing import placed_motion
from being_m0_hf.pipelines.lifting.trunk import with_calm_hips


def tiny_lifter(causal: bool = False) -> HumMussForPoseLifting:
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", causal, **sizes)).eval()
    torch.nn.init.normal_(model.head.weight, std=0.3)
    return model


def seen(pixels: torch.Tensor) -> torch.Tensor:
    return torch.cat((pixels, torch.ones_like(pixels[..., :1])), -1)


def file_of(keypoints: np.ndarray, fps: float = 30.0, times: np.ndarray | None = None) -> KeypointFile:
    people = [KeypointPerson(str(index), each) for index, each in enumerate(keypoints)]
    return KeypointFile(people, fps, SIZE, "coco17", times, True, True)


# --- from joints to the world


@pytest.mark.parametrize("tilt", [TILT, None])
def test_true_joints_give_the_true_motion(tilt):
    truth = moving_body(60, fps=30.0, seed=1, speed=0.8)
    viewed, pixels = filmed(truth)
    points = whole_picture(SIZE).inside(seen(pixels))
    found = placed_motion(viewed - viewed[:, :1], points, 30.0, LiftOptions(focal=FOCAL, tilt=tilt))
    ours, wanted = found.canonicalized(), truth.canonicalized()
    assert (ours.translation - wanted.translation)[:, [0, 2]].norm(dim=-1).mean() < (0.15 if tilt else 0.3)
    local = [motion.joints() - motion.translation[:, None] for motion in (ours, wanted)]
    assert (local[0] - local[1]).norm(dim=-1).mean() < (0.04 if tilt else 0.1)  # quick twists are smoothed
    assert 0 < found.joints()[..., 1].amin() < 0.1  # on the floor
    still = placed_motion(viewed - viewed[:, :1], points, 30.0, LiftOptions(in_place=True)).translation
    assert (still - still[0])[:, [0, 2]].abs().max() < 0.1


def test_the_tilt_of_the_camera_is_found():
    truth = moving_body(60, fps=30.0, seed=1)
    viewed, _ = filmed(truth)
    assert abs(camera_tilt(viewed - viewed[:, :1]) - TILT) < 12


def test_a_slope_becomes_level_and_a_jump_stays():
    joints = torch.zeros(120, 17, 3)
    joints[..., 1] = torch.linspace(0, 0.6, 120)[:, None]
    joints[60:66, :, 1] += 0.3
    height = on_level_floor(joints, 30.0)[:, 0, 1]
    assert height[20:55].amax() - height[20:55].amin() < 0.04 and height[62] - height[55] > 0.2


def turned_about_vertical(joints: torch.Tensor, degrees: torch.Tensor, names: tuple[str, ...]) -> torch.Tensor:
    """Some joints (T, 17, 3), each frame turned by so many degrees about the middle of these joints."""
    which = [H36M_NAMES.index(name) for name in names]
    middle = joints[:, which].mean(1, keepdim=True)
    around, angle = joints[:, which] - middle, degrees.deg2rad()[:, None]
    x = angle.cos() * around[..., 0] + angle.sin() * around[..., 2]
    z = angle.cos() * around[..., 2] - angle.sin() * around[..., 0]
    result = joints.clone()
    result[:, which] = middle + torch.stack((x, around[..., 1], z), -1)
    return result


HIPS, SHOULDERS = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")


def hips_off(joints: torch.Tensor, wanted: torch.Tensor) -> float:
    """Metres by which hips are elsewhere, the mean."""
    which = [H36M_NAMES.index(name) for name in HIPS]
    return float((joints - wanted)[:, which].norm(dim=-1).mean())


def test_hips_that_shake_under_the_shoulders_are_calmed():
    """Shaken by up to 50 degrees at a walk's rate, and exchanged for three frames: most of it is gone."""
    truth = h36m_joints(moving_body(90, fps=30.0, seed=1, speed=0.8))
    shaken = turned_about_vertical(truth, 50 * (torch.arange(90) / 30 * 2 * torch.pi).sin(), HIPS)
    shaken[40:43] = turned_about_vertical(truth, torch.full((90,), 180.0), HIPS)[40:43]
    calm = with_calm_hips(shaken, 30.0)
    assert hips_off(calm, truth) < 0.45 * hips_off(shaken, truth)
    others = [index for index, name in enumerate(H36M_NAMES) if name not in HIPS]
    assert (calm - shaken)[:, others].abs().max() == 0


@pytest.mark.parametrize("who", [(*HIPS, *SHOULDERS), SHOULDERS])
def test_true_turns_and_lasting_twists_stay(who):
    """A turn of the whole body by a half in half a second, and shoulders that turn by 40 degrees and stay."""
    still = h36m_joints(moving_body(90, fps=30.0, seed=1, speed=0.0))[:1].expand(90, -1, -1)
    how_far = 180.0 if len(who) == 4 else 40.0
    turned = turned_about_vertical(still, how_far * ((torch.arange(90) - 30) / 15).clamp(0, 1), who)
    assert hips_off(with_calm_hips(turned, 30.0), turned) < 0.02


# --- files


def test_a_person_is_lifted_from_first_to_last_sight():
    keypoints = h36m_keypoints(coco_people(50), LAYOUTS["coco17"])
    keypoints[:, :5], keypoints[:, 45:], keypoints[:, 20:23] = 0, 0, 0
    motion = lift_person(file_of(keypoints), file_of(keypoints).people[0], tiny_lifter())
    assert motion.num_frames == 40 and motion.fps == 30


def test_fast_recordings_are_thinned_out():
    keypoints = h36m_keypoints(coco_people(50), LAYOUTS["coco17"])
    found = file_of(keypoints, fps=120.0)
    motion = lift_person(found, found.people[0], tiny_lifter())
    assert (motion.fps, motion.num_frames) == (60, 25)


def test_irregular_frames_become_regular():
    keypoints = h36m_keypoints(coco_people(30), LAYOUTS["coco17"])
    times = np.cumsum(np.where(np.arange(30) % 2, 0.02, 0.05))
    found = file_of(keypoints, times=times)
    motion = lift_person(found, found.people[0], tiny_lifter())
    assert motion.num_frames == int((times[-1] - times[0]) * 30 + 1e-6) + 1


def test_long_clips_go_piece_by_piece():
    keypoints = torch.rand(PIECE + 200, 17, 3, generator=torch.Generator().manual_seed(0))
    model = tiny_lifter()
    joints = lifted_joints(model, keypoints, 30.0)
    assert joints.shape == (PIECE + 200, 17, 3) and joints.isfinite().all()
    with torch.no_grad():
        first = mean_with_mirror_image(model, keypoints[None, :PIECE], frame_rate=30.0)[0]
    torch.testing.assert_close(joints[: PIECE - OVERLAP], (first - first[:, :1])[: PIECE - OVERLAP])


def test_left_and_right_are_lifted_alike():
    """The mirror image of keypoints gives the mirror image of joints, whatever the model has learned."""
    keypoints = torch.rand(9, 17, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    model = tiny_lifter()
    joints = lifted_joints(model, keypoints, 30.0)
    torch.testing.assert_close(lifted_joints(model, mirrored(keypoints), 30.0), mirrored(joints))
    with torch.no_grad():
        alone = model(keypoints[None], frame_rate=30.0).joints[0]
    assert not torch.allclose(joints, alone - alone[:, :1], atol=1e-4)


def test_a_crop_makes_people_as_large_as_in_training():
    points = torch.tensor([[[100.0, 50, 1], [300, 450, 1], [0, 0, 0]]])
    inside = crop_around(points).inside(points)
    assert inside[0, :, 1].tolist() == pytest.approx([-HALF_SIZE, HALF_SIZE, 0])
    assert (inside[0, 2] == 0).all()
    with pytest.raises(ValueError, match="nobody"):
        crop_around(torch.zeros(1, 17, 3))


@pytest.mark.parametrize("aside", [(0.0, 0.0), (1.5, 0.0), (-1.5, 0.5)])
def test_who_stands_aside_is_not_taken_for_turned(aside):
    """A camera turned towards the middle of the crop has that middle straight ahead, and sees the same picture."""
    focal, away = 1.1, 4.0
    viewed, _ = filmed(moving_body(20, seed=1, fps=30.0, speed=0.0))
    viewed = viewed - viewed[:, :1] + torch.tensor([*aside, away])
    pixels = focal * SIZE[0] * viewed[..., :2] / viewed[..., 2:] + torch.tensor(SIZE) / 2
    crop = crop_around(seen(pixels))
    joints = viewed - viewed[:, :1]
    axes = crop.out_of(torch.eye(3), SIZE, focal)  # rows: the turned camera's axes in the real one's
    shown = viewed @ axes.T  # as the turned camera sees them
    middle = shown[..., :2] / shown[..., 2:]
    assert ((middle.flatten(0, 1).amax(0) + middle.flatten(0, 1).amin(0)) / 2).abs().max() < 0.03
    torch.testing.assert_close(crop.out_of(joints @ axes.T, SIZE, focal), joints, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(axes @ axes.T, torch.eye(3), atol=1e-6, rtol=0)


# --- streams


def test_a_stream_equals_the_clip_and_does_not_grow():
    model = tiny_lifter(causal=True)
    points = coco_people(40)[0]
    stream = LiftStream(model, SIZE, keep_seconds=1.0)
    frames = [stream.push(each) for each in points]
    keypoints = torch.from_numpy(h36m_keypoints(points, LAYOUTS["coco17"])).float()
    with torch.no_grad():
        whole = model(crop_around(keypoints[0]).inside(keypoints)[None], frame_rate=30.0).joints[0]
    whole = crop_around(keypoints[0]).out_of(whole - whole[:, :1], SIZE, stream.options.focal)
    torch.testing.assert_close(torch.stack([frame.joints for frame in frames]), whole, atol=1e-4, rtol=1e-3)
    size = stream.num_bytes
    stream.push(points[0])
    assert stream.num_bytes == size > 0 and len(stream.frames) == 30
    motion = stream.motion()
    assert motion.num_frames == 30 and motion.fps == 30


def test_a_stream_takes_times_missing_joints_and_nobody():
    stream = LiftStream(tiny_lifter(causal=True), SIZE)
    points = coco_people(12)[0]
    stream.push(np.full((17, 2), np.nan), time=0.0)
    for index, each in enumerate(points, 1):
        each[3] = np.nan
        frame = stream.push(each, time=index * 0.04)
    assert frame.joints.isfinite().all() and frame.time == pytest.approx(0.48)
    assert stream.motion().num_frames == 15
    with pytest.raises(ValueError, match="times must rise"):
        stream.push(points[0], time=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"layout": "dog"}, "no layout"), ({"fps": 0}, "more than 0"), ({"size": (0, 5)}, "more than 0")],
)
def test_streams_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        LiftStream(tiny_lifter(causal=True), **change)
    with pytest.raises(ValueError, match="causal one"):
        LiftStream(tiny_lifter(causal=False))
    stream = LiftStream(tiny_lifter(causal=True))
    with pytest.raises(ValueError, match="expected \\(17, 2\\)"):
        stream.push(np.zeros((5, 2)))
    with pytest.raises(ValueError, match="no frame came yet"):
        stream.motion()


def test_times_that_are_not_seconds_are_one_line(tmp_path):
    people, path = coco_people(4)[0][:3], tmp_path / "far.json"
    frames = [
        {"time": time, "people": [{"keypoints": points.tolist()}]}
        for time, points in zip((0, 1, 1e12), people, strict=True)
    ]
    path.write_text(json.dumps({"fps": 30, "frames": frames}))
    with pytest.raises(ValueError, match="times reach over 1e\\+12 s, more than 1,000,000 frames at 30 a second"):
        being_m0_hf.lift_keypoints(path, tiny_lifter())


def test_lifting_by_the_door(tmp_path):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(mmpose_file(coco_people(20, number=2))))
    motions = being_m0_hf.lift_keypoints(path, tiny_lifter(), LiftOptions(in_place=True))
    assert sorted(motions) == ["1", "2"] and all(motion.num_frames == 20 for motion in motions.values())
    with pytest.raises(ValueError, match="focal"):
        LiftOptions(focal=0)
