"""How far an image model's bodies are from true ones: the published measures, and angles of joints."""

from .measure import image_model_errors, mean_pose, mean_pose_errors, rotation_errors
from .vertex_errors import LSP_JOINTS, mean_primary_error, mpjpe14, mpvpe, part_errors

__all__ = [
    "LSP_JOINTS", "image_model_errors", "mean_pose", "mean_pose_errors", "mean_primary_error", "mpjpe14", "mpvpe",
    "part_errors", "rotation_errors",
]  # fmt: skip
