"""Checkpoints of a run: whole or not there, the newest few kept, readable by any number of processes."""

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator

from ...utils.standard_streams import one_line
from ...utils.user_files import UserFileError, read_user_json
from .allowed_values import SettingsError
from .settings import LoopSettings

STEP_FILE = "step.json"
#: Settings that may change between two starts of a run: they change nothing of what is learned.
FREE_SETTINGS = frozenset(
    "output_dir codes_dir fused_optimizer gradient_checkpointing compile loader_workers keep_checkpoints log_with "
    "log_every evaluate_every checkpoint_every evaluate_samples evaluate_clips accept_changes".split()
)


class RunCheckpoints:
    """``checkpoint/`` in a run's folder is the newest; ``checkpoint-STEP/`` are older ones, as many as are kept.

    All methods are called by every process. Under FSDP each process writes its own shards, in PyTorch's distributed
    format, which another number of processes reads as well.
    """

    def __init__(self, settings: LoopSettings, accelerator: Accelerator):
        folder = Path(settings.output_dir)
        self.settings, self.accelerator = settings, accelerator
        self.folder, self.keep = folder, settings.keep_checkpoints
        self.newest, self.unfinished = folder / "checkpoint", folder / "checkpoint.new"

    def save(self, step: int) -> None:
        """Write beside the newest checkpoint, then swap, so that a kill at any moment leaves a whole one.

        Raises:
            SettingsError: it cannot be written; the checkpoint before it is still there.
        """
        if self.accelerator.is_main_process:
            shutil.rmtree(self.unfinished, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        with writing(self.unfinished):
            self.accelerator.save_state(str(self.unfinished))
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            content = {"step": step, "settings": asdict(self.settings)} | self._machine()
            with writing(self.unfinished):
                (self.unfinished / STEP_FILE).write_text(json.dumps(content))
            self._retire_newest()
            self.unfinished.rename(self.newest)
            for old in self._older()[max(0, self.keep - 1) :]:
                shutil.rmtree(old, ignore_errors=True)
        self.accelerator.wait_for_everyone()

    def _machine(self) -> dict[str, int]:
        """On what it runs, for the model's card: GPUs, or else processor cores."""
        processes = self.accelerator.num_processes
        on_gpu = self.accelerator.device.type == "cuda"
        return {"gpus": processes if on_gpu else 0, "cores": processes * torch.get_num_threads()}

    def resume(self) -> int:
        """Load the newest checkpoint; its step, or 0 where there is none.

        Raises:
            SettingsError: it is damaged, or other settings made it.
        """
        if self.accelerator.is_main_process and not self.newest.exists():
            if (self.unfinished / STEP_FILE).exists():
                self.unfinished.rename(self.newest)  # killed between the two renamings
        self.accelerator.wait_for_everyone()
        if not self.newest.exists():
            return 0
        step, settings = self._read_step_file()
        self._check_settings(settings)
        try:
            self.accelerator.load_state(str(self.newest))
        # what is raised for a cut file differs between safetensors, zip and pickle
        except Exception as error:
            raise SettingsError(f"{self.newest}: {self._damaged(one_line(error))}") from None
        return step

    def _read_step_file(self) -> tuple[int, dict]:
        """Step and settings of the newest checkpoint."""
        path = self.newest / STEP_FILE
        try:
            content = read_user_json(path)
        except UserFileError as error:
            raise SettingsError(self._damaged(str(error))) from None
        step = content.get("step") if isinstance(content, dict) else None
        settings = content.get("settings", {}) if isinstance(content, dict) else None
        if type(step) is not int or step < 0 or not isinstance(settings, dict):
            raise SettingsError(self._damaged(f"{path}: holds no step"))
        return step, settings

    def _damaged(self, reason: str) -> str:
        older = self._older()
        instead = f"put {older[0].name} in its place" if older else "delete it to begin anew"
        return f"{reason}; the checkpoint is damaged: {instead}"

    def _check_settings(self, before: dict) -> None:
        """Half a run with one learning rate and half with another is a model that no settings describe."""
        now = json.loads(json.dumps(asdict(self.settings)))
        names = [name for name in before if name in now and name not in FREE_SETTINGS and before[name] != now[name]]
        changed = ", ".join(f"{name} {before[name]!r}, now {now[name]!r}" for name in names)
        if set(names) - {"steps"} and not self.settings.accept_changes:
            raise SettingsError(
                f"{self.newest} was made with other settings ({changed}): set them back, choose another output_dir, "
                "or mix them with accept_changes=true"
            )
        if names and self.accelerator.is_main_process:
            print(f"{self.folder}: goes on with other settings ({changed})", file=sys.stderr)

    def _retire_newest(self) -> None:
        """Rename the newest checkpoint after its step: at once, while removing it takes a while."""
        if self.newest.exists():
            retired = self.folder / f"checkpoint-{self._read_step_file()[0]}"
            shutil.rmtree(retired, ignore_errors=True)  # of a run that was set back to an earlier step
            self.newest.rename(retired)

    def _older(self) -> list[Path]:
        """The retired checkpoints, the newest first."""
        retired = [path for path in self.folder.glob("checkpoint-*") if path.name.partition("-")[2].isdigit()]
        return sorted(retired, key=lambda path: int(path.name.partition("-")[2]), reverse=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """One line for a disk that takes no more, which each library reports in its own way.

    Raises:
        SettingsError: what the block writes to ``path`` could not be written.
    """
    try:
        yield
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else one_line(error)
        raise SettingsError(f"{path}: cannot be written ({reason}); the same command goes on from before") from None
