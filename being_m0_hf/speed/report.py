"""`being-m0 bench`: the figures as a table and as JSON."""

import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ..pipelines.text_to_motion import MotionPipeline
from ..utils.progress import status_line
from .clock import in_turn
from .floor import Machine, bare_loop, measure_machine, seconds_at_best, step_matrices
from .memory import peak_memory
from .stages import Case, Stages, plain_generate
from .streams import StreamFigures, measure_stream


@dataclass
class CaseFigures:
    """Seconds of one motion: of each stage, of the bare loop over the same products, at the machine's own rates, and
    of transformers' `generate`; all medians of the same run.
    """

    seconds: float
    candidates: int
    stages: dict[str, float]
    bare_loop: float
    at_best: float
    plain_generate: float


@dataclass
class SpeedReport:
    """Figures of a model on a machine.

    Args:
        load: seconds from the command's start of loading until the model could be asked.
        peak_memory: bytes that the process had at most.
    """

    model: str
    processor: str
    threads: int
    torch: str
    machine: Machine
    load: float
    peak_memory: int = 0
    cases: list[CaseFigures] = field(default_factory=list)
    stream: StreamFigures | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def to_table(self) -> str:
        """Markdown: a column for each case, a row for each stage, then the floors and the ratios to them."""
        titles = [str(Case(each.seconds, each.candidates)) for each in self.cases]
        names = list(dict.fromkeys(name for each in self.cases for name in each.stages))
        rows = [(name, [_seconds(each.stages.get(name)) for each in self.cases]) for name in names]
        rows += [
            ("bare loop of the same products", [_seconds(each.bare_loop) for each in self.cases]),
            ("at the machine's own rates", [_seconds(each.at_best) for each in self.cases]),
            ("plain `generate`, same weights", [_seconds(each.plain_generate) for each in self.cases]),
            ("sentence to joints / bare loop", [_ratio(_whole(each), each.bare_loop) for each in self.cases]),
            ("plain `generate` / language model", [_ratio(each.plain_generate, _model(each)) for each in self.cases]),
            ("frames a second", [f"{20 * each.seconds / _whole(each):.0f}" for each in self.cases]),
        ]
        lines = ["| stage | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
        lines += [f"| {name} | " + " | ".join(values) + " |" for name, values in rows]
        head = (
            f"{self.model} on {self.processor}, {self.threads} thread{'s' if self.threads > 1 else ''}, torch "
            f"{self.torch}: {self.machine.flops / 1e9:.0f} GFLOP/s, {self.machine.bandwidth / 1e9:.1f} GB/s; loaded in "
            f"{self.load:.1f} s, {self.peak_memory / 2**20:.0f} MB at most."
        )
        table = "\n".join([head, "", *lines])
        return table if self.stream is None else f"{table}\n\n{self.stream.to_table()}"


def measure(
    pipeline: MotionPipeline, cases: list[Case], rounds: int, load: float, minutes: float | None = None
) -> SpeedReport:
    """Time the cases; says on a terminal which one it is at.

    Args:
        load: seconds that loading the pipeline took.
        minutes: of a stream that is measured as well; None for no stream.
    """
    report = SpeedReport(
        model=Path(pipeline.name_or_path).name,
        processor=processor_name(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        machine=measure_machine(),
        load=load,
    )
    if minutes is not None:  # first, because it may be refused
        with status_line(f"Timing a stream of {minutes:g} minutes"):
            report.stream = measure_stream(pipeline, minutes)
    for case in cases:
        with status_line(f"Timing {case}"), TemporaryDirectory() as folder:
            report.cases.append(_measure_case(pipeline, case, rounds, report.machine, Path(folder)))
    report.peak_memory = peak_memory()
    return report


def _measure_case(pipeline: MotionPipeline, case: Case, rounds: int, machine: Machine, folder: Path) -> CaseFigures:
    model = pipeline.model
    stages = Stages(pipeline, case, folder)
    guided = model.generation_config.guidance_scale not in (None, 1.0)
    rows, tokens = case.candidates * (1 + guided), stages.tokens
    matrices = step_matrices(model.backbone, model.layout.codebook_size)
    # in one round with everything else, so that all of them meet the same machine
    works = stages.works() | {
        "bare loop": bare_loop(matrices, rows, tokens),
        "plain generate": plain_generate(pipeline, case),
    }
    with torch.no_grad():
        times = in_turn(works, rounds)
    loop, plain = times.pop("bare loop"), times.pop("plain generate")
    return CaseFigures(
        case.seconds, case.candidates, times, loop, seconds_at_best(matrices, rows, tokens, machine), plain
    )


def processor_name() -> str:
    """What the processor calls itself, with its cores."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text(encoding="utf-8").splitlines() if names.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def _ratio(value: float, other: float) -> str:
    return f"{value / other:.2f}"


def _whole(figures: CaseFigures) -> float:
    return figures.stages["sentence to joints"]


def _model(figures: CaseFigures) -> float:
    return figures.stages["language model"]
