"""One call from a sentence to a motion."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from ..models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ..models.being_m0.processing_being_m0 import pad
from ..models.publishing import PublishingMixin
from ..models.shipped_checkpoints import checkpoint_folder
from ..models.text_motion_evaluator import TextMotionEncoder
from ..motion import Motion
from .adapters import Adapters, add_adapters, base_folder, is_adapter, named_adapters
from .postprocess import postprocess
from .requests import MotionRequest, parts_to_draw

DEFAULT_CHECKPOINT = "being-m0-mini"
#: Folder inside a checkpoint that holds its ranker, which is optional.
RANKER_FOLDER = "ranker"
#: Motions drawn for each one that is returned, and the variety to draw them with: few or equal ones leave no choice.
#: Of what being-m0-mini is asked for, it does 83 % when the first is taken, and 91 % when one of 8 is chosen.
CANDIDATES = 8
CANDIDATE_TEMPERATURE = 0.6
#: Up to so many seconds; each second more takes candidates away, so that 10 s of motion do not take over 2 s to make.
CANDIDATE_SECONDS, CANDIDATES_A_SECOND = 5, 1.2
#: Of a candidate for texts of parts: a change of the other parts by 1 rad takes as much as this from its similarity.
CHANGE_COST = 1.0
#: Motions generated in one batch at most: each takes memory.
MAX_ROWS = 128
#: Between the seeds of a sample's candidates, so that they are not those of the next sample.
_SEED_STRIDE = 1_000_003


@dataclass
class MotionPipeline(PublishingMixin):
    """A loaded model with its processor; call it with a sentence.

    Args:
        ranker: tells which of several motions fits a text best; without one, the first is returned.
        styles: words that ask for an adapter's style, "" where any sentence does. The ranker has never seen the style
            and would choose the motion with the least of it, so that one motion is drawn of such a sentence.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None = None
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.model.layout != self.processor.layout:
            raise ValueError("model and processor do not belong together: their vocabularies differ")

    def __call__(
        self,
        text: str | Sequence[str],
        seconds: float | Sequence[float | None] | None = None,
        seed: int | Sequence[int] = 0,
        parts: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
        guidance_scale: float | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        num_samples: int = 1,
        candidates: int | None = None,
        settle: bool = True,
    ) -> Motion | list[Motion]:
        """Generate motion at 20 fps.

        Args:
            text: what the body does; may be empty when ``parts`` says it. Several texts make one batch, and each gives
                what it would give alone.
            seconds: length of the motion, or of each text's, rounded to whole time steps of 0.2 s; None lets the model
                choose.
            seed: the same seed gives the same motion; one for all texts, or one for each. Sample i of a text is drawn
                with ``seed + i``.
            parts: texts of body parts, for example ``{"left_arm": "waves"}``, for all texts or for each. The motion is
                first made without them: from the text, or without one from the root's text, or standing. Then the parts
                that have a text are drawn again while the others stay, root, torso and legs together. It takes twice as
                long.
            guidance_scale: how strictly to follow the text, 1 is plain sampling; the checkpoint's own by default.
            temperature: variety, 0 takes the likeliest token each time; by default 0.6 where there are candidates to
                choose from, and the checkpoint's own for a single one.
            top_p: leave out the unlikeliest tokens beyond this share; the checkpoint's own by default.
            num_samples: how many motions to return for each text.
            candidates: how many motions to draw for each one that is returned, the one that the ranker finds nearest to
                the text. By default 8 where the checkpoint has a ranker, fewer above 5 s down to 2 for 10 s; 1 without
                a ranker and for the style of an adapter, which is about twice as fast.
            settle: calm joints that rest and put feet on the floor (`pipelines/postprocess.py`); False gives the
                motions as their tokens decode.

        Returns:
            A motion; or a list of them for several texts or samples, the samples of a text beside each other.

        Raises:
            ValueError: no text, an unknown body part, a number out of range, or candidates without a ranker.
        """
        texts = [text] if isinstance(text, str) else list(text)
        told = [self.processor.part_texts(each) for each in _for_each(parts, texts, "parts")]
        if not texts or not all(each.strip() or of_parts for each, of_parts in zip(texts, told, strict=True)):
            raise ValueError("the text is empty; describe the motion, for example 'a person walks forward'")
        if num_samples < 1:
            raise ValueError(f"num_samples is {num_samples}, expected at least 1")
        if temperature is not None and temperature < 0:
            raise ValueError(f"temperature is {temperature:g}, expected 0 or more")
        lengths = _for_each(seconds, texts, "seconds")
        seeds = _for_each(seed, texts, "seeds")
        options = {"guidance_scale": guidance_scale, "do_sample": temperature != 0, "top_p": top_p}
        options = {name: value for name, value in options.items() if value is not None}
        requests: list[MotionRequest] = []
        counts: list[int] = []
        for each, length, first_seed, of_parts in zip(texts, lengths, seeds, told, strict=True):
            steps = self.processor.seconds_to_steps(length)
            requests += [MotionRequest(each, of_parts, steps, first_seed + sample) for sample in range(num_samples)]
            counts += [self._candidates(candidates, temperature, steps, each)] * num_samples
        drawn: dict[int, _Drawn] = {}
        for count in sorted(set(counts)):  # one batch for each, so that a text gives what it would give alone
            chosen = temperature if temperature is not None or count == 1 else CANDIDATE_TEMPERATURE
            how = _How(count, settle, options | ({"temperature": float(chosen)} if chosen else {}))
            batch = [index for index, own_count in enumerate(counts) if own_count == count]
            drawn |= zip(batch, self._draw_in_two([requests[index] for index in batch], how), strict=True)
        motions = self.processor.decode_motion(
            [drawn[index].features for index in range(len(requests))], text=[request.text for request in requests]
        )
        return motions[0] if isinstance(text, str) and num_samples == 1 else motions

    @property
    def name_or_path(self) -> str:
        """What the model was loaded from."""
        return self.model.name_or_path

    def save_pretrained(self, folder: str | os.PathLike, **options) -> None:
        """Write all of it to a folder that `load_pipeline` reads; ``options`` as in transformers."""
        self.model.save_pretrained(folder, **options)
        self.processor.save_pretrained(folder)
        if self.ranker is not None:
            self.ranker.save_pretrained(Path(folder) / RANKER_FOLDER)

    def _draw_in_two(self, requests: list[MotionRequest], how: "_How") -> list["_Drawn"]:
        """First what the whole body does, then again the parts that have a text of their own, the others held.

        Drawn in one go, another text for one part would change the whole body. The first motion is the sentence's, the
        very one that is made without texts of parts; where there is no sentence, that of the root's text, or standing.
        """
        names = self.processor.part_names
        whole = [request.whole_body() for request in requests]
        drawn = self._draw(whole, how)
        again: dict[int, MotionRequest] = {}
        for index, (request, first) in enumerate(zip(requests, whole, strict=True)):
            free = parts_to_draw(request.parts.keys() - first.parts.keys(), names)
            if free:
                held = drawn[index].codes.clone()
                held[:, [names.index(name) for name in free]] = -1
                again[index] = replace(request, steps=len(held), held=held, before=drawn[index].features)
        for index, motion in zip(again, self._draw(list(again.values()), how), strict=True):
            drawn[index] = motion
        return drawn

    def _draw(self, requests: list[MotionRequest], how: "_How") -> list["_Drawn"]:
        """For each request, the best of so many candidates."""
        rows = [
            replace(request, seed=request.seed + _SEED_STRIDE * number)
            for request in requests
            for number in range(how.candidates)
        ]
        drawn: list[_Drawn] = []
        for start in range(0, len(rows), MAX_ROWS):
            drawn += self._draw_rows(rows[start : start + MAX_ROWS], how)
        if how.candidates == 1 or not drawn:
            return drawn
        fits = self.ranker.similarity([request.sentence() for request in requests], [each.features for each in drawn])
        changes = [row.change(each.features) for row, each in zip(rows, drawn, strict=True)]
        fits -= CHANGE_COST * torch.tensor(changes).view_as(fits)
        return [drawn[run * how.candidates + int(run_fits.argmax())] for run, run_fits in enumerate(fits)]

    def _draw_rows(self, rows: list[MotionRequest], how: "_How") -> list["_Drawn"]:
        """One motion for each request, in one batch."""
        seconds = [row.steps and row.steps / self.processor.steps_per_second for row in rows]
        inputs = self.processor([row.text for row in rows], parts=[row.parts for row in rows], seconds=seconds)
        held = {} if rows[0].held is None else {"held_codes": pad([row.held for row in rows], -1)}
        generators = [torch.Generator().manual_seed(row.seed) for row in rows]
        output = self.model.generate_motion(**inputs.to(self.model.device), generator=generators, **held, **how.options)
        features = [each.cpu() for each in output.features]
        if how.settle:
            features = [postprocess(each) for each in features]
        return [_Drawn(*each) for each in zip(output.codes, features, strict=True)]

    def _candidates(self, candidates: int | None, temperature: float | None, steps: int | None, text: str) -> int:
        if candidates is None:
            styled = any(words.lower() in text.lower() for words in self.styles)
            if self.ranker is None or temperature == 0 or styled:
                return 1
            seconds = (steps or 1) / self.processor.steps_per_second
            return max(1, CANDIDATES - max(0, math.ceil(CANDIDATES_A_SECOND * (seconds - CANDIDATE_SECONDS))))
        if candidates < 1:
            raise ValueError(f"candidates is {candidates}, expected at least 1")
        if candidates > 1 and self.ranker is None:
            raise ValueError(f"candidates is {candidates}, but this checkpoint has no ranker to choose; give 1")
        return candidates


