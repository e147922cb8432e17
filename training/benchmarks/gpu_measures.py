"""What the measurements on a GPU share: random models, memory, time limits, turns, and the table they end up in."""

import argparse
import contextlib
import fcntl
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
import transformers

from being_m0_hf.models import BeingM0Config, BeingM0ForConditionalGeneration, MotionTokenizerConfig

#: Toy shapes of the presets, to try on a CPU whether everything runs.
TINY = {
    "gpt2-medium": {"n_embd": 64, "n_layer": 2, "n_head": 2},
    "llama2-7b": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2},
}
#: A tokenizer as ours in what the language model sees of it: 6 parts with 1024 codes each, 4 frames a step.
MOTION_TOKENIZER = {"codebook_bits": 10, "hidden_size": 32}
FRAMES_A_STEP = 4
#: Seconds below which no measurement is begun.
LEAST_SECONDS = 3.0


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def memory(device: str, most: bool = True) -> float | None:
    """GiB of tensors in this process, at most since `forget_peak`, or now; None on a CPU."""
    if device != "cuda":
        return None
    return (torch.cuda.max_memory_allocated() if most else torch.cuda.memory_allocated()) / 2**30


def forget_peak(device: str) -> None:
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def preset(name: str, tiny: bool, **backbone) -> BeingM0Config:
    """Configuration of one of the paper's backbones, or its toy."""
    tokenizer = MotionTokenizerConfig(**MOTION_TOKENIZER)
    backbone = (TINY[name] if tiny else {}) | backbone
    return BeingM0Config.preset(name, max_steps=50, motion_tokenizer_config=tokenizer, backbone=backbone)


def random_model(config: BeingM0Config, device: str, dtype: torch.dtype) -> BeingM0ForConditionalGeneration:
    """A model with random weights, made on the device in its own precision: nothing of it is ever in fp32."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = BeingM0ForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(before)
    model.motion_tokenizer.float()
    return model.eval()


@dataclass
class Measurements:
    """Rows of figures, each under a time limit and written to a file at once; a failure is a row, too.

    Args:
        device: "cuda" or "cpu".
        output: JSON file; None for none.
        until: `time.monotonic` at which everything must be done.
        turns: a file that processes lock while they measure; the others go on compiling meanwhile. None: no others.
    """

    device: str
    output: Path | None
    until: float
    turns: Path | None = None
    rows: list[dict] = field(default_factory=list)

    def measure(self, name: str, work: Callable[[], dict], limit: float) -> dict | None:
        """Figures of a work that has at most so many seconds; None where it failed."""
        started, left = time.monotonic(), self.until - time.monotonic()
        if left < LEAST_SECONDS:
            return self._row(name, {"failed": "no time left"}, started)
        try:
            with alarm(min(limit, left)):
                figures = work()
        except Exception as error:  # one measurement shall not end the others
            reason = " ".join(str(error).split())[:300]
            return self._row(name, {"failed": f"{type(error).__name__}: {reason}"}, started)
        self._row(name, figures, started)
        return figures

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Inside, no other process measures."""
        if self.turns is None:
            yield
            return
        with open(self.turns, "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _row(self, name: str, figures: dict, started: float) -> None:
        row = {"what": name, **figures, "took_seconds": round(time.monotonic() - started, 1)}
        self.rows.append(row)
        print(line(row), flush=True)
        if self.output is not None:
            self.output.write_text(json.dumps(self.report(), indent=2) + "\n", encoding="utf-8")

    def report(self) -> dict:
        """Everything so far, with the machine's name."""
        name = torch.cuda.get_device_name() if self.device == "cuda" else platform.processor() or "cpu"
        versions = {"torch": torch.__version__, "transformers": transformers.__version__}
        return {"device": name, "versions": versions, "rows": self.rows}


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raises TimeoutError inside when the time is over."""

    def ring(number, frame):
        raise TimeoutError(f"not done after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def line(row: dict) -> str:
    """A row for people to read."""
    figures = {name: value for name, value in row.items() if name != "what" and value is not None}
    told = [f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in figures.items()]
    return f"| {row['what']} | {', '.join(told)} |"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of every measurement on a GPU."""
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="toy shapes, to try whether it runs")
    parser.add_argument("--seconds", type=float, default=480.0, help="for everything together")
    parser.add_argument("--only", nargs="*", help="these measurements, in this order; all by default")
    parser.add_argument("--turns", type=Path, help="a file that processes beside this one lock while they measure")
    parser.add_argument("-o", "--output", type=Path, help="JSON file")


def run(measurements: dict[str, Callable[[Measurements, bool], None]], options: argparse.Namespace) -> int:
    """All measurements that are asked for; the exit status."""
    if options.device == "cuda" and not torch.cuda.is_available():
        print("there is no CUDA GPU; --device cpu --tiny only tries whether it runs", file=sys.stderr)
        return 2
    unknown = [name for name in options.only or () if name not in measurements]
    if unknown:
        print(f"no measurement {unknown[0]!r}; there are {', '.join(measurements)}", file=sys.stderr)
        return 2
    measures = Measurements(options.device, options.output, time.monotonic() + options.seconds, options.turns)
    for name in options.only or measurements:
        measurements[name](measures, options.tiny)
        forget_peak(options.device)
    return 0
