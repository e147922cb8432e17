"""Processor of Being-M0: sentences and motions in, token ids and features out, and back.

The prompts of training, fine-tuning and generation are those of `prompt_template`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from numbers import Real

import torch
from torch import Tensor
from transformers import AddedToken, BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from ...motion.body_parts import PART_NAMES, part_name
from ...motion.motion import MODEL_FPS, Motion
from ..motion_tokenizer.configuration_motion_tokenizer import MotionTokenizerConfig
from ..publishing import TransformersPublishingMixin
from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint
from .packing import IGNORED, pack
from .prompt_template import FILL, MOTION_TO_TEXT, TASKS, TEXT_TO_MOTION, describe_template, prompt_template
from .tasks.task_prompts import ASKED, FillPrompt, begun_prompt, fill_prompt
from .token_layout import TokenLayout

#: Of a request, its texts of parts included: longer ones were never trained, and would take minutes.
MOST_TEXT_CHARACTERS, MOST_TEXT_TOKENS = 5000, 256


class BeingM0Processor(TransformersPublishingMixin, ProcessorMixin):
    """Text tokenizer, prompt template and motion features.

    Args:
        tokenizer: any fast text tokenizer; the motion markers are added behind its words. Markers in a user's text
            stay plain text.
        part_names, codebook_bits: as in the motion tokenizer's configuration.
        share_codes_between_parts, max_steps: as in [`BeingM0Config`].
        downsample: frames for each time step.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        part_names: Sequence[str] = PART_NAMES,
        codebook_bits: int = 14,
        share_codes_between_parts: bool = False,
        max_steps: int = 64,
        downsample: int = 4,
    ):
        self.part_names = list(part_names)
        self.codebook_bits = codebook_bits
        self.share_codes_between_parts = share_codes_between_parts
        self.max_steps = max_steps
        self.downsample = downsample
        self.auto_map = {"AutoProcessor": "processing_being_m0.BeingM0Processor"}
        self.layout = self._add_markers(tokenizer)
        super().__init__(tokenizer)

    @classmethod
    def for_motion_tokenizer(
        cls, tokenizer: PreTrainedTokenizerBase, config: MotionTokenizerConfig, **options
    ) -> "BeingM0Processor":
        """The processor of a model with this motion tokenizer; ``options`` as in the constructor."""
        return cls(
            tokenizer,
            part_names=config.part_names,
            codebook_bits=config.codebook_bits,
            downsample=config.downsample,
            **options,
        )

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs) -> "BeingM0Processor":
        """As in transformers; "being-m0-mini" is the checkpoint inside the package and needs no network."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    @property
    def steps_per_second(self) -> float:
        return MODEL_FPS / self.downsample

    @property
    def max_seconds(self) -> float:
        """The longest motion that can be asked for."""
        return self.max_steps / self.steps_per_second

    def __call__(
        self,
        text: str | Sequence[str] = "",
        parts: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
        seconds: float | Sequence[float | None] | None = None,
        motion: Motion | Sequence[Motion] | None = None,
        return_tensors: str = "pt",
        padding: bool | str = True,
        task: str = TEXT_TO_MOTION,
        codes: Tensor | Sequence[Tensor] | None = None,
        part: str | None = None,
    ) -> BatchFeature:
        """Prompts for generation, left padded, ending in ``<mot>``.

        Args:
            text: whole-body description of each motion; "" asks for any motion.
            parts: for each motion, texts of body parts, as in ``{"left arm": "waves"}``.
            seconds: for each motion its length, None for the model to choose.
            motion: when given, ``features`` (batch, frames, 135), zero padded, and ``num_frames`` (batch,) are
                returned as well, ready for the motion tokenizer.
            padding: prompts of a batch are always padded to the longest, on the left.
            task: "text-to-motion"; "fill" writes what is asked for in ``codes``, and returns ``position_ids`` and
                ``held_codes`` as well, for ``generate_motion``; "motion-to-text" asks what ``codes`` show, for
                ``generate_text``, and ``text`` may hold the request.
            codes: for each motion a grid (steps, parts) from the motion tokenizer; for "fill" with -1 where codes are
                asked for, or, with none of them, where the motion goes on after it. For "text-to-motion" the first
                steps of a motion that has begun so.
            part: of the body, that "motion-to-text" shall tell about; the whole body without it.

        Raises:
            ValueError: a task that is none, or codes that do not fit it; a part that does not exist, a length out of
                range, a text that is too long or no valid Unicode, or another padding.
        """
        if padding not in (True, "longest"):
            raise ValueError(f"padding is {padding!r}; prompts are padded to the longest, give padding=True")
        texts = [text] if isinstance(text, str) else list(text)
        parts = [parts] * len(texts) if parts is None or isinstance(parts, Mapping) else parts
        seconds = seconds if isinstance(seconds, Sequence) else [seconds] * len(texts)
        if not len(texts) == len(parts) == len(seconds):
            raise ValueError(f"{len(texts)} texts, {len(parts)} parts and {len(seconds)} seconds; give as many of each")
        for body, part_texts in zip(texts, parts, strict=True):
            self.check_texts(body, part_texts)
        if task not in TASKS:
            raise ValueError(f"task is {task!r}; the tasks are {', '.join(TASKS)}")
        if codes is None and task != TEXT_TO_MOTION:
            raise ValueError(f"task {task} needs codes")
        steps = [self.seconds_to_steps(length) for length in seconds]
        if codes is None:
            data = self._batch([self.prompt_ids(*each) for each in zip(texts, parts, steps, strict=True)])
        else:
            grids = [codes] if isinstance(codes, Tensor) and codes.ndim == 2 else list(codes)
            if len(grids) != len(texts):
                raise ValueError(f"{len(texts)} texts and {len(grids)} grids of codes; give as many of each")
            data = (
                self._describing(texts, grids, part)
                if task == MOTION_TO_TEXT
                else self._filling(texts, parts, steps, grids, fill_prompt if task == FILL else begun_prompt)
            )
        if motion is not None:
            features = [self.extract_features(clip) for clip in ([motion] if isinstance(motion, Motion) else motion)]
            data["features"] = pad(features, 0.0)
            data["num_frames"] = torch.tensor([len(clip) for clip in features])
        return BatchFeature(data, tensor_type=return_tensors)

    def _batch(self, prompts: Sequence[Sequence[int] | Tensor]) -> dict[str, Tensor]:
        rows = [torch.as_tensor(prompt) for prompt in prompts]
        return {
            "input_ids": pad(rows, self.layout.pad_id, left=True),
            "attention_mask": pad([torch.ones_like(row) for row in rows], 0, left=True),
        }

    def _describing(self, requests: Sequence[str], grids: Sequence[Tensor], part: str | None) -> dict[str, Tensor]:
        named = None if part is None else next(iter(self.part_texts({part: "moves"})))
        texts = [self.text_ids(request) for request in requests]
        return self._batch(
            [describe_template(self.layout, ids, grid, named) for ids, grid in zip(texts, grids, strict=True)]
        )

    def _filling(
        self,
        texts: Sequence[str],
        parts: Sequence[Mapping[str, str] | None],
        steps: Sequence[int | None],
        grids: Sequence[Tensor],
        template: Callable[[TokenLayout, Sequence[int], Tensor], FillPrompt],
    ) -> dict[str, Tensor]:
        """Prompts with the given codes; a length of the whole motion beyond the grid's is asked for, too."""
        filled = []
        for text, part_texts, length, grid in zip(texts, parts, steps, grids, strict=True):
            if length is not None and length < len(grid):
                raise ValueError(f"{length} steps are asked for, but {len(grid)} are given; ask for more seconds")
            if length is not None:
                grid = torch.cat((grid, grid.new_full((length - len(grid), grid.shape[1]), ASKED)))
            whole = len(grid) if length is not None or (grid == ASKED).any() else None
            if whole is None and len(grid) >= self.max_steps:
                raise ValueError(f"the motion has {len(grid)} steps, and {self.max_steps} is the most; give less of it")
            filled.append(template(self.layout, self.prompt_ids(text, part_texts, whole), grid))
        data = self._batch([each.ids for each in filled])
        data["position_ids"] = pad([each.positions for each in filled], 0, left=True)
        if all(len(each.held) for each in filled):
            data["held_codes"] = pad([each.held for each in filled], ASKED)
        return data

    def check_texts(self, text: str, parts: Mapping[str, str] | None = None) -> None:
        """Raises ValueError where the texts of one motion are too long to be read, or are no text at all."""
        told = [text, *self.part_texts(parts).values()]
        characters = sum(len(each) for each in map(_valid_text, told))
        if characters > MOST_TEXT_CHARACTERS:
            raise ValueError(
                f"the text has {characters} characters, expected at most {MOST_TEXT_CHARACTERS}; shorten it"
            )
        tokens = sum(len(self.text_ids(each)) for each in told)
        if tokens > MOST_TEXT_TOKENS:
            words = sum(len(each.split()) for each in told)
            raise ValueError(
                f"the text has {words} words, {tokens} tokens, expected at most {MOST_TEXT_TOKENS}; shorten it"
            )

    def prompt_ids(self, text: str, parts: Mapping[str, str] | None = None, steps: int | None = None) -> list[int]:
        """Ids of the prompt template up to and including ``<mot>``."""
        texts = self.part_texts(parts)
        part_ids = {name: self.text_ids(texts[name]) for name in self.part_names if name in texts}
        return prompt_template(self.layout, self.text_ids(text), part_ids, steps)

    def training_sample(
        self,
        text: str,
        codes: Tensor,
        parts: Mapping[str, str] | None = None,
        length_known: bool = True,
        text_weight: float = 1.0,
        mask_description: bool = False,
    ) -> dict[str, Tensor]:
        """One training sequence; batch several with ``collate``.

        Args:
            text: whole-body description; "" teaches the text-free prompt that guidance needs.
            codes: (steps, parts) from the motion tokenizer.
            parts: texts of body parts.
            length_known: whether the prompt tells the number of steps.
            text_weight: loss weight of the description's tokens.
            mask_description: leave them out of the loss (the paper's ablation; it hurts).

        Returns:
            ``input_ids``, ``labels`` and ``loss_weights``, each (length,).
        """
        layout = self.layout
        prompt = self.prompt_ids(text, parts, len(codes) if length_known else None)
        motion = layout.codes_to_ids(codes).tolist()
        input_ids = torch.tensor([*prompt, *motion, layout.motion_end_id, layout.eos_id])
        labels, weights = input_ids.clone(), torch.ones(len(input_ids))
        labels[:2] = IGNORED  # the start and the length are always given
        weights[2 : len(prompt)] = text_weight
        if mask_description:
            labels[: len(prompt)] = IGNORED
        return {"input_ids": input_ids, "labels": labels, "loss_weights": weights}

    def collate(self, samples: Sequence[Mapping[str, Tensor]], pack_to: int = 0) -> dict[str, Tensor]:
        """Right-padded batch of training samples, ready for the model's ``forward``; or packed into rows.

        There is no attention mask: under causal attention nothing sees the padding after it, and attention without a
        mask is faster.

        Args:
            pack_to: tokens of a row into which several samples are packed (see `packing`); 0 pads one sample a row.
        """
        if pack_to:
            return pack(samples, pack_to, self.layout.pad_id)
        batch = {
            "input_ids": pad([sample["input_ids"] for sample in samples], self.layout.pad_id),
            "labels": pad([sample["labels"] for sample in samples], IGNORED),
            "loss_weights": pad([sample["loss_weights"] for sample in samples], 0.0),
        }
        if any("position_ids" in sample for sample in samples):
            batch["position_ids"] = pad([positions_in(sample) for sample in samples], 0)
            # a mask of ones: without one, positions that jump would be taken for packed rows
            batch["attention_mask"] = torch.ones_like(batch["input_ids"])
        return batch

    def text_ids(self, text: str) -> list[int]:
        """Ids of a text's words. A marker written by a user is only text."""
        words = " ".join(_valid_text(text).split())
        return self.tokenizer(words, add_special_tokens=False, split_special_tokens=True)["input_ids"] if words else []

    def seconds_to_steps(self, seconds: float | None) -> int | None:
        """The nearest whole number of time steps.

        Raises:
            ValueError: nothing, or more than ``max_seconds``.
        """
        if seconds is None:
            return None
        if not isinstance(seconds, Real):
            raise ValueError(f"seconds is {seconds!r}, expected a number")
        steps = seconds * self.steps_per_second
        if not 0.5 < steps < self.max_steps + 0.5:  # NaN fails as well
            shortest = 1 / self.steps_per_second
            raise ValueError(f"seconds is {seconds:g}, expected {shortest:g} to {self.max_seconds:g}")
        return round(steps)

    def extract_features(self, motion: Motion) -> Tensor:
        """SMPL-D135 features (frames, 135) at the model's 20 fps."""
        return motion.resample(MODEL_FPS).to_d135()

    def decode_motion(
        self, features: Tensor | Sequence[Tensor], text: str | Sequence[str | None] | None = None
    ) -> Motion | list[Motion]:
        """Motions behind features (frames, 135), or behind each of several (``generate_motion(...).features``)."""
        if isinstance(features, Tensor) and features.ndim == 2:
            return Motion.from_d135(features.detach().cpu(), fps=MODEL_FPS, text=text)
        texts = [text] * len(features) if text is None or isinstance(text, str) else text
        return [self.decode_motion(clip, caption) for clip, caption in zip(features, texts, strict=True)]

    def describe(self, ids: Tensor | Sequence[int]) -> str:
        """Readable form of a sequence, for logs: words, markers, and codes as ``left_arm:17``."""
        words, layout = [], self.layout
        for token in ids.tolist() if isinstance(ids, Tensor) else ids:
            if token < layout.code_offset:
                words.append(self.tokenizer.decode([token]).strip())
            else:
                table, code = divmod(token - layout.code_offset, layout.codebook_size)
                words.append(f"code:{code}" if layout.share_codes_between_parts else f"{self.part_names[table]}:{code}")
        return " ".join(words)

    def save_pretrained(self, save_directory, push_to_hub: bool = False, **kwargs):
        """Save the processor, and with it the code that `trust_remote_code` needs where this package is missing."""
        write_remote_code(save_directory)
        return super().save_pretrained(save_directory, push_to_hub=push_to_hub, **kwargs)

    @property
    def name_or_path(self) -> str:
        """What it was loaded from."""
        return self.tokenizer.name_or_path

    def _add_markers(self, tokenizer: PreTrainedTokenizerBase) -> TokenLayout:
        """Put the markers behind the words (they are there already in a saved processor)."""
        known = tokenizer.get_vocab()

        def layout(text_vocab_size: int) -> TokenLayout:
            return TokenLayout(
                text_vocab_size, tuple(self.part_names), self.codebook_bits, self.share_codes_between_parts,
                self.max_steps,
            )  # fmt: skip

        markers = layout(0).markers
        first = known.get(markers[0], len(tokenizer))
        if markers[0] not in known:
            tokenizer.add_tokens([AddedToken(name, special=True, normalized=False) for name in markers])
            tokenizer.pad_token, tokenizer.bos_token, tokenizer.eos_token = markers[:3]
            tokenizer.padding_side = "left"
        ids = tokenizer.convert_tokens_to_ids(list(markers))
        if ids != list(range(first, first + len(markers))):
            raise ValueError(
                "the text tokenizer's markers do not fit these parts and max_steps; start from a tokenizer without them"
            )
        return layout(first)

    def part_texts(self, parts: Mapping[str, str] | None) -> dict[str, str]:
        """Texts by part name; empty ones are dropped, and "left arm" is as good as "left_arm" and "hips" as "root".

        Raises:
            ValueError: a part that does not exist.
        """
        told = {part_name(name) or name.strip(): _valid_text(text) for name, text in (parts or {}).items()}
        named = {name: text for name, text in told.items() if text.strip()}
        for name in named:
            if name not in self.part_names:
                raise ValueError(f"no body part {name!r}; the parts are {', '.join(self.part_names)}")
        return named


def _valid_text(text: str) -> str:
    """Raises ValueError for what is no text, or holds bytes that were no UTF-8."""
    if not isinstance(text, str):
        raise ValueError(f"the text is {text!r}, expected words")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"the text is no valid Unicode at character {error.start + 1}; is it UTF-8?") from None
    return text


def positions_in(sample: Mapping[str, Tensor]) -> Tensor:
    """Positions of a training sample's tokens (length,): its own, or one after another."""
    return sample.get("position_ids", torch.arange(len(sample["input_ids"])))


def pad(rows: Sequence[Tensor], value: float, left: bool = False) -> Tensor:
    """Stack (length, ...) rows of several lengths, filling up with ``value``."""
    side = "left" if left else "right"
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_value=value, padding_side=side)


__all__ = ["BeingM0Processor"]
