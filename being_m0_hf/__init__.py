"""Being-M0: text in, human motion out.

    motion = being_m0_hf.generate("a person waves with the left hand", seconds=4, seed=1)
    being_m0_hf.save_motion(motion, "wave.glb")

Names are loaded when they are first used, so ``import being_m0_hf`` takes no time.
"""

import importlib

from .auto_registration import register_models

__version__ = "0.1.0"

_HOME_OF_NAME = {
    "BeingM0Config": ".models",
    "BeingM0ForConditionalGeneration": ".models",
    "BeingM0Processor": ".models",
    "Motion": ".motion",
    "MotionError": ".motion",
    "MotionLibDataset": ".motionlib.view",
    "MotionPipeline": ".pipelines.text_to_motion",
    "MotionStream": ".motionlib.stream",
    "MotionTokenizerConfig": ".models",
    "MotionTokenizerModel": ".models",
    "MotionView": ".motionlib.view",
    "generate": ".pipelines.text_to_motion",
    "import_motion": ".retarget",
    "load_motion": ".io",
    "load_pipeline": ".pipelines.text_to_motion",
    "save_motion": ".io",
}

__all__ = sorted(_HOME_OF_NAME)


def __getattr__(name: str):
    if name not in _HOME_OF_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF_NAME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


register_models()
