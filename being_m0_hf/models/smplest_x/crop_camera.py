"""The virtual camera of a crop, and the way from a crop to its picture and back.

The model sees every person through a camera of the same long focal length, so in the picture each box has a focal
length of its own. Pixels are counted from the outer edge of the first one. Camera axes: x right, y down, z away.
"""

import torch
from torch import Tensor

#: No point is projected that is nearer than this, metres.
NEAREST = 0.1


def camera_translation(raw: Tensor, farthest: float) -> Tensor:
    """What a camera head says, (..., 3) = (tx, ty, s), as metres (..., 3) from the camera: z is farthest sigmoid(s)."""
    return torch.cat((raw[..., :2], farthest * raw[..., 2:].sigmoid()), -1)


def project(points: Tensor, focal: float, image_size: tuple[int, int]) -> Tensor:
    """Points (..., 3) in the axes of a crop's camera, metres -> pixels (..., 2) = (x, y) of the crop.

    Args:
        image_size: height and width of the crop; its middle is the principal point.
    """
    height, width = image_size
    middle = torch.tensor([width / 2, height / 2], dtype=points.dtype, device=points.device)
    return focal * points[..., :2] / points[..., 2:].clamp_min(NEAREST) + middle


def crop_to_image(points: Tensor, boxes: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Pixels (batch, ..., 2) of crops -> pixels of the picture.

    Args:
        boxes: (batch, 4) x, y, width and height of what was cut out.
        image_size: height and width of the crops.
    """
    corner, scale = _corner_and_scale(boxes, image_size, points.ndim)
    return points * scale + corner


def image_to_crop(points: Tensor, boxes: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Pixels (batch, ..., 2) of the picture -> pixels of crops; arguments as `crop_to_image`."""
    corner, scale = _corner_and_scale(boxes, image_size, points.ndim)
    return (points - corner) / scale


def picture_camera(boxes: Tensor, focal: float, image_size: tuple[int, int]) -> Tensor:
    """The virtual cameras in pixels of the picture: (batch, 4) = fx, fy, cx, cy; arguments as `crop_to_image`."""
    height, width = image_size
    x, y, box_width, box_height = boxes.unbind(-1)
    return torch.stack(
        (focal / width * box_width, focal / height * box_height, x + box_width / 2, y + box_height / 2), -1
    )


def _corner_and_scale(boxes: Tensor, image_size: tuple[int, int], dimensions: int) -> tuple[Tensor, Tensor]:
    height, width = image_size
    between = [1] * (dimensions - 2)
    size = torch.tensor([width, height], dtype=boxes.dtype, device=boxes.device)
    corner, scale = boxes[:, :2], boxes[:, 2:] / size
    return corner.reshape(-1, *between, 2), scale.reshape(-1, *between, 2)


__all__ = ["camera_translation", "crop_to_image", "image_to_crop", "picture_camera", "project"]
