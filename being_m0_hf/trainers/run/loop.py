"""The training loop that all models share, on Accelerate: one process, many, sharded or not.

Every step draws its batch and its dropout from generators seeded by (seed, step). A run that was killed and started
again therefore continues exactly as it would have gone on: the checkpoint only holds weights, optimizer state and the
step number.
"""

import json
import math
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from tqdm import tqdm
from transformers import PreTrainedModel

from ...utils.atomic_files import write_whole
from .allowed_values import SettingsError
from .batches import Batch, BatchStream, MakeBatch, load_batches, step_seed
from .checkpoints import RunCheckpoints, writing
from .compiling import compile_blocks
from .launch import explain_single_process
from .optimizers import build_optimizers, learning_rate_at
from .settings import LoopSettings

#: Name of the batch entry with how many labels, by weight, its loss is a mean over. With it the loss of a step is the
#: mean over all labels of all processes and micro-batches, however they are spread.
NUM_ITEMS = "num_items_in_batch"


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
    """One run in one folder: `log.jsonl`, `checkpoint/` (the newest) and, at the end, the model itself.

    Args:
        settings: of the run.
        model: whose `forward(**batch)` returns an output with `loss`; scalar fields ending in `_loss` are logged.
        make_batch: a ``Draw`` -> batch on the CPU.
        evaluate: (model) -> figures to log; called in eval mode by every process, for a sharded model runs on all.
        finish: (model) -> the model to save in the end, without what was put around it for training.
        enough: () -> whether to stop before the last step; asked before every step, also after going on.
        save: whether to write the model in the end.
    """

    def __init__(
        self,
        settings: LoopSettings,
        model: PreTrainedModel,
        make_batch: MakeBatch,
        evaluate: Callable[[PreTrainedModel], dict[str, float]],
        finish: Callable[[PreTrainedModel], PreTrainedModel] = lambda model: model,
        enough: Callable[[], bool] = lambda: False,
        save: bool = True,
    ):
        self.settings = settings
        self.folder = Path(settings.output_dir)
        self.make_batch = make_batch
        self.evaluate = evaluate
        self.finish = finish
        self.enough = enough
        self.save = save
        tracker = None if settings.log_with == "none" else settings.log_with
        self.accelerator = Accelerator(
            mixed_precision=settings.mixed_precision, log_with=tracker, project_dir=settings.output_dir
        )
        explain_single_process(self.accelerator)
        self._prepare(model)
        self.checkpoints = RunCheckpoints(settings, self.accelerator)
        self.step = 0

    def _prepare(self, model: PreTrainedModel) -> None:
        """Model and optimizers, as the settings and the launch want them."""
        settings, accelerator = self.settings, self.accelerator
        if settings.gradient_checkpointing:
            if not model.supports_gradient_checkpointing:
                raise SettingsError(f"gradient_checkpointing: {type(model).__name__} has none; set it to false")
            model.gradient_checkpointing_enable({"use_reentrant": False})
        if self._is_deepspeed:
            if settings.optimizer == "muon":
                raise SettingsError("optimizer muon is two optimizers, DeepSpeed takes one; set optimizer to adamw")
            accelerator.state.deepspeed_plugin.deepspeed_config |= {
                "train_micro_batch_size_per_gpu": settings.batch_size,  # there is no DataLoader to read it from
                "gradient_accumulation_steps": settings.gradient_accumulation_steps,
                "gradient_clipping": settings.max_grad_norm,
            }
        self.model, *self.optimizers = accelerator.prepare(model, *build_optimizers(model, settings))
        if settings.compile:
            compile_blocks(self.model, dynamic=True)

    def run(self) -> PreTrainedModel:
        """Train to the last step, from the checkpoint if there is one. Ctrl-C ends the step, saves and stops."""
        settings = self.settings
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self.step = self.checkpoints.resume()
        self._drop_log_after(self.step)
        if settings.log_with != "none":
            self.accelerator.init_trackers(self.folder.name, config=_plain(asdict(settings)))
        progress = tqdm(
            total=settings.steps,
            initial=self.step,
            desc=self.folder.name,
            disable=not self.accelerator.is_main_process,
            mininterval=2.0,
        )
        started = time.monotonic()
        batches = self._batches()
        with progress, StopRequest() as stop:
            while self.step < settings.steps and not self.enough():
                figures = self._train_step(batches, stop)
                self.step += 1
                progress.update()
                last = self.step == settings.steps
                if self.step % settings.log_every == 0:
                    progress.set_postfix(loss=f"{figures['loss']:.4f}")
                    self._log("train", figures | {"seconds": time.monotonic() - started})
                if self.step % settings.evaluate_every == 0 or last:
                    self._evaluate()
                if self.step % settings.checkpoint_every == 0 or last or stop.asked:
                    self.checkpoints.save(self.step)
                if stop.asked and not last:
                    progress.write(f"stopped at step {self.step}; the same command goes on from there")
                    raise SystemExit(130)
        model = self._save() if self.save else self.accelerator.unwrap_model(self.model)
        self.accelerator.end_training()
        if stop.asked:
            raise SystemExit(130)  # in the last step: nothing is left to do here, and what comes next shall not start
        return model

    def _batches(self) -> Iterator[Batch]:
        settings, accelerator = self.settings, self.accelerator
        stream = BatchStream(
            self.make_batch,
            settings.seed,
            range(self.step, settings.steps),
            settings.gradient_accumulation_steps,
            accelerator.process_index,
            accelerator.num_processes,
        )
        return load_batches(stream, settings.loader_workers, pin_memory=accelerator.device.type == "cuda")

    def _train_step(self, batches: Iterator[Batch], stop: StopRequest) -> dict[str, float]:
        settings, accelerator = self.settings, self.accelerator
        self.model.train()
        rate = learning_rate_at(self.step, settings)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = min(rate, group.get("highest_rate", rate))
        micro_batches = [next(batches) for _ in range(settings.gradient_accumulation_steps)]
        num_items = self._num_items(micro_batches)
        totals: dict[str, float] = defaultdict(float)
        for micro, batch in enumerate(micro_batches):
            torch.manual_seed(step_seed(settings.seed, self.step, micro, accelerator.process_index))  # dropout
            # processes exchange their gradients once a step
            last = micro == len(micro_batches) - 1
            if self._is_deepspeed:
                accelerator.gradient_state._set_sync_gradients(last)  # its engine steps with the last one
            with nullcontext() if last else accelerator.no_sync(self.model):
                for name, value in self._micro_batch(batch, num_items).items():
                    totals[name] += value
        figures = self._of_all_processes(totals, stop)
        if not math.isfinite(figures["loss"]):
            raise SystemExit(
                f"step {self.step}: the loss is {figures['loss']}; lower learning_rate, with another output_dir"
            )
        norm = accelerator.clip_grad_norm_(self.model.parameters(), settings.max_grad_norm)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return figures | {"grad_norm": math.nan if norm is None else float(norm), "learning_rate": rate}

    def _num_items(self, micro_batches: list[Batch]) -> torch.Tensor | None:
        """What each process divides its summed losses by: Accelerate averages the gradients of the processes, so that
        it is all labels of the step, a process's share of them. None where batches do not count their labels.
        """
        if NUM_ITEMS not in micro_batches[0]:
            return None
        own = torch.stack([batch.pop(NUM_ITEMS).float() for batch in micro_batches]).sum()
        everybody = self.accelerator.reduce(own.to(self.accelerator.device), reduction="sum")
        return (everybody / self.accelerator.num_processes).clamp_min(1e-8)

    def _micro_batch(self, batch: Batch, num_items: torch.Tensor | None) -> dict[str, float]:
        """Forward and backward of one micro-batch; its part of the step's losses."""
        parts = self.settings.gradient_accumulation_steps
        batch = {name: tensor.to(self.accelerator.device, non_blocking=True) for name, tensor in batch.items()}
        with self.accelerator.autocast():
            output = self.model(**batch) if num_items is None else self.model(**batch, num_items_in_batch=num_items)
        # a sum over all labels needs no mean over the micro-batches any more
        loss = output.loss / parts if num_items is None else output.loss
        self.accelerator.backward(loss * parts if self._is_deepspeed else loss)  # which divides it by them itself
        losses = {
            name: float(value.detach()) / parts
            for name, value in output.items()
            if name.endswith("loss") and value is not None
        }
        return losses | {"loss": float(loss.detach())}

    def _of_all_processes(self, figures: dict[str, float], stop: StopRequest) -> dict[str, float]:
        """Means over the processes; a mean that a process had nothing for is left out. Ctrl-C in one stops all."""
        if self.accelerator.num_processes == 1:
            return dict(figures)
        names = sorted(figures)
        own = torch.tensor([[*(figures[name] for name in names), float(stop.asked)]], device=self.accelerator.device)
        everybody = self.accelerator.gather(own)
        stop.asked = bool(everybody[:, -1].any())
        means = everybody[:, :-1].nanmean(dim=0).tolist()
        # a loss that is no number in one process must not hide behind the others
        lost = not everybody[:, names.index("loss")].isfinite().all()
        return dict(zip(names, means, strict=True)) | ({"loss": math.nan} if lost else {})

    def _evaluate(self) -> None:
        model = self.model if self._is_sharded else self.accelerator.unwrap_model(self.model)
        model.eval()
        with torch.no_grad():
            self._log("validation", self.evaluate(model))

    @property
    def _is_deepspeed(self) -> bool:
        return self.accelerator.distributed_type == DistributedType.DEEPSPEED

    @property
    def _is_sharded(self) -> bool:
        """Whether a process holds only a part of the weights, so that all must run together."""
        return self._is_deepspeed or self.accelerator.distributed_type == DistributedType.FSDP

    def _save(self) -> PreTrainedModel:
        """Write the trained model; a sharded one is put together first, by all processes."""
        state = self.accelerator.get_state_dict(self.model) if self._is_sharded else None
        model = self.accelerator.unwrap_model(self.model)
        if state is None:
            model = self.finish(model)
        if self.accelerator.is_main_process:
            with writing(self.folder):
                model.save_pretrained(self.folder, state_dict=state)
        self.accelerator.wait_for_everyone()
        return model

    def _log(self, kind: str, figures: dict[str, float]) -> None:
        if self.accelerator.is_main_process:
            row = {"step": self.step, "kind": kind} | {name: round(value, 6) for name, value in figures.items()}
            path = self.folder / "log.jsonl"
            with writing(path), open(path, "a") as file:
                file.write(json.dumps(row) + "\n")
        self.accelerator.log({f"{kind}/{name}": value for name, value in figures.items()}, step=self.step)

    def _drop_log_after(self, step: int) -> None:
        log = self.folder / "log.jsonl"
        if self.accelerator.is_main_process and log.exists():
            lines = log.read_text(errors="replace").splitlines(keepends=True)
            with writing(log):
                write_whole(log, "".join(line for line in lines if _step_of(line) <= step).encode())


def _step_of(line: str) -> float:
    """Step of a line of the log; infinity for one that a kill cut off."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, TypeError, KeyError):
        return math.inf


def _plain(settings: dict) -> dict:
    """Settings as trackers take them: numbers and words."""
    plain = int | float | str | bool
    return {name: value if isinstance(value, plain) else str(value) for name, value in settings.items()}
