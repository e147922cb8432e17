"""Adapters in reserve beside a loaded model: every call chooses which of them are at work, and how strongly."""

import copy
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..models.being_m0 import BeingM0ForConditionalGeneration
from ..models.shipped_checkpoints import checkpoint_folder
from ..motion import Motion
from ..understanding import ActionList, Understanding
from .action_checks import Checker
from .adapters import Adapters, add_adapters, base_folder, brings_layers, is_adapter, named_adapters, with_trigger
from .text_to_motion import DEFAULT_CHECKPOINT, MotionPipeline, load_pipeline

#: Mixes that are kept ready. Each has its adapters' weights and shares the model's.
MOST_MIXES = 16


class StyledPipeline:
    """A pipeline with adapters beside it, called as it is, and with ``styles`` for the adapters that shall work.

    Every mix of adapters is a pipeline of its own on the same weights, so that several threads may ask for several
    mixes at once. Calls without styles give what the model gives alone.

    Args:
        pipeline: a model without adapters.
        adapters: as for `load_pipeline`; each is put on the model once, so that what does not fit is told at once.

    Raises:
        FileNotFoundError: no such adapter.
        ValueError: one that does not fit, or two of the same name.
    """

    def __init__(self, pipeline: MotionPipeline, adapters: Adapters):
        self.pipeline = pipeline
        #: Name of each adapter -> its weight where none is asked for. A folder of this machine has its last name.
        self.weights: dict[str, float] = {}
        #: Name of each adapter -> the words that ask for its style, "" where any sentence does.
        self.triggers: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._mixes: OrderedDict[tuple[tuple[str, float], ...], MotionPipeline] = OrderedDict()
        self._lock = threading.Lock()
        for place, weight in named_adapters(adapters).items():
            name = Path(place).resolve().name if Path(place).is_dir() else place
            if name in self.weights:
                raise ValueError(f"two adapters are called {name!r}; rename the folder of one")
            self.weights[name], self._places[name] = weight, place
            self.triggers[name] = self.mix({name: weight}).styles[0]

    def __call__(self, *request, styles: Mapping[str, float] | None = None, **options) -> Motion | list[Motion]:
        """As `MotionPipeline.__call__`, with these adapters at work: name -> weight.

        Raises:
            ValueError: what cannot be mixed, and what the pipeline raises.
        """
        return self.mix(styles or {})(*request, **options)

    def mix(self, styles: Mapping[str, float]) -> MotionPipeline:
        """The model with these adapters: name -> weight."""
        if not styles:
            return self.pipeline
        key = tuple(sorted(styles.items()))
        with self._lock:
            mixed = self._mixes.pop(key, None) or self._mixed(styles)
            self._mixes[key] = mixed
            while len(self._mixes) > MOST_MIXES:
                self._mixes.popitem(last=False)
        return mixed

    def understand(self, text: str, seconds: float | None = None) -> Understanding:
        """As `MotionPipeline.understand`."""
        return self.pipeline.understand(text, seconds)

    @property
    def listed(self) -> ActionList:
        """As `MotionPipeline.listed`."""
        return self.pipeline.listed

    def with_words(self, text: str, styles: Mapping[str, float]) -> str:
        """The sentence with the words that ask for these styles, which an adapter with a trigger needs."""
        for name in styles:
            if text and self.triggers[name]:
                text = with_trigger(text, self.triggers[name])
        return text

    def _mixed(self, styles: Mapping[str, float]) -> MotionPipeline:
        whole = [name for name in styles if brings_layers(checkpoint_folder(self._places[name]))]
        if whole and len(styles) > 1:
            raise ValueError(
                f"{whole[0]} brings whole layers (decoder or embeddings), which cannot be mixed; take it alone"
            )
        base = self.pipeline.model
        weights = {id(weight): weight for weight in (*base.parameters(), *base.buffers())}
        model = copy.deepcopy(base, weights)  # of modules; the weights are the same ones
        words = add_adapters(model, {self._places[name]: weight for name, weight in styles.items()})
        return replace(self.pipeline, model=model.eval(), styles=words)

    @property
    def model(self) -> BeingM0ForConditionalGeneration:
        """The model without adapters."""
        return self.pipeline.model


def load_styled_pipeline(
    name_or_path: str = DEFAULT_CHECKPOINT,
    adapters: Adapters = (),
    device: str = "cpu",
    checker: Checker | None = None,
) -> StyledPipeline:
    """A model with adapters in reserve. Where the default model is asked for, the first adapter says which it is.

    Args:
        checker: see `MotionPipeline`.

    Raises:
        FileNotFoundError: no such model or adapter.
        ValueError: one is damaged, or an adapter does not fit.
    """
    chosen = named_adapters(adapters)
    if is_adapter(checkpoint_folder(name_or_path)):
        chosen = {name_or_path: 1.0} | chosen
    first = next(iter(chosen), None)
    base = base_folder(checkpoint_folder(first)) if first and name_or_path in (DEFAULT_CHECKPOINT, first) else None
    return StyledPipeline(load_pipeline(base or name_or_path, device, checker=checker), chosen)
