"""Loading a model whose motions are measured: of its candidates those come first that have a written action's facts."""

import os
from functools import lru_cache

from ..motion import Motion
from ..pipelines.adapters import Adapters
from ..pipelines.text_to_motion import DEFAULT_CHECKPOINT, MotionPipeline
from ..pipelines.text_to_motion import load_pipeline as load_unchecked
from .judge.asked import ScoreChecker


def load_pipeline(
    name_or_path: str | os.PathLike = DEFAULT_CHECKPOINT,
    device: str = "cpu",
    adapters: Adapters = (),
    written: bool = True,
    checked: bool = True,
) -> MotionPipeline:
    """Load a checkpoint, or an adapter with the model it is for.

    Args:
        name_or_path: "being-m0-mini", which ships with the package; or a folder, or an id on the Hub; of a model or of
            an adapter.
        device: where to run, "cpu" or "cuda".
        adapters: more adapters, folders or Hub ids, each with a weight if wanted: ``["my-style"]``,
            ``["my-style:0.7", "you/other"]`` or ``{"my-style": 0.7}``. All work at once.
        written: with its takes of written actions, if it has any. False for the model alone, which is what measures
            of a model measure.
        checked: prefer candidates that have the facts of the written action that is asked for
            (`judge/asked.py`). False leaves the choice to the ranker.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged, or of another kind; or an adapter does not fit.
    """
    return load_unchecked(name_or_path, device, adapters, written, ScoreChecker() if checked else None)


@lru_cache(maxsize=1)
def _default_pipeline() -> MotionPipeline:
    return load_pipeline()


def generate(text: str, **options) -> Motion | list[Motion]:
    """Motion for a sentence by the shipped model, loaded once; ``options`` as in ``MotionPipeline.__call__``."""
    return _default_pipeline()(text, **options)
