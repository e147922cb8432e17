"""Motion files: ``save_motion`` and ``load_motion`` choose by suffix (.glb, .fbx, .bvh, .npz, .json)."""

from .files import LOAD_SUFFIXES, SAVE_SUFFIXES, check_save_path, load_motion, save_motion
from .formats.amass import LAYOUTS
from .formats.glb import body_to_glb
from .formats.joint_names import NAMINGS
from .save_options import UNITS, SaveOptions

__all__ = [
    "LAYOUTS", "LOAD_SUFFIXES", "NAMINGS", "SAVE_SUFFIXES", "UNITS", "SaveOptions", "body_to_glb", "check_save_path",
    "load_motion", "save_motion",
]  # fmt: skip
