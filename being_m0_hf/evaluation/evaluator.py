"""What measures how texts and motions fit: this package's evaluator, or HumanML3D's."""

import os
from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from ..models.text_motion_evaluator import TextMotionEncoder
from .humanml3d.evaluator import HumanML3DEvaluator


class Evaluator(Protocol):
    """Sentences and motions (features (frames, 135) at 20 fps) into one space: (N, D) each."""

    def texts(self, texts: Sequence[str]) -> Tensor: ...

    def motions(self, features: Sequence[Tensor]) -> Tensor: ...


def load_evaluator(folder: str | os.PathLike) -> Evaluator:
    """HumanML3D's evaluator where a folder holds its ``finest.tar``, else the one of `training/train_evaluator.py`.

    Raises:
        FileNotFoundError: there is none, or a file is missing.
        ValueError: it is damaged or of another kind.
    """
    if HumanML3DEvaluator.fits(folder):
        return HumanML3DEvaluator.from_folder(folder)
    try:
        return TextMotionEncoder.from_pretrained(folder)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no evaluator in {folder}: give a folder that training/train_evaluator.py wrote, or HumanML3D's with "
            "text_mot_match/model/finest.tar in it"
        ) from None
