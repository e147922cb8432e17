"""Drawing motion tokens: seeds of their own for each sequence, given codes, and the fast road for both."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList
from transformers.generation import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from ...utils.long_work import report
from .motion_grammar import MotionGrammarLogitsProcessor
from .output_layer import run_backbone
from .static_decoding import StaticReader
from .text_guidance import TextGuidanceLogitsProcessor, guided, positions_of, twin_positions

#: Processors that look at scores only, not at which token a column stands for.
COLUMN_BLIND = (TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper, MinPLogitsWarper)


def pick_tokens(scores: Tensor, generators: Sequence[torch.Generator | None]) -> Tensor:
    """Draw one token for each row of scores (batch, vocabulary), each with its own random stream.

    Drawing by the cumulative distribution takes one random number a row, so a row's tokens depend on its own
    generator only, and not on what else is in the batch.
    """
    cumulative = scores.softmax(dim=-1).double().cumsum(dim=-1)
    draws = torch.stack([torch.rand((), generator=generator, dtype=torch.double) for generator in generators])
    threshold = draws.to(scores.device)[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, threshold, right=True).squeeze(1)


class HeldTokensLogitsProcessor(LogitsProcessor):
    """Takes given tokens instead of drawing: what is drawn later follows on from them.

    Args:
        held: (rows, tokens) counted from the end of the prompts; -1 where a token is drawn.
        prompt_length: tokens of the prompts, padding included.
    """

    def __init__(self, held: Tensor, prompt_length: int):
        self.held, self.prompt_length = held, prompt_length

    def given(self, input_ids: Tensor) -> Tensor | None:
        """The tokens (rows,) that follow the sequences, -1 where one is drawn; None behind the last given one."""
        emitted = input_ids.shape[1] - self.prompt_length
        return self.held[:, emitted] if emitted < self.held.shape[1] else None

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        given = self.given(input_ids)
        if given is None:
            return scores
        only_given = torch.full_like(scores, float("-inf"))
        only_given.scatter_(1, given.clamp_min(0)[:, None], 0.0)
        return torch.where(given[:, None] >= 0, only_given, scores)


class SeededDrawLogitsProcessor(LogitsProcessor):
    """Draws each row's token from its own random stream, and leaves nothing else to draw.

    Args:
        generators: one for each row; None is torch's global one.
    """

    def __init__(self, generators: Sequence[torch.Generator | None]):
        self.generators = generators

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        drawn = pick_tokens(scores, self.generators)
        return torch.full_like(scores, float("-inf")).scatter_(1, drawn[:, None], 0.0)


#: Ours, which stand before transformers' own, and the one that stands behind them.
FIRST_PROCESSORS = (TextGuidanceLogitsProcessor, MotionGrammarLogitsProcessor)
LAST_PROCESSORS = (HeldTokensLogitsProcessor, SeededDrawLogitsProcessor)


def is_narrow(processors: LogitsProcessorList, generation_config, model_kwargs: dict) -> bool:
    """Whether `sample_narrow` does all that is asked for."""
    cache = model_kwargs.get("past_key_values")
    return (
        all(isinstance(each, COLUMN_BLIND + FIRST_PROCESSORS + LAST_PROCESSORS) for each in processors)
        and any(isinstance(each, MotionGrammarLogitsProcessor) for each in processors)
        and model_kwargs.get("inputs_embeds") is None
        and not getattr(cache, "_is_user_defined", False)
        and bool(generation_config.use_cache)
        and generation_config.cache_implementation in (None, "dynamic", "static")
        and generation_config.prefill_chunk_size is None
        and (generation_config.compile_config is None or generation_config.cache_implementation == "static")
        and not generation_config.return_dict_in_generate
    )


@dataclass(frozen=True)
class SamplingSettings:
    """What is asked of sampling.

    Args:
        warpers: processors that change scores whatever token a column stands for.
        generators: a random stream for each row; None is torch's global one.
        do_sample: draw, or take the likeliest.
    """

    grammar: MotionGrammarLogitsProcessor
    guidance: TextGuidanceLogitsProcessor | None
    held: HeldTokensLogitsProcessor | None
    warpers: LogitsProcessorList
    generators: Sequence[torch.Generator | None]
    do_sample: bool


def read_settings(processors: LogitsProcessorList, generation_config, rows: int) -> SamplingSettings:
    """The settings that lie in processors, for a batch of so many rows."""
    ours = {type(each): each for each in processors if isinstance(each, FIRST_PROCESSORS + LAST_PROCESSORS)}
    draw = ours.get(SeededDrawLogitsProcessor)
    return SamplingSettings(
        grammar=ours[MotionGrammarLogitsProcessor],
        guidance=ours.get(TextGuidanceLogitsProcessor),
        held=ours.get(HeldTokensLogitsProcessor),
        warpers=LogitsProcessorList([each for each in processors if type(each) not in ours]),
        generators=draw.generators if draw else [None] * rows,
        do_sample=bool(generation_config.do_sample),
    )


def sample_narrow(
    model,
    input_ids: torch.LongTensor,
    logits_processor: LogitsProcessorList,
    stopping_criteria,
    generation_config,
    streamer=None,
    attention_mask: Tensor | None = None,
    past_key_values=None,
    prompt_positions: Tensor | None = None,
    reader: StaticReader | None = None,
) -> torch.LongTensor:
    """`GenerationMixin._sample`, faster: same tokens, with both passes of guidance in one batch.

    Scores are computed for the tokens that the grammar leaves open, usually one part's codes: on a CPU the other rows
    of the output layer, and sorting them for top-p, would take nearly half of the time. A ``reader`` keeps keys and
    values in place of the cache.
    """
    settings = read_settings(logits_processor, generation_config, len(input_ids))
    grammar, guidance, held = settings.grammar, settings.guidance, settings.held
    cache, copies = past_key_values, 1 if guidance is None else 2
    mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
    step_ids, positions = input_ids, positions_of(mask) if prompt_positions is None else prompt_positions
    if guidance:
        twins, twin_mask = guidance.twins(input_ids)
        given = prompt_positions is not None
        places = twin_positions(positions, mask, twin_mask) if given else positions_of(twin_mask)
        positions = torch.cat((positions, places))
        step_ids, mask = torch.cat((step_ids, twins)), torch.cat((mask, twin_mask))
    length, most = input_ids.shape[1], getattr(stopping_criteria, "max_length", None) or input_ids.shape[1]
    finished = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
    while not finished.all():
        if reader is not None:
            states = reader(step_ids, mask, positions)
        else:
            states = run_backbone(
                model.backbone,
                last_only=True,
                input_ids=step_ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
            )  # fmt: skip
            cache = states.cache
        forbidden = grammar.forbidden_after(input_ids)
        columns = (~forbidden.all(dim=0)).nonzero().squeeze(1)
        scores = states.logits((slice(None), -1), columns).float()
        if guidance:
            scores = guided(*scores.chunk(2), guidance.scale)
        scores = settings.warpers(input_ids, scores.masked_fill(forbidden[:, columns], float("-inf")))
        picks = pick_tokens(scores, settings.generators) if settings.do_sample else scores.argmax(dim=-1)
        tokens = columns[picks]
        given = held.given(input_ids) if held else None
        if given is not None:
            tokens = torch.where(given >= 0, given, tokens)
        tokens = torch.where(finished, model.layout.pad_id, tokens)
        if streamer is not None:
            streamer.put(tokens.cpu())
        input_ids = torch.cat((input_ids, tokens[:, None]), dim=1)
        finished = finished | stopping_criteria(input_ids, None)
        report(input_ids.shape[1] - length, most - length)
        step_ids = tokens[:, None].repeat(copies, 1)
        mask = torch.cat((mask, mask.new_ones(len(mask), 1)), dim=1)
        positions = positions[:, -1:] + 1
    if streamer is not None:
        streamer.end()
    return input_ids


__all__ = [
    "HeldTokensLogitsProcessor",
    "SeededDrawLogitsProcessor",
    "is_narrow",
    "pick_tokens",
    "read_settings",
    "sample_narrow",
]
