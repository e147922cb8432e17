"""The Being-M0 motion language model and its processor."""

from .configuration_being_m0 import BeingM0Config
from .generation_being_m0 import MotionGenerationOutput
from .modeling_being_m0 import BeingM0ForConditionalGeneration
from .motion_grammar import MotionGrammarLogitsProcessor
from .processing_being_m0 import BeingM0Processor
from .text_tokenizer import build_text_tokenizer
from .token_layout import TokenLayout

__all__ = [
    "BeingM0Config", "BeingM0ForConditionalGeneration", "BeingM0Processor", "MotionGenerationOutput",
    "MotionGrammarLogitsProcessor", "TokenLayout", "build_text_tokenizer",
]  # fmt: skip
