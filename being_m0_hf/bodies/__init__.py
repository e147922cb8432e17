"""Skinned bodies on the 22-joint skeleton: the CC0 MakeHuman body, a procedural mannequin, and skinning."""

from .body import Body, joint_transforms, pose_body, skinned
from .makehuman import default_body, makehuman_body
from .mannequin import mannequin

__all__ = ["Body", "default_body", "joint_transforms", "makehuman_body", "mannequin", "pose_body", "skinned"]
