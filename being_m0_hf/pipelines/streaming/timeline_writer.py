"""Writing a motion from a timeline.

What the whole body does is written first, one text after the other, each going on from the steps before it. Over it the
parts that have texts of their own are written again while the others are held. A part that was written again stays free
until the body's text changes: it finds its own way back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

import torch
from torch import Tensor

from ...models.being_m0.tasks.task_prompts import ASKED
from ...utils.long_work import stretch
from ..requests import STANDING, MotionRequest, part_clause, parts_to_draw
from .piece_writer import PieceWriter, Sampling, seed_of
from .timeline import TimelineEntry

#: Steps that are written in one piece at most, 8 s: training showed none of more than 10, the steps before included.
PIECE_STEPS = 40


@dataclass(frozen=True)
class Span:
    """Steps ``first`` to ``last`` (exclusive) in which the same is told.

    Args:
        text: of the whole body.
        parts: texts by part.
    """

    first: int
    last: int
    text: str
    parts: dict[str, str]


@dataclass(frozen=True)
class TimelineWriter:
    """Writes the codes of timelines."""

    writer: PieceWriter
    sampling: Sampling
    seed: int

    def write(self, entries: Sequence[TimelineEntry]) -> Tensor:
        """(steps, parts) codes, up to the end of the last entry."""
        codes = torch.zeros(0, len(self.writer.processor.part_names), dtype=torch.long)
        groups = list(spans_of(entries, self.writer.processor.steps_per_second))
        steps = groups[-1][-1].last
        for spans in groups:
            with stretch(spans[0].first / steps, spans[-1].last / steps, spans[0].text):
                codes = torch.cat((codes, self._written(codes, spans)))
        return codes

    def _written(self, codes: Tensor, spans: Sequence[Span]) -> Tensor:
        """Codes of the spans of one text of the whole body: first the body, then the parts that are told something."""
        names, begun = self.writer.processor.part_names, len(codes)
        free = list(accumulate((set(parts_to_draw(span.parts, names)) for span in spans), set.union))
        steps = [span.last - span.first for span in spans]
        again = [count if parts else 0 for count, parts in zip(steps, free, strict=True)]
        work, done = sum(steps) + sum(again), sum(steps)
        with stretch(0, done / work):
            planned = torch.cat((codes, self._body(codes, spans[0].text, sum(steps))))
        for span, parts, count in zip(spans, free, again, strict=True):
            piece = planned[span.first : span.last]
            if parts:
                told = ", ".join(part_clause((name,), text) for name, text in span.parts.items())
                with stretch(done / work, (done + count) / work, told):
                    piece = self._parts_anew(codes, piece, span, parts)
            codes, done = torch.cat((codes, piece)), done + count
        return codes[begun:]

    def _body(self, codes: Tensor, text: str, steps: int) -> Tensor:
        """Codes of so many steps of the whole body."""
        begun = len(codes)
        for first, last in _pieces(steps, self._most_steps):
            asked = MotionRequest(text, {}, last - first, seed_of(self.seed, len(codes)))
            with stretch(first / steps, last / steps):
                codes = self._with_piece(codes, asked, first, known=first == 0 and last == steps)
        return codes[begun:]

    def _parts_anew(self, codes: Tensor, planned: Tensor, span: Span, free: set[str]) -> Tensor:
        """The planned codes (steps, parts) of a span with some parts written again."""
        begun, columns = len(codes), [self.writer.processor.part_names.index(name) for name in sorted(free)]
        for first, last in _pieces(len(planned), self._most_steps):
            held = planned[first:last].clone()
            held[:, columns] = ASKED
            asked = MotionRequest(span.text, span.parts, last - first, seed_of(self.seed, len(codes)), held)
            with stretch(first / len(planned), last / len(planned)):
                codes = self._with_piece(codes, asked, first)
        return codes[begun:]

    def _with_piece(self, codes: Tensor, asked: MotionRequest, since: int, known: bool = False) -> Tensor:
        """The codes and the next ones: a new text's first ones, or more where ``since`` steps of it are written."""
        if since:
            piece = self.writer.write(self.writer.context(codes, since), asked, self.sampling)
        else:
            piece = self.writer.turn(codes, asked, self.sampling, known)
        return torch.cat((codes, piece))

    @property
    def _most_steps(self) -> int:
        most = self.writer.processor.max_steps
        return min(PIECE_STEPS, most - most // 2)


def spans_of(entries: Sequence[TimelineEntry], rate: float) -> Iterator[list[Span]]:
    """For each text of the whole body, the spans in which the same is told of parts.

    A line that tells the whole body leads; where there is none, one that tells legs or root; else the body stands.

    Args:
        rate: steps a second.
    """
    ranges = [_steps(entry, rate) for entry in entries]
    told = []
    for step in range(max(steps.stop for steps in ranges)):
        now = [index for index, steps in enumerate(ranges) if step in steps]
        leader = next(iter(sorted((i for i in now if entries[i].leads), key=lambda i: len(entries[i].parts))), None)
        told.append((leader, tuple(index for index in now if index != leader)))
    first = 0
    for leader, group in groupby(told, key=lambda each: each[0]):
        text, spans = STANDING if leader is None else entries[leader].text, []
        for others, run in groupby(each[1] for each in group):
            last = first + sum(1 for _ in run)
            parts = {part: entries[index].text for index in others for part in entries[index].parts}
            spans.append(Span(first, last, text, parts))
            first = last
        yield spans


def _steps(entry: TimelineEntry, rate: float) -> range:
    """Steps of an entry, at least one."""
    first = int(entry.start * rate + 0.5)
    return range(first, max(int(entry.end * rate + 0.5), first + 1))


def _pieces(steps: int, most: int) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) step of pieces of nearly the same length."""
    count = -(-steps // most)
    for number in range(count):
        yield steps * number // count, steps * (number + 1) // count


__all__ = ["TimelineWriter"]
