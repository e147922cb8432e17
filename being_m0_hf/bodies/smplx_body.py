"""SMPL, SMPL-H and SMPL-X bodies from the user's own model files, through the optional ``smplx`` package.

Neither the files nor the package's code are free for commercial use, so both stay out of this project: the package is
imported here only, and only when a file is loaded. Model files are read without unpickling anything.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import roma
import torch
from torch import Tensor, nn

from ..motion import NUM_JOINTS, PARENTS, Motion, MotionError, Skeleton
from ..utils.safe_npz import read_plain_arrays
from .body import Body, skinning_from_dense

_SHARED = ("v_template", "shapedirs", "posedirs", "J_regressor", "kintree_table", "weights", "f")
_HANDS = ("hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr")
_FACE = ("lmk_faces_idx", "lmk_bary_coords")
#: Joints in the file -> the model's name and the arrays that ``smplx`` reads from it.
_KINDS = {
    24: ("SMPL", _SHARED),
    52: ("SMPL-H", _SHARED + _HANDS),
    55: ("SMPL-X", _SHARED + _HANDS + _FACE),
}
_SMPLX_VERTICES = 10_475
_FRAMES_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class SmplxBody:
    """A loaded model with one shape.

    Args:
        model: the ``smplx`` module.
        kind: "SMPL", "SMPL-H" or "SMPL-X".
        betas: (1, B) shape coefficients.
    """

    model: nn.Module
    kind: str
    betas: Tensor

    def rest(self) -> tuple[Tensor, Tensor]:
        """Vertices (V, 3) and the 22 joints (22, 3) of the T-pose in the model's own place, metres."""
        identity = torch.zeros(1, NUM_JOINTS, 4)
        identity[..., 3] = 1.0
        vertices, joints = self._forward(identity, torch.zeros(1, 3))
        return vertices[0], joints[0]

    @property
    def skeleton(self) -> Skeleton:
        """The bones of this shape."""
        joints = self.rest()[1]
        offsets = joints - joints[[max(parent, 0) for parent in PARENTS]]
        return Skeleton(offsets, self.kind)

    def body(self) -> Body:
        """The T-pose mesh for exports and viewers; fingers and face follow wrists and head.

        Linear blend skinning alone: ``pose`` adds the model's pose-dependent shape.
        """
        vertices, joints = self.rest()
        file_weights = self.model.lbs_weights
        weights = torch.zeros(len(vertices), NUM_JOINTS)
        parents = self.model.parents.tolist()
        for joint in range(file_weights.shape[1]):
            ours = joint
            while ours >= NUM_JOINTS:
                ours = parents[ours]
            weights[:, ours] += file_weights[:, joint]
        indices, strongest = skinning_from_dense(weights)
        faces = torch.from_numpy(self.model.faces.astype(np.int64))
        return Body(vertices - joints[0], faces, indices, strongest, self.skeleton, self.kind)

    def pose(self, motion: Motion) -> tuple[Tensor, Tensor]:
        """The model's own vertices (T, V, 3) and 22 joints (T, 22, 3) in every frame, world metres.

        A motion on other bones is put on this body's first (``Motion.on_skeleton``).
        """
        skeleton = self.skeleton
        if not torch.equal(motion.skeleton.offsets, skeleton.offsets):
            motion = motion.on_skeleton(skeleton)
        pelvis = self.rest()[1][0]
        starts = range(0, motion.num_frames, _FRAMES_AT_ONCE)
        chunks = [
            self._forward(
                motion.rotations[start : start + _FRAMES_AT_ONCE],
                # SMPL adds its template's pelvis to the translation
                motion.translation[start : start + _FRAMES_AT_ONCE] - pelvis,
            )
            for start in starts
        ]
        vertices, joints = zip(*chunks, strict=True)
        return torch.cat(vertices), torch.cat(joints)

    @torch.no_grad()
    def _forward(self, rotations: Tensor, translation: Tensor) -> tuple[Tensor, Tensor]:
        frames = len(rotations)
        turns = roma.unitquat_to_rotvec(rotations)
        inputs = {"global_orient": turns[:, 0], "body_pose": turns[:, 1:].flatten(1), "transl": translation}
        if self.kind == "SMPL":
            # SMPL counts two hand joints to the body
            inputs["body_pose"] = torch.cat((inputs["body_pose"], torch.zeros(frames, 6)), dim=1)
        else:
            inputs |= {"left_hand_pose": torch.zeros(frames, 45), "right_hand_pose": torch.zeros(frames, 45)}
        if self.kind == "SMPL-X":
            inputs |= {name: torch.zeros(frames, 3) for name in ("jaw_pose", "leye_pose", "reye_pose")}
            inputs["expression"] = torch.zeros(frames, self.model.num_expression_coeffs)
        output = self.model(betas=self.betas.expand(frames, -1), **inputs)
        return output.vertices, output.joints[:, :NUM_JOINTS]


