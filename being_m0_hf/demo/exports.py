"""Files of a motion in a format and with the settings of a visitor's choice, made when they are asked for."""

import importlib.util
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gradio.utils import get_upload_folder

from being_m0_hf.io import NAMINGS, UNITS, SaveOptions, load_motion, save_motion
from being_m0_hf.io.save_options import LIBRARIES, NAMED_SUFFIXES, UNITS_OF
from being_m0_hf.motion import MotionError

from .kept_files import new_folder

#: Where a motion of this page lies: a folder that the page made, and the motion's numbers in it.
_MOTION_FILE = re.compile(r"(?:^|[/\\])((?:first-)?motions)[/\\]([0-9a-f]{16})[/\\]([a-z0-9-]{1,80})\.json$")
FASTEST, SLOWEST = 120, 1  # frames a second
#: What the page offers, and begins with: what most animation programs take a file for.
RATES, USUAL_RATE = (20, 24, 30, 60), 30


@dataclass(frozen=True)
class Format:
    """One choice of the list.

    Args:
        key: what programs call it.
        title: what the page calls it.
        suffix: of the file.
        skin: whether the body is in it.
        layout: of a .npz.
        names: of the joints, where nobody asks for others.
    """

    key: str
    title: str
    suffix: str
    skin: bool = True
    layout: str = "amass"
    names: str = "smpl"

    @property
    def can_be_written(self) -> bool:
        """Whether the library for it is installed."""
        return importlib.util.find_spec(LIBRARIES.get(self.suffix, "io")) is not None


FORMATS = (
    Format("unity", "Unity (FBX)", ".fbx", names="unity"),
    Format("unreal", "Unreal (FBX)", ".fbx", names="unreal"),
    Format("glb", "Blender, Godot, web (GLB)", ".glb"),
    Format("glb-skeleton", "GLB, skeleton", ".glb", skin=False),
    Format("fbx", "Maya and others (FBX)", ".fbx"),
    Format("fbx-skeleton", "FBX, skeleton", ".fbx", skin=False),
    Format("usd", "Omniverse, Houdini (USD)", ".usdc"),
    Format("usd-skeleton", "USD, skeleton", ".usdc", skin=False),
    Format("bvh", "MotionBuilder (BVH)", ".bvh"),
    Format("robots", "Robot retargeters (BVH)", ".bvh", names="lafan1"),
    Format("vrma", "VRM avatars (VRMA)", ".vrma"),
    Format("npz", "NPZ, AMASS arrays", ".npz"),
    Format("smplx", "NPZ, SMPL-X", ".npz", layout="smplx"),
    Format("json", "JSON, plain numbers", ".json"),
    Format("mp4", "MP4, film", ".mp4"),
    Format("gif", "GIF, film", ".gif"),
)
BY_KEY = {each.key: each for each in FORMATS}


@dataclass(frozen=True)
class ExportRequest:
    """A file to make: which motion, in which format, with which settings."""

    source: Path
    format: Format
    options: SaveOptions


def checked_export(
    motion: Any, format: Any, names: Any, fps: Any, units: Any, in_place: Any, loop: Any
) -> ExportRequest:
    """What a visitor asks for; names and units count where the format has them, and names "" are the format's own.

    Raises:
        ValueError: a motion that is not here, or a setting that there is not; one line.
    """
    chosen = BY_KEY.get(format) if isinstance(format, str) else None
    if chosen is None:
        raise ValueError(f"The format is {str(format)[:40]!r}; choose one of {', '.join(BY_KEY)}.")
    names = names or chosen.names
    if names not in NAMINGS:
        raise ValueError(f"The names are {str(names)[:40]!r}; choose one of {', '.join(NAMINGS)}.")
    if units not in ("", *UNITS):
        raise ValueError(f"The units are {str(units)[:40]!r}; choose one of {', '.join(UNITS)}.")
    if not isinstance(in_place, bool) or not isinstance(loop, bool):
        raise ValueError("in_place and loop are true or false.")
    options = SaveOptions(
        names=names if chosen.suffix in NAMED_SUFFIXES else "smpl",
        fps=checked_rate(fps),
        layout=chosen.layout,
        units=(units or None) if chosen.suffix in UNITS_OF else None,
        in_place=in_place,
        loop=loop,
        skin=chosen.skin,
    )
    return ExportRequest(_motion_file(motion), chosen, options)


def checked_rate(fps: Any) -> float:
    """Frames a second of a visitor's choice.

    Raises:
        ValueError: no number, or out of range.
    """
    is_number = isinstance(fps, int | float) and not isinstance(fps, bool) and math.isfinite(fps)
    if not is_number or not SLOWEST <= fps <= FASTEST:
        raise ValueError(f"fps is {str(fps)[:40]!r}, expected a number from {SLOWEST} to {FASTEST}.")
    return float(fps)


def _motion_file(motion: Any) -> Path:
    """The motion's numbers, by a file of the page or a link to it; nothing else of this machine is opened."""
    link = motion.get("path") if isinstance(motion, dict) else motion
    found = _MOTION_FILE.search(unquote(link)) if isinstance(link, str) else None
    path = Path(get_upload_folder(), found[1], found[2], f"{found[3]}.json") if found else None
    if path is None or not path.is_file():
        raise ValueError("This motion is not here any more; generate it again, then choose its file.")
    return path


def write_export(asked: ExportRequest) -> Path:
    """Makes the file, which goes again with the page's others.

    Raises:
        ValueError: a motion too short to loop, or a setting that the format does not have; one line.
    """
    folder = new_folder()
    kinds = [each for each in FORMATS if each.suffix == asked.format.suffix]
    # a folder of downloads tells them apart by it; "walk-glb.glb" would tell nothing
    kind = f"-{asked.format.key}" if len(kinds) > 1 and asked.format.suffix != f".{asked.format.key}" else ""
    path = folder / f"{asked.source.stem}{kind}{asked.format.suffix}"
    try:
        return save_motion(load_motion(asked.source), path, **vars(asked.options))
    except MotionError as error:
        raise ValueError(str(error).replace(f"{folder}/", "")) from None
