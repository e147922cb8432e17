"""A model between two trainings of it."""

import pytest
import torch

from being_m0_hf.trainers.averaged_weights import average_weights
from tests.support.tiny_models import tiny_model


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_weights_lie_between(share, tied):
    first, second = tiny_model(tied=tied, seed=0), tiny_model(tied=tied, seed=1)
    before = {name: weight.clone() for name, weight in second.named_parameters()}
    theirs = dict(first.named_parameters())
    average_weights(first, second, share)
    for name, weight in second.named_parameters():
        torch.testing.assert_close(weight, share * before[name] + (1 - share) * theirs[name])


def test_a_share_outside_is_refused():
    with pytest.raises(ValueError, match="share is 7, expected 0 to 1"):
        average_weights(tiny_model(), tiny_model(seed=1), 7)


def test_models_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="different shapes"):
        average_weights(tiny_model("llama"), tiny_model("gpt2"), 0.5)
