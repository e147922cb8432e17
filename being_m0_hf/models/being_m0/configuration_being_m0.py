"""Configuration of the Being-M0 motion language model, with the paper's backbones as presets."""

import os

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from ..motion_tokenizer.configuration_motion_tokenizer import MotionTokenizerConfig
from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint
from .token_layout import TokenLayout

#: The paper's four backbones (Being-M0, table 2) and the small one that ships with the package.
BACKBONES: dict[str, dict] = {
    "gpt2-medium": {"model_type": "gpt2", "n_embd": 1024, "n_layer": 24, "n_head": 16},
    "llama2-7b": {
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
        "num_attention_heads": 32, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
    },
    "llama2-13b": {
        "model_type": "llama", "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40,
        "num_attention_heads": 40, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
    },
    "llama3.1-8b": {
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
        "rope_parameters": {
            "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
        },
    },
    "being-m0-mini": {
        "model_type": "llama", "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4,
        "num_attention_heads": 4, "max_position_embeddings": 1024, "tie_word_embeddings": True,
    },
}  # fmt: skip

#: Words in the text tokenizer of each backbone.
TEXT_VOCAB_SIZES: dict[str, int] = {
    "gpt2-medium": 50257, "llama2-7b": 32000, "llama2-13b": 32000, "llama3.1-8b": 128256, "being-m0-mini": 4096,
}  # fmt: skip

#: Families of `AutoModelForCausalLM` that do not heed the attention mask, on which batches and guidance rest.
MASKLESS = ("recurrent_gemma", "rwkv", "xlstm")


@strict
class BeingM0Config(PreTrainedConfig):
    r"""
    Configuration of [`BeingM0ForConditionalGeneration`].

    Args:
        backbone_config (`dict` or `PreTrainedConfig`): any decoder-only model of `AutoModelForCausalLM`. Its
            vocabulary size and its bos, eos and pad ids are set from the token layout.
        motion_tokenizer_config (`dict` or `MotionTokenizerConfig`): the motion tokenizer inside the checkpoint.
        text_vocab_size (`int`, defaults to 50257): words of the text tokenizer; markers and codes come after them.
        share_codes_between_parts (`bool`, defaults to `False`): one embedding row for a code whichever body part it
            belongs to, as in the paper, instead of a row for each part and code.
        max_steps (`int`, defaults to 64): the longest motion, in time steps (4 frames each by default).
        tasks (`list[str]`, *optional*): what the checkpoint has learned, of "text-to-motion", "motion-to-text" and
            "fill". None, as in checkpoints from before there were tasks, is text to motion alone.

    Example:

    ```python
    >>> config = BeingM0Config.preset("being-m0-mini", text_vocab_size=4096)
    >>> config.layout.vocab_size
    ```
    """

    model_type = "being_m0"
    keys_to_ignore_at_inference = ["past_key_values"]
    sub_configs_defaults = {
        "backbone_config": SubConfigSpec(config_class=AutoConfig, model_type="gpt2"),
        "motion_tokenizer_config": MotionTokenizerConfig,
    }

    backbone_config: dict | PreTrainedConfig | None = None
    motion_tokenizer_config: dict | PreTrainedConfig | None = None
    text_vocab_size: int = 50257
    share_codes_between_parts: bool = False
    max_steps: int = 64
    tasks: list[str] | None = None

    def __post_init__(self, **kwargs):
        super().__post_init__(**kwargs)
        layout, backbone = self.layout, self.backbone_config
        backbone.vocab_size = layout.vocab_size
        backbone.pad_token_id = layout.pad_id
        backbone.bos_token_id = layout.bos_id
        backbone.eos_token_id = layout.eos_id
        for part in (backbone, self.motion_tokenizer_config):
            if os.path.isabs(part.name_or_path) or os.path.isdir(part.name_or_path):
                part.name_or_path = ""  # a folder of this machine, which would be saved with the model
        self.tie_word_embeddings = bool(getattr(backbone, "tie_word_embeddings", False))
        self.auto_map = {
            "AutoConfig": "configuration_being_m0.BeingM0Config",
            "AutoModel": "modeling_being_m0.BeingM0ForConditionalGeneration",
            "AutoModelForCausalLM": "modeling_being_m0.BeingM0ForConditionalGeneration",
            "AutoProcessor": "processing_being_m0.BeingM0Processor",
        }

    def validate_architecture(self):
        """Part of `@strict`-powered validation."""
        family = self.backbone_config.model_type
        if family in MASKLESS:
            raise ValueError(
                f"a backbone of the family {family} does not heed the attention mask, on which batches and guidance "
                "rest; choose another"
            )
        if self.text_vocab_size < 1:
            raise ValueError(f"text_vocab_size is {self.text_vocab_size}, expected at least 1")
        if self.max_steps < 1:
            raise ValueError(f"max_steps is {self.max_steps}, expected at least 1")

    @property
    def layout(self) -> TokenLayout:
        """Where words, markers and motion codes sit in the vocabulary."""
        tokenizer = self.motion_tokenizer_config
        return TokenLayout(
            text_vocab_size=self.text_vocab_size,
            part_names=tuple(tokenizer.part_names),
            codebook_bits=tokenizer.codebook_bits,
            share_codes_between_parts=self.share_codes_between_parts,
            max_steps=self.max_steps,
        )

    def get_text_config(self, decoder=None, encoder=None) -> PreTrainedConfig:
        """The backbone's configuration: what transformers asks about caches, layers and the vocabulary."""
        return self.backbone_config

    @classmethod
    def preset(cls, name: str, backbone: dict | None = None, **fields) -> "BeingM0Config":
        """Configuration with one of the ``BACKBONES``.

        Args:
            name: "gpt2-medium", "llama2-7b", "llama2-13b", "llama3.1-8b" or "being-m0-mini".
            backbone: fields of the backbone's configuration to change.
            fields: other fields of this configuration.
        """
        if name not in BACKBONES:
            raise ValueError(f"no preset {name!r}; choose one of {', '.join(BACKBONES)}")
        backbone_config = AutoConfig.for_model(**{**BACKBONES[name], **(backbone or {})})
        fields.setdefault("text_vocab_size", TEXT_VOCAB_SIZES[name])
        return cls(backbone_config=backbone_config, **fields)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs) -> "BeingM0Config":
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs) -> None:
        """Save the configuration, and with it the code that `trust_remote_code` needs where this package is missing."""
        super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)


__all__ = ["BeingM0Config"]
