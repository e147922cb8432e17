"""The files of a source folder that training knows: all clips back to back in one npz, one jsonl line each."""

from pathlib import Path

import numpy as np
import torch

from ...motion import Motion, Skeleton
from ...utils.user_files import read_user_json_lines

SOURCE_FPS = 30.0


def read_jsonl(path: Path) -> list[dict]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: --data must name the folder that holds cmu/, bandai/ and captions/"
        )
    return read_user_json_lines(path)


class PackedArrays:
    """The arrays of a source folder."""

    def __init__(self, folder: Path) -> None:
        path = folder / "smpl22_30fps.npz"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: --data must name the folder that holds cmu/ and bandai/")
        with np.load(path, allow_pickle=False) as arrays:
            wxyz = arrays["quat_wxyz_i16"]
            self._translation = arrays["trans_m"]
            self.tpose_offsets = arrays["tpose_offsets_m"] if "tpose_offsets_m" in arrays else None
        self._wxyz = wxyz

    def motion(self, row: dict, skeleton: Skeleton) -> Motion:
        rows = slice(row["row"], row["row"] + row["frames"])
        wxyz = torch.from_numpy(self._wxyz[rows].astype(np.float32) / 32767)
        xyzw = wxyz[..., [1, 2, 3, 0]]
        return Motion(xyzw, torch.from_numpy(self._translation[rows]), SOURCE_FPS, skeleton)
