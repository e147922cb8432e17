"""A model between two trainings of it: weights are averaged.

Weights that went on with other data, and their start, often lie in one valley of the loss, and a point between them
keeps what the first knew and has most of what the second learned (Wortsman et al. 2022, "Robust fine-tuning of
zero-shot models"). Which point, validation samples say.
"""

import torch

from ..models import BeingM0ForConditionalGeneration


@torch.no_grad()
def average_weights(
    first: BeingM0ForConditionalGeneration, second: BeingM0ForConditionalGeneration, share: float
) -> BeingM0ForConditionalGeneration:
    """The second model, in place, with `share` of its own weights and the rest of the first's.

    Args:
        first, second: of one shape, the second trained on from the first.
        share: 0 is the first model, 1 the second.

    Raises:
        ValueError: models of different shapes, or a share outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share:g}, expected 0 to 1")
    ours, theirs = dict(second.named_parameters()), dict(first.named_parameters())
    if {name: weight.shape for name, weight in ours.items()} != {name: weight.shape for name, weight in theirs.items()}:
        raise ValueError("the two models have different shapes; average a model with one that went on from it")
    for name, weight in ours.items():
        weight.lerp_(theirs[name].to(weight), 1 - share)
    return second
