"""MPI-INF-3DHP: synthetic files in its layout, and its figures."""

import numpy as np
import pytest
import torch
from scipy.io import savemat

from being_m0_hf.evaluation.lifting.mpi_inf_3dhp import LEFT, RIGHT, ROOT, dhp_errors, read_annotations
from being_m0_hf.motion.h36m_joints import H36M_NAMES
from being_m0_hf.utils.user_files import UserFileError


def annotations(path, joints=28, frames=5):
    """Two cameras; joint j of the 28 is at (j, 10 j) pixels and at j mm in each axis."""
    flat, deep = np.empty((2, 1), object), np.empty((2, 1), object)
    numbers = np.arange(joints, dtype=float)
    for camera in range(2):
        flat[camera, 0] = np.tile(np.stack((numbers, 10 * numbers), -1).ravel(), (frames, 1))
        deep[camera, 0] = np.tile(np.repeat(numbers, 3) + camera, (frames, 1))
    savemat(path, {"annot2": flat, "annot3": deep})
    return path


def test_annotations_come_in_the_order_of_human36m(tmp_path):
    views = list(read_annotations(annotations(tmp_path / "annot.mat")))
    assert [view.camera for view in views] == [0, 1]
    view = views[1]
    assert view.keypoints.shape == (5, 17, 2) and view.joints.shape == (5, 17, 3)
    assert (view.joints[:, 0] == 0).all()
    place = {name: float(view.joints[0, index, 0]) + 4 for index, name in enumerate(H36M_NAMES)}  # pelvis is joint 4
    expected = {"pelvis": 4, "spine": 3, "thorax": 5, "nose": 6, "head": 7, "left_wrist": 11, "right_wrist": 16,
                "left_hip": 18, "right_ankle": 25}  # fmt: skip
    assert {name: place[name] for name in expected} == expected
    assert view.keypoints[0, 0].tolist() == pytest.approx([2 * 4 / 2048 - 1, 2 * 40 / 2048 - 1])
    assert (ROOT, set(LEFT) & set(RIGHT)) == (14, set())


def test_figures():
    truth = torch.zeros(10, 17, 3)
    off = truth.clone()
    off[:5, :, 0] = 200.0
    off[5:, :, 1] = 72.0
    errors = dhp_errors(off, truth)
    assert errors["pck"] == 50 and errors["mpjpe_mm"] == pytest.approx(136)
    assert errors["auc"] == pytest.approx(100 * 0.5 * 16 / 31)  # 75, 80 ... 150 of 0, 5 ... 150
    assert dhp_errors(truth, truth)["pck"] == 100


@pytest.mark.parametrize("kind", ["text", "other joints", "other names", "missing"])
def test_other_files_are_one_line(tmp_path, kind):
    path = tmp_path / "annot.mat"
    if kind == "text":
        path.write_text("no MATLAB file")
    elif kind == "other joints":
        annotations(path, joints=17)
    elif kind == "other names":
        savemat(path, {"x": np.zeros(3)})
    with pytest.raises(UserFileError) as caught:
        list(read_annotations(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
