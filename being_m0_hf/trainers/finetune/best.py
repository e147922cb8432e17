"""Keep the weights that fit unseen clips best, and stop when they have not been bettered for a while."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from ...utils.atomic_files import whole_file


class KeepBest:
    """The best weights so far, in a file; how it went is read from the run's log, which survives a kill.

    Args:
        folder: of the run: `log.jsonl` is read, `best.safetensors` written.
        patience: evaluations without a better one, after which it is enough.
    """

    def __init__(self, folder: Path, patience: int):
        self.log, self.path, self.patience = folder / "log.jsonl", folder / "best.safetensors", patience

    def losses(self) -> list[tuple[int, float]]:
        """Step and loss of every evaluation so far."""
        if not self.log.is_file():
            return []
        rows = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [
            (row["step"], row["motion_loss"]) for row in rows if "motion_loss" in row and row["kind"] == "validation"
        ]

    def consider(self, model: torch.nn.Module, loss: float) -> None:
        """Keep what is trained of the model, if no earlier loss was as small."""
        if loss < min((before for _, before in self.losses()), default=math.inf):
            trained = {name: weight.detach().cpu() for name, weight in trained_weights(model).items()}
            with whole_file(self.path) as partial:
                save_file({name: weight.contiguous() for name, weight in trained.items()}, partial)

    def enough(self) -> bool:
        """Whether the last evaluations, as many as patience allows, were all worse than one before."""
        losses = [loss for _, loss in self.losses()]
        best = losses.index(min(losses)) if losses else 0
        return len(losses) - 1 - best >= self.patience

    @torch.no_grad()
    def restore(self, model: torch.nn.Module) -> None:
        """Give the model the weights that were kept."""
        kept = load_file(self.path)
        for name, weight in trained_weights(model).items():
            weight.copy_(kept[name])


def trained_weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights that training changes, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
