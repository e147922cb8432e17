"""What several tests of training do: learn one batch by heart, kill a run of the language model."""

import contextlib
from collections.abc import Iterator

import pytest
import torch

from being_m0_hf.trainers.language_model import train as train_lm


class Killed(BaseException):
    """Stands for a kill -9: nothing in the program is asked."""


@contextlib.contextmanager
def killed_at_batch(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The language model run inside dies while it makes this batch, counted from 1."""
    draw, drawn = train_lm.BatchMaker.__call__, []

    def killed(maker, place):
        drawn.append(place)
        if len(drawn) == number:
            raise Killed
        return draw(maker, place)

    with monkeypatch.context() as patch:
        patch.setattr(train_lm.BatchMaker, "__call__", killed)
        with pytest.raises(Killed):
            yield


def losses_on_one_batch(model: torch.nn.Module, features: torch.Tensor, steps: int = 40) -> list[float]:
    """The loss before each step of Adam on the same batch; the last gradients stay."""
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=5e-3), []
    for _ in range(steps):
        loss = model(features).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
