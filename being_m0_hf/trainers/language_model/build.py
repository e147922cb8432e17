"""The language model that a training starts with."""

import inspect
from collections.abc import Iterable

import torch
from torch import Tensor
from transformers import AutoTokenizer

from ...models import BeingM0Config, BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.being_m0 import build_text_tokenizer
from ...models.being_m0.prompt_template import TASKS
from ...models.motion_tokenizer import MotionTokenizerModel
from ...models.shipped_checkpoints import checkpoint_folder
from ..run.allowed_values import SettingsError
from ..word_vectors import word_vectors
from .settings import LanguageModelSettings
from .warm_start import warm_start


def build_model(
    settings: LanguageModelSettings,
    sentences: list[str],
    motion_tokenizer: MotionTokenizerModel,
    clips: Iterable[Tensor] = (),
) -> tuple[BeingM0ForConditionalGeneration, BeingM0Processor]:
    """The language model and its processor, fresh (its text tokenizer learned from the sentences) or trained before.

    Args:
        settings: of the run.
        sentences: of its data.
        motion_tokenizer: to put into a model that has none yet.
        clips: motions (frames, 135), any; see `warm_start`.
    """
    if settings.model:
        model = BeingM0ForConditionalGeneration.from_pretrained(settings.model)
        model.config.untrained_rows = False  # what is saved in the end has learned them
        return _finished(model, settings), BeingM0Processor.from_pretrained(settings.model)
    if settings.start_from:
        text_tokenizer = AutoTokenizer.from_pretrained(checkpoint_folder(settings.start_from))
    else:
        text_tokenizer = build_text_tokenizer(sentences, settings.text_vocab_size)
    processor = BeingM0Processor.for_motion_tokenizer(
        text_tokenizer, motion_tokenizer.config, max_steps=settings.max_steps
    )
    words = processor.layout.text_vocab_size
    motion_tokenizer.config.name_or_path = ""  # a checkpoint must not name a folder of this machine
    config = BeingM0Config.preset(
        settings.preset,
        text_vocab_size=words,
        max_steps=settings.max_steps,
        motion_tokenizer_config=motion_tokenizer.config,
        backbone=settings.backbone,
    )
    torch.manual_seed(settings.seed)
    model = BeingM0ForConditionalGeneration(config)
    model.motion_tokenizer.load_state_dict(motion_tokenizer.state_dict())
    if settings.start_from:
        trained = BeingM0ForConditionalGeneration.from_pretrained(settings.start_from)
        trained_processor = BeingM0Processor.from_pretrained(settings.start_from)
        warm_start(model, processor, trained.eval(), trained_processor, clips)
    elif settings.warm_start_words:
        width = model.get_input_embeddings().weight.shape[1]
        model.set_text_embeddings(word_vectors(processor.tokenizer, words, width))
    return _finished(model, settings), processor


def _finished(
    model: BeingM0ForConditionalGeneration, settings: LanguageModelSettings
) -> BeingM0ForConditionalGeneration:
    """The model with the settings' generation defaults and kind of attention."""
    generation = model.generation_config
    generation.do_sample = True
    generation.guidance_scale = settings.guidance_scale
    generation.temperature, generation.top_p = settings.temperature, settings.top_p
    if settings.task_shares:
        model.config.tasks = list(TASKS)
    choose_attention(model, settings)
    return model


def choose_attention(model: BeingM0ForConditionalGeneration, settings: LanguageModelSettings) -> None:
    """The kind of attention that the settings want.

    Raises:
        SettingsError: the backbone or this machine has no such attention, or packed rows would run into each other.
    """
    backbone = model.backbone
    try:
        backbone.set_attn_implementation(settings.attention)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"attention {settings.attention}: {' '.join(str(error).split())}") from None
    if settings.pack_to and "position_ids" not in inspect.signature(backbone.base_model.forward).parameters:
        kind = backbone.config.model_type
        raise SettingsError(f"pack_to: a {kind} knows no positions to keep packed samples apart; set pack_to to 0")
