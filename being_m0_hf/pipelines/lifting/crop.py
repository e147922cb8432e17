"""The part of a picture that a lifter looks at: the person as large and as central as in its training."""

from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from ...retarget.swings import swing

#: Half of the longer side of the box around a person, where the crop's longer side reaches from -1 to 1: about the
#: median of the training data.
HALF_SIZE = 0.6


@dataclass(frozen=True)
class Crop:
    """A square of a picture.

    Args:
        middle: (x, y) pixels.
        half: half of its side, pixels.
    """

    middle: tuple[float, float]
    half: float

    def inside(self, keypoints: Tensor) -> Tensor:
        """Keypoints (..., 3) in pixels -> x and y from -1 to 1, zeros stay where nothing was seen."""
        points = (keypoints[..., :2] - torch.tensor(self.middle)) / self.half
        seen = keypoints[..., 2:] > 0
        return torch.cat((points, keypoints[..., 2:]), -1) * seen

    def out_of(self, joints: Tensor, size: tuple[float, float], focal: float) -> Tensor:
        """Joints (..., 3) as a camera sees them that looks at the middle of the crop, in the axes of the real camera.

        A lifter takes the middle of what it is shown for the middle of the picture: who stands aside shows more of
        one side, and would be taken for turned.

        Args:
            size: width and height of the picture in pixels.
            focal: focal length in longer sides of the picture.
        """
        x, y = (middle - side / 2 for middle, side in zip(self.middle, size, strict=True))
        towards = torch.tensor([x, y, focal * max(size)], dtype=joints.dtype)
        return roma.quat_action(
            swing(torch.tensor([0.0, 0.0, 1.0]).to(joints), towards).expand(*joints.shape[:-1], 4), joints
        )


def crop_around(keypoints: Tensor) -> Crop:
    """The crop of all keypoints (..., 3) that were seen.

    Raises:
        ValueError: none was.
    """
    seen = keypoints[keypoints[..., 2] > 0][:, :2]
    if not len(seen):
        raise ValueError("nobody is to be seen: all keypoints are missing")
    low, high = seen.amin(0), seen.amax(0)
    x, y = ((low + high) / 2).tolist()
    return Crop((x, y), max(float((high - low).max()) / 2 / HALF_SIZE, 1e-6))


def whole_picture(size: tuple[float, float]) -> Crop:
    """The square about the middle of a picture that holds all of it."""
    return Crop((size[0] / 2, size[1] / 2), max(size) / 2)


__all__ = ["Crop", "crop_around", "whole_picture"]
