"""Bodies as small ``.npz`` files: integers only, nothing pickled.

| array         | content                                                                     |
|---------------|-----------------------------------------------------------------------------|
| vertices      | (3, V) int16, T-pose in units of ``unit`` metres                            |
| unit          | metres per step                                                             |
| faces         | (3, F) uint16                                                               |
| joint_indices | (4, V) uint8                                                                |
| joint_weights | (4, V) uint8, in 255ths                                                     |
| rest_offsets  | (22, 3) float32: the skeleton the mesh was made for                         |
"""

from pathlib import Path

import numpy as np
import torch

from ..motion import Skeleton
from .body import Body

_UNIT = 5e-5  # 0.05 mm: a body of up to 1.6 m from its pelvis fits into int16


def save_body(body: Body, path: Path) -> None:
    """Write a body; places are rounded to 0.05 mm, weights to 1/255."""
    np.savez_compressed(
        path,
        allow_pickle=False,
        vertices=(body.vertices.T / _UNIT).round().to(torch.int16).numpy(),
        unit=np.float32(_UNIT),
        faces=body.faces.T.numpy().astype(np.uint16),
        joint_indices=body.joint_indices.T.to(torch.uint8).numpy(),
        joint_weights=(body.joint_weights.T * 255).round().to(torch.uint8).numpy(),
        rest_offsets=body.skeleton.offsets.numpy(),
    )


def read_body(path: Path, name: str) -> Body:
    """The body in a file of ``save_body``."""
    with np.load(path, allow_pickle=False) as arrays:
        weights = torch.from_numpy(arrays["joint_weights"].T.astype(np.float32))
        indices = torch.from_numpy(arrays["joint_indices"].T.astype(np.int64))
        return Body(
            vertices=torch.from_numpy(arrays["vertices"].T * arrays["unit"]),
            faces=torch.from_numpy(arrays["faces"].T.astype(np.int64)),
            # a weight that rounded to nothing must not name a joint (glTF validators object)
            joint_indices=torch.where(weights > 0, indices, torch.zeros_like(indices)),
            joint_weights=weights / weights.sum(dim=1, keepdim=True),
            skeleton=Skeleton(torch.from_numpy(arrays["rest_offsets"]), name),
            name=name,
        )
