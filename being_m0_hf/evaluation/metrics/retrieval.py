"""Retrieval: is a text's own motion nearer to it than other motions are? (Guo et al. 2022; Petrovich et al. 2023)"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .embeddings import PairedEmbeddings

POOL = 32
TOP = (1, 2, 3)


def own_ranks(distances: Tensor, same: Tensor | None = None) -> Tensor:
    """Place of each text's own motion among all, 1 is the best: (N,).

    Motions as near as the own one count as nearer, so that embeddings that are all alike score nothing.

    Args:
        distances: (N, N), row a text, column a motion, the diagonal the pairs.
        same: (N, N) bool, further motions that are right for a text (TMR's "threshold" protocol).
    """
    correct = torch.eye(len(distances), dtype=torch.bool)
    if same is not None:
        correct = correct | same
    nearest = distances.masked_fill(~correct, torch.inf).min(dim=1, keepdim=True).values
    return 1 + ((distances <= nearest) & ~correct).sum(dim=1)


def pool_retrieval(
    pairs: PairedEmbeddings, generator: torch.Generator, pool: int = POOL, top: Sequence[int] = TOP
) -> dict[str, float]:
    """R-precision in pools and the mean distance of pairs, as in Guo's protocol.

    Pairs are shuffled into pools; what does not fill a last one is dropped.

    Returns:
        ``R@k`` for each k, the share of texts whose own motion is among the k nearest; ``MMDist``, Euclidean.

    Raises:
        ValueError: fewer pairs than one pool holds.
    """
    if len(pairs) < pool:
        raise ValueError(f"{len(pairs)} pairs do not fill a pool of {pool}; give more pairs or a smaller pool")
    order = torch.randperm(len(pairs), generator=generator)
    rows = order[: len(pairs) // pool * pool].unflatten(0, (-1, pool))
    ranks, near = [], []
    for row in rows:
        distances = torch.cdist(pairs.text[row], pairs.motion[row], compute_mode="donot_use_mm_for_euclid_dist")
        ranks.append(own_ranks(distances))
        near.append(distances.diagonal())
    placed = torch.cat(ranks)
    return {f"R@{k}": _share(placed <= k) for k in top} | {"MMDist": float(torch.cat(near).double().mean())}


def full_retrieval(
    pairs: PairedEmbeddings, top: Sequence[int] = (1, 2, 3, 5, 10), same: Tensor | None = None
) -> dict[str, float]:
    """Retrieval among all motions: ``R@k`` and ``MedR``, the median place of the own motion."""
    distances = torch.cdist(pairs.text, pairs.motion, compute_mode="donot_use_mm_for_euclid_dist")
    ranks = own_ranks(distances, same)
    return {f"R@{k}": _share(ranks <= k) for k in top} | {"MedR": float(ranks.double().quantile(0.5))}


def _share(hits: Tensor) -> float:
    return float(hits.double().mean())
