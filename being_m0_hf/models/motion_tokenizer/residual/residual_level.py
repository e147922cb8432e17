"""A residual level: one more token for each part and step, which codes what the levels before have left.

Its templates are fitted by `training/fit_residual_levels.py`; no earlier level changes with them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ....motion.skeleton import NUM_JOINTS, PARENTS
from .binary_codebook import SignedTemplates
from .correction_basis import (
    CORRECTION_SIZE,
    apply_correction,
    apply_root_correction,
    correction_metric,
    correction_rows,
    correction_towards,
    path_activity,
)
from .error_metric import together
from .sign_search import SignSearch


class ResidualLevel(nn.Module):
    """One level.

    Args:
        part_columns: for each part, its columns of the heading-free features.
        bits: of a token.
        frames: of a step.
        lookahead: later steps that a step's frames may depend on; None for all.
    """

    def __init__(self, part_columns: list, bits: int, frames: int, lookahead: int | None = None):
        super().__init__()
        self.step_seen = None if lookahead is None else frames  # a stream sees its own step, not what comes after
        self.rows = [correction_rows(list(columns)) for columns in part_columns]
        self.parts = nn.ModuleList(SignedTemplates(bits, len(rows), frames, lookahead) for rows in self.rows)
        part_of = {row // 3: part for part, rows in enumerate(self.rows) for row in rows if row < 3 * NUM_JOINTS}
        # a joint that hangs on another part makes good what that part still gets wrong
        self.kept_in_space = [
            tuple(joint for joint in range(1, NUM_JOINTS) if part_of[joint] == part != part_of[PARENTS[joint]])
            for part in range(len(self.rows))
        ]
        self.order = sorted(range(len(self.rows)), key=lambda part: min(self.rows[part]))  # parents come first
        self.waves = self._waves(part_of)
        self._searches: dict[tuple[int, ...], tuple[tuple, SignSearch]] = {}

    def _waves(self, part_of: dict[int, int]) -> list[list[int]]:
        """The parts in their order, those together that hang on earlier ones alone and so can be searched at once."""
        wave_of: dict[int, int] = {}
        for part in self.order:
            carriers = {part_of[PARENTS[joint]] for joint in self.kept_in_space[part]}
            wave_of[part] = max((wave_of[each] + 1 for each in carriers if each in wave_of), default=0)
        return [[part for part in self.order if wave_of[part] == wave] for wave in range(max(wave_of.values()) + 1)]

    def forward(self, signs: Tensor, decoded: Tensor) -> Tensor:
        """Features (B, T, 136) decoded so far, corrected by signs (B, S, P, bits)."""
        correction = decoded.new_zeros(*decoded.shape[:2], CORRECTION_SIZE)
        for part, bits in enumerate(signs.unbind(dim=2)):
            self._add(correction, part, bits, decoded)
        return apply_correction(decoded, correction)

    def goal(self, part: int, target: Tensor, decoded: Tensor, offsets: Tensor) -> Tensor:
        """What a part's templates would have to add up to, (B, rows, T), to correct decoded features (B, T, 136)."""
        correction = correction_towards(target, decoded, offsets, self.kept_in_space[part])
        return correction[..., self.rows[part]].transpose(1, 2) / self._scale(part, decoded)

    def encode(self, target: Tensor, decoded: Tensor, offsets: Tensor, neighbour_share: float = 0.0) -> Tensor:
        """Signs (B, S, P, bits) that bring decoded heading-free features (B, T, 136) closer to the target.

        Args:
            neighbour_share: by which the decoded motion is smoothed after the last level, see `smoothed`.
        """
        signs: dict[int, Tensor] = {}
        for wave in self.waves:
            kept = tuple(joint for part in wave for joint in self.kept_in_space[part])
            wanted = correction_towards(target, decoded, offsets, kept).transpose(1, 2)
            correction = torch.zeros_like(wanted).transpose(1, 2)
            for parts in self._of_one_size(wave):
                goals = [wanted[:, self.rows[part]] / self._scale(part, decoded) for part in parts]
                found = self._search(parts, offsets, neighbour_share).signs(torch.stack(goals, dim=1))
                signs |= dict(zip(parts, found.unbind(dim=2), strict=True))
            for part in wave:
                self._add(correction, part, signs[part], decoded)
            decoded = apply_correction(decoded, correction)
        return torch.stack([signs[part] for part in range(len(self.parts))], dim=2)

    def _of_one_size(self, wave: Sequence[int]) -> list[list[int]]:
        """The parts of a wave, those with as many rows together."""
        sizes = {len(self.rows[part]) for part in wave}
        return [[part for part in wave if len(self.rows[part]) == size] for size in sorted(sizes)]

    def _search(self, parts: list[int], offsets: Tensor, neighbour_share: float) -> SignSearch:
        """The search of some parts; it is made anew where their templates have changed."""
        templates = [self.parts[part].templates for part in parts]
        versions = [0 if each.is_inference() else each._version for each in templates]
        made_of = (neighbour_share, offsets.data_ptr(), *(each.data_ptr() for each in templates), *versions)
        known = self._searches.get(tuple(parts))
        if known is None or known[0] != made_of:
            metrics = [correction_metric(self.rows[part], offsets, neighbour_share) for part in parts]
            known = made_of, SignSearch([self.parts[part] for part in parts], together(metrics))
            self._searches[tuple(parts)] = known
        return known[1]

    def apply_part(self, part: int, signs: Tensor, decoded: Tensor) -> Tensor:
        """Decoded features (B, T, 136) with one part corrected by signs (B, S, bits)."""
        correction = decoded.new_zeros(*decoded.shape[:2], CORRECTION_SIZE)
        self._add(correction, part, signs, decoded)
        return apply_correction(decoded, correction)

    def root_corrections(self, part: int, signs: Tensor, decoded: Tensor, first: int) -> Tensor:
        """A window of decoded features (1, T, 136) with the root's part corrected in several ways.

        Args:
            signs: (N, steps, bits).
            first: the window's first frame.
        """
        frames = slice(first, first + signs.shape[1] * self.parts[part].frames)
        correction = decoded.new_zeros(len(signs), frames.stop - frames.start, CORRECTION_SIZE)
        scaled = self.parts[part](signs) * self._scale(part, decoded)[..., frames]
        correction[..., self.rows[part]] = scaled.transpose(1, 2)
        return apply_root_correction(decoded[:, frames].expand(len(signs), -1, -1), correction)

    def _add(self, correction: Tensor, part: int, signs: Tensor, decoded: Tensor) -> None:
        scaled = self.parts[part](signs) * self._scale(part, decoded)
        correction[..., self.rows[part]] = scaled.transpose(1, 2)

    def _scale(self, part: int, decoded: Tensor) -> Tensor:
        """(B, 1, T) unit of a part's templates: a path's errors grow with its speed, those of joints hardly do."""
        if self.rows[part][0] < 3 * NUM_JOINTS:
            return torch.ones_like(decoded[:, None, :, 0])
        return path_activity(decoded, self.step_seen)
