"""Where everything sits in the vocabulary: words, then markers, then motion codes.

One layout is shared by training, generation and the processor, so that an id means the same everywhere.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

#: Markers every layout has; markers of the body parts and of the lengths follow them.
FIXED_MARKERS: tuple[str, ...] = ("<|mot_pad|>", "<|mot_bos|>", "<|mot_eos|>", "<mot>", "</mot>")


@dataclass(frozen=True)
class TokenLayout:
    """The vocabulary ``words | markers | motion codes``.

    A motion is a grid of codes, (steps, parts), flattened time-major: all parts of step t, then those of step t + 1.
    It is the only order that streams.

    Args:
        text_vocab_size: ids below it are words of the text tokenizer.
        part_names: body parts in token order.
        codebook_bits: a part's token has ``2 ** codebook_bits`` values.
        share_codes_between_parts: one row for a code whichever part says it (the paper's vocabulary of K codes), or,
            by default, a row for each (part, code), since the same code means another thing to another part.
        max_steps: the longest motion that can be asked for.
    """

    text_vocab_size: int
    part_names: tuple[str, ...]
    codebook_bits: int
    share_codes_between_parts: bool = False
    max_steps: int = 64

    @property
    def markers(self) -> tuple[str, ...]:
        """Names of the markers, in id order from ``text_vocab_size`` on."""
        parts = tuple(f"<|{name}|>" for name in self.part_names)
        lengths = tuple(f"<|len_{steps or 'any'}|>" for steps in range(self.max_steps + 1))
        return FIXED_MARKERS + parts + lengths

    @property
    def num_parts(self) -> int:
        return len(self.part_names)

    @property
    def codebook_size(self) -> int:
        return 2**self.codebook_bits

    @property
    def pad_id(self) -> int:
        return self.text_vocab_size

    @property
    def bos_id(self) -> int:
        return self.text_vocab_size + 1

    @property
    def eos_id(self) -> int:
        return self.text_vocab_size + 2

    @property
    def motion_start_id(self) -> int:
        return self.text_vocab_size + 3

    @property
    def motion_end_id(self) -> int:
        return self.text_vocab_size + 4

    @property
    def part_marker_offset(self) -> int:
        """Id of the first body part's marker."""
        return self.text_vocab_size + len(FIXED_MARKERS)

    @property
    def length_offset(self) -> int:
        """Id of ``<|len_any|>``; ``<|len_k|>`` is k further."""
        return self.part_marker_offset + self.num_parts

    @property
    def code_offset(self) -> int:
        """Id of the first motion code."""
        return self.length_offset + self.max_steps + 1

    @property
    def vocab_size(self) -> int:
        tables = 1 if self.share_codes_between_parts else self.num_parts
        return self.code_offset + tables * self.codebook_size

    def part_codes(self, part: int) -> range:
        """Ids of the codes of one part."""
        table = 0 if self.share_codes_between_parts else part
        start = self.code_offset + table * self.codebook_size
        return range(start, start + self.codebook_size)

    def part_marker_id(self, part: str) -> int:
        return self.part_marker_offset + self.part_names.index(part)

    def length_id(self, steps: int | None) -> int:
        """Id that asks for exactly ``steps`` steps, or for any number when None."""
        if steps is not None and not 1 <= steps <= self.max_steps:
            raise ValueError(f"{steps} steps asked for, expected 1 to {self.max_steps}")
        return self.length_offset + (steps or 0)

    def is_description(self, ids: Tensor) -> Tensor:
        """True at words and at body-part markers: what a text-free prompt leaves out."""
        part_marker = (ids >= self.part_marker_offset) & (ids < self.length_offset)
        return (ids < self.text_vocab_size) | part_marker

    def codes_to_ids(self, codes: Tensor) -> Tensor:
        """Grid (..., steps, parts) of codes -> (..., steps * parts) token ids."""
        return (codes + self._part_offsets(codes.device)).flatten(-2)

    def ids_to_codes(self, ids: Tensor) -> Tensor:
        """The grid behind (steps * parts,) token ids: (steps, parts).

        Raises:
            ValueError: the ids are not whole steps of codes in part order.
        """
        if ids.numel() == 0 or ids.numel() % self.num_parts:
            raise ValueError(f"{ids.numel()} motion tokens are not whole steps of {self.num_parts}")
        codes = ids.unflatten(-1, (-1, self.num_parts)) - self._part_offsets(ids.device)
        if codes.min() < 0 or codes.max() >= self.codebook_size:
            raise ValueError("a token stands at another part's place, or is no motion code at all")
        return codes

    def motion_span(self, sequence: Tensor) -> Tensor:
        """Ids between the last ``<mot>`` of a sequence (length,) and the ``</mot>`` after it (or the end)."""
        starts = (sequence == self.motion_start_id).nonzero()
        if not len(starts):
            raise ValueError("the sequence holds no <mot>")
        motion = sequence[int(starts[-1]) + 1 :]
        ends = (motion == self.motion_end_id).nonzero()
        return motion[: int(ends[0])] if len(ends) else motion

    def _part_offsets(self, device: torch.device) -> Tensor:
        return torch.tensor([self.part_codes(part).start for part in range(self.num_parts)], device=device)
