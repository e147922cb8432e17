"""The training loop that both models share, on Accelerate.

Every step draws its batch and its dropout from generators seeded by (seed, step, process). A run that was killed and
started again therefore continues exactly as it would have gone on: the checkpoint only holds weights, optimizer state
and the step number.
"""

import json
import math
import shutil
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy
import torch
from accelerate import Accelerator
from tqdm import tqdm
from transformers import PreTrainedModel

from .settings import LoopSettings

Batch = dict[str, torch.Tensor]


def learning_rate_at(step: int, settings: LoopSettings) -> float:
    """Linear warm-up, then a cosine down to `final_learning_rate_ratio`."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    progress = min(1.0, step / max(1, settings.steps))
    floor = settings.final_learning_rate_ratio
    return settings.learning_rate * warm * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


def step_seed(*numbers: int) -> int:
    """One seed from several numbers, the same on every machine."""
    return int(numpy.random.SeedSequence(numbers).generate_state(1)[0])


def build_optimizers(model: PreTrainedModel, settings: LoopSettings) -> list[torch.optim.Optimizer]:
    """AdamW for everything, or with ``optimizer: muon`` Muon for the matrices between embedding and head.

    Muon (Jordan et al. 2024) orthogonalises the update of a matrix; embeddings, whose rows are separate vectors, biases
    and norms stay with AdamW. Its steps are scaled to AdamW's size, so that both share one learning rate.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = hidden_matrices(model) if settings.optimizer == "muon" else []
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in trained if id(parameter) not in chosen]
    groups = [
        {"params": [parameter for parameter in others if parameter.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [parameter for parameter in others if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.95))]
    if matrices:
        optimizers.append(
            torch.optim.Muon(
                matrices,
                lr=settings.learning_rate,
                weight_decay=settings.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    return optimizers


def hidden_matrices(model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """The trained weights of linear layers, without the output layer."""
    head = model.get_output_embeddings()
    return [
        module.weight
        for module in model.modules()
        if isinstance(module, torch.nn.Linear) and module is not head and module.weight.requires_grad
    ]


class StopRequest:
    """While it is open, Ctrl-C asks to stop after the current step; a second one stops at once, without saving."""

    def __enter__(self) -> "StopRequest":
        self.asked = False
        self._default = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_) -> None:
        signal.signal(signal.SIGINT, self._default)

    def _ask(self, *_) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._default)


class TrainingRun:
    """One run in one folder: `log.jsonl`, `checkpoint/` (the newest only) and, at the end, the model itself.

    Args:
        settings: of the run.
        model: whose `forward(**batch)` returns an output with `loss`; scalar fields ending in `_loss` are logged.
        make_batch: (generator, shared) -> batch on the CPU. ``shared`` is a generator that draws the same in every
            process: for the batch's length, since the longest batch of a step keeps the other processes waiting.
        evaluate: (model) -> figures to log; called in eval mode on the main process.
        finish: (model) -> the model to save in the end, without what was put around it for training.
    """

    def __init__(
        self,
        settings: LoopSettings,
        model: PreTrainedModel,
        make_batch: Callable[[torch.Generator, torch.Generator], Batch],
        evaluate: Callable[[PreTrainedModel], dict[str, float]],
        finish: Callable[[PreTrainedModel], PreTrainedModel] = lambda model: model,
    ):
        self.settings = settings
        self.folder = Path(settings.output_dir)
        self.make_batch = make_batch
        self.evaluate = evaluate
        self.finish = finish
        self.accelerator = Accelerator(mixed_precision=settings.mixed_precision)
        self.model, *self.optimizers = self.accelerator.prepare(model, *build_optimizers(model, settings))
        self.step = 0

    def run(self) -> PreTrainedModel:
        """Train to the last step, from the checkpoint if there is one. Ctrl-C ends the step, saves and stops."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        progress = tqdm(
            total=self.settings.steps,
            initial=self.step,
            desc=self.folder.name,
            disable=not self.accelerator.is_main_process,
            mininterval=2.0,
        )
        started = time.monotonic()
        with progress, StopRequest() as stop:
            while self.step < self.settings.steps:
                figures = self._train_step()
                self.step += 1
                progress.update()
                last = self.step == self.settings.steps
                if self.step % self.settings.log_every == 0:
                    progress.set_postfix(loss=f"{figures['loss']:.4f}")
                    self._log("train", figures | {"seconds": time.monotonic() - started})
                if self.step % self.settings.evaluate_every == 0 or last:
                    self._evaluate()
                if self.step % self.settings.checkpoint_every == 0 or last or stop.asked:
                    self._checkpoint()
                if stop.asked and not last:
                    progress.write(f"stopped at step {self.step}; the same command goes on from there")
                    raise SystemExit(130)
        model = self.finish(self.accelerator.unwrap_model(self.model))
        if self.accelerator.is_main_process:
            model.save_pretrained(self.folder)
        if stop.asked:
            raise SystemExit(130)  # in the last step: nothing is left to do here, and what comes next shall not start
        return model

    def _train_step(self) -> dict[str, float]:
        settings, accelerator = self.settings, self.accelerator
        self.model.train()
        rate = learning_rate_at(self.step, settings)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        totals: dict[str, float] = defaultdict(float)
        for micro in range(settings.gradient_accumulation_steps):
            last = micro == settings.gradient_accumulation_steps - 1
            # processes exchange their gradients once a step
            with nullcontext() if last else accelerator.no_sync(self.model):
                for name, value in self._micro_batch(micro).items():
                    totals[name] += value / settings.gradient_accumulation_steps
        norm = accelerator.clip_grad_norm_(self.model.parameters(), settings.max_grad_norm)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if not math.isfinite(totals["loss"]):
            raise SystemExit(f"step {self.step}: the loss is {totals['loss']}; lower learning_rate and start again")
        return totals | {"grad_norm": float(norm), "learning_rate": rate}

    def _micro_batch(self, micro: int) -> dict[str, float]:
        """Forward and backward of one micro-batch; its losses."""
        settings, accelerator = self.settings, self.accelerator
        seed = step_seed(settings.seed, self.step, micro, accelerator.process_index)
        torch.manual_seed(seed)  # dropout
        shared = torch.Generator().manual_seed(step_seed(settings.seed, self.step, micro))
        batch = self.make_batch(torch.Generator().manual_seed(seed), shared)
        batch = {name: tensor.to(accelerator.device) for name, tensor in batch.items()}
        with accelerator.autocast():
            output = self.model(**batch)
        accelerator.backward(output.loss / settings.gradient_accumulation_steps)
        return {
            name: float(value.detach()) for name, value in output.items() if name.endswith("loss") and value is not None
        }

    def _evaluate(self) -> None:
        if not self.accelerator.is_main_process:
            return
        model = self.accelerator.unwrap_model(self.model)
        model.eval()
        with torch.no_grad():
            self._log("validation", self.evaluate(model))

    def _log(self, kind: str, figures: dict[str, float]) -> None:
        if self.accelerator.is_main_process:
            with open(self.folder / "log.jsonl", "a") as file:
                row = {"step": self.step, "kind": kind} | {name: round(value, 6) for name, value in figures.items()}
                file.write(json.dumps(row) + "\n")

    def _checkpoint(self) -> None:
        """Write beside the old checkpoint, then swap, so that a kill at any moment leaves one whole."""
        new, current, old = (self.folder / name for name in ("checkpoint.new", "checkpoint", "checkpoint.old"))
        if self.accelerator.is_main_process:
            shutil.rmtree(new, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        self.accelerator.save_state(str(new))
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            (new / "step.json").write_text(json.dumps({"step": self.step}))
            shutil.rmtree(old, ignore_errors=True)
            if current.exists():
                current.rename(old)  # at once; removing it takes a while
            new.rename(current)
            shutil.rmtree(old, ignore_errors=True)

    def _resume(self) -> None:
        new, current = self.folder / "checkpoint.new", self.folder / "checkpoint"
        if self.accelerator.is_main_process and not current.exists() and (new / "step.json").exists():
            new.rename(current)  # killed between the two renamings
        self.accelerator.wait_for_everyone()
        if current.exists():
            self.accelerator.load_state(str(current))
            self.step = json.loads((current / "step.json").read_text())["step"]
        self._drop_log_after(self.step)

    def _drop_log_after(self, step: int) -> None:
        log = self.folder / "log.jsonl"
        if self.accelerator.is_main_process and log.exists():
            rows = [line for line in log.read_text().splitlines(keepends=True) if _step_of(line) <= step]
            log.write_text("".join(rows))


def _step_of(line: str) -> float:
    """Step of a line of the log; infinity for one that a kill cut off."""
    try:
        return json.loads(line)["step"]
    except ValueError:
        return math.inf
