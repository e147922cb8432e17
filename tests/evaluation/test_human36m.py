"""Human3.6M: synthetic files as VideoPose3D writes them, and errors by its protocols."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
import roma
import torch

from being_m0_hf.evaluation.lifting.human36m import JOINTS, human36m_errors, read_views
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.motion.h36m_joints import H36M_NAMES
from being_m0_hf.utils.user_files import UserFileError

ACTIONS = ("Walking", "Walking 1", "Greeting", "Eating")
CAMERAS = 2


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The two archives with pickled dictionaries, and the cameras."""
    folder, numbers = tmp_path_factory.mktemp("h36m"), np.random.default_rng(0)
    quaternions = roma.random_unitquat(CAMERAS)
    joints, points = {}, {}
    for subject in ("S1", "S9"):
        joints[subject] = {action: numbers.normal(size=(7, 32, 3)).astype("float32") for action in ACTIONS}
        points[subject] = {
            action: [numbers.uniform(0, 1000, size=(9, 17, 2)).astype("float32") for _ in range(CAMERAS)]
            for action in ACTIONS
        }
    np.savez_compressed(folder / "data_3d_h36m.npz", positions_3d=joints)
    np.savez_compressed(folder / "data_2d_h36m_gt.npz", positions_2d=points, metadata={"num_joints": 17})
    wxyz = quaternions[:, [3, 0, 1, 2]].tolist()
    (folder / "cameras.json").write_text(json.dumps({"S1": wxyz, "S9": wxyz}))
    return folder, joints, points, quaternions


@pytest.fixture(scope="module")
def files(published):
    """Plain files, made by the commands that the errors for the published ones say."""
    folder = published[0]
    for wrong in ("data_2d_h36m_gt.npz", "data_3d_h36m.npz"):
        plain = [folder / name for name in ("plain_2d.npz", "plain_3d.npz", "cameras.json")]
        plain[wrong.startswith("data_3d")] = folder / wrong
        if wrong.startswith("data_2d"):
            plain[1] = folder / "data_3d_h36m.npz"  # it has not come to this one yet
        with pytest.raises(UserFileError, match="never loaded") as caught:
            next(read_views(*plain))
        assert "\n" not in str(caught.value)
        python, *words = shlex.split(str(caught.value).split("with: ")[1])
        assert python == "python"
        subprocess.run([sys.executable, *words], cwd=folder, check=True)
    return [folder / name for name in ("plain_2d.npz", "plain_3d.npz", "cameras.json")]


def test_views_are_in_the_cameras_axes(published, files):
    _, joints, points, quaternions = published
    views = list(read_views(*files))
    names = {(view.subject, view.action, view.camera) for view in views}
    assert names == {("S9", action, camera) for action in ACTIONS if action != "Greeting" for camera in (0, 1)}
    view = next(view for view in views if (view.action, view.camera) == ("Walking 1", 1))
    world = torch.from_numpy(joints["S9"]["Walking 1"][:, list(JOINTS)])
    to_camera = roma.quat_conjugation(quaternions[1])
    expected = roma.quat_action(to_camera.expand(7, 17, 4), world - world[:, :1])
    torch.testing.assert_close(view.joints, expected, atol=1e-5, rtol=1e-5)
    flat = torch.from_numpy(points["S9"]["Walking 1"][1][:7])
    torch.testing.assert_close(view.keypoints, flat / 500 - 1)
    assert [H36M_NAMES[JOINTS.index(joint)] for joint in (1, 6, 17, 25)] == [
        "right_hip", "left_hip", "left_shoulder", "right_shoulder",
    ]  # fmt: skip
    assert {view.subject for view in read_views(*files, subjects=("S1",))} == {"S1"}


def test_errors_are_means_over_actions(files):
    """A model that says the pelvis for all joints is off by their distance from it."""
    torch.manual_seed(0)
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", hidden_size=8, num_blocks=1)).eval()
    torch.nn.init.zeros_(model.head.weight)
    views = list(read_views(*files))
    walking = [1000 * view.joints.norm(dim=-1).mean() for view in views if view.kind == "Walking"]
    eating = [1000 * view.joints.norm(dim=-1).mean() for view in views if view.kind == "Eating"]
    errors = human36m_errors(model, views)
    expected = (torch.stack(walking).mean() + torch.stack(eating).mean()) / 2
    assert errors["p1_mm"] == pytest.approx(float(expected), rel=1e-4)
    assert errors["mpjve_mm"] > 0 and errors["p2_mm"] > 0


@pytest.mark.parametrize("wrong", ["no archive", "other joints", "no such camera", "no quaternions", "no such subject"])
def test_other_files_are_one_line(files, tmp_path, wrong):
    points, joints, cameras = files
    subjects = ("S9",)
    if wrong == "no archive":
        points = tmp_path / "x.npz"
        points.write_text("x")
    elif wrong == "other joints":
        joints = tmp_path / "x.npz"
        np.savez(joints, **{"S9/Walking": np.zeros((3, 16, 3))})
    elif wrong == "no such camera":
        cameras = tmp_path / "cameras.json"
        cameras.write_text(json.dumps({"S9": [[1, 0, 0, 0]] * 3}))
    elif wrong == "no quaternions":
        cameras = tmp_path / "cameras.json"
        cameras.write_text(json.dumps({"S9": [[1, 0, 0, 3]]}))
    else:
        subjects = ("S2",)
    with pytest.raises(UserFileError) as caught:
        list(read_views(points, joints, cameras, subjects))
    assert "\n" not in str(caught.value)
