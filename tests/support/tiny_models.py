"""Tiny random models for tests: the real classes, a few thousand weights."""

import torch

from being_m0_hf.models import (
    BeingM0Config,
    BeingM0ForConditionalGeneration,
    BeingM0Processor,
    MotionTokenizerConfig,
    MotionTokenizerModel,
    SMPLestXConfig,
    SMPLestXImageProcessor,
    SMPLestXModel,
    TextMotionEvaluatorConfig,
    TextMotionEvaluatorModel,
)
from being_m0_hf.models.being_m0 import build_text_tokenizer
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder

SENTENCES = [
    "a person walks forward",
    "a person waves with the left hand",
    "someone turns around and walks back",
] * 3

BACKBONES = {
    "llama": {
        "model_type": "llama",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 512,
    },
    "gpt2": {"model_type": "gpt2", "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 512},
}

EVALUATOR = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "embedding_size": 8, "dropout": 0.0}


def tiny_motion_tokenizer_config(codebook_bits: int = 4) -> MotionTokenizerConfig:
    return MotionTokenizerConfig(codebook_bits=codebook_bits, hidden_size=8, num_blocks=1)


def tiny_motion_tokenizer(seed: int = 0) -> MotionTokenizerModel:
    """A tokenizer whose random output is still a body that moves at human speed."""
    torch.manual_seed(seed)
    model = MotionTokenizerModel(tiny_motion_tokenizer_config()).eval()
    model.feature_std.fill_(0.01)
    return model


def tiny_processor(max_steps: int = 12, share_codes_between_parts: bool = False) -> BeingM0Processor:
    return BeingM0Processor.for_motion_tokenizer(
        build_text_tokenizer(SENTENCES, vocab_size=300),
        tiny_motion_tokenizer_config(),
        max_steps=max_steps,
        share_codes_between_parts=share_codes_between_parts,
    )


def tiny_model(
    backbone: str | dict = "llama",
    tied: bool = True,
    share_codes_between_parts: bool = False,
    max_steps: int = 12,
    seed: int = 0,
) -> BeingM0ForConditionalGeneration:
    layout = tiny_processor(max_steps, share_codes_between_parts).layout
    settings = BACKBONES[backbone] if isinstance(backbone, str) else backbone
    config = BeingM0Config(
        backbone_config=settings | {"tie_word_embeddings": tied},
        motion_tokenizer_config=tiny_motion_tokenizer_config(),
        text_vocab_size=layout.text_vocab_size,
        share_codes_between_parts=share_codes_between_parts,
        max_steps=max_steps,
    )
    torch.manual_seed(seed)
    model = BeingM0ForConditionalGeneration(config).eval()
    model.motion_tokenizer.load_state_dict(tiny_motion_tokenizer().state_dict())
    return model


def tiny_evaluator(seed: int = 0) -> TextMotionEvaluatorModel:
    torch.manual_seed(seed)
    return TextMotionEvaluatorModel(TextMotionEvaluatorConfig(text_vocab_size=300, **EVALUATOR)).eval()


def tiny_encoder() -> TextMotionEncoder:
    tokenizer = build_text_tokenizer(SENTENCES, 300)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)
    return TextMotionEncoder(tiny_evaluator(), tokenizer)


IMAGE_SIZES = {
    "image_size": [32, 24], "patch_size": 8, "hidden_size": 16, "num_layers": 2, "num_heads": 2, "decoder_layers": 1,
    "decoder_heads": 2, "decoder_head_size": 8, "token_size": 8, "focal": 600.0, "drop_path": 0.2,
}  # fmt: skip


def tiny_image_config(body_only: bool = True, **changes) -> SMPLestXConfig:
    return SMPLestXConfig(**IMAGE_SIZES | {"body_only": body_only} | changes)


def tiny_image_model(body_only: bool = True, seed: int = 0, **changes) -> SMPLestXModel:
    torch.manual_seed(seed)
    return SMPLestXModel(tiny_image_config(body_only, **changes)).eval()


def tiny_image_processor() -> SMPLestXImageProcessor:
    return SMPLestXImageProcessor(cut_size=[64, 48], image_size=[32, 24], pixel_mean=0.5, pixel_deviation=0.25)
