"""Pictures of a data set: lengths, speeds, text lengths, parts, what was left out; and a contact sheet of clips."""

import io
import textwrap
from pathlib import Path

from ..motion import PART_NAMES
from ..rendering import contact_sheets
from ..utils.atomic_files import write_whole
from ..utils.user_files import read_user_json
from .clips import read_clips
from .schema import Clip

_MOST_REASONS = 8
_LONGEST_REASON = 55  # letters that fit into the plot


def plot_stats(folder: Path, path: Path) -> Path:
    """Six plots of ``stats.json`` and ``report.json``, as one picture.

    Raises:
        FileNotFoundError: the folder is no finished data set.
    """
    import matplotlib

    matplotlib.use("Agg")  # no window: servers have none
    from matplotlib import pyplot

    stats = read_user_json(folder / "stats.json")
    report = read_user_json(folder / "report.json")
    figure, axes = pyplot.subplots(2, 3, figsize=(15, 8), layout="constrained")
    (lengths, speeds, words), (splits, parts, reasons) = axes

    lengths.hist(stats["seconds"], bins=40, color="#4878a8")
    lengths.set(title="length of a clip", xlabel="seconds", ylabel="clips")
    speeds.hist(stats["speed_m_s"], bins=40, color="#4878a8")
    speeds.set(title="mean speed over the ground", xlabel="m/s", ylabel="clips")
    counts = {int(number): count for number, count in stats["words_per_text"].items()}
    words.bar(list(counts), list(counts.values()), color="#c07840")
    words.set(title="length of a sentence about the body", xlabel="words", ylabel="sentences")

    sources = list(stats["sources"])
    splits.barh(list(stats["hours"]), list(stats["hours"].values()), color="#58985c")
    splits.set(title=f"hours in a split ({', '.join(sources[:4])})", xlabel="hours")
    splits.invert_yaxis()
    names = [name.replace("_", " ") for name in ("body", *PART_NAMES)]
    parts.barh(names, [stats["texts"].get(name, 0) for name in ("body", *PART_NAMES)], color="#c07840")
    parts.set(title="sentences on two levels", xlabel="sentences")
    parts.invert_yaxis()
    found = list(report["reasons"].items())[:_MOST_REASONS]
    reasons.barh(range(len(found)), [count for _, count in found], color="#d89090")
    for place, (name, count) in enumerate(found):  # inside the plot: as labels beside it they would take half of it
        said = textwrap.shorten(name, _LONGEST_REASON, placeholder=" …")
        reasons.text(0, place, f"  {count}: {said}", va="center", clip_on=True).set_in_layout(False)
    reasons.set_yticks([])
    reasons.set(title=f"left out: {len(report['rejected']):,} recordings or clips")
    reasons.invert_yaxis()
    figure.suptitle(f"{folder.resolve().name}: {sum(stats['clips'].values()):,} clips")
    picture = io.BytesIO()
    figure.savefig(picture, format=path.suffix[1:] or "png", dpi=90)
    write_whole(path, picture.getvalue())
    pyplot.close(figure)
    return path


def sheet_of_clips(folder: Path, path: Path, rows: int = 12) -> Path:
    """A contact sheet of clips spread evenly over the data set, as many of one source as of another."""
    by_source: dict[str, list[Clip]] = {}
    for clip in read_clips(folder, ("train",)):
        by_source.setdefault(clip.source, []).append(clip)
    each = max(1, rows // len(by_source))
    chosen = [clip for group in by_source.values() for clip in group[:: max(1, len(group) // each)][:each]][:rows]
    titles = [f"{clip.id}: {_first_text(clip)}" for clip in chosen]
    contact_sheets([clip.motion for clip in chosen], path, titles=titles)
    return path


def _first_text(clip) -> str:
    texts = [said.text for said in clip.timed if not said.part] or list(clip.body) or [""]
    return texts[0]
