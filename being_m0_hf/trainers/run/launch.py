"""A launch that asked for several processes and got one is told so."""

import os
import sys

import psutil
from accelerate import Accelerator


def explain_single_process(accelerator: Accelerator) -> None:
    """Print one line where ``accelerate launch --cpu --num_processes N`` started a single process.

    Accelerate starts several processes on a CPU only through MPI, and says nothing where it does not.
    """
    asked = _asked_processes(_parent_command())
    if accelerator.num_processes == 1 and asked > 1 and accelerator.device.type == "cpu":
        print(
            f"accelerate launch was asked for {asked} processes and started one, as it does on a CPU; to get {asked}: "
            f"ACCELERATE_USE_CPU=true torchrun --nproc-per-node {asked} {' '.join(sys.argv)}",
            file=sys.stderr,
        )


def _parent_command() -> list[str]:
    try:
        return psutil.Process(os.getppid()).cmdline()
    except psutil.Error:
        return []


def _asked_processes(command: list[str]) -> int:
    """The number behind ``--num_processes`` of an ``accelerate launch``; 1 for any other command."""
    if not any(word.rpartition("/")[2] == "accelerate" for word in command) or "launch" not in command:
        return 1
    for word, following in zip(command, [*command[1:], ""], strict=True):
        name, _, value = word.partition("=")
        if name.lstrip("-").replace("-", "_") == "num_processes":
            number = value or following
            return int(number) if number.isdigit() else 1
    return 1
