"""Checkpoints of a run: whole or not there, the newest few kept, readable by any number of processes."""

import json
import shutil
from pathlib import Path

from accelerate import Accelerator

STEP_FILE = "step.json"


class RunCheckpoints:
    """``checkpoint/`` in a run's folder is the newest; ``checkpoint-STEP/`` are older ones, as many as are kept.

    All methods are called by every process. Under FSDP each process writes its own shards, in PyTorch's distributed
    format, which another number of processes reads as well.
    """

    def __init__(self, folder: Path, accelerator: Accelerator, keep: int):
        self.folder, self.accelerator, self.keep = folder, accelerator, keep
        self.newest, self.unfinished = folder / "checkpoint", folder / "checkpoint.new"

    def save(self, step: int) -> None:
        """Write beside the newest checkpoint, then swap, so that a kill at any moment leaves a whole one."""
        if self.accelerator.is_main_process:
            shutil.rmtree(self.unfinished, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        self.accelerator.save_state(str(self.unfinished))
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            (self.unfinished / STEP_FILE).write_text(json.dumps({"step": step}))
            self._retire_newest()
            self.unfinished.rename(self.newest)
            for old in self._older()[max(0, self.keep - 1) :]:
                shutil.rmtree(old, ignore_errors=True)
        self.accelerator.wait_for_everyone()

    def resume(self) -> int:
        """Load the newest checkpoint; its step, or 0 where there is none."""
        if self.accelerator.is_main_process and not self.newest.exists():
            if (self.unfinished / STEP_FILE).exists():
                self.unfinished.rename(self.newest)  # killed between the two renamings
        self.accelerator.wait_for_everyone()
        if not self.newest.exists():
            return 0
        self.accelerator.load_state(str(self.newest))
        return json.loads((self.newest / STEP_FILE).read_text())["step"]

    def _retire_newest(self) -> None:
        """Rename the newest checkpoint after its step: at once, while removing it takes a while."""
        if self.newest.exists():
            step = json.loads((self.newest / STEP_FILE).read_text())["step"]
            retired = self.folder / f"checkpoint-{step}"
            shutil.rmtree(retired, ignore_errors=True)  # of a run that was set back to an earlier step
            self.newest.rename(retired)

    def _older(self) -> list[Path]:
        """The retired checkpoints, the newest first."""
        retired = [path for path in self.folder.glob("checkpoint-*") if path.name.partition("-")[2].isdigit()]
        return sorted(retired, key=lambda path: int(path.name.partition("-")[2]), reverse=True)
