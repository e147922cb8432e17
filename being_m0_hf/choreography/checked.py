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
        name_or_path, device, adapters, written: as for `pipelines.text_to_motion.load_pipeline`: what to load
            ("being-m0-mini" ships with the package), where to run it, and what to load along with it.
        checked: prefer candidates that have the facts of the written action that is asked for
            (`judge/asked.py`). False leaves the choice to the ranker.

    Raises:
        FileNotFoundError, ValueError: as there.
    """
    return load_unchecked(name_or_path, device, adapters, written, ScoreChecker() if checked else None)


@lru_cache(maxsize=1)
def _default_pipeline() -> MotionPipeline:
    return load_pipeline()


def generate(text: str, **options) -> Motion | list[Motion]:
    """Motion for a sentence by the shipped model, loaded once; ``options`` as in ``MotionPipeline.__call__``."""
    return _default_pipeline()(text, **options)
