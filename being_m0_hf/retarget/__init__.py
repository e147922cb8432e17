"""Foreign skeletons onto the 22 SMPL joints: ``import_motion`` for files, ``retarget`` for what a reader found."""

from .files import CONVERT_FIRST, IMPORT_SUFFIXES, Imported, import_all, import_file, import_motion, read_rig
from .from_joints import motion_from_joints
from .import_summary import Understanding
from .joint_map import JointMap, find_joint_map, read_joint_map
from .retarget import retarget

__all__ = [
    "CONVERT_FIRST", "IMPORT_SUFFIXES", "Imported", "JointMap", "Understanding", "find_joint_map", "import_all",
    "import_file", "import_motion", "motion_from_joints", "read_joint_map", "read_rig", "retarget",
]  # fmt: skip
