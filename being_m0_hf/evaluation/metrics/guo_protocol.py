"""The protocol of Guo et al. (2022): every figure over 20 repeats, as mean and 95 % interval.

Each repeat shuffles the pairs anew, and where the motions are generated, draws them with another seed. The reference is
``final_evaluations.py`` of EricGuo5513/text-to-motion; its interval is 1.96 standard errors of the mean (population
standard deviation).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .distribution import DIVERSITY_PAIRS, MULTIMODALITY_PAIRS, diversity, fid, multimodality
from .embeddings import PairedEmbeddings
from .retrieval import POOL, pool_retrieval

REPEATS = 20


@dataclass(frozen=True)
class Estimate:
    """Mean of a figure over repeats and half the width of its 95 % interval."""

    mean: float
    interval: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        numbers = torch.tensor(values, dtype=torch.double)
        spread = float(numbers.std(correction=0))
        return cls(float(numbers.mean()), 1.96 * spread / math.sqrt(len(numbers)))

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.interval:.3f}"


@dataclass(frozen=True)
class GuoSizes:
    """The protocol's numbers; smaller data sets need smaller ones, and a report must then say so.

    Args:
        repeats: of the whole measurement.
        pool: pairs among which a text looks for its motion.
        diversity_pairs: random pairs of motions.
        multimodality_pairs: random pairs among the motions of one text.
    """

    repeats: int = REPEATS
    pool: int = POOL
    diversity_pairs: int = DIVERSITY_PAIRS
    multimodality_pairs: int = MULTIMODALITY_PAIRS

    @classmethod
    def fitting(cls, pairs: int, repeats: int = REPEATS, samples: int = MULTIMODALITY_PAIRS) -> "GuoSizes":
        """The protocol's own sizes where there are pairs and samples of a text enough, else the largest possible."""
        return cls(repeats, min(POOL, pairs), min(DIVERSITY_PAIRS, pairs), min(MULTIMODALITY_PAIRS, samples))


def guo_protocol(
    pairs: PairedEmbeddings | Callable[[int], PairedEmbeddings],
    real: Tensor,
    sizes: GuoSizes | None = None,
    seed: int = 0,
    samples: Tensor | None = None,
) -> dict[str, Estimate]:
    """One row of the table.

    Args:
        pairs: texts and the row's motions; or from the number of a repeat to them, for motions generated anew.
        real: (N, D) embeddings of real motions, for FID.
        sizes: of pools and draws; Guo's own by default.
        seed: the same seed gives the same numbers, and the same pools for every row.
        samples: (texts, samples, D) several motions of each text, for MultiModality.

    Returns:
        ``R@1``, ``R@2``, ``R@3``, ``MMDist``, ``FID``, ``Diversity`` and, with samples, ``MultiModality``.
    """
    sizes = sizes or GuoSizes()
    rounds = []
    # the same motions have the same FID, and its matrices take longest
    distance = None if callable(pairs) else fid(real, pairs.motion)
    for repeat in range(sizes.repeats):
        generator = torch.Generator().manual_seed(seed + repeat)
        row = pairs(repeat) if callable(pairs) else pairs
        figures = pool_retrieval(row, generator, sizes.pool)
        figures["FID"] = fid(real, row.motion) if distance is None else distance
        figures["Diversity"] = diversity(row.motion, generator, sizes.diversity_pairs)
        if samples is not None:
            figures["MultiModality"] = multimodality(samples, generator, sizes.multimodality_pairs)
        rounds.append(figures)
    return {name: Estimate.of([figures[name] for figures in rounds]) for name in rounds[0]}
