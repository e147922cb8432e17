"""Sampling and greedy search of motion on a CPU, where a token is so little work that every call around it counts.

Same tokens as `sample_narrow` (see `token_sampling`); what is left out:

* modules: a step is a few dozen products and sums over the backbone's weights (`llama_step`, `gpt2_step`);
* passes over equal prompts: the candidates of a request share one, with and without its text;
* reading the grammar's state from the sequences: all rows write the same part of the same step at the same time;
* threads: two that wait for each other in thousands of tiny products are slower than one, many times so where other
  work is on the machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from transformers import MaxLengthCriteria
from transformers.generation import TopKLogitsWarper
from transformers.generation.stopping_criteria import EosTokenCriteria

from ....utils.long_work import report
from ..motion_grammar import MotionGrammarLogitsProcessor
from ..output_layer import run_backbone
from ..text_guidance import guided, positions_of, twin_positions
from ..token_layout import TokenLayout
from ..token_sampling import SamplingSettings, pick_tokens
from .attention_cache import AttentionCache
from .gpt2_step import Gpt2Step
from .llama_step import LlamaStep


def is_lean(input_ids: Tensor, layout: TokenLayout, stopping_criteria, cache) -> bool:
    """Whether ``sample_lean`` knows when sequences end: by their grammar and length alone, all at the same place."""
    known = [type(each) in (MaxLengthCriteria, EosTokenCriteria) for each in stopping_criteria]
    ends = [each.eos_token_id.tolist() for each in stopping_criteria if isinstance(each, EosTokenCriteria)]
    return (
        begun_tokens(input_ids, layout) is not None
        and all(known)
        and ends == [[layout.eos_id]]
        and stopping_criteria.max_length is not None
        and (cache is None or cache.get_seq_length() == 0)
    )


def begun_tokens(input_ids: Tensor, layout: TokenLayout) -> int | None:
    """Motion tokens that every prompt (rows, length) ends in, 0 where all end in ``<mot>``.

    None where rows differ in how many they have, or one has ended.
    """
    places = torch.arange(input_ids.shape[1], device=input_ids.device)
    start = torch.where(input_ids == layout.motion_start_id, places, -1).amax(dim=1)
    first = int(start[0])
    if first < 0 or (start != first).any() or (input_ids[:, first + 1 :] < layout.code_offset).any():
        return None
    return input_ids.shape[1] - 1 - first


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch works with one thread."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def sample_lean(
    model,
    step: LlamaStep | Gpt2Step,
    input_ids: Tensor,
    mask: Tensor | None,
    settings: SamplingSettings,
    most_tokens: int,
    streamer=None,
    positions: Tensor | None = None,
) -> Tensor:
    """Prompts (rows, length) -> prompts and motions (rows, length + tokens), padded behind them.

    Args:
        model: a `BeingM0ForConditionalGeneration`.
        input_ids: prompts that end in ``<mot>``, or all in as many tokens of a motion: see ``begun_tokens``.
        step: its backbone's, from ``lean_step``.
        mask: (rows, length) 1 where a token is seen; all by default.
        most_tokens: to write, where no ending comes before.
        positions: (rows, length) of the prompts' tokens; one after another by default.
    """
    backbone, layout = model.backbone, model.layout
    with one_thread():
        hidden, turns, cache = _read_prompts(backbone, step, input_ids, mask, settings, most_tokens, positions)
        rows, length = input_ids.shape
        written = input_ids.new_full((rows, most_tokens), layout.pad_id)
        endings = _Endings(settings.grammar, input_ids)
        count, begun = 0, begun_tokens(input_ids, layout) or 0
        while True:
            columns, forbidden = endings.allowed(begun + count)
            scores = step.head(hidden, columns)
            if settings.guidance is not None:
                scores = guided(*scores.chunk(2), settings.guidance.scale)
            picks = _pick(scores, forbidden, input_ids, settings)
            tokens = endings.finish(columns.start + picks if isinstance(columns, range) else columns[picks])
            given = settings.held.held if settings.held else None
            if given is not None and count < given.shape[1]:
                tokens = torch.where(given[:, count] >= 0, given[:, count], tokens)
            written[:, count] = tokens
            if streamer is not None:
                streamer.put(tokens)
            count += 1
            report(count, most_tokens)
            if count == most_tokens or endings.ended(tokens, begun + count):
                break
            both = tokens if settings.guidance is None else tokens.repeat(2)
            hidden = step(both, turns[count - 1], cache)
    if streamer is not None:
        streamer.end()
    return torch.cat((input_ids, written[:, :count]), dim=1)


def _read_prompts(
    backbone,
    step,
    input_ids: Tensor,
    mask: Tensor | None,
    settings: SamplingSettings,
    most_tokens: int,
    positions: Tensor | None,
):
    """One pass over the different prompts: last hidden states (rows, width), turns of what follows, and the cache."""
    ids, mask = input_ids, torch.ones_like(input_ids) if mask is None else mask
    positions = positions_of(mask) if positions is None else positions
    if settings.guidance is not None:
        twins, twin_mask = settings.guidance.twins(input_ids)
        positions = torch.cat((positions, twin_positions(positions, mask, twin_mask)))
        ids, mask = torch.cat((ids, twins)), torch.cat((mask, twin_mask))
    different, rows = torch.stack((ids, mask, positions), dim=1).unique(dim=0, return_inverse=True)
    ids, seen, places = different.unbind(dim=1)
    states = run_backbone(backbone, input_ids=ids, attention_mask=seen, position_ids=places, use_cache=True)
    layers = step.cached([(layer.keys, layer.values) for layer in states.cache.layers])
    cache = AttentionCache.of_prompt(layers, seen, rows, ids.shape[1] + most_tokens)
    follow = torch.arange(most_tokens, device=ids.device)
    turns = step.turns((places[:, -1] + 1)[rows][:, None] + follow)
    return states.states[:, -1][rows], turns, cache


class _Endings:
    """Which tokens may come next, when all rows write the same part of the same step.

    A row that is not bound to a length may end before any step; then an eos follows, and padding.
    """

    def __init__(self, grammar: MotionGrammarLogitsProcessor, input_ids: Tensor):
        self.layout = layout = grammar.layout
        self.first, self.final = grammar.step_bounds(input_ids)
        self.earliest = int(self.first.min())
        codes = layout.part_codes(0)
        self.code_or_end = torch.tensor([layout.motion_end_id, *codes])
        self.closing: Tensor | None = None  # of rows that ended: the token that follows

    def allowed(self, count: int) -> tuple[range | Tensor, Tensor | None]:
        """The token ids that rows choose from after so many tokens, and which of them a row must not (rows, ids)."""
        step, part = divmod(count, self.layout.num_parts)
        if part or step < self.earliest:
            codes = self.layout.part_codes(part)
            return range(codes.start, codes.stop), None
        forbidden = torch.zeros(len(self.first), len(self.code_or_end), dtype=torch.bool)
        forbidden[:, 0] = self.first > step
        forbidden[:, 1:] = (self.final <= step)[:, None]
        return self.code_or_end, forbidden

    def finish(self, tokens: Tensor) -> Tensor:
        """Tokens (rows,) as drawn, with those of rows that have ended."""
        if self.closing is None:
            return tokens
        return torch.where(self.closing >= 0, self.closing, tokens)

    def ended(self, tokens: Tensor, count: int) -> bool:
        """Take note of the tokens (rows,) that were written; whether all rows have had their eos."""
        if self.closing is None and count < self.earliest * self.layout.num_parts:
            return False
        layout = self.layout
        before = torch.full_like(tokens, -1) if self.closing is None else self.closing
        padded = (tokens == layout.eos_id) | ((before >= 0) & (tokens == layout.pad_id))
        closing = torch.where(tokens == layout.motion_end_id, layout.eos_id, -1)
        self.closing = torch.where(padded, layout.pad_id, closing)
        return bool(padded.all())


@torch.inference_mode()
def _pick(scores: Tensor, forbidden: Tensor | None, input_ids: Tensor, settings: SamplingSettings) -> Tensor:
    """Columns (rows,) drawn from scores (rows, columns)."""
    if forbidden is not None:
        scores = scores.masked_fill(forbidden, float("-inf"))
    for warper in settings.warpers:  # one by one: transformers' list reads the signature of each again for every token
        top_k = type(warper) is TopKLogitsWarper
        scores = _top_k(scores, warper) if top_k else warper(input_ids, scores)
    return pick_tokens(scores, settings.generators) if settings.do_sample else scores.argmax(dim=-1)


def _top_k(scores: Tensor, warper: TopKLogitsWarper) -> Tensor:
    """What the warper says; NumPy finds the least of the best scores in a fifth of the time."""
    best = min(warper.top_k, scores.shape[1])
    least = np.partition(scores.numpy(), -best, axis=1)[:, -best, None]
    return scores.masked_fill(scores < torch.from_numpy(least), warper.filter_value)