def load_smplx_body(path: str | Path, betas: Tensor | None = None) -> SmplxBody:
    """Load a SMPL, SMPL-H or SMPL-X model from the user's ``.npz``; the kind is read from the file.

    Args:
        path: for example ``SMPLX_NEUTRAL.npz``, from the model's own (registered) download.
        betas: up to 10 shape coefficients; the mean shape when None.

    Raises:
        MotionError: no such file, a ``.pkl``, pickled or missing arrays, or ``smplx`` is not installed.
    """
    path = Path(path)
    arrays = _read_model(path)
    try:
        import smplx
        from smplx.utils import Struct
    except ImportError:
        raise MotionError('SMPL bodies need the optional package smplx: pip install "being-m0-hf[smplx]"') from None
    kind, _ = _KINDS[arrays["weights"].shape[1]]
    options = {"num_betas": 10, "batch_size": 1}
    if kind == "SMPL-X":
        # this class only reads files, with pickles allowed, so it gets a copy that holds plain arrays alone
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "SMPLX_NEUTRAL.npz"
            np.savez(plain, allow_pickle=False, **arrays)
            model = smplx.SMPLX(str(plain), ext="npz", use_pca=False, flat_hand_mean=True, **options)
    else:
        # landmark vertices are not used here; naming vertex 0 for all lets reduced meshes load, too
        names = smplx.vertex_ids.vertex_ids["smplh"]
        options |= {"data_struct": Struct(**arrays), "vertex_ids": dict.fromkeys(names, 0)}
        if kind == "SMPL":
            model = smplx.SMPL("", **options)
        else:
            model = smplx.SMPLH("", use_pca=False, flat_hand_mean=True, **options)
    return SmplxBody(model, kind, _shape(betas, model.num_betas))


def _shape(betas: Tensor | None, size: int) -> Tensor:
    shape = torch.zeros(1, size)
    if betas is not None:
        betas = torch.as_tensor(betas, dtype=torch.float32).flatten()
        if len(betas) > size:
            raise MotionError(f"{len(betas)} betas, this model takes at most {size}")
        shape[0, : len(betas)] = betas
    return shape


def _read_model(path: Path) -> dict[str, np.ndarray]:
    """The arrays that smplx needs, checked; nothing is unpickled."""
    if not path.is_file():
        raise MotionError(f"{path}: no such file; give the path of a SMPL, SMPL-H or SMPL-X model (.npz)")
    if path.suffix.lower() != ".npz":
        raise MotionError(
            f"{path}: only .npz model files are read, because a .pkl can run any program; take the model's .npz "
            "download, or save the .pkl's arrays with numpy.savez in an environment you trust"
        )
    try:
        arrays = read_plain_arrays(path, _SHARED + _HANDS + _FACE)
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None
    weights = arrays.get("weights")
    joints = weights.shape[1] if weights is not None and weights.ndim == 2 else 0
    if joints not in _KINDS:
        raise MotionError(f"{path}: not a SMPL, SMPL-H or SMPL-X model (weights for {joints} joints)")
    kind, names = _KINDS[joints]
    missing = [name for name in names if name not in arrays]
    if missing:
        raise MotionError(f"{path}: {kind} model without the arrays {', '.join(missing)}; download it again")
    if arrays["kintree_table"][0, 1:NUM_JOINTS].astype(np.int64).tolist() != list(PARENTS[1:]):
        raise MotionError(f"{path}: its first {NUM_JOINTS} joints are not SMPL's (kintree_table differs)")
    if kind == "SMPL-X" and len(arrays["v_template"]) != _SMPLX_VERTICES:
        count = len(arrays["v_template"])
        raise MotionError(f"{path}: {count} vertices, SMPL-X has {_SMPLX_VERTICES}; reduced meshes are not supported")
    return arrays
