"""Pictures to poses."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from ...models.checkpoint_files import IMAGE_MODEL, checkpoint_kind
from ...models.shipped_checkpoints import checkpoint_folder
from ...models.smplest_x import SMPLestXImageProcessor, SMPLestXModel
from ...models.smplest_x.crop_camera import picture_camera
from ...models.smplest_x.image_processing_smplest_x import Picture, as_picture
from ...motion import MIN_FRAMES, Motion

DEFAULT_IMAGE_MODEL = "smplest-x-tiny"
#: Crops that a model sees at once.
BATCH = 16


@dataclass(frozen=True, eq=False)
class ImagePose:
    """A person in one picture.

    Args:
        rotations: (22, 4) unit quaternions; the root's is into the camera's axes (x right, y down, z away).
        translation: (3,) metres from the virtual camera of the box.
        keypoints: (22, 2) joints in pixels of the picture.
        camera: (4,) the virtual camera in pixels of the picture: fx, fy, cx, cy. Every box has a focal length of its
            own, so `translation` is not where the person is: see `motion_of_poses`.
        size: width and height of the picture.
    """

    rotations: Tensor
    translation: Tensor
    keypoints: Tensor
    camera: Tensor
    size: tuple[int, int]

    def motion(self, frames: int = MIN_FRAMES) -> Motion:
        """The pose held for some frames, on the floor, seen from the camera's side."""
        from .world import motion_of_poses

        return motion_of_poses([self] * frames, 20.0, in_place=True)


@dataclass(frozen=True, eq=False)
class ImagePoseModel:
    """A model with its image processor."""

    model: SMPLestXModel
    processor: SMPLestXImageProcessor

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture], boxes: Sequence[Sequence[float]] | None = None) -> list[ImagePose]:
        """The person in each picture.

        Args:
            pictures: PIL images, or (height, width, 3) uint8.
            boxes: one for each picture, x, y, width and height in pixels; whole pictures by default.

        Raises:
            ValueError: what is no picture, or a box that shows nobody.
        """
        poses = []
        for start in range(0, len(pictures), BATCH):
            some = [as_picture(picture) for picture in pictures[start : start + BATCH]]
            inputs = self.processor(some, None if boxes is None else boxes[start : start + BATCH])
            output = self.model(inputs["pixel_values"].to(self.model.device))
            config, grown = self.model.config, inputs["boxes"]
            cameras = picture_camera(grown, config.focal, tuple(config.image_size))
            keypoints = self.processor.to_image(output.keypoints.cpu(), grown)
            rotations = torch.cat((output.root_rotation[:, None], output.body_rotations), 1).cpu()
            quaternions = roma.rotmat_to_unitquat(rotations)
            rows = zip(quaternions, output.translation.cpu(), keypoints, cameras, some, strict=True)
            poses += [ImagePose(*row, picture.size) for *row, picture in rows]
        return poses


def load_image_model(name: str | os.PathLike = DEFAULT_IMAGE_MODEL) -> ImagePoseModel:
    """A model that comes with the package, in a folder, or on the Hub.

    Raises:
        ValueError: the folder holds another kind of model.
        FileNotFoundError: there is none.
    """
    folder = checkpoint_folder(name)
    if checkpoint_kind(folder) is not IMAGE_MODEL:
        raise ValueError(f"{name} is no model of pose from images: give a folder of SMPLest-X")
    processor = SMPLestXImageProcessor.from_pretrained(folder)
    return ImagePoseModel(SMPLestXModel.from_pretrained(folder).float().eval(), processor)


def estimate_pose(
    image: Picture,
    box: Sequence[float] | None = None,
    model: ImagePoseModel | str | os.PathLike = DEFAULT_IMAGE_MODEL,
) -> ImagePose:
    """The pose of a person in a picture.

    Args:
        image: PIL, or (height, width, 3) uint8.
        box: x, y, width and height of the person in pixels; the whole picture by default.
        model: a loaded one, or its name, folder or name on the Hub.
    """
    model = model if isinstance(model, ImagePoseModel) else load_image_model(model)
    return model([image], None if box is None else [box])[0]
