"""Sampling motion: the grammar that keeps every sequence decodable, and guidance by the text."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import GenerationMixin, LogitsProcessor, LogitsProcessorList
from transformers.generation import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
from transformers.utils import ModelOutput

from .output_layer import run_backbone
from .token_layout import TokenLayout


@dataclass
class MotionGenerationOutput(ModelOutput):
    """
    Args:
        sequences (`torch.LongTensor` of shape `(batch, length)`): prompt and motion tokens, padded.
        codes (`list[torch.LongTensor]`): for each sequence, its grid of motion codes (steps, parts).
        features (`list[torch.FloatTensor]`): for each sequence, SMPL-D135 features (frames, 135).
    """

    sequences: torch.LongTensor | None = None
    codes: list[torch.LongTensor] | None = None
    features: list[torch.FloatTensor] | None = None


class MotionGrammarLogitsProcessor(LogitsProcessor):
    """Allows only what keeps a sequence decodable: `<mot>`, whole steps with each part in its turn, `</mot>`, eos.

    A prompt's length marker is obeyed: `<|len_k|>` gives exactly k steps, `<|len_any|>` (or none) `min_steps` to
    `max_steps`. The state is read from the sequence itself, so left padding, batches and beams need nothing special.

    Args:
        layout: the vocabulary.
        min_steps, max_steps: bounds for prompts that leave the length open; `max_steps` defaults to the layout's.
    """

    def __init__(self, layout: TokenLayout, min_steps: int = 1, max_steps: int | None = None):
        max_steps = layout.max_steps if max_steps is None else max_steps
        if not 1 <= min_steps <= max_steps:
            raise ValueError(f"min_steps is {min_steps}, max_steps {max_steps}; expected 1 <= min_steps <= max_steps")
        self.layout = layout
        self.min_steps = min_steps
        self.max_steps = max_steps
        # rows 0 .. P-1: a code of that part; then the five states below
        self.code_or_end, self.only_end, self.only_eos, self.only_pad, self.only_start = range(
            layout.num_parts, layout.num_parts + 5
        )
        forbidden = torch.ones(layout.num_parts + 5, layout.vocab_size, dtype=torch.bool)
        for part in range(layout.num_parts):
            codes = layout.part_codes(part)
            forbidden[part, codes.start : codes.stop] = False
        forbidden[self.code_or_end] = forbidden[0]
        forbidden[self.code_or_end, layout.motion_end_id] = False
        forbidden[self.only_end, layout.motion_end_id] = False
        forbidden[self.only_eos, layout.eos_id] = False
        forbidden[self.only_pad, layout.pad_id] = False
        forbidden[self.only_start, layout.motion_start_id] = False
        self.forbidden = forbidden

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        return scores.masked_fill(self.forbidden_after(input_ids), float("-inf"))

    def forbidden_after(self, input_ids: torch.LongTensor) -> torch.BoolTensor:
        """The tokens that must not follow each sequence: (batch, length) -> (batch, vocabulary)."""
        self.forbidden = self.forbidden.to(input_ids.device)
        return self.forbidden[self.next_state(input_ids)]

    def next_state(self, input_ids: torch.LongTensor) -> torch.LongTensor:
        """Which row of `forbidden` holds for the token after each sequence: (batch, length) -> (batch,)."""
        layout = self.layout
        last = input_ids[:, -1]
        start = self._motion_start(input_ids)
        emitted = input_ids.shape[1] - 1 - start
        step, part = emitted // layout.num_parts, emitted % layout.num_parts
        first, final = self._step_bounds(input_ids)
        state = torch.where((part == 0) & (step >= first), self.code_or_end, part)
        state = torch.where((part == 0) & (step >= final), self.only_end, state)
        state = torch.where(start < 0, self.only_start, state)
        state = torch.where(last == layout.motion_end_id, self.only_eos, state)
        return torch.where((last == layout.eos_id) | (last == layout.pad_id), self.only_pad, state)

    def tokens_left(self, input_ids: torch.LongTensor) -> int:
        """Tokens that the longest sequence of the batch may still need, `</mot>` and eos included."""
        start = self._motion_start(input_ids)
        emitted = torch.where(start < 0, -1, input_ids.shape[1] - 1 - start)
        _, final = self._step_bounds(input_ids)
        return max(1, int((final * self.layout.num_parts - emitted).max()) + 2)

    def _motion_start(self, input_ids: Tensor) -> Tensor:
        """Index of the last `<mot>`, -1 where there is none."""
        position = torch.arange(input_ids.shape[1], device=input_ids.device)
        return torch.where(input_ids == self.layout.motion_start_id, position, -1).amax(dim=1)

    def _step_bounds(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        steps = input_ids - self.layout.length_offset
        asked = torch.where((steps > 0) & (steps <= self.layout.max_steps), steps, 0).amax(dim=1)
        return (torch.where(asked > 0, asked, bound) for bound in (self.min_steps, self.max_steps))


def pick_tokens(scores: Tensor, generators: Sequence[torch.Generator | None]) -> Tensor:
    """Draw one token for each row of scores (batch, vocabulary), each with its own random stream.

    Drawing by the cumulative distribution takes one random number a row, so a row's tokens depend on its own
    generator only, and not on what else is in the batch.
    """
    cumulative = scores.softmax(dim=-1).double().cumsum(dim=-1)
    draws = torch.stack([torch.rand((), generator=generator, dtype=torch.double) for generator in generators])
    threshold = draws.to(scores.device)[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, threshold, right=True).squeeze(1)


#: Processors that look at scores only, not at which token a column stands for.
COLUMN_BLIND = (TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper, MinPLogitsWarper)


def sample_motion(
    model,
    input_ids: torch.LongTensor,
    logits_processor: LogitsProcessorList,
    stopping_criteria,
    generation_config,
    grammar: MotionGrammarLogitsProcessor,
    text_guidance: float,
    generators: Sequence[torch.Generator | None],
    held: Tensor | None = None,
    **model_kwargs,
) -> torch.LongTensor:
    """Decoding loop for `generate(custom_generate=...)`: classifier-free guidance in one batched pass a token.

    The text-free twin of a prompt is the prompt itself with its description masked out, so that its remaining tokens
    and their positions are those of a prompt without text, which training shows to the model as well.

    Scores are computed for the tokens that the grammar leaves open, usually one part's codes: on a CPU the other rows
    of the output layer, and sorting them for top-p, would take nearly half of the time.

    Where ``held`` (batch, tokens), counted from the end of the prompts, is not -1, that token is taken and none drawn:
    what is drawn later follows on from it.
    """
    layout, cache = model.layout, model_kwargs["past_key_values"]
    mask = model_kwargs.get("attention_mask")
    mask = torch.ones_like(input_ids) if mask is None else mask
    guided = text_guidance != 1.0
    copies = 2 if guided else 1
    if guided:
        mask = torch.cat((mask, mask * ~layout.is_description(input_ids)))
    step_ids, positions = input_ids.repeat(copies, 1), (mask.cumsum(dim=-1) - 1).clamp_min(0)
    prompt_length = input_ids.shape[1]
    finished = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
    columns = torch.arange(layout.vocab_size, device=input_ids.device)
    open_columns_suffice = all(isinstance(processor, COLUMN_BLIND) for processor in logits_processor)
    while not finished.all():
        states = run_backbone(
            model.backbone,
            last_only=True,
            input_ids=step_ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
        )  # fmt: skip
        forbidden = grammar.forbidden_after(input_ids)
        if open_columns_suffice:
            columns = (~forbidden.all(dim=0)).nonzero().squeeze(1)
        scores = states.logits((slice(None), -1), columns).float()
        if guided:
            with_text, without_text = scores.chunk(2)
            scores = without_text + text_guidance * (with_text - without_text)
        scores = logits_processor(input_ids, scores.masked_fill(forbidden[:, columns], float("-inf")))
        picks = pick_tokens(scores, generators) if generation_config.do_sample else scores.argmax(dim=-1)
        tokens = columns[picks]
        emitted = input_ids.shape[1] - prompt_length
        if held is not None and emitted < held.shape[1]:
            tokens = torch.where(held[:, emitted] >= 0, held[:, emitted], tokens)
        tokens = torch.where(finished, layout.pad_id, tokens)
        input_ids = torch.cat((input_ids, tokens[:, None]), dim=1)
        finished = finished | stopping_criteria(input_ids, None)
        step_ids = tokens[:, None].repeat(copies, 1)
        mask = torch.cat((mask, mask.new_ones(len(mask), 1)), dim=1)
        positions = positions[:, -1:] + 1
    return input_ids


class BeingM0GenerationMixin(GenerationMixin):
    """`generate` for token ids, `generate_motion` for motion."""

    @torch.no_grad()
    def generate(
        self,
        inputs: torch.LongTensor | None = None,
        generation_config=None,
        logits_processor: Sequence[LogitsProcessor] | None = None,
        min_steps: int = 1,
        max_steps: int | None = None,
        guidance_scale: float | None = None,
        generator: torch.Generator | Sequence[torch.Generator] | None = None,
        held_codes: Tensor | None = None,
        **kwargs,
    ):
        """`GenerationMixin.generate` under the motion grammar.

        Args:
            inputs: (batch, length) prompt ids, left padded; or `input_ids=`, as the processor calls them.
            min_steps, max_steps: bounds for prompts that leave the length open.
            guidance_scale: how far to push away from what the model would do without the text; 1 is no guidance. By
                default the one in `generation_config`.
            generator: random stream for the whole batch, or one for each sequence; torch's global one by default.
            held_codes: (motions, steps, parts) motion codes that are given, -1 where they shall be drawn: parts of a
                motion can so be drawn anew while the others stay. As many steps as the longest prompt asks for.

        Raises:
            ValueError: another number of generators than sequences, or `held_codes` of another shape or range.
        """
        input_ids = kwargs.pop("input_ids") if inputs is None else inputs
        grammar = MotionGrammarLogitsProcessor(self.layout, min_steps, max_steps)
        if not {"max_new_tokens", "max_length"} & kwargs.keys():
            kwargs["max_new_tokens"] = grammar.tokens_left(input_ids)
        if guidance_scale is None:
            guidance_scale = (generation_config or self.generation_config).guidance_scale or 1.0
        if guidance_scale != 1.0 or generator is not None or held_codes is not None:
            rows = len(input_ids) * kwargs.get("num_return_sequences", 1)
            generators = generator if isinstance(generator, Sequence) else [generator] * rows
            if len(generators) != rows:
                raise ValueError(f"{len(generators)} generators for {rows} sequences; give one, or one for each")
            kwargs |= {"custom_generate": sample_motion, "grammar": grammar}
            kwargs |= {"text_guidance": guidance_scale, "generators": generators}
            if held_codes is not None:
                held_codes = held_codes.to(input_ids.device)
                self._check_held(held_codes, rows, grammar.tokens_left(input_ids) - 2)
                given = (held_codes >= 0).flatten(1)
                kwargs["held"] = torch.where(given, self.layout.codes_to_ids(held_codes), -1)
        else:
            logits_processor = [grammar, *(logits_processor or [])]
        return super().generate(
            input_ids,
            generation_config=generation_config,
            logits_processor=LogitsProcessorList(logits_processor or []),
            guidance_scale=1.0,  # ours is done inside sample_motion, in one pass for both prompts
            **kwargs,
        )

    def _check_held(self, held: Tensor, rows: int, tokens: int) -> None:
        layout = self.layout
        shape = (rows, tokens // layout.num_parts, layout.num_parts)
        if held.shape != shape:
            raise ValueError(
                f"held_codes have shape {tuple(held.shape)}, expected {shape}: motions, steps and parts as asked for"
            )
        if held.min() < -1 or held.max() >= layout.codebook_size:
            raise ValueError(f"held_codes must be -1 to {layout.codebook_size - 1}, got {held.min()} to {held.max()}")

    @torch.no_grad()
    def generate_motion(self, input_ids: torch.LongTensor, **kwargs) -> MotionGenerationOutput:
        """Generate and decode. Arguments are those of `generate`; see [`MotionGenerationOutput`] for the result."""
        sequences = self.generate(input_ids=input_ids, **kwargs)
        codes = [self.layout.ids_to_codes(self.layout.motion_span(sequence)) for sequence in sequences]
        features = [self.motion_tokenizer.decode(grid[None]).features[0] for grid in codes]
        return MotionGenerationOutput(sequences=sequences, codes=codes, features=features)


__all__ = ["BeingM0GenerationMixin", "MotionGenerationOutput", "MotionGrammarLogitsProcessor"]
