"""The text-motion evaluator: texts and motions in one space, for retrieval metrics and FID."""

from .configuration_text_motion_evaluator import TextMotionEvaluatorConfig
from .modeling_text_motion_evaluator import TextMotionEvaluatorModel
from .text_motion_encoder import TextMotionEncoder

__all__ = ["TextMotionEncoder", "TextMotionEvaluatorConfig", "TextMotionEvaluatorModel"]
