"""Single clips of freely licensed collections, for actions that CMU and Bandai-Namco lack: ``more/`` and ``more_nc/``.

A clip's source says what weights it may go into. ``more`` holds what is free for all, ``more_nc`` what is only for
weights that are non-commercial anyway: clips of a non-commercial licence, and two collections whose repositories are
free but do not say where each recording comes from.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from ...motion import Skeleton
from ..schema import Clip
from .packed_arrays import PackedArrays, read_jsonl

#: Flag of clips that lie, sit or stand on their hands: their feet must not be put on the floor.
KEEP_HEIGHT = "lies, sits or stands on the hands: keep its height"
#: Who wrote the sentences beside the clips.
CAPTION_ORIGIN = "more"

_DOUBTED = ("dm_", "dcl_")
_DOUBT = "the repository is free, the origin of its recordings not documented: non-commercial weights only"


def more_readers(data: Path, folder: str) -> dict[str, Callable[[], Clip]]:
    """Id of every clip of ``more/`` or ``more_nc/`` -> what reads it, at 30 fps, with its sentences."""
    rows = read_jsonl(Path(data) / folder / "clips.jsonl")
    captions = {row["id"]: row["captions"] for row in read_jsonl(Path(data) / folder / "captions.jsonl")}
    arrays = PackedArrays(Path(data) / folder)
    skeleton = Skeleton(torch.tensor(arrays.tpose_offsets), "canonical")

    def read(row: dict, source: str) -> Clip:
        clip = Clip(
            id=f"{source}/{row['id']}",
            source=source,
            licence=_licence(row),
            subject=row["id"].split("_")[0],
            motion=arrays.motion(row, skeleton),
            labels={"action": row["action"]},
            flags=tuple(row["flags"]),
            split=row["split"],
            origin=f"{row['repo']}/{row['path']}",
            made_by=f"{row['kind']}, retargeted to 22 SMPL joints, on the canonical skeleton",
        )
        return clip.with_body(captions.get(row["id"], ()), CAPTION_ORIGIN)

    sources = [source_of(row["id"], folder) for row in rows]
    return {f"{source}/{row['id']}": partial(read, row, source) for row, source in zip(rows, sources, strict=True)}


def source_of(clip_id: str, folder: str) -> str:
    """``more`` where a clip is free for all weights, else ``more_nc``."""
    return "more_nc" if folder == "more_nc" or clip_id.startswith(_DOUBTED) else "more"


def _licence(row: dict) -> str:
    """The licence with whom it wants to be named; it is what cards tell."""
    words = f"{row['licence']} (c) {row['author']}"
    return f"{words} ({_DOUBT})" if row["id"].startswith(_DOUBTED) else words
