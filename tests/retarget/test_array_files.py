"""npy and npz files as models, data sets and pose estimators write them."""

import numpy as np
import pytest
import roma
import torch
from foreign_files import Z_UP, amass_npz

from being_m0_hf.motion import JOINT_INDEX, Motion, MotionError
from being_m0_hf.retarget import import_file, import_motion

CENTIMETRE = 0.01
IDENTITY = roma.identity_quat(dtype=torch.float64)


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> torch.Tensor:
    """(4,) a rotation vector in quarter turns."""
    return roma.rotvec_to_unitquat(torch.tensor([x, y, z], dtype=torch.float64) * torch.pi / 2)


@pytest.fixture(scope="module")
def walk(make_motion) -> Motion:
    motion = make_motion(frames=40, seed=3, speed=1.2)
    lowest = motion.joints()[..., 1].amin(dim=1).quantile(0.05)
    return motion.replace(translation=motion.translation + torch.tensor([0.0, 0.03 - float(lowest), 0.0]))


def error(found: Motion, expected: Motion) -> float:
    return float((found.joints() - expected.joints()).norm(dim=-1).mean())


def apart(found: Motion, expected: Motion) -> float:
    """Mean joint distance about the pelvis, metres; positions do not say how far a foot is from its sole."""
    joints, others = (motion.joints() - motion.joints()[:, :1] for motion in (found, expected))
    return float((joints - others).norm(dim=-1).mean())


def with_more_joints(joints: np.ndarray, count: int) -> np.ndarray:
    """More joints at the hands and the head, as SMPL, SMPL-H and SMPL-X have them."""
    more = joints[:, np.resize([20, 21, 15], count - 22)] + np.linspace(0.02, 0.1, count - 22)[:, None]
    return np.concatenate((joints, more), axis=1)


@pytest.mark.parametrize("count", [22, 24, 52, 55, 127, 144])
@pytest.mark.parametrize("axes", ["T J 3", "J 3 T", "1 T J 3", "1 J 3 T", "3 T J", "T 3 J"])
def test_orders_of_axes_and_numbers_of_joints(walk, tmp_path, count, axes):
    joints = with_more_joints(walk.joints().numpy(), count)
    order = {"T": 0, "J": 1, "3": 2}
    array = joints.transpose([order[axis] for axis in axes.split() if axis != "1"])
    np.save(tmp_path / "clip.npy", array[None] if axes.startswith("1") else array)
    found = import_motion(tmp_path / "clip.npy")
    assert apart(found, walk) < 1.5 * CENTIMETRE
    assert (found.translation - walk.translation)[:, [0, 2]].abs().max() < 1.5 * CENTIMETRE


@pytest.mark.parametrize("frames", [22, 24, 52])
def test_as_many_frames_as_joints(walk, tmp_path, frames):
    for axes in ((0, 1, 2), (1, 2, 0)):
        np.save(tmp_path / "clip.npy", walk.crop(0, frames % 40).joints().numpy()[:22].transpose(axes))
        found = import_motion(tmp_path / "clip.npy")
        assert found.num_frames == min(frames % 40, 22)
        assert apart(found, walk.crop(0, found.num_frames)) < 1.5 * CENTIMETRE


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 2, 3, 1)], ids=["B T J 3", "B J 3 T"])
def test_of_a_batch_one_is_taken(walk, make_motion, tmp_path, axes):
    other = make_motion(frames=40, seed=9)
    np.save(tmp_path / "clip.npy", np.stack([walk.joints().numpy(), other.joints().numpy()]).transpose(axes))
    found = import_file(tmp_path / "clip.npy")
    assert apart(found.motion, walk) < 1.5 * CENTIMETRE
    assert "motion 1 of 2" in found.understanding.line(found.motion)
    second = import_motion(tmp_path / "clip.npy", person="2")
    assert apart(second, other) < 1.5 * CENTIMETRE
    with pytest.raises(MotionError, match="give a number from 1 to 2"):
        import_motion(tmp_path / "clip.npy", person="3")


