"""A training step of several lifters on one batch: small models leave a GPU waiting when each trains by itself."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ..run.batches import Batch
from ..run.optimizers import build_optimizers
from .settings import LifterSettings

#: Models whose kernels may run at the same time.
STREAMS = 4
#: Steps before one is captured: optimizers get their state, libraries choose their kernels.
WARM_STEPS = 3


class SharedStep:
    """Forward, backward and optimizer step of some models that get the same batches.

    On a CUDA device the step is captured once for each shape of a batch, and replayed as one graph: thousands of small
    kernels take no time of the processor, and models run beside each other.

    Args:
        models: on one device.
        settings: of each.
        capture: whether to replay captured steps; needs CUDA.
        streams: whether captured models run beside each other.
    """

    def __init__(
        self,
        models: Sequence[PreTrainedModel],
        settings: Sequence[LifterSettings],
        capture: bool = False,
        streams: bool = True,
    ):
        self.models, self.settings, self.capture = list(models), list(settings), capture
        self.device = models[0].device
        self.optimizers = [build_optimizers(*pair)[0] for pair in zip(models, settings, strict=True)]
        self.losses = torch.zeros(len(models), device=self.device)
        self._captured: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Batch]] = {}
        self._streams = [torch.cuda.Stream(self.device) for _ in range(STREAMS if streams else 1)] if capture else []
        if capture:
            self._pool = torch.cuda.graph_pool_handle()
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:  # a captured step reads them where they are
                    group["capturable"], group["lr"] = True, torch.tensor(group["lr"], device=self.device)

    def __call__(self, batch: Batch) -> None:
        """Take a step with all models; `losses` are its losses."""
        given = {name: batch[name].to(self.device) for name in ("keypoints", "labels")}
        given["frame_rate"] = batch["frame_rate"][:1].to(self.device)
        if not self.capture:
            for index in range(len(self.models)):
                self._step(index, given)
            return
        shape = tuple(given["keypoints"].shape)
        if shape not in self._captured:
            self._captured[shape] = self._capture(given)
        graph, place = self._captured[shape]
        for name, tensor in given.items():
            place[name].copy_(tensor)
        graph.replay()

    def set_learning_rates(self, rates: Sequence[float]) -> None:
        """One for each model; what a model limits stays below its limit."""
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                chosen = min(rate, group.get("highest_rate", rate))
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(chosen)
                else:
                    group["lr"] = chosen

    def _step(self, index: int, batch: Batch) -> None:
        model, optimizer, settings = self.models[index], self.optimizers[index], self.settings[index]
        bf16 = settings.mixed_precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            loss = model(**batch).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
        optimizer.step()
        self.losses[index].copy_(loss.detach())

    def _capture(self, batch: Batch) -> tuple[torch.cuda.CUDAGraph, Batch]:
        place = {name: tensor.clone() for name, tensor in batch.items()}
        aside = torch.cuda.Stream(self.device)
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_STEPS):
                for index in range(len(self.models)):
                    self._step(index, place)
        torch.cuda.current_stream().wait_stream(aside)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            main = torch.cuda.current_stream()
            for stream in self._streams:
                stream.wait_stream(main)
            for index in range(len(self.models)):
                with torch.cuda.stream(self._streams[index % len(self._streams)]):
                    self._step(index, place)
            for stream in self._streams:
                main.wait_stream(stream)
        return graph, place


__all__ = ["SharedStep"]
