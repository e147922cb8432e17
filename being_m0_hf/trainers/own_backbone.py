"""A base model from any causal language model: its pretrained weights, with rows for motion added."""

from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from ..models import BeingM0ForConditionalGeneration, BeingM0Processor
from ..models.checkpoint_card import CardFacts, checkpoint_card
from ..models.checkpoint_files import MODEL, TOKENIZER, checkpoint_kind
from ..models.motion_tokenizer import MotionTokenizerModel
from ..models.shipped_checkpoints import checkpoint_folder
from ..utils.atomic_files import write_whole
from .lora import base_name


def load_motion_tokenizer(name_or_path: str) -> MotionTokenizerModel:
    """A motion tokenizer: a checkpoint of its own, or the one inside a model ("being-m0-mini").

    Raises:
        FileNotFoundError: there is none.
    """
    folder = checkpoint_folder(name_or_path)
    if checkpoint_kind(folder) is TOKENIZER:
        return MotionTokenizerModel.from_pretrained(folder)
    return BeingM0ForConditionalGeneration.from_pretrained(folder).motion_tokenizer


def init_base(
    backbone: str, motion_tokenizer: str, output: Path, max_steps: int = 64, seed: int = 0
) -> PreTrainedModel:
    """Write a base model that knows words and has yet to learn motion.

    Args:
        backbone: folder or Hub id of a causal language model with its tokenizer.
        motion_tokenizer: as for `load_motion_tokenizer`.
        output: an empty or new folder.
        max_steps: longest motion, in time steps of 0.2 s.
        seed: of the new rows.

    Raises:
        FileNotFoundError: no such backbone or motion tokenizer.
        ValueError: the backbone is no causal language model, has no fast tokenizer, or the folder is not empty.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"{output}: is not empty; choose another folder")
    tokenizer = load_motion_tokenizer(motion_tokenizer)
    try:
        AutoConfig.from_pretrained(backbone)
    except (OSError, ValueError) as error:
        raise FileNotFoundError(f"no language model {backbone!r}: {error}") from None
    try:
        text_model = AutoModelForCausalLM.from_pretrained(backbone, dtype="auto")
        words = AutoTokenizer.from_pretrained(backbone)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{backbone!r} is no causal language model with a tokenizer: {error}") from None
    if not words.is_fast:
        raise ValueError(f"{backbone!r} has no fast tokenizer (tokenizer.json)")
    tokenizer.config.name_or_path = ""  # a folder of this machine is nobody's business in a checkpoint
    processor = BeingM0Processor.for_motion_tokenizer(words, tokenizer.config, max_steps=max_steps)
    torch.manual_seed(seed)
    model = BeingM0ForConditionalGeneration.from_text_model(
        text_model, tokenizer, text_vocab_size=processor.layout.text_vocab_size, max_steps=max_steps
    )
    model.config.backbone_config._name_or_path = base_name(backbone)
    model.config.untrained_rows = True  # fine-tuning must train them, too
    model.generation_config.do_sample = True
    model.save_pretrained(output)
    processor.save_pretrained(output)
    facts = CardFacts(base_model=base_name(backbone), training="None yet: the rows for motion are random.")
    write_whole(output / "README.md", checkpoint_card(MODEL, output, output.resolve().name, facts).encode())
    return model
