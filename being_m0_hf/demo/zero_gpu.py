"""ZeroGPU: a Space whose GPU is lent for each call. Nothing of it is imported anywhere else.

There ``spaces.GPU`` runs a function in a process of its own, to which arguments and results travel pickled; the model
is in that process already, as it is forked from this one. A motion that is shown while it is written cannot be lent a
GPU piece by piece, so such a Space has no "Live".
"""

import os
from collections.abc import Mapping
from typing import Any

from being_m0_hf.pipelines.styles import StyledPipeline

#: Seconds for which a GPU is asked for; a timeline of 30 s takes the longest.
LENT_SECONDS = 60

_at_home: list[StyledPipeline] = []  # the forked process finds it here


def is_zero_gpu() -> bool:
    """Whether this is such a Space."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def on_zero_gpu(pipeline: StyledPipeline) -> "ZeroGpuPipeline":
    """The pipeline with a lent GPU for each call; to be made before the page starts, once.

    Args:
        pipeline: on the device "cuda", which ZeroGPU lets a model be moved to in advance.
    """
    import spaces

    return ZeroGpuPipeline(pipeline, spaces.GPU(duration=LENT_SECONDS)(made_at_home))


class ZeroGpuPipeline(StyledPipeline):
    """A `StyledPipeline` of which everything that needs the model is done by ``lent``.

    Args:
        lent: `made_at_home`, or what ``spaces.GPU`` made of it.
    """

    def __init__(self, pipeline: StyledPipeline, lent: Any = None) -> None:
        vars(self).update(vars(pipeline))
        self._lent = lent or made_at_home
        _at_home[:] = [pipeline]

    def __call__(self, *request: Any, styles: Mapping[str, float] | None = None, **options: Any) -> Any:
        return self.ask("__call__", styles, request, options)

    def mix(self, styles: Mapping[str, float]) -> Any:
        return _Mixed(self, styles)

    def ask(self, task: str, styles: Mapping[str, float] | None, request: tuple, options: Mapping[str, Any]) -> Any:
        """What a task of the pipeline gives.

        Raises:
            ValueError: what the task raises; other errors come as the Space's own.
        """
        result, wrong = self._lent(task, dict(styles or {}), request, dict(options))
        if wrong:
            raise ValueError(wrong)
        return result


class _Mixed:
    """The tasks that a page asks of a pipeline with styles at work."""

    def __init__(self, pipeline: ZeroGpuPipeline, styles: Mapping[str, float]) -> None:
        self._pipeline, self._styles = pipeline, styles

    def fill(self, *request: Any, **options: Any) -> Any:
        return self._pipeline.ask("fill", self._styles, request, options)

    def continue_(self, *request: Any, **options: Any) -> Any:
        return self._pipeline.ask("continue_", self._styles, request, options)

    def timeline(self, *request: Any, **options: Any) -> Any:
        return self._pipeline.ask("timeline", self._styles, request, options)

    def describe(self, *request: Any, **options: Any) -> Any:
        return self._pipeline.ask("describe", self._styles, request, options)

    def describe_all(self, *request: Any, **options: Any) -> Any:
        return self._pipeline.ask("describe_all", self._styles, request, options)


def made_at_home(task: str, styles: dict[str, float], request: tuple, options: dict[str, Any]) -> tuple[Any, str]:
    """A task's result and "", or nothing and what was wrong with the request: errors do not travel as they are."""
    try:
        return getattr(_at_home[0].mix(styles), task)(*request, **options), ""
    except ValueError as error:
        return None, str(error)
