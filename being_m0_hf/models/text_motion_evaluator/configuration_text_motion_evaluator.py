"""Configuration of the text-motion evaluator."""

import os

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint


@strict
class TextMotionEvaluatorConfig(PreTrainedConfig):
    r"""
    Configuration of [`TextMotionEvaluatorModel`].

    Args:
        text_vocab_size (`int`, defaults to 4096): tokens of the text tokenizer saved beside the model.
        max_text_tokens (`int`, defaults to 64): longer texts are cut.
        hidden_size (`int`, defaults to 128): width of both encoders.
        intermediate_size (`int`, defaults to 256): width inside the feed-forward layers.
        num_attention_heads (`int`, defaults to 4): of both encoders.
        num_motion_layers, num_text_layers (`int`, defaults to 2): transformer layers of each encoder.
        embedding_size (`int`, defaults to 128): dimensions of the common space.
        dropout (`float`, defaults to 0.1): in the transformer layers, while training.
        temperature (`float`, defaults to 0.1): of the contrastive loss at the start of training; it is learned.
        joint_velocities (`bool`, defaults to `False`): show the motion encoder how fast each joint moves, too: a hand
            that shivers is hardly ever in another place.
    """

    model_type = "being_m0_text_motion_evaluator"

    text_vocab_size: int = 4096
    max_text_tokens: int = 64
    hidden_size: int = 128
    intermediate_size: int = 256
    num_attention_heads: int = 4
    num_motion_layers: int = 2
    num_text_layers: int = 2
    embedding_size: int = 128
    dropout: float = 0.1
    temperature: float = 0.1
    joint_velocities: bool = False

    def validate_architecture(self):
        """Part of `@strict`-powered validation."""
        if self.hidden_size % (2 * self.num_attention_heads):
            raise ValueError(
                f"hidden_size is {self.hidden_size}, expected a multiple of {2 * self.num_attention_heads}: "
                "twice num_attention_heads"
            )
        for name in ("text_vocab_size", "max_text_tokens", "embedding_size", "num_motion_layers", "num_text_layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if not 0 <= self.dropout < 1 or self.temperature <= 0:
            raise ValueError(
                f"dropout is {self.dropout} (0 up to 1) and temperature {self.temperature} (more than 0): out of range"
            )

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs
    ) -> "TextMotionEvaluatorConfig":
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs) -> None:
        """Save the configuration, and with it the code that `trust_remote_code` needs where this package is missing."""
        self.auto_map = {
            "AutoConfig": "configuration_text_motion_evaluator.TextMotionEvaluatorConfig",
            "AutoModel": "modeling_text_motion_evaluator.TextMotionEvaluatorModel",
        }
        super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)


__all__ = ["TextMotionEvaluatorConfig"]
