"""ViTPose (Xu et al. 2022) by transformers, for machines that reach the Hub: slower, surer of small people."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ...io.keypoints import Frame, Seen
from ...utils.imports import quiet_libraries

#: Both under Apache-2.0.
FINDER, POSE = "PekingU/rtdetr_r50vd_coco_o365", "usyd-community/vitpose-base-simple"
SURE_ENOUGH = 0.5


class VitPose:
    """A network that finds people, and ViTPose for the keypoints of each.

    Args:
        finder: any object detector of transformers that has a class ``person``.
        finder_processor, pose_processor: their image processors.
        pose: a VitPoseForPoseEstimation.
    """

    layout = "coco17"

    def __init__(self, finder: Any, finder_processor: Any, pose: Any, pose_processor: Any) -> None:
        self.finder, self.finder_processor = finder.eval(), finder_processor
        self.pose, self.pose_processor = pose.eval(), pose_processor
        labels = {name.lower(): number for number, name in finder.config.id2label.items()}
        if "person" not in labels:
            raise ValueError("this object detector knows no class called person")
        self._person = labels["person"]

    @classmethod
    def from_pretrained(cls, finder: str = FINDER, pose: str = POSE) -> "VitPose":
        """Load both from folders or from the Hub.

        Raises:
            ValueError: they are not there, or the Hub cannot be reached.
        """
        from transformers import AutoImageProcessor, AutoModelForObjectDetection, VitPoseForPoseEstimation

        quiet_libraries()
        try:
            finders = AutoModelForObjectDetection.from_pretrained(finder), AutoImageProcessor.from_pretrained(finder)
            poses = VitPoseForPoseEstimation.from_pretrained(pose), AutoImageProcessor.from_pretrained(pose)
        except (OSError, ImportError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(
                f"{finder} and {pose} cannot be loaded ({reason}); the detector blazepose needs no network"
            ) from None
        return cls(*finders, *poses)

    def follow(self, most_people: int = 5) -> "EachFrame":
        """What sees the frames of one video. People get no names here: whoever reads the frames follows them."""
        return EachFrame(self, most_people)

    @torch.no_grad()
    def people(self, picture: Image.Image, most_people: int) -> Frame:
        """The surest people in a picture."""
        inputs = self.finder_processor(images=picture, return_tensors="pt")
        sizes = [(picture.height, picture.width)]
        (found,) = self.finder_processor.post_process_object_detection(
            self.finder(**inputs), threshold=SURE_ENOUGH, target_sizes=sizes
        )
        is_person = found["labels"] == self._person
        surest = found["scores"][is_person].argsort(descending=True)[:most_people]
        boxes = found["boxes"][is_person][surest].double().numpy()
        boxes[:, 2:] -= boxes[:, :2]
        boxes = boxes[(boxes[:, 2:] >= 1).all(-1)]
        if not len(boxes):
            return []
        inputs = self.pose_processor(images=picture, boxes=[boxes], return_tensors="pt")
        (people,) = self.pose_processor.post_process_pose_estimation(self.pose(**inputs), boxes=[boxes])
        return [Seen(_keypoints(person)) for person in people]


class EachFrame:
    """Every frame by itself."""

    def __init__(self, detector: VitPose, most_people: int) -> None:
        self.detector, self.most_people = detector, most_people

    def see(self, picture: NDArray) -> Frame:
        """Everybody in the picture (height, width, 3) of RGB bytes."""
        return self.detector.people(Image.fromarray(picture), self.most_people)


def _keypoints(person: dict) -> NDArray:
    """(17, 3) of what the processor gives; points that it leaves out are missing."""
    points = np.zeros((17, 3))
    rows = np.concatenate((person["keypoints"].numpy(), person["scores"].numpy().reshape(-1, 1)), -1)
    points[person["labels"].numpy()] = rows
    points[:, 2] = points[:, 2].clip(0, 1)
    return points


__all__ = ["VitPose"]
