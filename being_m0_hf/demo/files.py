"""The files that a visitor takes home."""

import re
from collections.abc import Mapping
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


def write_files(
    motion: Motion, prompt: str, seed: int, told: Mapping[str, Any] | None = None, recipe: str = "", stays: bool = False
) -> list[Path]:
    """Saves a motion in every format, named after its prompt, in a new folder that the page serves for a while.

    Args:
        motion: what to save.
        prompt: of which the names are made.
        seed: the same.
        told: what the sentence was taken for; the .json has it.
        recipe: how the motion came about (``workshop.recipe``); the .json has it.
        stays: as long as the page does, not for an hour only.
    """
    folder = new_folder(stays)
    paths = [folder / f"{file_stem(prompt)}-seed{seed}{kind.suffix}" for kind in FILE_KINDS]
    about = {"understood": dict(told) if told else None, "recipe": recipe or None}
    about = {name: value for name, value in about.items() if value}
    for path in paths:
        if path.suffix == ".json":
            write_whole(path, motion_to_json(motion, about))
        else:
            save_motion(motion, path)
    return paths


def file_stem(prompt: str) -> str:
    """A short name that every file system takes: "A person waves!" -> "a-person-waves"."""
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower())[:48].strip("-") or "motion"
