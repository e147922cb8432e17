"""Distances between sets of motions in an evaluator's space: FID, Diversity, MultiModality (Guo et al. 2022)."""

import torch
from torch import Tensor

DIVERSITY_PAIRS = 300
MULTIMODALITY_PAIRS = 10


def fid(real: Tensor, generated: Tensor) -> float:
    """Frechet distance between normal distributions fitted to two sets of embeddings, (N, D) and (M, D)."""
    return frechet_distance(*moments(real), *moments(generated))


def moments(embeddings: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (D,) and unbiased covariance (D, D), in double.

    Raises:
        ValueError: fewer than two embeddings, or not a table.
    """
    if embeddings.ndim != 2 or len(embeddings) < 2:
        raise ValueError(f"embeddings have shape {tuple(embeddings.shape)}, expected (at least 2, dimensions)")
    rows = embeddings.double()
    return rows.mean(dim=0), torch.atleast_2d(torch.cov(rows.T))


def frechet_distance(mean1: Tensor, cov1: Tensor, mean2: Tensor, cov2: Tensor) -> float:
    """``|m1 - m2|^2 + tr(C1 + C2 - 2 sqrt(C1 C2))``.

    The trace of the square root is the sum of the square roots of the eigenvalues of ``sqrt(C1) C2 sqrt(C1)``, which is
    symmetric: no complex numbers come up, and nothing is infinite for singular covariances (fewer motions than
    dimensions). The reference code adds 1e-6 to the diagonals where its square root is not finite; that never happens
    here.

    Raises:
        ValueError: the two have another number of dimensions.
    """
    if mean1.shape != mean2.shape:
        raise ValueError(f"embeddings of {len(mean1)} and of {len(mean2)} dimensions; use one evaluator for both")
    values, vectors = torch.linalg.eigh(cov1)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    product = root @ cov2 @ root
    trace = torch.linalg.eigvalsh((product + product.T) / 2).clamp_min(0).sqrt().sum()
    distance = (mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * trace
    return max(0.0, float(distance))


def diversity(embeddings: Tensor, generator: torch.Generator, pairs: int = DIVERSITY_PAIRS) -> float:
    """Mean distance of random pairs: two draws of ``pairs`` motions without replacement, (N, D) -> distance.

    Raises:
        ValueError: fewer motions than pairs.
    """
    if len(embeddings) < pairs:
        raise ValueError(f"{len(embeddings)} motions are too few for {pairs} pairs; give more or ask for fewer pairs")
    first, second = (torch.randperm(len(embeddings), generator=generator)[:pairs] for _ in range(2))
    return float((embeddings[first] - embeddings[second]).double().norm(dim=-1).mean())


def multimodality(embeddings: Tensor, generator: torch.Generator, pairs: int = MULTIMODALITY_PAIRS) -> float:
    """Mean distance of motions of one text: (texts, samples, D); Guo takes 100 texts, 30 samples and 10 pairs.

    Raises:
        ValueError: another shape, or fewer samples than pairs.
    """
    if embeddings.ndim != 3 or embeddings.shape[1] < pairs:
        raise ValueError(
            f"embeddings have shape {tuple(embeddings.shape)}, expected (texts, at least {pairs} samples, dimensions)"
        )
    samples = embeddings.shape[1]
    first, second = (torch.randperm(samples, generator=generator)[:pairs] for _ in range(2))
    return float((embeddings[:, first] - embeddings[:, second]).double().norm(dim=-1).mean())
