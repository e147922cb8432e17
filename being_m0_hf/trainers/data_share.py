"""A random share of the recordings, to measure what more data is worth."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from .run.allowed_values import SettingsError


def recordings_of(sample: str) -> set[str]:
    """The recordings that a sample was cut from, by its id.

    Everything behind "@" or "+" says how it was cut and changed, and " & " joins the members of a stitched sample.
    """
    return {re.split("[@+]", member)[0] for member in sample.split(" & ")}


def kept_samples(samples: Sequence[str], share: float, seed: int) -> Tensor:
    """Whether each sample is made of a random share of the recordings only: (samples,) bool.

    A recording goes with all its cuts, mirrored copies and other speeds, or they would give away what was left out; a
    stitched sample stays if all its recordings do. With one seed, a smaller share is part of a larger one.

    Args:
        samples: their ids.
        share: of the recordings, above 0 and at most 1.

    Raises:
        SettingsError: a share that leaves no sample.
    """
    members = [recordings_of(sample) for sample in samples]
    names = sorted(set().union(*members))
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed)).tolist()
    chosen = {names[index] for index in order[: max(1, round(share * len(names)))]}
    kept = torch.tensor([each <= chosen for each in members])
    if not kept.any():
        raise SettingsError(f"data_share is {share:g}: no sample of {len(samples)} is left; give a larger one")
    return kept
