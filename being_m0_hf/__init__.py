"""Being-M0: text in, human motion out.

    motion = being_m0_hf.generate("a person waves with the left hand", seconds=4, seed=1)
    being_m0_hf.save_motion(motion, "wave.glb")

Names are loaded when they are first used, so ``import being_m0_hf`` takes no time.
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:  # the same names for type checkers and editors
    from .choreography.checked import generate as generate
    from .choreography.checked import load_pipeline as load_pipeline
    from .io import load_motion as load_motion
    from .io import save_motion as save_motion
    from .models import BeingM0Config as BeingM0Config
    from .models import BeingM0ForConditionalGeneration as BeingM0ForConditionalGeneration
    from .models import BeingM0Processor as BeingM0Processor
    from .models import HumMussConfig as HumMussConfig
    from .models import HumMussForPoseLifting as HumMussForPoseLifting
    from .models import HumMussModel as HumMussModel
    from .models import MotionTokenizerConfig as MotionTokenizerConfig
    from .models import MotionTokenizerModel as MotionTokenizerModel
    from .models import SMPLestXConfig as SMPLestXConfig
    from .models import SMPLestXImageProcessor as SMPLestXImageProcessor
    from .models import SMPLestXModel as SMPLestXModel
    from .motion import Motion as Motion
    from .motion import MotionError as MotionError
    from .motionlib.stream import MotionStream as MotionStream
    from .motionlib.view import MotionLibDataset as MotionLibDataset
    from .motionlib.view import MotionView as MotionView
    from .pipelines.images import estimate_pose as estimate_pose
    from .pipelines.lifting import LiftStream as LiftStream
    from .pipelines.lifting import lift_keypoints as lift_keypoints
    from .pipelines.text_to_motion import MotionPipeline as MotionPipeline
    from .retarget import import_motion as import_motion

_HOME_OF_NAME = {
    "BeingM0Config": ".models",
    "BeingM0ForConditionalGeneration": ".models",
    "BeingM0Processor": ".models",
    "HumMussConfig": ".models",
    "HumMussForPoseLifting": ".models",
    "HumMussModel": ".models",
    "LiftStream": ".pipelines.lifting",
    "Motion": ".motion",
    "MotionError": ".motion",
    "MotionLibDataset": ".motionlib.view",
    "MotionPipeline": ".pipelines.text_to_motion",
    "MotionStream": ".motionlib.stream",
    "MotionTokenizerConfig": ".models",
    "MotionTokenizerModel": ".models",
    "MotionView": ".motionlib.view",
    "SMPLestXConfig": ".models",
    "SMPLestXImageProcessor": ".models",
    "SMPLestXModel": ".models",
    "estimate_pose": ".pipelines.images",
    "generate": ".choreography.checked",
    "import_motion": ".retarget",
    "lift_keypoints": ".pipelines.lifting",
    "load_motion": ".io",
    "load_pipeline": ".choreography.checked",
    "save_motion": ".io",
}

__all__ = sorted(_HOME_OF_NAME)


def __getattr__(name: str) -> object:
    if name not in _HOME_OF_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF_NAME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
