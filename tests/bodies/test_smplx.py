"""SMPL, SMPL-H and SMPL-X through the optional smplx package, on synthetic model files made here."""

import numpy as np
import pytest
import torch

from being_m0_hf.bodies import pose_body
from being_m0_hf.bodies.smplx_body import load_smplx_body
from being_m0_hf.io import save_motion
from being_m0_hf.motion import CANONICAL_SKELETON, NUM_JOINTS, PARENTS, Motion, MotionError

HAND_PARENTS = [parent for wrist, first in ((20, 0), (21, 15)) for finger in range(5)
                for parent in (wrist, first + 3 * finger, first + 3 * finger + 1)]  # fmt: skip
SIZES = {"SMPL": (24, 300), "SMPL-H": (52, 400), "SMPL-X": (55, 10_475)}


def file_parents(kind: str) -> list[int]:
    if kind == "SMPL":
        return [*PARENTS, 20, 21]
    face = [15, 15, 15] if kind == "SMPL-X" else []
    first = NUM_JOINTS + len(face)
    fingers = [parent if parent in (20, 21) else first + parent for parent in HAND_PARENTS]
    return [*PARENTS, *face, *fingers]


def write_model(kind: str, path):
    """A model file with the real layout: the first vertices sit on the joints, and the regressor picks them."""
    joints, count = SIZES[kind]
    rng = np.random.default_rng(0)
    parents = file_parents(kind)
    # the template's pelvis is not at the origin, as in the real models
    places = np.zeros((joints, 3)) + np.array([0.0, -0.23, 0.03])
    for joint in range(1, joints):
        known = CANONICAL_SKELETON.offsets[joint].numpy() if joint < NUM_JOINTS else rng.normal(0, 0.02, 3)
        places[joint] = places[parents[joint]] + known
    vertices = rng.normal(0, 0.3, (count, 3))
    vertices[:joints] = places
    weights = np.zeros((count, joints))
    for _ in range(3):
        weights[np.arange(count), rng.integers(0, joints, count)] += rng.random(count)
    columns = 20 if kind == "SMPL-X" else 10
    shapedirs = np.zeros((count, 3, columns))
    shapedirs[:, 1, 0] = 0.1 * vertices[:, 1]
    arrays = {
        "v_template": vertices,
        "shapedirs": shapedirs,
        "posedirs": np.zeros((count, 3, 9 * (joints - 1)), dtype=np.float32),
        "J_regressor": np.eye(joints, count),
        "kintree_table": np.array([[2**32 - 1, *parents[1:]], list(range(joints))], dtype=np.int64),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "f": rng.integers(0, count, (50, 3)).astype(np.uint32),
    }
    if kind != "SMPL":
        arrays |= {f"hands_components{side}": np.eye(45) for side in "lr"}
        arrays |= {f"hands_mean{side}": rng.normal(0, 0.3, 45) for side in "lr"}
    if kind == "SMPL-X":
        arrays |= {"lmk_faces_idx": np.zeros(51, dtype=np.int64), "lmk_bary_coords": np.full((51, 3), 1 / 3)}
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="module", params=SIZES)
def model_file(request, tmp_path_factory):
    """(kind, path) of each kind of model; SMPL-X is large, so all tests share one."""
    path = tmp_path_factory.mktemp("models") / f"{request.param}.npz"
    return request.param, write_model(request.param, path)


@pytest.fixture
def smpl_file(tmp_path):
    return write_model("SMPL", tmp_path / "SMPL_NEUTRAL.npz")


@pytest.fixture
def motion() -> Motion:
    generator = torch.Generator().manual_seed(3)
    rotations = torch.nn.functional.normalize(torch.randn(5, NUM_JOINTS, 4, generator=generator), dim=-1)
    return Motion(rotations, torch.randn(5, 3, generator=generator) * 0.2, fps=20)


pytest.importorskip("smplx", reason="the optional package smplx is not installed")


@pytest.mark.slow
def test_agrees_with_our_kinematics_and_skinning(model_file, motion):
    """The files have no pose-dependent shape and at most three influences, so both ways must give the same."""
    kind, path = model_file
    model = load_smplx_body(path)
    assert model.kind == kind
    vertices, joints = model.pose(motion)
    assert vertices.shape == (5, SIZES[kind][1], 3)
    moved = motion.on_skeleton(model.skeleton)
    assert (joints - moved.joints()).abs().max() < 1e-5
    assert (vertices - pose_body(model.body(), moved)).abs().max() < 1e-5


def test_betas_change_the_bones(smpl_file):
    mean, tall = load_smplx_body(smpl_file), load_smplx_body(smpl_file, betas=torch.tensor([1.0]))
    assert tall.skeleton.leg_length == pytest.approx(1.1 * mean.skeleton.leg_length, rel=0.01)
    with pytest.raises(MotionError, match="at most 10"):
        load_smplx_body(smpl_file, betas=torch.zeros(11))


def test_exports_as_glb(smpl_file, motion, tmp_path):
    assert save_motion(motion, tmp_path / "smpl.glb", load_smplx_body(smpl_file).body()).stat().st_size > 1000


def test_refuses_what_it_should_not_load(tmp_path):
    with pytest.raises(MotionError, match="no such file"):
        load_smplx_body(tmp_path / "SMPL_NEUTRAL.npz")
    pickle_file = tmp_path / "SMPL_NEUTRAL.pkl"
    pickle_file.write_bytes(b"\x80\x04N.")
    with pytest.raises(MotionError, match="only .npz"):
        load_smplx_body(pickle_file)
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(MotionError, match="not an npz archive"):
        load_smplx_body(damaged)


def test_never_unpickles(smpl_file, tmp_path, capfd):
    """A pickled array that is needed is refused; one that is not needed is never opened."""
    with np.load(smpl_file) as archive:
        arrays = dict(archive)

    class Trap:
        def __reduce__(self):
            return (print, ("unpickled",))

    trap = np.array([Trap()], dtype=object)
    unused, needed = tmp_path / "unused.npz", tmp_path / "needed.npz"
    np.savez(unused, **arrays, part2num=trap)
    assert load_smplx_body(unused).rest()[1].shape == (NUM_JOINTS, 3)
    np.savez(needed, **(arrays | {"v_template": trap}))
    with pytest.raises(MotionError, match="pickled"):
        load_smplx_body(needed)
    assert "unpickled" not in capfd.readouterr().out


@pytest.mark.parametrize("change", ["missing", "kintree"])
def test_names_what_is_wrong_in_a_model_file(smpl_file, change):
    with np.load(smpl_file) as archive:
        arrays = dict(archive)
    if change == "missing":
        del arrays["posedirs"]
    else:
        arrays["kintree_table"][0, 5] = 0
    np.savez(smpl_file, **arrays)
    with pytest.raises(MotionError, match="posedirs" if change == "missing" else "kintree_table"):
        load_smplx_body(smpl_file)
