"""The 2D lookup-free motion tokenizer."""

from .configuration_motion_tokenizer import MotionTokenizerConfig
from .modeling_motion_tokenizer import MotionTokenizerModel
from .streaming import MotionStreamDecoder

__all__ = ["MotionStreamDecoder", "MotionTokenizerConfig", "MotionTokenizerModel"]