def _for_each(value, texts: Sequence[str], name: str) -> list:
    """One value for each text: what was given for each, or the same for all."""
    values = list(value) if isinstance(value, Sequence) else [value] * len(texts)
    if len(values) != len(texts):
        raise ValueError(f"{len(texts)} texts and {len(values)} {name}; give as many, or one for all")
    return values


@dataclass(frozen=True)
class _How:
    """How to draw: candidates for each motion, whether they are postprocessed, and options of ``generate_motion``."""

    candidates: int
    settle: bool
    options: dict


@dataclass(frozen=True)
class _Drawn:
    """A motion as codes (steps, parts) and features (frames, 135)."""

    codes: Tensor
    features: Tensor


def load_pipeline(
    name_or_path: str | os.PathLike = DEFAULT_CHECKPOINT, device: str = "cpu", adapters: Adapters = ()
) -> MotionPipeline:
    """Load a checkpoint, or an adapter with the model it is for.

    Args:
        name_or_path: "being-m0-mini", which ships with the package; or a folder, or an id on the Hub; of a model or of
            an adapter.
        device: where to run, "cpu" or "cuda".
        adapters: more adapters, folders or Hub ids, each with a weight if wanted: ``["my-style"]``,
            ``["my-style:0.7", "you/other"]`` or ``{"my-style": 0.7}``. All work at once.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged, or of another kind; or an adapter does not fit.
    """
    chosen = named_adapters(adapters)
    try:
        folder = checkpoint_folder(name_or_path)
        if is_adapter(folder):
            chosen = {os.fspath(name_or_path): 1.0} | chosen
            folder = base_folder(folder)
        model = BeingM0ForConditionalGeneration.from_pretrained(folder)
        processor = BeingM0Processor.from_pretrained(folder)
    except OSError as error:
        raise FileNotFoundError(
            f"no checkpoint {str(name_or_path)!r}; give {DEFAULT_CHECKPOINT!r}, a folder saved by save_pretrained, or "
            f"a Hub id that can be reached ({error})"
        ) from error
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"model {str(name_or_path)!r} is damaged or of another kind: {error}") from error
    styles = add_adapters(model, chosen)
    return MotionPipeline(model.to(device).eval(), processor, _load_ranker(folder), styles)


def _load_ranker(folder: Path) -> TextMotionEncoder | None:
    ranker = folder / RANKER_FOLDER
    return TextMotionEncoder.from_pretrained(ranker) if ranker.is_dir() else None


@lru_cache(maxsize=1)
def _default_pipeline() -> MotionPipeline:
    return load_pipeline()


def generate(text: str, **options) -> Motion | list[Motion]:
    """Motion for a sentence by the shipped model, loaded once; ``options`` as in ``MotionPipeline.__call__``."""
    return _default_pipeline()(text, **options)
