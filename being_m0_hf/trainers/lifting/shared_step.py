"""A training step of several lifters on one batch: what a comparison wants, and batches are made but once."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from ..run.batches import Batch
from ..run.optimizers import build_optimizers
from .settings import LifterSettings


class SharedStep:
    """Forward, backward and optimizer step of some models that get the same batches.

    Args:
        models: on one device.
        settings: of each.
    """

    def __init__(self, models: Sequence[PreTrainedModel], settings: Sequence[LifterSettings]):
        self.models, self.settings = list(models), list(settings)
        self.device = models[0].device
        self.optimizers = [build_optimizers(*pair)[0] for pair in zip(models, settings, strict=True)]
        self.losses = torch.zeros(len(models), device=self.device)

    def __call__(self, batch: Batch) -> None:
        """Take a step with all models; `losses` are its losses."""
        given = {name: batch[name].to(self.device) for name in ("keypoints", "labels")}
        given["frame_rate"] = batch["frame_rate"][:1].to(self.device)
        for index in range(len(self.models)):
            self._step(index, given)

    def set_learning_rates(self, rates: Sequence[float]) -> None:
        """One for each model; what a model limits stays below its limit."""
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = min(rate, group.get("highest_rate", rate))

    def _step(self, index: int, batch: Batch) -> None:
        model, optimizer, settings = self.models[index], self.optimizers[index], self.settings[index]
        bf16 = settings.mixed_precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            loss = model(**batch).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
        optimizer.step()
        self.losses[index] = loss.detach()


__all__ = ["SharedStep"]
