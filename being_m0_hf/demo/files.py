"""The files that a visitor takes home."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from being_m0_hf.io import save_motion
from being_m0_hf.io.formats.motion_json import motion_to_json
from being_m0_hf.motion import Motion
from being_m0_hf.utils.atomic_files import write_whole

from .kept_files import new_folder


@dataclass(frozen=True)
class FileKind:
    """One format offered for download."""

    suffix: str
    title: str
    use: str


FILE_KINDS = (
    FileKind(".glb", "GLB", "body and animation for Blender, Godot and the web"),
    FileKind(".bvh", "BVH", "skeleton for MotionBuilder, Maya and Cascadeur"),
    FileKind(".npz", "NPZ", "AMASS arrays for Python"),
    FileKind(".json", "JSON", "plain numbers"),
)


#: Characters of a file's name that one sentence gives, and one of two.
LONGEST_NAME, LONGER_OF_TWO = 44, 28
#: Who does it and small words tell no file from another.
_LEFT_OUT = re.compile(
    r"\b(a|an|the|his|her|their|its|is|are|(someone|somebody|person|man|woman|boy|girl|human|figure))\b"
)


def write_files(
    motion: Motion, stem: str, told: Mapping[str, Any] | None = None, recipe: str = "", stays: bool = False
) -> list[Path]:
    """Saves a motion in every format in a new folder that the page serves for a while.

    Args:
        motion: what to save.
        stem: the files' name, without a suffix: see `file_stem`.
        told: what the sentence was taken for; the .json has it.
        recipe: how the motion came about (``workshop.recipe``); the .json has it.
        stays: as long as the page does, not for an hour only.
    """
    folder = new_folder(stays)
    paths = [folder / f"{stem}{kind.suffix}" for kind in FILE_KINDS]
    about = {"understood": dict(told) if told else None, "recipe": recipe or None}
    about = {name: value for name, value in about.items() if value}
    for path in paths:
        if path.suffix == ".json":
            write_whole(path, motion_to_json(motion, about))
        else:
            save_motion(motion, path)
    return paths


def file_stem(said: Sequence[str], seed: int | None = None, fps: float | None = None) -> str:
    """A short name that every file system takes: "A person waves!", seed 3 -> "waves-seed3".

    Args:
        said: what the motion was asked for, and what was asked of it afterwards; the first and the last make the name.
        seed: of the last draw; None where nothing was drawn.
        fps: frames a second where they are not the usual ones.
    """
    told = [said[0], said[-1]] if len(said) > 1 else list(said)
    longest = LONGER_OF_TWO if len(told) > 1 else LONGEST_NAME
    words = [name for each in told if (name := _short(each, longest))] or ["motion"]
    words += [] if seed is None else [f"seed{seed}"]
    words += [] if fps is None else [f"{fps:g}fps".replace(".", "-")]
    return "-".join(words)


def _short(text: str, longest: int) -> str:
    """The words that tell most, joined by "-"; whole ones, as many as there is room for."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    telling = re.sub(r"-+", "-", _LEFT_OUT.sub("", plain)).strip("-") or plain
    cut = telling[: longest + 1]
    return (cut.rpartition("-")[0] or telling[:longest]) if len(telling) > longest else telling
