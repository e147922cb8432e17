"""Train the text-motion evaluator, which measures how well motions fit their texts.

    accelerate launch training/train_evaluator.py --config training/configs/evaluator_mini.yaml
    python training/train_evaluator.py --config training/configs/evaluator_mini.yaml steps=500 output_dir=runs/try

Reads the samples that training/prepare_data.py writes. Interrupted, the same command goes on where it stopped.
"""

from pathlib import Path

import torch

from ...training_data.feature_cache import MotionCache, open_caches
from ..run.loop import TrainingRun
from ..run.settings import read_settings
from .pairs import HardNegatives, PairSource
from .settings import EvaluatorSettings
from .start import build_model, build_tokenizer, check_start, warm_start
from .validation import Validation


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(EvaluatorSettings, __doc__, argv)
    if settings.start_from:
        check_start(settings)
    train = open_caches(settings.cache_dir, settings.more_caches, "train_samples")
    validation = MotionCache(settings.cache_dir, "val_samples")
    hard_negatives = {
        split: HardNegatives(settings.cache_dir, split) if settings.hard_negatives else None
        for split in ("train", "val")
    }
    torch.manual_seed(settings.seed)
    tokenizer = build_tokenizer(settings, train)
    model = build_model(settings, train, tokenizer)
    resumes = (Path(settings.output_dir) / "checkpoint").exists()
    if settings.warm_start_words and not settings.start_from and not resumes:
        warm_start(model, tokenizer)
    figures = Validation(validation, tokenizer, settings.evaluate_samples, hard_negatives["val"])
    pairs = PairSource(train, tokenizer, settings.batch_size, settings.word_dropout, hard_negatives["train"])
    TrainingRun(settings, model, pairs, figures).run()
