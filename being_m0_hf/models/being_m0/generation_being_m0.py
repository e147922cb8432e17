"""Generating motion: transformers' `generate` under the motion grammar, guided by the text."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import (
    ContinuousBatchingConfig,
    GenerationConfig,
    GenerationMixin,
    LogitsProcessor,
    LogitsProcessorList,
)
from transformers.generation.continuous_batching.cb_logits_processors import CLASSIC_TO_CB_PROCESSORS_MAP
from transformers.utils import ModelOutput

from .backbone_inputs import is_masked_in_place
from .continuous_grammar import ContinuousGrammarLogitsProcessor
from .lean.lean_decoding import is_lean, sample_lean
from .lean.lean_steps import lean_step
from .motion_grammar import MotionGrammarLogitsProcessor
from .static_decoding import static_reader, why_not_static
from .tasks.text_answers import TextAnswersMixin
from .text_guidance import TextGuidanceLogitsProcessor, positions_of
from .token_sampling import (
    FIRST_PROCESSORS,
    LAST_PROCESSORS,
    HeldTokensLogitsProcessor,
    SeededDrawLogitsProcessor,
    is_narrow,
    read_settings,
    sample_narrow,
)


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


class BeingM0GenerationMixin(TextAnswersMixin, GenerationMixin):
    """`generate` for token ids, `generate_motion` for motion, `generate_text` for what is said of one."""

    @torch.no_grad()
    def generate(
        self,
        inputs: torch.LongTensor | None = None,
        generation_config: GenerationConfig | None = None,
        logits_processor: Sequence[LogitsProcessor] | None = None,
        min_steps: int = 1,
        max_steps: int | None = None,
        guidance_scale: float | None = None,
        generator: torch.Generator | Sequence[torch.Generator] | None = None,
        held_codes: Tensor | None = None,
        position_ids: Tensor | None = None,
        **kwargs,
    ):
        """`GenerationMixin.generate` under the motion grammar.

        Without a limit on its tokens every motion is as long as its prompt asks for.

        Args:
            inputs: (batch, length) prompt ids, left padded; or `input_ids=`, as the processor calls them.
            min_steps, max_steps: bounds for prompts that leave the length open.
            guidance_scale: how far to push away from what the model would do without the text; 1 is no guidance. By
                default the one in `generation_config`.
            generator: random stream for the whole batch, or one for each sequence; torch's global one by default.
            held_codes: (motions, steps, parts) motion codes that are given, -1 where they shall be drawn: parts of a
                motion can so be drawn anew while the others stay. As many steps as the longest prompt asks for.
            position_ids: (batch, length) of a prompt that holds other pieces of the motion, as the processor makes it.

        Raises:
            ValueError: another number of generators than sequences, `held_codes` of another shape or range, numbers
                out of range, or a way of decoding that does not know the grammar.
        """
        input_ids = kwargs.pop("input_ids", None) if inputs is None else inputs
        _refuse(input_ids, kwargs)
        if position_ids is not None:
            if not is_masked_in_place(self.backbone):
                kind = self.config.backbone_config.model_type
                raise ValueError(f"a {kind} knows no positions, which filling needs; choose another backbone")
            kwargs["position_ids"] = position_ids
        config, kwargs = self._motion_generation_config(generation_config, guidance_scale, kwargs)
        check_sampling(config)
        grammar = MotionGrammarLogitsProcessor(self.layout, min_steps, max_steps)
        if config.max_new_tokens is None and config.max_length is None:
            config.max_new_tokens = grammar.tokens_left(input_ids)
        self._check_prompts(input_ids, kwargs.get("attention_mask"), config.max_new_tokens or 1)
        rows, ours = len(input_ids) * config.num_return_sequences, [grammar]
        guidance, config.guidance_scale = config.guidance_scale, 1.0  # theirs needs a prompt of its own, ours a mask
        if guidance not in (None, 1.0):
            mask = kwargs.get("attention_mask")
            ours.insert(0, TextGuidanceLogitsProcessor(self, guidance, mask, config.use_cache, position_ids))
        if config.num_beams > 1:  # beams are compared by probability among what the grammar leaves open
            config.renormalize_logits = True
        if (generator is not None or held_codes is not None) and config.num_beams > 1:
            raise ValueError("generator and held_codes are for sampling, not for beams; give num_beams=1")
        if generator is not None:
            generators = generator if isinstance(generator, Sequence) else [generator] * rows
            if len(generators) != rows:
                raise ValueError(f"{len(generators)} generators for {rows} sequences; give one, or one for each")
            if config.do_sample:
                ours.append(SeededDrawLogitsProcessor(generators))
        if held_codes is not None:
            held_codes = held_codes.to(input_ids.device)
            self._check_held(held_codes, rows, grammar.tokens_left(input_ids) - 2)
            given = (held_codes >= 0).flatten(1)
            held = torch.where(given, self.layout.codes_to_ids(held_codes), -1)
            ours.append(HeldTokensLogitsProcessor(held, input_ids.shape[1]))
        return super().generate(
            input_ids,
            generation_config=config,
            logits_processor=LogitsProcessorList([*ours, *(logits_processor or [])]),
            **kwargs,
        )

    def generate_batch(self, inputs: list[list[int]], generation_config: GenerationConfig | None = None, **kwargs):
        """Continuous batching under the motion grammar: prompts (lists of ids) as they come, without padding.

        Arguments and result are those of transformers. There is no guidance: the scale must be 1.
        """
        config, _ = self._motion_generation_config(generation_config, None, {})
        for prompt in inputs:
            self._check_prompts(torch.tensor([prompt]), None, 1)
        if kwargs.get("max_new_tokens") is None and config.max_new_tokens is None:
            grammar = MotionGrammarLogitsProcessor(self.layout)
            kwargs["max_new_tokens"] = max(
                [grammar.tokens_left(torch.tensor([prompt])) for prompt in inputs], default=1
            )
        return super().generate_batch(inputs, generation_config=config, **kwargs)

    def init_continuous_batching(
        self,
        generation_config: GenerationConfig | None = None,
        continuous_batching_config: ContinuousBatchingConfig | None = None,
        **kwargs,
    ):
        """transformers' manager, which takes requests one by one; it keeps to the motion grammar, without guidance."""
        config, _ = self._motion_generation_config(generation_config, None, {})
        if config.guidance_scale not in (None, 1.0):
            raise ValueError(
                f"guidance_scale is {config.guidance_scale:g}, but continuous batching makes one pass of each prompt; "
                "give a GenerationConfig with guidance_scale=1.0, or use generate"
            )
        batching = continuous_batching_config or ContinuousBatchingConfig()
        CLASSIC_TO_CB_PROCESSORS_MAP[MotionGrammarLogitsProcessor] = ContinuousGrammarLogitsProcessor
        batching.per_request_processors = True  # each has its own place in the grammar
        batching.use_async_batching = False  # which must have seen the last token before the next is drawn
        return super().init_continuous_batching(config, batching, **kwargs)

    def _motion_generation_config(
        self, given: GenerationConfig | None, guidance_scale: float | None, kwargs: dict
    ) -> tuple[GenerationConfig, dict]:
        """The settings that hold: of the call, else of the given configuration, else of the model; and other inputs.

        Unlike transformers' own, it leaves the limits on tokens None where nobody set one.
        """
        config, inputs = self._prepare_generation_config(given, **kwargs)
        for name in ("max_new_tokens", "max_length"):
            told = (kwargs.get(name), given and getattr(given, name), getattr(self.generation_config, name))
            setattr(config, name, next((value for value in told if value is not None), None))
        if config.max_new_tokens is not None:
            config.max_length = None
        if guidance_scale is not None:
            config.guidance_scale = guidance_scale
        return config, inputs

    def _get_logits_processor(self, generation_config, *args, logits_processor=None, **kwargs) -> LogitsProcessorList:
        """Guidance and grammar first, then whatever else is asked for, drawing last."""
        if logits_processor is None:  # continuous batching, which brings none
            processors = super()._get_logits_processor(generation_config, *args, **kwargs)
            grammar = MotionGrammarLogitsProcessor(self.layout)
            grammar.forbidden = grammar.forbidden.to(self.device)  # a CUDA graph cannot fetch it from the CPU
            return LogitsProcessorList([grammar, *processors])
        ours = [each for each in logits_processor or [] if isinstance(each, FIRST_PROCESSORS + LAST_PROCESSORS)]
        others = LogitsProcessorList(each for each in logits_processor or [] if each not in ours)
        processors = super()._get_logits_processor(generation_config, *args, logits_processor=others, **kwargs)
        first = [each for each in ours if isinstance(each, FIRST_PROCESSORS)]
        return LogitsProcessorList([*first, *processors, *(each for each in ours if each not in first)])

    def _sample(
        self, input_ids, logits_processor, stopping_criteria, generation_config, synced_gpus=False, streamer=None,
        **model_kwargs,
    ):  # fmt: skip
        """transformers' sampling and greedy search; the fast road where it does all that is asked for."""
        static = generation_config.cache_implementation == "static" and stopping_criteria.max_length is not None
        if (
            synced_gpus
            or not is_narrow(logits_processor, generation_config, model_kwargs)
            or (static and why_not_static(self.backbone) is not None)
        ):
            return super()._sample(
                input_ids, logits_processor, stopping_criteria, generation_config, synced_gpus, streamer, **model_kwargs
            )
        mask, cache = model_kwargs.get("attention_mask"), model_kwargs.get("past_key_values")
        positions = self._given_positions(input_ids, model_kwargs)
        if static:
            copies = 2 if any(isinstance(each, TextGuidanceLogitsProcessor) for each in logits_processor) else 1
            with static_reader(
                self, copies * len(input_ids), stopping_criteria.max_length, generation_config
            ) as reader:
                return sample_narrow(
                    self, input_ids, logits_processor, stopping_criteria, generation_config, streamer, mask, None,
                    positions, reader,
                )  # fmt: skip
        step = lean_step(self.backbone)
        if step is not None and is_lean(input_ids, self.layout, stopping_criteria, cache):
            settings = read_settings(logits_processor, generation_config, len(input_ids))
            most_tokens = stopping_criteria.max_length - input_ids.shape[1]
            return sample_lean(self, step, input_ids, mask, settings, most_tokens, streamer, positions)
        return sample_narrow(
            self, input_ids, logits_processor, stopping_criteria, generation_config, streamer, mask, cache, positions
        )

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, inputs_embeds=None, **kwargs):
        """As in transformers; positions that jump keep their mask, without which they would mean packed rows."""
        if attention_mask is None and self._given_positions(input_ids, kwargs) is not None:
            attention_mask = torch.ones_like(input_ids)
        return super().prepare_inputs_for_generation(
            input_ids, attention_mask=attention_mask, inputs_embeds=inputs_embeds, **kwargs
        )

    def _given_positions(self, input_ids: Tensor, model_kwargs: dict) -> Tensor | None:
        """Positions of the tokens, where they are not simply one after another."""
        positions, mask = model_kwargs.get("position_ids"), model_kwargs.get("attention_mask")
        if positions is None or positions.shape != input_ids.shape:
            return None
        mask = torch.ones_like(input_ids) if mask is None else mask  # transformers drops a mask of ones
        return None if torch.equal(positions * mask, positions_of(mask) * mask) else positions

    def _supports_default_dynamic_cache(self) -> bool:
        return type(self.backbone)._supports_default_dynamic_cache()

    def _check_prompts(self, input_ids: Tensor, mask: Tensor | None, new_tokens: int) -> None:
        if not (input_ids == self.layout.motion_start_id).any(dim=1).all():
            raise ValueError(
                "the prompt holds no <mot>: make it with the processor, processor(text, seconds=4); plain text tokens, "
                "as of pipeline('text-generation'), ask for no motion"
            )
        positions = getattr(self.config.backbone_config, "max_position_embeddings", None)
        longest = input_ids.shape[1] if mask is None else int(mask.sum(dim=1).max())
        if positions is not None and longest + new_tokens > positions:
            raise ValueError(
                f"a prompt of {longest} tokens and {new_tokens} of motion need more than the model's {positions} "
                "positions; shorten the text, or ask for fewer seconds"
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
        output = self.generate(input_ids=input_ids, **kwargs)
        sequences = output if isinstance(output, Tensor) else output.sequences
        codes = [self.layout.ids_to_codes(self._whole_steps(sequence)) for sequence in sequences]
        features = [self.motion_tokenizer.decode(grid[None]).features[0] for grid in codes]
        return MotionGenerationOutput(sequences=sequences, codes=codes, features=features)

    def _whole_steps(self, sequence: Tensor) -> Tensor:
        """Motion tokens of a sequence; where a limit cut it within a step, without the part of that step."""
        motion, parts = self.layout.motion_span(sequence), self.layout.num_parts
        if len(motion) < parts:
            raise ValueError(f"only {len(motion)} of the {parts} tokens of the first step were generated; allow more")
        return motion[: len(motion) // parts * parts]


def _refuse(input_ids: Tensor | None, kwargs: dict) -> None:
    """Say in one line which ways of decoding there are none of."""
    if input_ids is None or input_ids.shape[1] == 0:
        raise ValueError(
            "generate needs input_ids, beside inputs_embeds as well: the length and the grammar are read from them"
        )
    for name, reason in NOT_SUPPORTED.items():
        if kwargs.get(name) is not None and kwargs[name] is not False:
            raise ValueError(f"{name} is not supported: {reason}")


def check_sampling(config: GenerationConfig) -> None:
    """Numbers beyond which scores overflow, or nothing is left to draw.

    Raises:
        ValueError: one of them is out of its range, or not a number.
    """
    for name, (least, most) in SAMPLING_RANGES.items():
        value = getattr(config, name)
        if value is not None and not least <= value <= most:  # NaN fails as well
            raise ValueError(f"{name} is {value:g}, expected {least:g} to {most:g}")


#: What may be asked of sampling.
SAMPLING_RANGES = {
    "guidance_scale": (0.0, 100.0), "temperature": (0.001, 100.0), "top_p": (0.001, 1.0), "top_k": (0, float("inf")),
}  # fmt: skip

#: Arguments of `generate` that make no sense here, and why.
NOT_SUPPORTED = {
    "negative_prompt_ids": "guidance pushes away from the prompt without its text",
    "negative_prompt_attention_mask": "guidance pushes away from the prompt without its text",
    "assistant_model": "an assistant does not know the motion grammar",
    "custom_generate": "it would not know the motion grammar",
    "token_healing": "it would take words off the prompt",
}

__all__ = ["BeingM0GenerationMixin", "MotionGenerationOutput", "MotionGrammarLogitsProcessor"]
