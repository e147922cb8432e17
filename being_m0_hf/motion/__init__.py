"""Motion core: skeleton, rotations, kinematics, features and the ``Motion`` type. Imports nothing above it."""

from .body_parts import PART_NAMES, PARTS, BodyPart
from .features import D135_SIZE, PART_COLUMNS, decode_d135, encode_d135
from .kinematics import forward_kinematics
from .motion import MIN_FRAMES, MODEL_FPS, Motion, MotionError
from .skeleton import CANONICAL_SKELETON, JOINT_INDEX, JOINT_NAMES, MIRROR_JOINTS, NUM_JOINTS, PARENTS, Skeleton

__all__ = [
    "CANONICAL_SKELETON", "D135_SIZE", "JOINT_INDEX", "JOINT_NAMES", "MIN_FRAMES", "MIRROR_JOINTS", "MODEL_FPS",
    "NUM_JOINTS", "PARENTS", "PARTS", "PART_COLUMNS", "PART_NAMES", "BodyPart", "Motion", "MotionError", "Skeleton",
    "decode_d135", "encode_d135", "forward_kinematics",
]  # fmt: skip
