"""The language model that a training starts with."""

import inspect

import torch
from transformers import AutoTokenizer

from ...models import BeingM0Config, BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.being_m0 import build_text_tokenizer
from ...models.motion_tokenizer import MotionTokenizerModel
from ..run.allowed_values import SettingsError
from ..word_vectors import word_vectors
from .settings import LanguageModelSettings


def build_model(
    settings: LanguageModelSettings, sentences: list[str], motion_tokenizer: MotionTokenizerModel
) -> tuple[BeingM0ForConditionalGeneration, BeingM0Processor]:
    """The language model and its processor, fresh (its text tokenizer learned from the sentences) or trained before."""
    if settings.model:
        model = BeingM0ForConditionalGeneration.from_pretrained(settings.model)
        model.config.untrained_rows = False  # what is saved in the end has learned them
        return _finished(model, settings), BeingM0Processor.from_pretrained(settings.model)
    if settings.start_from:
        text_tokenizer = AutoTokenizer.from_pretrained(settings.start_from)
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
        model.backbone.load_state_dict(trained.backbone.state_dict())
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
