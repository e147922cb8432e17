"""Train and measure one model for each row of a table, everything equal but for what the row changes.

    python training/studies/run_ablations.py --config training/configs/ablations/all.yaml
    python training/studies/run_ablations.py --config .../all.yaml 'rows=[base, data_10]' 'seeds=[0]'

Each row is a YAML file beside the table's: settings of train_lm.py that replace those of base.yaml. Its first line, a
comment, stands in the table. Each row is trained for the same number of steps with each of the seeds. Writes
`results.jsonl` and `table.md` to output_dir. What has a result is not run again, and what was interrupted goes on where
it stopped.
"""

import json
import math
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scipy.stats import t as students_t
from tqdm import tqdm

from being_m0_hf.evaluation.checks.prompts import PROMPTS
from being_m0_hf.evaluation.report.folder import claim_folder
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.trainers.language_model import LanguageModelSettings, train_language_model
from being_m0_hf.trainers.run.allowed_values import HIGHEST_SEED, CheckedSettings, SettingsError, several, text, whole
from being_m0_hf.trainers.run.settings import one_line_errors, read_settings, read_values
from being_m0_hf.utils.atomic_files import write_whole
from training.studies.ablation_figures import RETRIEVAL, Measure

BASE = "base"
RECORDED = "recorded motion"
FIGURES = {"motion_loss": "motion loss", "text_loss": "text loss"}
FIGURES |= {name: name for name in RETRIEVAL} | {"followed": "checks followed"}


@dataclass
class AblationSettings(CheckedSettings):
    """Settings of a table; `cache_dir`, `motion_tokenizer`, `steps` and the seeds replace the rows' own.

    Args:
        rows: names of YAML files in the folder `rows_dir`. A row whose `start_from` is the name of another file starts
            with the model that the other's settings give with the same seed and steps.
        evaluator: folder or shipped name of the text-motion evaluator for R@k and FID; empty to leave them out.
        samples: held-out captions to generate motions of, 0 for all.
        repeats: of Guo's protocol.
        kinds: kinematic checks; empty to leave them out.
        check_seeds: generations of each wording of a check.
    """

    output_dir: str = text("runs/ablations")
    cache_dir: str = text("runs/cache")
    motion_tokenizer: str = text("runs/tokenizer_mini")
    rows_dir: str = text("training/configs/ablations")
    rows: list[str] = several([BASE], filled=False)
    seeds: list[int] = several([0, 1, 2], 0, HIGHEST_SEED, filled=False)
    steps: int = whole(1000)
    evaluator: str = ""
    samples: int = whole(256, 0)
    repeats: int = whole(20)
    kinds: list[str] = several([], filled=False)
    check_seeds: int = whole(1)

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = [kind for kind in self.kinds if kind not in PROMPTS]
        if unknown:
            raise SettingsError(f"kinds has no check {', '.join(unknown)}; choose from {', '.join(PROMPTS)}")
        if not self.rows or not self.seeds:
            raise SettingsError("rows and seeds name no run; give at least one of each")

    @property
    def identity(self) -> dict:
        """What all results of one folder share."""
        return {name: value for name, value in vars(self).items() if name not in ("output_dir", "rows", "seeds")}


