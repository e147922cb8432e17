"""What an evaluator's training starts from: a fresh model, word vectors, or a trained model."""

from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ...models import TextMotionEvaluatorConfig, TextMotionEvaluatorModel
from ...models.being_m0 import build_text_tokenizer
from ...training_data.feature_cache import MotionCache
from ..run.allowed_values import SettingsError
from ..word_vectors import word_vectors
from .settings import EvaluatorSettings

#: Of a feature that hardly changes, and of how a joint moves from frame to frame.
MIN_STD = 0.02
WORD_STD = 0.5  # of the word embeddings at the start, as without the warm start
#: What a model to start with must have in common with the settings.
SIZES = (
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "num_motion_layers",
    "num_text_layers",
    "embedding_size",
)


def check_start(settings: EvaluatorSettings) -> None:
    """Whether this run can start with the evaluator in `start_from`; nothing is written before.

    Raises:
        OSError: there is none.
        SettingsError: it has other sizes, or other words than an earlier start of this run.
    """
    start, folder = settings.start_from, Path(settings.output_dir)
    trained = TextMotionEvaluatorConfig.from_pretrained(start)
    for name in SIZES:
        found, expected = getattr(trained, name), getattr(settings, name)
        if found != expected:
            raise SettingsError(f"start_from {start}: {name} is {found}, expected {expected}")
    if trained.joint_velocities and not settings.joint_velocities:
        raise SettingsError(f"start_from {start}: it sees joint_velocities; set joint_velocities to true")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(start)
    if trained.text_vocab_size != len(tokenizer):
        raise SettingsError(f"start_from {start}: has {trained.text_vocab_size} words, its tokenizer {len(tokenizer)}")
    if (folder / "tokenizer.json").is_file():
        if PreTrainedTokenizerFast.from_pretrained(folder).get_vocab() != tokenizer.get_vocab():
            raise SettingsError(f"start_from {start}: has other words than {folder}; choose another output_dir")


def build_tokenizer(settings: EvaluatorSettings, train: MotionCache) -> PreTrainedTokenizerBase:
    """The text tokenizer beside the model, from an earlier start of this run, or trained on the captions."""
    folder = Path(settings.output_dir)
    if (folder / "tokenizer.json").is_file():
        return PreTrainedTokenizerFast.from_pretrained(folder)
    if settings.start_from:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(settings.start_from)
        tokenizer.save_pretrained(folder)
        return tokenizer
    captions = {caption["text"] for row in train.rows for caption in row["captions"]}
    tokenizer = build_text_tokenizer(captions, settings.text_vocab_size)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)  # any token: padding is masked
    tokenizer.save_pretrained(folder)
    return tokenizer


def build_model(
    settings: EvaluatorSettings, train: MotionCache, tokenizer: PreTrainedTokenizerBase
) -> TextMotionEvaluatorModel:
    """A model with the training set's statistics, or with all that a trained one has."""
    config = TextMotionEvaluatorConfig(
        text_vocab_size=len(tokenizer),
        hidden_size=settings.hidden_size,
        intermediate_size=settings.intermediate_size,
        num_attention_heads=settings.num_attention_heads,
        num_motion_layers=settings.num_motion_layers,
        num_text_layers=settings.num_text_layers,
        embedding_size=settings.embedding_size,
        dropout=settings.dropout,
        temperature=settings.temperature,
        joint_velocities=settings.joint_velocities,
    )
    model = TextMotionEvaluatorModel(config)
    trained = TextMotionEvaluatorModel.from_pretrained(settings.start_from) if settings.start_from else None
    if trained is None or trained.config.joint_velocities != settings.joint_velocities:
        every = max(1, len(train) // 500)
        described = torch.cat([model.describe(train[index]) for index in range(0, len(train), every)])
        model.set_statistics(described.mean(dim=0), described.std(dim=0).clamp_min(MIN_STD))
    if trained is not None:
        start_with(model, trained)
    return model


def start_with(model: TextMotionEvaluatorModel, trained: TextMotionEvaluatorModel) -> None:
    """Weights of a trained model. What it was not shown, the model begins to look at from nothing."""
    shown = trained.frames_in.in_channels
    state = trained.state_dict()
    for name in ("description_mean", "description_std"):
        state[name] = torch.cat((state[name], getattr(model, name)[shown:]))
    missing = model.frames_in.in_channels - shown
    state["frames_in.weight"] = torch.nn.functional.pad(state["frames_in.weight"], (0, 0, 0, missing))
    model.load_state_dict(state)


def warm_start(model: TextMotionEvaluatorModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Word embeddings from all-MiniLM-L6-v2's."""
    rows, width = model.words.weight.shape
    vectors = word_vectors(tokenizer, rows, width)
    model.words.weight.data.copy_(vectors * (WORD_STD / vectors.std()))
