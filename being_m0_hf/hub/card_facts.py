"""What a card says beyond the checkpoint's own files: from a file of facts, a training run, its data, a report."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import yaml
from huggingface_hub import EvalResult, hf_hub_download
from huggingface_hub.repocard_data import model_index_to_eval_results

from ..models.checkpoint_card import CardFacts
from ..models.checkpoint_files import read_json
from ..utils.licences import licence_that_follows

TASK = "text-to-motion"
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
#: What a processor core and a GPU take under load, watts: for an estimate, where nothing measures it.
CORE_WATTS, GPU_WATTS = 10, 350


def read_facts(path: Path) -> CardFacts:
    """The facts of a YAML file: fields of `CardFacts`, with ``sources`` (words of licences) and ``measured`` (rows of
    metric, value, data, and if wanted type and split).

    Raises:
        ValueError: it is no YAML, or has other fields.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        sources, rows = values.pop("sources", ()), values.pop("measured", ())
        results = [
            EvalResult(
                task_type=TASK,
                dataset_type=row.get("type", row["data"]),
                dataset_name=row["data"],
                dataset_split=row.get("split"),
                metric_type=slug(row["metric"]),
                metric_name=row["metric"],
                metric_value=row["value"],
            )
            for row in rows
        ]
        return CardFacts(licence=licence_that_follows(sources), eval_results=results, **values)
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} holds no facts of a card: {' '.join(str(error).split())}") from None


def run_facts(folder: Path) -> CardFacts:
    """What a training folder tells: settings, steps, measured time, and energy as an estimate. Empty for any other."""
    facts = CardFacts()
    step_file = folder / "checkpoint" / "step.json"
    last = read_json(step_file) if step_file.is_file() else {}
    facts.settings = plain_settings(last.get("settings") or {})
    seconds = trained_seconds(log_rows(folder / "log.jsonl"))
    if seconds:
        facts.seconds_trained = in_words(seconds)
        facts.device, facts.energy = device_and_energy(last.get("gpus"), last.get("cores"), seconds)
    return facts


def with_data(facts: CardFacts, data: str) -> CardFacts:
    """Facts with the data set that it learned from: its name where it is on the Hub, and the licence that follows.

    Args:
        data: folder that `being-m0 data build` wrote, or "owner/name" on the Hub.

    Raises:
        ValueError: there is no such data set, or it has no figures.
    """
    path, on_hub = Path(data) / "stats.json", False
    if not path.is_file() and HUB_ID.fullmatch(data):
        try:
            path, on_hub = Path(hf_hub_download(data, "stats.json", repo_type="dataset")), True
        except Exception as error:  # which HTTP library fails, and how, differs between versions of huggingface_hub
            reason = " ".join(str(error).split())[:200]
            raise ValueError(f"the data set {data} cannot be had from the Hub: {reason}") from None
    if not path.is_file():
        raise ValueError(f"{data} is no data set: give a folder of being-m0 data build, or owner/name on the Hub")
    sources = read_json(path).get("sources") or {}
    licence = licence_that_follows(words for source in sources.values() for words in source["licences"] or [""])
    rows = [f"| {name} | {row['clips']:,} | {'; '.join(row['licences'])} |" for name, row in sources.items()]
    table = "\n".join(["| source | clips | licence |", "|---|---|---|", *rows])
    results = [_measured_on(row, data) if on_hub else row for row in facts.eval_results]
    datasets = (data,) if on_hub else ()
    return replace(facts, licence=licence, datasets=datasets, training_data=table, eval_results=results)


def with_report(facts: CardFacts, report: Path) -> CardFacts:
    """Facts with the figures of an evaluation.

    Args:
        report: folder that `being-m0 evaluate` wrote.

    Raises:
        ValueError: it is none, or a damaged one.
    """
    path = report / "model-index.yaml"
    if not path.is_file():
        raise ValueError(f"{report} is no report: it has no model-index.yaml; being-m0 evaluate writes it")
    try:
        index = yaml.safe_load(path.read_text(encoding="utf-8"))["model-index"]
        _, results = model_index_to_eval_results(index) if index else ("", [])
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    return replace(facts, eval_results=results)


def log_rows(path: Path) -> list[dict]:
    """Lines of a run's log; one that a kill cut off is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        rows += [row] if isinstance(row, dict) else []
    return rows


def trained_seconds(rows: list[dict]) -> float:
    """Of all starts together: the clock of a log begins anew with each."""
    total = before = 0.0
    for row in rows:
        if row.get("kind") == "train" and "seconds" in row:
            total += max(0.0, row["seconds"] - before) if row["seconds"] >= before else row["seconds"]
            before = row["seconds"]
    return total


def device_and_energy(gpus: int | None, cores: int | None, seconds: float) -> tuple[str, str]:
    """On what it ran, and about how much that took, in words that say what the estimate rests on."""
    if not gpus and not cores:
        return "a machine that was not recorded", "Energy was not measured, and without the machine not estimated."
    watts = gpus * GPU_WATTS + (0 if gpus else cores * CORE_WATTS)
    what = f"{gpus} GPU{'s' * (gpus > 1)}" if gpus else f"{cores} processor core{'s' * (cores > 1)}"
    each = f"{GPU_WATTS if gpus else CORE_WATTS} W for each"
    energy = f"Energy was not measured; at {each} it is about {watts * seconds / 3.6e6:.2g} kWh, an estimate."
    return what, energy


def plain_settings(settings: Mapping) -> dict[str, object]:
    """Settings that say how it was trained: neither where files lie, nor how often it was logged."""
    said = {}
    for name, value in settings.items():
        path = isinstance(value, str) and (not value or "/" in value or "\\" in value)
        habit = name.startswith(("log_", "keep_", "accept_")) or name.endswith(("_every", "_dir", "_from"))
        if isinstance(value, str | int | float | bool) and not path and not habit:
            said[name] = value
    return said


def in_words(seconds: float) -> str:
    """ "153 s", "12 minutes", "3.4 hours"."""
    if seconds < 300:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def slug(name: str) -> str:
    """A metric's name as an identifier: "R@1" is r@1, "checks passed" is checks_passed."""
    return name.lower().replace(" ", "_")


def _measured_on(row: EvalResult, data: str) -> EvalResult:
    """A row that was measured on this data set, under its name on the Hub."""
    return replace(row, dataset_type=data) if row.dataset_name == data.split("/")[-1] else row
