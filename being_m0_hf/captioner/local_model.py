"""A chat model of transformers on this machine, which words captions as a server would.

Any model with a chat template will do. One that sees, such as SmolVLM or Qwen-VL, also gets a picture of the motion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from PIL import Image

from ..utils.standard_streams import one_line


@dataclass(frozen=True)
class _Message:
    content: str


@dataclass(frozen=True)
class _Choice:
    message: _Message


@dataclass(frozen=True)
class ChatAnswer:
    """As ``huggingface_hub.InferenceClient`` gives it, as far as `refine` reads it."""

    choices: tuple[_Choice, ...]


@dataclass(frozen=True, eq=False)
class LocalChatModel:
    """A model that answers messages.

    Args:
        model: with ``generate``.
        processor: a tokenizer, or the processor of a model that sees; with a chat template.
        sees: whether messages may hold pictures.
    """

    model: Any
    processor: Any
    sees: bool = False

    @classmethod
    def from_pretrained(cls, name: str) -> "LocalChatModel":
        """A folder or a model on the Hub; on the graphics card where there is one.

        Weights are read from safetensors only, and code that lies beside them is not run.

        Raises:
            ValueError: it cannot be had, or is no chat model.
        """
        from transformers import (
            AutoModelForCausalLM,
            AutoModelForImageTextToText,
            AutoProcessor,
            AutoTokenizer,
        )

        sees = check_chat_model(name)
        try:
            processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(name)
            kind = AutoModelForImageTextToText if sees else AutoModelForCausalLM
            model = kind.from_pretrained(name, use_safetensors=True, dtype="auto")
        except (OSError, ValueError) as error:
            raise ValueError(f"the caption model {name} cannot be loaded: {one_line(error)}") from None
        if not getattr(processor, "chat_template", None):
            raise ValueError(f"the caption model {name} has no chat template; choose an instruction-tuned one")
        return cls(model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), processor, sees)

    @torch.inference_mode()
    def chat_completion(
        self, messages: Sequence[dict[str, Any]], *, max_tokens: int = 1500, **_of_servers: Any
    ) -> ChatAnswer:
        """The most likely answer to messages of roles and contents; what only servers know is not used."""
        said = [dict(message, content=_parts(message["content"])) if self.sees else message for message in messages]
        inputs = self.processor.apply_chat_template(
            said, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        ).to(self.model.device)
        written = self.model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)
        answer = written[0, inputs["input_ids"].shape[1] :]
        return ChatAnswer((_Choice(_Message(self.processor.decode(answer, skip_special_tokens=True))),))


@lru_cache(maxsize=1)
def local_chat_model(name: str) -> LocalChatModel:
    """As `LocalChatModel.from_pretrained`, loaded once in a process."""
    return LocalChatModel.from_pretrained(name)


def check_chat_model(name: str) -> bool:
    """Whether a model sees pictures, by its configuration alone.

    Raises:
        ValueError: there is none.
    """
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    if not name:
        raise ValueError("a caption model that runs here needs a name or a folder; give --caption-model")
    try:
        config = AutoConfig.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ValueError(f"the caption model {name} cannot be loaded: {one_line(error)}") from None
    return config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def with_picture(text: str, picture: Image.Image) -> list[dict[str, Any]]:
    """The content of a message that shows a picture."""
    return [{"type": "image", "image": picture}, {"type": "text", "text": text}]


__all__ = ["LocalChatModel", "check_chat_model", "local_chat_model", "with_picture"]