class AblationStudy:
    """The runs of one table, one folder each: `<row>-<seed>`.

    Raises:
        OSError: no evaluator, or no such row.
        SettingsError: rows that start from nothing there is, or that one process cannot train.
        ValueError: a damaged evaluator, or a folder that holds a table or a run with other settings.
    """

    def __init__(self, settings: AblationSettings):
        self.settings = settings
        self.folder = Path(settings.output_dir)
        # first of all: it is needed last, after hours of training
        encoder = TextMotionEncoder.from_pretrained(settings.evaluator) if settings.evaluator else None
        self.measure = Measure(
            Path(settings.cache_dir), encoder, settings.samples, settings.repeats, settings.kinds, settings.check_seeds
        )
        # the last row's mistakes shall not wait for the others' training
        self.runs = {(name, seed): self.stages(name, seed) for name in settings.rows for seed in settings.seeds}
        stages = [stage for run in self.runs.values() for stage in run]
        _check_precision(stages)
        # last, because a folder keeps the settings it was claimed for, mistakes and all
        claim_folder(self.folder, settings.identity)
        for stage in stages:
            claim_folder(Path(stage.output_dir), vars(stage))
        self.results = self.folder / "results.jsonl"
        lines = self.results.read_text(encoding="utf-8").splitlines() if self.results.is_file() else []
        self.rows: list[dict] = [json.loads(line) for line in lines]

    def file(self, name: str) -> Path:
        return Path(self.settings.rows_dir) / f"{name}.yaml"

    def run_settings(self, name: str, seed: int) -> LanguageModelSettings:
        """Settings of one training: base.yaml, then the row's own, then the table's."""
        study = self.settings
        shared = {
            "cache_dir": study.cache_dir,
            "motion_tokenizer": study.motion_tokenizer,
            "steps": study.steps,
            "seed": seed,
            "codes_dir": str(self.folder / "codes"),
            "output_dir": str(self.folder / f"{name}-{seed}"),
        }
        changes = read_values(self.file(name)) | shared
        words = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
        return read_settings(LanguageModelSettings, __doc__, ["--config", str(self.file(BASE)), *words])

    def stages(self, name: str, seed: int) -> list[LanguageModelSettings]:
        """The trainings that a run takes, its own last: each of the others gives the model that the next starts with.

        Raises:
            SettingsError: `start_from` names neither a row nor a model, or rows start from each other.
        """
        stages, names = [self.run_settings(name, seed)], [name]
        while start := stages[0].start_from:
            if start in names:
                raise SettingsError(f"{self.file(names[-1])}: start_from is {start!r}, but that starts from this row")
            if not self.file(start).is_file():
                if (Path(start) / "config.json").is_file():
                    break
                raise SettingsError(
                    f"{self.file(names[-1])}: start_from is {start!r}, neither a row in {self.settings.rows_dir} nor "
                    "the folder of a trained model"
                )
            stages.insert(0, self.run_settings(start, seed))
            names.append(start)
        return stages

    def run(self, name: str, seed: int) -> None:
        """Train and measure one run, if that was not done yet."""
        if any((row["row"], row.get("seed")) == (name, seed) for row in self.rows):
            return
        stages = self.runs[name, seed]
        start = stages[0].start_from
        for stage in stages:  # a finished one ends at once: whether it is whole, only its checkpoint tells
            train_language_model(replace(stage, start_from=start))
            start = stage.output_dir
        settings = stages[-1]
        figures = {figure: round(value, 4) for figure, value in self.measure(settings).items()}
        self.rows.append({"row": name, "seed": seed, "steps": settings.steps} | figures)
        self.save()

    def measure_recorded(self) -> None:
        """The row that says what the other figures can be worth at best, measured once."""
        if self.measure.encoder is None or any(row["row"] == RECORDED for row in self.rows):
            return
        held_out = self.measure.held_out(next(iter(self.runs.values()))[-1])
        self.rows.append({"row": RECORDED} | self.measure.retrieval(held_out, held_out.features))
        self.save()

    def save(self) -> None:
        write_whole(self.results, "".join(json.dumps(row) + "\n" for row in self.rows).encode())

    def page(self, command: str) -> str:
        """The table in Markdown, with the command that makes it."""
        study = self.settings
        shown = [name for name in FIGURES if any(name in row for row in self.rows)]
        lines = [["row", "seeds", *(FIGURES[name] for name in shown), "what it is"], ["---"] * (len(shown) + 3)]
        for name in (RECORDED, *study.rows):
            found = [row for row in self.rows if row["row"] == name and row.get("seed") in (None, *study.seeds)]
            if not found:
                continue
            cells = [interval([row[figure] for row in found if figure in row]) for figure in shown]
            seeds = ", ".join(str(row["seed"]) for row in found if "seed" in row)
            about = first_comment(self.file(name)) if seeds else "What people did, in place of what a model makes."
            lines.append([name.replace("_", " "), seeds or "-", *cells, about])
        table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
        about = f"{study.steps} steps. Mean over the seeds and half the width of its 95 % interval (Student's t)."
        return f"{table}\n{about}\n\n    {command}\n"


def _check_precision(stages: Sequence[LanguageModelSettings]) -> None:
    """Accelerate keeps one precision in a process, and refuses another one only when its row begins.

    Raises:
        SettingsError: they have several.
    """
    found = {stage.mixed_precision: Path(stage.output_dir).name for stage in stages}
    if len(found) > 1:
        each = ", ".join(f"{precision!r} in {run}" for precision, run in found.items())
        raise SettingsError(f"mixed_precision is {each}; give all rows of a table the same")


def interval(values: Sequence[float]) -> str:
    """Mean and half the width of its 95 % t-interval; the mean alone of a single value, a dash of none."""
    if not values:
        return "-"
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.3f}"
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    half = float(students_t.ppf(0.975, len(values) - 1)) * deviation / math.sqrt(len(values))
    return f"{mean:.3f} ± {half:.3f}"


def first_comment(path: Path) -> str:
    """The first line of a YAML file, without its "#"."""
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(AblationSettings, __doc__, argv)
    command = shlex.join(["python", "training/studies/run_ablations.py", *(sys.argv[1:] if argv is None else argv)])
    try:
        study = AblationStudy(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    table = study.folder / "table.md"
    try:
        study.measure_recorded()
        for name, seed in tqdm(study.runs, desc="ablations", unit="run"):
            study.run(name, seed)
            write_whole(table, study.page(command).encode())
    except KeyboardInterrupt:
        print("stopped; the same command goes on from there", file=sys.stderr)
        sys.exit(130)
    print(table.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    with one_line_errors():
        main()