def test_motion_x_as_one_file(walk, tmp_path):
    columns = np.zeros((40, 322))
    columns[:, :66] = roma.unitquat_to_rotvec(walk.rotations.double()).flatten(1).numpy()
    columns[:, 309:312] = walk.translation.numpy()
    np.save(tmp_path / "clip.npy", columns)
    found = import_motion(tmp_path / "clip.npy")
    assert found.fps == 30.0 and error(found, walk) < 0.1 * CENTIMETRE
    assert import_motion(tmp_path / "clip.npy", fps=20).fps == 20.0


def axis_angles(motion: Motion, axes: torch.Tensor = Z_UP) -> tuple[np.ndarray, np.ndarray]:
    """(T, 22, 3) and (T, 3), everything turned."""
    rotations = motion.rotations.double()
    around = axes.expand(len(rotations), 4)
    rotations[:, 0] = roma.quat_product(around, rotations[:, 0])
    return roma.unitquat_to_rotvec(rotations).numpy(), roma.quat_action(around, motion.translation.double()).numpy()


def matrices(angles: np.ndarray) -> np.ndarray:
    return roma.rotvec_to_rotmat(torch.from_numpy(angles)).numpy()


@pytest.mark.parametrize("axes", [Z_UP, IDENTITY], ids=["z up", "y up"])
@pytest.mark.parametrize(
    "layout",
    ["poses T 52 3", "poses T 24 3", "poses T 55 3", "poses 1 T 66", "root_orient", "global_orient",
     "global_orient T 1 3", "global_orient 1 T", "matrices", "whole matrices", "smpl_poses"],
)  # fmt: skip
def test_poses_under_other_names(walk, tmp_path, layout, axes):
    angles, places = axis_angles(walk, axes)
    flat = angles.reshape(40, 66)
    wide = np.zeros((40, 55, 3))
    wide[:, :22] = angles
    arrays = {
        "poses T 52 3": {"poses": wide[:, :52], "trans": places, "mocap_framerate": 20},
        "poses T 24 3": {"poses": wide[:, :24], "trans": places, "mocap_framerate": 20},
        "poses T 55 3": {"poses": wide, "trans": places, "mocap_frame_rate": 20},
        "poses 1 T 66": {"poses": flat[None], "trans": places[None], "fps": 20},
        "root_orient": {"root_orient": flat[:, :3], "pose_body": flat[:, 3:], "trans": places, "mocap_frame_rate": 20},
        "global_orient": {
            "global_orient": flat[:, :3], "body_pose": flat[:, 3:], "transl": places, "fps": np.array([20.0]),
            "betas": np.zeros((40, 10)), "left_hand_pose": np.zeros((40, 45)),
        },
        "global_orient T 1 3": {
            "global_orient": angles[:, :1], "body_pose": wide[:, 1:24], "transl": places, "fps": 20,
        },
        "global_orient 1 T": {
            "global_orient": flat[None, :, :3], "body_pose": flat[None, :, 3:], "transl": places[None], "fps": 20,
        },
        "matrices": {
            "global_orient": matrices(angles[:, :1]), "body_pose": matrices(wide[:, 1:24]), "transl": places, "fps": 20,
        },
        "whole matrices": {"pred_rotmat": matrices(wide[:, :24]), "pred_trans": places[:, None], "fps": 20},
        "smpl_poses": {"smpl_poses": wide[:, :24].reshape(40, 72), "smpl_trans": 93.78 * places,
                       "smpl_scaling": np.array([93.78]), "fps": 20},
    }[layout]  # fmt: skip
    np.savez(tmp_path / "clip.npz", **arrays)
    found = import_motion(tmp_path / "clip.npz")
    assert found.fps == 20.0
    heading = found.replace(translation=walk.translation)  # y-up copies of z-up layouts may face another way
    assert apart(heading.canonicalized(), walk.canonicalized()) < 0.1 * CENTIMETRE
    assert (found.translation - found.translation[0]).norm(dim=-1).max() > 1.0
    assert (found.joints()[..., 1] - walk.joints()[..., 1]).abs().max() < 1.0 * CENTIMETRE


