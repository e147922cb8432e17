"""The files that a visitor takes home."""

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from gradio.utils import get_upload_folder

from being_m0_hf.io import save_motion
from being_m0_hf.motion import Motion


@dataclass(frozen=True)
class FileKind:
    """One format offered for download."""

    suffix: str
    title: str
    use: str


FILE_KINDS = (
    FileKind(".glb", "GLB", "body and animation for Blender, Unity, Unreal and the web"),
    FileKind(".bvh", "BVH", "skeleton for MotionBuilder, Maya and Cascadeur"),
    FileKind(".npz", "NPZ", "AMASS arrays for Python"),
    FileKind(".json", "JSON", "plain numbers"),
)


def write_files(motion: Motion, prompt: str, seed: int) -> list[Path]:
    """Saves a motion in every format, named after its prompt.

    The files go to a new folder inside Gradio's own cache: the page serves them from there without another copy, and
    its ``delete_cache`` clears them away.
    """
    folder = Path(get_upload_folder()) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    paths = [folder / f"{file_stem(prompt)}-seed{seed}{kind.suffix}" for kind in FILE_KINDS]
    for path in paths:
        save_motion(motion, path)
    return paths


def file_stem(prompt: str) -> str:
    """A short name that every file system takes: "A person waves!" -> "a-person-waves"."""
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower())[:48].strip("-") or "motion"
