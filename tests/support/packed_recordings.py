"""Recordings in the layout of the source folders that training knows."""

import json
from pathlib import Path

import numpy as np


def write_source(folder: Path, rows: list[dict], **arrays) -> None:
    """Write ``smpl22_30fps.npz`` and ``clips.jsonl`` of a new folder; a row's ``motion`` is at 30 fps."""
    folder.mkdir()
    quaternions, translations, lines = [], [], []
    start = 0
    for row in rows:
        motion = row.pop("motion")
        wxyz = motion.rotations[..., [3, 0, 1, 2]].numpy()
        quaternions.append(np.round(wxyz * 32767).astype(np.int16))
        translations.append(motion.translation.numpy())
        lines.append(json.dumps({**row, "row": start, "frames": motion.num_frames}) + "\n")
        start += motion.num_frames
    np.savez(
        folder / "smpl22_30fps.npz",
        quat_wxyz_i16=np.concatenate(quaternions),
        trans_m=np.concatenate(translations).astype(np.float32),
        **arrays,
    )
    (folder / "clips.jsonl").write_text("".join(lines))