@pytest.mark.parametrize(
    ("axes", "camera"),
    [(turn(x=2.0), (0.4, 1.3, 4.0)), (turn(x=2.0), (0.0, 0.0, 0.0)), (turn(z=-1.0), (0.0, 0.0, 0.0)),
     (turn(z=1.0), (1.0, 2.0, 3.0)), (turn(x=-1.0), (0.0, 0.0, 5.0))],
    ids=["camera", "camera at the floor", "x up", "-x up", "-z up"],
)  # fmt: skip
@pytest.mark.parametrize("speed", [1.2, 0.0])
def test_any_axis_may_point_up(walk, tmp_path, axes, camera, speed):
    places = walk.translation * torch.tensor([max(speed, 0.0), 1.0, max(speed, 0.0)])
    moved = walk.replace(translation=places)
    angles, places = axis_angles(moved, axes)
    places = places + np.array(camera)
    np.savez(
        tmp_path / "clip.npz",
        global_orient=angles[:, 0],
        body_pose=angles[:, 1:].reshape(40, 63),
        transl=places,
        fps=20,
    )
    heads = import_motion(tmp_path / "clip.npz").joints()[:, JOINT_INDEX["head"], 1]
    assert heads.min() > 1.2
    if speed or any(camera):
        found = import_motion(amass_npz(moved, tmp_path / "clip.npz", axes, trans=places))
        assert found.joints()[:, JOINT_INDEX["head"], 1].min() > 1.2
    joints = roma.quat_action(axes.float().expand(40, 22, 4), moved.joints()).numpy() + np.array(camera)
    np.save(tmp_path / "clip.npy", joints)
    assert import_motion(tmp_path / "clip.npy").joints()[:, JOINT_INDEX["head"], 1].min() > 1.2


def test_the_rate_can_be_given_where_the_file_has_none(walk, tmp_path):
    for rate in ({}, {"mocap_framerate": 0}, {"mocap_framerate": np.nan}, {"mocap_framerate": "fast"}):
        path = amass_npz(walk, tmp_path / "clip.npz", **{"mocap_framerate": np.array("none")} | rate)
        assert import_motion(path, fps=25.0).fps == 25.0
        with pytest.raises(MotionError, match="give them with --fps N"):
            import_motion(path)


def test_aist_has_sixty_frames_a_second(walk, tmp_path):
    angles, places = axis_angles(walk, IDENTITY)
    np.savez(tmp_path / "clip.npz", smpl_poses=angles.reshape(40, 66), smpl_trans=90 * places, smpl_scaling=[90.0])
    found = import_motion(tmp_path / "clip.npz")
    assert found.fps == 60.0 and error(found, walk) < 0.1 * CENTIMETRE


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"global_orient": np.zeros((5, 3)), "transl": np.zeros((5, 3)), "fps": 20}, "not an AMASS-style motion"),
        ({"global_orient": np.zeros((5, 3)), "body_pose": np.zeros((6, 63)), "fps": 20}, "must be as many"),
        ({"global_orient": np.zeros((5, 3)), "body_pose": np.zeros((5, 60)), "fps": 20}, '"body_pose" has shape'),
        ({"poses": np.zeros((5, 66)), "trans": np.zeros((5, 2)), "fps": 20}, '"trans" has shape'),
        ({"poses": np.full((5, 66), 1e30), "trans": np.zeros((5, 3)), "fps": 20}, "angles of 1e"),
        ({"poses": np.zeros((5, 66)), "trans": np.full((5, 3), 1e30), "fps": 20}, "m from the origin"),
        ({"smpl_poses": np.zeros((5, 66)), "smpl_trans": np.zeros((5, 3)), "smpl_scaling": [0.0]}, "smpl_scaling"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(tmp_path, arrays, message):
    np.savez(tmp_path / "clip.npz", **arrays)
    with pytest.raises(MotionError, match=message):
        import_motion(tmp_path / "clip.npz")
