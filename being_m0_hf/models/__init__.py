"""Models: motion tokenizer, Being-M0 language model, evaluator, HumMUSS and SMPLest-X, known to the Auto classes."""

from transformers import (
    AutoConfig,
    AutoImageProcessor,
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
from .smplest_x import SMPLestXConfig, SMPLestXImageProcessor, SMPLestXModel
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
AutoConfig.register(SMPLestXConfig.model_type, SMPLestXConfig, exist_ok=True)
AutoModel.register(SMPLestXConfig, SMPLestXModel, exist_ok=True)
AutoImageProcessor.register(SMPLestXConfig, image_processor_classes={"pil": SMPLestXImageProcessor}, exist_ok=True)
AutoProcessor.register(BeingM0Config, BeingM0Processor, exist_ok=True)
for _door in (
    AutoConfig, AutoImageProcessor, AutoModel, AutoModelForCausalLM, AutoProcessor, AutoTokenizer,
    PreTrainedTokenizerFast,
):  # fmt: skip
    knows_shipped_names(_door)

__all__ = [
    "BeingM0Config", "BeingM0ForConditionalGeneration", "BeingM0Processor", "HumMussConfig", "HumMussForPoseLifting",
    "HumMussModel", "MotionTokenizerConfig", "MotionTokenizerModel", "SMPLestXConfig", "SMPLestXImageProcessor",
    "SMPLestXModel", "TextMotionEvaluatorConfig", "TextMotionEvaluatorModel",
]  # fmt: skip
