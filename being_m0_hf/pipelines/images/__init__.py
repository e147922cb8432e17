"""Pose from images: one person in one picture, and the motion of a person whom a video shows."""

from .estimate import DEFAULT_IMAGE_MODEL, ImagePose, ImagePoseModel, estimate_pose, load_image_model
from .follow import film_person, follow_person
from .world import motion_of_poses

__all__ = [
    "DEFAULT_IMAGE_MODEL", "ImagePose", "ImagePoseModel", "estimate_pose", "film_person", "follow_person",
    "load_image_model", "motion_of_poses",
]  # fmt: skip
