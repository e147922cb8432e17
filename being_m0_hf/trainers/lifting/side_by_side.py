"""Training of several lifters at once, those that learn from the same data on the same batches.

For comparisons: rows of a table see the same windows in the same order, and take the same number of steps.
"""

import copy
import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import PreTrainedModel

from ..run.batches import Draw, step_seed
from ..run.optimizers import learning_rate_at
from .settings import LifterSettings
from .shared_step import SharedStep
from .train import build_model, errors_by_source, filmed_batches, tracks_by_use, validation_clips

#: Settings of which the batches depend; runs that have the same share them.
OF_THE_DATA = (
    "windows", "batch_size", "reels", "lowest_rate", "highest_rate", "orthographic_share", "mixed_share",
    "tilted_share", "noise", "missed_joints", "missed_frames", "source_shares",
)  # fmt: skip
#: Seed of all batches: a run's own seed is that of its weights.
DATA_SEED = 0


class SideBySide:
    """Runs that take their steps together.

    A run whose loss is no number any more goes back to its last good weights.

    Args:
        runs: settings by name. Their `steps`, `log_every` and what is trained on and looked at are those of the first.
        folder: the models go to ``folder/name``, figures to ``folder/log.jsonl``.
        device: to train on.
    """

    def __init__(self, runs: Mapping[str, LifterSettings], folder: Path, device: torch.device):
        self.runs, self.folder, self.first = dict(runs), folder, next(iter(runs.values()))
        trained, validation = tracks_by_use(self.first)
        self.clips = validation_clips(validation, self.first.evaluate_clips)
        self.models: dict[str, PreTrainedModel] = {}
        self.groups = []
        by_data: dict[str, list[str]] = {}
        for name, settings in self.runs.items():
            by_data.setdefault(repr([getattr(settings, each) for each in OF_THE_DATA]), []).append(name)
        for names in by_data.values():
            batches = filmed_batches(self.runs[names[0]], trained, device)
            models = [build_model(self.runs[name]).to(device).train() for name in names]
            self.models |= dict(zip(names, models, strict=True))
            step = SharedStep(models, [self.runs[name] for name in names])
            self.groups.append((names, batches, step))
        self.step = 0
        self._good: dict[str, dict[str, Tensor]] = {}

    def train(self, seconds: float = 0.0, save_seconds: float = 60.0) -> None:
        """Train for so many steps as the first run's settings say, or, if seconds are given, as long as those last.

        Learning rates follow the share of the time then. Models are saved from time to time, measured by then, and at
        the end.
        """
        started = saved = time.monotonic()
        steps = self.first.steps
        with tqdm(total=None if seconds else steps, mininterval=2.0, desc=self.folder.name) as progress:
            while True:
                passed = time.monotonic() - started
                if passed >= seconds if seconds else self.step >= steps:
                    break
                share = passed / seconds if seconds else self.step / steps
                self._steps(round(self.step / share) if share and self.step else steps)
                progress.update()
                if self.step % self.first.log_every == 0 or self.step == 1:
                    self._look(time.monotonic() - started)
                if time.monotonic() - saved > save_seconds:
                    self.save()
                    saved = time.monotonic()
        self.save()

    def _steps(self, all_steps: int) -> None:
        """The next step of every group."""
        for names, batches, step in self.groups:
            rates = []
            for name in names:
                settings = copy.copy(self.runs[name])
                settings.steps = all_steps
                rates.append(learning_rate_at(self.step, settings))
            step.set_learning_rates(rates)
            step(batches(Draw(step_seed(DATA_SEED, self.step))))
        self.step += 1

    def _look(self, seconds: float) -> None:
        """Log the losses; keep good weights, and bring them back where they are needed."""
        losses = {}
        for names, _, step in self.groups:
            losses |= dict(zip(names, step.losses.tolist(), strict=True))
            for index, name in enumerate(names):
                self._mend(name, losses[name], step.optimizers[index])
        self._log({"step": self.step, "seconds": round(seconds, 1), "losses": _rounded(losses)})

    def _mend(self, name: str, loss: float, optimizer: torch.optim.Optimizer) -> None:
        model = self.models[name]
        if math.isfinite(loss) and bool(torch.nn.utils.get_total_norm(list(model.parameters())).isfinite()):
            self._good[name] = {key: value.clone() for key, value in model.state_dict().items()}
            return
        self._log({"step": self.step, "lost": name})
        if name in self._good:
            model.load_state_dict(self._good[name])
        for state in optimizer.state.values():
            for key in ("exp_avg", "exp_avg_sq"):
                state[key].zero_()

    def save(self) -> None:
        """Write all models, and what the validation clips say of them."""
        self._for_all(lambda name, model: model.save_pretrained(self.folder / name))
        if self.clips:
            errors: dict[str, dict[str, float]] = {}
            self._for_all(lambda name, model: errors.update({name: _rounded(errors_by_source(model, self.clips))}))
            self._log({"step": self.step, "validation": errors})

    def _for_all(self, what: Callable[[str, PreTrainedModel], object]) -> None:
        for name, model in self.models.items():
            model.eval()
            what(name, model)
            model.train()

    def _log(self, row: dict) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(json.dumps(row) + "\n")


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


__all__ = ["SideBySide"]
