"""Motion files: ``save_motion`` and ``load_motion`` choose by suffix (.glb, .bvh, .npz, .json)."""

from .files import LOAD_SUFFIXES, SAVE_SUFFIXES, check_save_path, load_motion, save_motion
from .formats.glb import body_to_glb

__all__ = ["LOAD_SUFFIXES", "SAVE_SUFFIXES", "body_to_glb", "check_save_path", "load_motion", "save_motion"]
