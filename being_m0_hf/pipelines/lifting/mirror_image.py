"""Lifting of clips and of their mirror images: no model is as good with either side, and the mean is better."""

from torch import Tensor
from transformers import PreTrainedModel

from ...motion.h36m_joints import mirrored


def mean_with_mirror_image(model: PreTrainedModel, keypoints: Tensor, **how) -> Tensor:
    """Joints (clips, frames, 17, 3): the mean of what a model sees in clips and in their mirror images.

    Human3.6M's figures are made so. It takes twice the time.

    Args:
        model: a lifter.
        keypoints: (clips, frames, 17, 3).
        how: other arguments of the model, the same for both.
    """
    seen, turned = (model(each, **how).joints for each in (keypoints, mirrored(keypoints)))
    return (seen + mirrored(turned)) / 2


__all__ = ["mean_with_mirror_image"]
