"""One call from a sentence to a motion."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from safetensors import SafetensorError

from .models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from .models.shipped_checkpoints import resolve_checkpoint
from .motion import Motion

DEFAULT_CHECKPOINT = "being-m0-mini"


@dataclass
class MotionPipeline:
    """A loaded model with its processor; call it with a sentence."""

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor

    def __post_init__(self) -> None:
        if self.model.layout != self.processor.layout:
            raise ValueError("model and processor do not belong together: their vocabularies differ")

    def __call__(
        self,
        text: str | Sequence[str],
        seconds: float | None = None,
        seed: int = 0,
        parts: Mapping[str, str] | None = None,
        guidance_scale: float | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        num_samples: int = 1,
    ) -> Motion | list[Motion]:
        """Generate motion at 20 fps.

        Args:
            text: what the body does; may be empty when ``parts`` says it. Several texts make one batch, and each gives
                what it would give alone.
            seconds: length of the motion, rounded to whole time steps of 0.2 s; None lets the model choose.
            seed: the same seed gives the same motion. Sample i of a text is drawn with ``seed + i``.
            parts: texts of body parts, for example ``{"left_arm": "waves"}``.
            guidance_scale: how strictly to follow the text, 1 is plain sampling; the checkpoint's own by default.
            temperature: variety, 0 takes the likeliest token each time; the checkpoint's own by default.
            top_p: leave out the unlikeliest tokens beyond this share; the checkpoint's own by default.
            num_samples: how many motions to draw for each text.

        Returns:
            A motion; or a list of them for several texts or samples, the samples of a text beside each other.

        Raises:
            ValueError: no text, an unknown body part, or a number out of range.
        """
        texts = [text] if isinstance(text, str) else list(text)
        nothing_said = not any(part.strip() for part in (parts or {}).values())
        if not texts or (nothing_said and not all(each.strip() for each in texts)):
            raise ValueError("the text is empty; describe the motion, for example 'a person walks forward'")
        if num_samples < 1:
            raise ValueError(f"num_samples is {num_samples}, expected at least 1")
        if temperature is not None and temperature < 0:
            raise ValueError(f"temperature is {temperature:g}, expected 0 or more")
        options = {"guidance_scale": guidance_scale, "do_sample": temperature != 0, "top_p": top_p}
        options = {name: value for name, value in options.items() if value is not None}
        if temperature:
            options["temperature"] = float(temperature)
        rows = [each for each in texts for _ in range(num_samples)]
        inputs = self.processor(rows, parts=parts, seconds=seconds).to(self.model.device)
        generators = [torch.Generator().manual_seed(seed + row % num_samples) for row in range(len(rows))]
        output = self.model.generate_motion(**inputs, generator=generators, **options)
        motions = self.processor.decode_motion(output.features, text=rows)
        return motions[0] if isinstance(text, str) and num_samples == 1 else motions


def load_pipeline(name_or_path: str | os.PathLike = DEFAULT_CHECKPOINT, device: str = "cpu") -> MotionPipeline:
    """Load a checkpoint.

    Args:
        name_or_path: "being-m0-mini", which ships with the package; or a folder, or an id on the Hub.
        device: where to run, "cpu" or "cuda".

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged, or of another kind.
    """
    folder = resolve_checkpoint(name_or_path)
    try:
        model = BeingM0ForConditionalGeneration.from_pretrained(folder)
        processor = BeingM0Processor.from_pretrained(folder)
    except OSError as error:
        raise FileNotFoundError(
            f"no checkpoint {str(name_or_path)!r}; give {DEFAULT_CHECKPOINT!r}, a folder saved by save_pretrained, or "
            "a Hub id that can be reached"
        ) from error
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"model {str(name_or_path)!r} is damaged or of another kind: {error}") from error
    return MotionPipeline(model.to(device).eval(), processor)


@lru_cache(maxsize=1)
def _default_pipeline() -> MotionPipeline:
    return load_pipeline()


def generate(text: str, **options) -> Motion | list[Motion]:
    """Motion for a sentence by the shipped model, loaded once; ``options`` as in ``MotionPipeline.__call__``."""
    return _default_pipeline()(text, **options)
