"""Pictures and boxes of people -> the crops that SMPLest-X sees."""

import os
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import BaseImageProcessor, BatchFeature

from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint
from .crop_camera import crop_to_image, image_to_crop

Picture = Image.Image | np.ndarray | Tensor
#: Smaller boxes show nobody, pixels.
SMALLEST_BOX = 2.0


class SMPLestXImageProcessor(BaseImageProcessor):
    """Grows each box to the crop's shape and a little more, cuts it out, and makes it as small as the encoder wants.

    Args:
        cut_size: height and width of the first cut, bilinear.
        image_size: height and width of what the encoder sees; from the cut by taking the nearest pixels.
        box_scale: how much larger than the person a box becomes.
        pixel_mean, pixel_deviation: taken off and divided by, of pixels from 0 to 1; SMPLest-X itself has 0 and 1.
    """

    model_input_names = ["pixel_values"]

    def __init__(
        self,
        cut_size: Sequence[int] = (512, 384),
        image_size: Sequence[int] = (256, 192),
        box_scale: float = 1.2,
        pixel_mean: float = 0.0,
        pixel_deviation: float = 1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cut_size, self.image_size, self.box_scale = list(cut_size), list(image_size), box_scale
        self.pixel_mean, self.pixel_deviation = pixel_mean, pixel_deviation
        for name, size in (("cut_size", self.cut_size), ("image_size", self.image_size)):
            if len(size) != 2 or min(size) < 1:
                raise ValueError(f"{name} is {size}, expected height and width")
        if not 0.1 <= box_scale <= 10:
            raise ValueError(f"box_scale is {box_scale}, expected 0.1 to 10")
        if not pixel_deviation > 0:
            raise ValueError(f"pixel_deviation is {pixel_deviation}, expected more than 0")

    def __call__(self, images: Picture | Sequence[Picture], boxes=None) -> BatchFeature:
        """As [`SMPLestXImageProcessor.preprocess`]."""
        return self.preprocess(images, boxes)

    def preprocess(self, images: Picture | Sequence[Picture], boxes=None) -> BatchFeature:
        """Cut people out.

        Args:
            images: one picture or several: PIL, or (height, width, 3) uint8.
            boxes: one box or one for each picture: x, y, width and height in pixels; the whole picture by default.

        Returns:
            ``pixel_values`` (batch, 3, height, width), and ``boxes`` (batch, 4), what was cut out.

        Raises:
            ValueError: what is no picture, or a box that shows nobody.
        """
        if isinstance(images, Image.Image) or getattr(images, "ndim", 4) < 4:
            images = [images]
        pictures = [as_picture(image) for image in images]
        if boxes is None:
            wanted = torch.tensor([[0.0, 0.0, *picture.size] for picture in pictures])
        else:
            wanted = torch.as_tensor(np.asarray(boxes, dtype=np.float64)).float().reshape(-1, 4)
        if len(wanted) != len(pictures):
            raise ValueError(f"{len(wanted)} boxes for {len(pictures)} pictures; give one for each")
        grown = torch.stack([self.grown_box(box) for box in wanted])
        crops = [self.crop(*pair) for pair in zip(pictures, grown.tolist(), strict=True)]
        return BatchFeature({"pixel_values": self.pixel_values(torch.from_numpy(np.stack(crops))), "boxes": grown})

    def pixel_values(self, crops: Tensor) -> Tensor:
        """Crops (batch, height, width, 3) uint8 -> (batch, 3, height, width) as the model takes them."""
        return (crops.permute(0, 3, 1, 2).float() / 255 - self.pixel_mean) / self.pixel_deviation

    def grown_box(self, box: Tensor) -> Tensor:
        """A box (4,) = x, y, width, height in the crop's shape around the same middle, and a little larger.

        Raises:
            ValueError: it is empty or no numbers.
        """
        x, y, width, height = box.tolist()
        if not torch.isfinite(box).all() or min(width, height) < SMALLEST_BOX:
            raise ValueError(f"the box {[round(value, 2) for value in box.tolist()]} shows nobody: give x, y, w, h")
        shape = self.cut_size[1] / self.cut_size[0]
        wide = self.box_scale * max(width, height * shape)
        high = wide / shape
        return torch.tensor([x + width / 2 - wide / 2, y + height / 2 - high / 2, wide, high])

    def crop(self, picture: Image.Image, box: Sequence[float]) -> np.ndarray:
        """What the encoder sees of a grown box, (height, width, 3) uint8; black outside the picture."""
        height, width = self.cut_size
        x, y, box_width, box_height = box
        cut = picture.transform(
            (width, height),
            Image.Transform.AFFINE,
            (box_width / width, 0.0, x, 0.0, box_height / height, y),
            Image.Resampling.BILINEAR,
        )
        rows, columns = (
            np.arange(small) * large // small for small, large in zip(self.image_size, self.cut_size, strict=True)
        )
        return np.asarray(cut)[rows[:, None], columns]

    def to_image(self, points: Tensor, boxes: Tensor) -> Tensor:
        """Pixels (batch, ..., 2) of crops -> pixels of the pictures; boxes as `preprocess` returned them."""
        return crop_to_image(points, boxes, tuple(self.image_size))

    def to_crop(self, points: Tensor, boxes: Tensor) -> Tensor:
        """Pixels (batch, ..., 2) of pictures -> pixels of the crops; boxes as `preprocess` returned them."""
        return image_to_crop(points, boxes, tuple(self.image_size))

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs):
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs):
        """As in transformers, with the code that `trust_remote_code` needs where this package is missing."""
        self.auto_map = {"AutoImageProcessor": "image_processing_smplest_x.SMPLestXImageProcessor"}
        saved = super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)
        return saved


def as_picture(image: Picture) -> Image.Image:
    """A picture as PIL knows it, in red, green and blue.

    Raises:
        ValueError: an array of another shape or type.
    """
    if isinstance(image, Image.Image):
        return image.convert("RGB")
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(
            f"a picture has shape {tuple(pixels.shape)} and type {pixels.dtype}, expected (height, width, 3) and uint8"
        )
    return Image.fromarray(pixels)


__all__ = ["SMPLestXImageProcessor", "as_picture"]
