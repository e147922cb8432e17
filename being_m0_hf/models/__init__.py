"""Models: motion tokenizer, Being-M0 language model, text-motion evaluator and HumMUSS, known to the Auto classes."""

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoProcessor,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)

from .auto_classes import knows_shipped_names
from .being_m0 import BeingM0Config, BeingM0ForConditionalGeneration, BeingM0Processor
from .hummuss import HumMussConfig, HumMussForPoseLifting, HumMussModel
from .motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from .text_motion_evaluator import TextMotionEvaluatorConfig, TextMotionEvaluatorModel

AutoConfig.register(MotionTokenizerConfig.model_type, MotionTokenizerConfig, exist_ok=True)
AutoModel.register(MotionTokenizerConfig, MotionTokenizerModel, exist_ok=True)
AutoConfig.register(BeingM0Config.model_type, BeingM0Config, exist_ok=True)
AutoModel.register(BeingM0Config, BeingM0ForConditionalGeneration, exist_ok=True)
AutoModelForCausalLM.register(BeingM0Config, BeingM0ForConditionalGeneration, exist_ok=True)
AutoConfig.register(TextMotionEvaluatorConfig.model_type, TextMotionEvaluatorConfig, exist_ok=True)
AutoModel.register(TextMotionEvaluatorConfig, TextMotionEvaluatorModel, exist_ok=True)
AutoConfig.register(HumMussConfig.model_type, HumMussConfig, exist_ok=True)
AutoModel.register(HumMussConfig, HumMussForPoseLifting, exist_ok=True)
AutoProcessor.register(BeingM0Config, BeingM0Processor, exist_ok=True)
for _door in (AutoConfig, AutoModel, AutoModelForCausalLM, AutoProcessor, AutoTokenizer, PreTrainedTokenizerFast):
    knows_shipped_names(_door)

__all__ = [
    "BeingM0Config", "BeingM0ForConditionalGeneration", "BeingM0Processor", "HumMussConfig", "HumMussForPoseLifting",
    "HumMussModel", "MotionTokenizerConfig", "MotionTokenizerModel", "TextMotionEvaluatorConfig",
    "TextMotionEvaluatorModel",
]  # fmt: skip
