"""What people read of an evaluation: a page in Markdown, plots, and the results block of a model card."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import yaml
from huggingface_hub import EvalResult
from huggingface_hub.repocard_data import eval_results_to_model_index

from ..following.parts import PartReport
from ..following.sentences import FollowingReport
from ..metrics.guo_protocol import DIVERSITY_PAIRS, REPEATS
from ..metrics.retrieval import POOL
from ..metrics.shares import percent
from .text_rows import TextTable

#: What better means, beside a figure's name.
ARROWS = {"R@1": "↑", "R@2": "↑", "R@3": "↑", "MMDist": "↓", "FID": "↓", "Diversity": "→", "MultiModality": "↑"}
PLOT_SIZE = (9.0, 4.0)


def text_section(table: TextTable, own_evaluator: bool = True) -> str:
    """Guo's metrics with their intervals, and retrieval among all motions.

    Args:
        own_evaluator: whether the embeddings are by this package's evaluator, whose numbers no other table has.
    """
    figures = list(dict.fromkeys(figure for row in table.guo.values() for figure in row))
    rows = [
        [name, str(table.pairs[name]), *(str(row.get(figure, "-")) for figure in figures)]
        for name, row in table.guo.items()
    ]
    head = ["row", "pairs", *(f"{figure} {ARROWS[figure]}" for figure in figures)]
    sizes = table.sizes
    text = "## Text and motion\n\n"
    text += (
        f"Pools of {sizes.pool}, {sizes.repeats} repeats, {sizes.diversity_pairs} pairs for Diversity "
        "(fewer in a row that has fewer); mean ± 95 % interval. "
    )
    if (sizes.repeats, sizes.pool, sizes.diversity_pairs) != (REPEATS, POOL, DIVERSITY_PAIRS):
        text += f"The protocol asks for {REPEATS} repeats, pools of {POOL} and {DIVERSITY_PAIRS} pairs. "
    if own_evaluator:
        text += "The evaluator is not HumanML3D's: these numbers compare with each other and with no other table."
    text += "\n\n" + _table(head, rows)
    tops = list(next(iter(table.full.values())))
    full = [[name, *(f"{row[top]:.4g}" for top in tops)] for name, row in table.full.items()]
    return (
        text
        + "\nAmong all motions of the row (a motion whose sentence is the same word for word is right too):\n\n"
        + _table(["row", *tops], full)
    )


def following_section(report: FollowingReport) -> str:
    """Kinematic checks by kind."""
    return f"## Does the motion do what the text says?\n\n{report.to_markdown()}"


def parts_section(report: PartReport) -> str:
    """Part texts by case."""
    rows = [["**all**", "", percent(report.success()), percent(report.leakage())]]
    for case in report.cases:
        texts = "; ".join(f"{part.replace('_', ' ')}: {text}" for part, text in case.parts.items())
        rows.append([case.name, texts, percent(report.success(case.name)), percent(report.leakage(case.name))])
    return (
        "## Texts of body parts\n\n"
        f"The other side does it in {percent(report.wrong_sides())} of the cases that have one. Leakage is how much "
        "parts without a text of their own change, over how much the named part does; between two seeds of one "
        f"sentence that ratio is {percent(report.chance_leakage())}.\n\n"
    ) + _table(["case", "part texts", "success", "leakage"], rows)


def figures_section(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Rows of plain figures that share their names."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    body = [[row, *(f"{found[name]:.3g}" if name in found else "-" for name in names)] for row, found in rows.items()]
    return f"## {title}\n\n" + _table(["", *(name.replace("_", " ") for name in names)], body)


def model_index(model: str, data: str, split: str, summary: Mapping) -> str:
    """The results block of a model card, YAML: what the summary of an evaluation holds for the model itself."""
    common = {"task_type": "text-to-motion", "dataset_type": data, "dataset_name": data, "dataset_split": split}
    figures: dict[str, float] = {}
    if "text" in summary and "ours" in summary["text"]["rows"]:
        row = summary["text"]["rows"]["ours"]["guo"]
        figures |= {figure: estimate["mean"] for figure, estimate in row.items()}
    if "following" in summary:
        figures |= {
            "checks passed": summary["following"]["success"]["all"],
            "left against right": summary["following"]["left_right"],
        }
    if "parts" in summary:
        figures |= {"part checks passed": summary["parts"]["success"], "part leakage": summary["parts"]["leakage"]}
    if "reconstruction" in summary:
        figures |= {f"reconstruction {name}": value for name, value in summary["reconstruction"]["plain"].items()}
    results = [
        EvalResult(metric_type=name.lower().replace(" ", "_"), metric_name=name, metric_value=round(value, 4), **common)
        for name, value in figures.items()
        if value is not None
    ]
    index = eval_results_to_model_index(model, results) if results else []
    return yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True)


def draw_plots(folder: Path, table: TextTable | None, following: FollowingReport | None) -> list[Path]:
    """Bars of retrieval by row and of checks by kind, PNG. Nothing where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        return []
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    if table is not None:
        figure = Figure(figsize=PLOT_SIZE, layout="constrained")
        axes = figure.subplots()
        for number, top in enumerate(("R@1", "R@2", "R@3")):
            estimates = [row[top] for row in table.guo.values()]
            places = [place + 0.27 * (number - 1) for place in range(len(estimates))]
            heights, spread = [one.mean for one in estimates], [one.interval for one in estimates]
            axes.bar(places, heights, 0.25, yerr=spread, label=top)
        axes.set_xticks(range(len(table.guo)), [name.replace(", ", ",\n") for name in table.guo], fontsize=8)
        axes.set_ylabel(f"share found, pools of {table.sizes.pool}")
        axes.legend()
        drawn.append(folder / "retrieval.png")
        figure.savefig(drawn[-1], dpi=120)
    if following is not None:
        kinds = following.kinds
        figure = Figure(figsize=(PLOT_SIZE[0], 1.2 + 0.2 * len(kinds)), layout="constrained")
        axes = figure.subplots()
        axes.barh([kind.replace("_", " ") for kind in kinds], [following.success(kind) for kind in kinds])
        axes.invert_yaxis()
        axes.tick_params(labelsize=7)
        axes.set_xlim(0, 1)
        axes.set_xlabel("share of generations that pass the check")
        drawn.append(folder / "following.png")
        figure.savefig(drawn[-1], dpi=120)
    return drawn


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
