"""A whole library of scores as a folder of motions with captions, which ``being-m0 data build`` reads."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tqdm.auto import tqdm

from ..io import save_motion
from ..utils.atomic_files import write_whole
from .bases import Bases
from .library import load_library, performances_mark, score_files
from .performances import performances
from .sheets import sheet, stacked

#: Where it is noted what became of each score; a hidden folder, which ``data build`` does not look into.
_RECORDS = ".scores"
#: Scores on one contact sheet.
_ON_ONE_SHEET = 6


@dataclass
class Report:
    """What became of a library.

    Args:
        passed, refused: performances, mirror images not counted.
        why: reason without its figures -> how often; one performance may have several.
        refused_all: scores of which no performance is good enough.
    """

    passed: int = 0
    refused: int = 0
    why: Counter = field(default_factory=Counter)
    refused_all: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        total = self.passed + self.refused
        yield f"{self.passed:,} of {total:,} performances are good enough ({self.passed / max(total, 1):.0%})"
        for reason, count in self.why.most_common():
            yield f"  {count:>6,} refused: {reason}"
        if self.refused_all:
            yield f"no performance of {', '.join(self.refused_all)} is good enough: look at them with --sheet"


def write_library(
    data: Path, output: Path, scores: Path, names: list[str], variations: int = 24, sheets: Path | None = None
) -> Report:
    """Perform scores in many variations and write those that are good enough, with their mirror images.

    ``output`` gets ``motions/NAME-NUMBER.npz``, ``captions.csv`` and ``.scores/NAME.json``, what became of each score;
    a score that has not changed since is not performed again.

    Args:
        data: folder with ``cmu/``.
        scores: folder of score files.
        names: of scores; all when empty.
        sheets: folder for contact sheets of performance 0, good enough or not.

    Raises:
        MotionError: a score that cannot be read; nothing is performed then.
    """
    files, library = score_files(scores), load_library(scores, names)
    bases = Bases(data)
    for folder in ("motions", _RECORDS):
        (output / folder).mkdir(parents=True, exist_ok=True)
    report, drawn = Report(), []
    for number, score in enumerate(tqdm(library, desc="scores", unit="score")):
        name = score.name
        record_file = output / _RECORDS / f"{name}.json"
        mark = performances_mark(files[name], variations)
        record = json.loads(record_file.read_text()) if record_file.is_file() else {}
        if record.get("mark") != mark or sheets:
            rows: list[list[str]] = []
            record = {"mark": mark, "passed": 0, "refused": [], "rows": rows}
            for each in performances(score, bases, range(variations), keep_refused=True):
                if sheets and each.seed == 0 and not each.mirrored:
                    drawn.append(sheet(each.motion, f"{name}  {'; '.join(each.refused)[:90]}"))
                if each.refused:
                    record["refused"].append(list(each.refused))
                    continue
                record["passed"] += not each.mirrored
                file = f"motions/{each.id.rpartition('/')[2].replace('+', '-')}.npz"
                save_motion(each.motion, output / file)
                rows += [[file, text, ""] for text in each.texts]
                rows += [[file, text, part] for part, texts in each.parts.items() for text in texts]
            write_whole(record_file, json.dumps(record).encode())
        report.passed += record["passed"]
        report.refused += len(record["refused"])
        report.why.update(_plain(reason) for reasons in record["refused"] for reason in reasons)
        if not record["passed"]:
            report.refused_all.append(name)
        if drawn and (len(drawn) == _ON_ONE_SHEET or number == len(library) - 1):
            assert sheets is not None
            sheets.mkdir(parents=True, exist_ok=True)
            stacked(drawn, sheets / f"sheet-{number + 1 - len(drawn):03d}.png")
            drawn = []
    _write_captions(output)
    return report


def _plain(reason: str) -> str:
    """A reason without its figures."""
    return re.sub(r"(, (most|nearest))? -?\d[\d.]*( (mm|cm|degrees|s|m)\b|%)?", "", reason)


def _write_captions(output: Path) -> None:
    """``captions.csv`` of all scores that were performed into a folder."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "text", "part"])
    for record in sorted((output / _RECORDS).glob("*.json")):
        writer.writerows(json.loads(record.read_text())["rows"])
    write_whole(output / "captions.csv", text.getvalue().encode())
