"""What people describe, and how many seconds of training motion show it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..motion import MODEL_FPS
from ..text.caption_actions import actions_in
from ..utils.user_files import UserFileError, read_user_json_lines

#: Kinds of samples that show recorded seconds once; the others are made from them.
_RECORDED = ("clip", "segment", "captioned", "window", "locomotion_event", "still")
_WRITTEN = ("written",)
#: A sample shows an action when this share of its sentences names it.
_SHARE = 0.05
#: Seconds from which on an action counts as shown.
SHOWN_SECONDS = 5.0


@dataclass(frozen=True)
class CensusRow:
    """One action: captions that name it, and the seconds of motion that show it, recorded and written."""

    action: str
    asked: int
    recorded: float
    written: float


def count_actions(captions: Iterable[str]) -> Counter[str]:
    """Action -> number of captions that name it."""
    return Counter(action for text in captions for action in actions_in(text))


def shown_seconds(caches: Iterable[Path]) -> tuple[dict[str, float], dict[str, float]]:
    """Action -> seconds that show it in the training samples of caches, without mirrored and changed copies.

    Returns:
        of recordings, and of written performances.

    Raises:
        UserFileError: a folder holds no training samples.
    """
    recorded: dict[str, float] = defaultdict(float)
    written: dict[str, float] = defaultdict(float)
    for folder in caches:
        path = Path(folder) / "train_samples.jsonl"
        if not path.is_file():
            raise UserFileError(f"{path} is missing: give a folder that training/prepare_data.py wrote")
        for row in read_user_json_lines(path):
            if not row["mirrored"] and row["kind"] in (*_RECORDED, *_WRITTEN):
                seconds = written if row["kind"] in _WRITTEN else recorded
                for action in _shown_by(row["captions"]):
                    seconds[action] += row["frames"] / MODEL_FPS
    return recorded, written


def _shown_by(captions: list[dict]) -> list[str]:
    weights: dict[str, float] = defaultdict(float)
    for caption in captions:
        for action in actions_in(caption["text"]):
            weights[action] += caption["weight"]
    return [action for action, weight in weights.items() if weight >= _SHARE]


def census(captions: Iterable[str], caches: Iterable[Path]) -> list[CensusRow]:
    """All actions of the captions, the most frequent first."""
    recorded, written = shown_seconds(caches)
    return [
        CensusRow(action, asked, recorded.get(action, 0.0), written.get(action, 0.0))
        for action, asked in count_actions(captions).most_common()
    ]


def table(rows: list[CensusRow], captions: int, most: int) -> str:
    """The first rows in Markdown, with what share of all mentions is shown."""
    mentions = sum(row.asked for row in rows)
    shown = sum(row.asked for row in rows if row.recorded + row.written >= SHOWN_SECONDS)
    lines = [
        f"{captions:,} captions name {len(rows):,} actions {mentions:,} times. Of these mentions "
        f"{shown / max(1, mentions):.0%}",
        f"are of actions that at least {SHOWN_SECONDS:g} s of training motion show.",
        "",
        "| action | captions | recorded, s | written, s |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.action} | {row.asked:,} | {row.recorded:,.0f} | {row.written:,.0f} |" for row in rows[:most]]
    return "\n".join(lines) + "\n"
