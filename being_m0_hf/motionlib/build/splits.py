"""Which split a clip belongs to: whole subjects, so that neighbours do not leak from training into the test set."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..schema import SPLITS

#: Of the seconds of a data set (MotionLib's own shares; Being-M0, section 4).
SHARES = {"train": 0.80, "val": 0.05, "test": 0.15}


@dataclass(frozen=True)
class SplitEntry:
    """What decides a clip's split.

    Args:
        id: of the clip.
        group: clips of one group stay together: subject, or recording.
        seconds: its length.
        split: where its source puts it; empty when the source says nothing.
    """

    id: str
    group: str
    seconds: float
    split: str = ""


def assign_splits(entries: Iterable[SplitEntry]) -> dict[str, str]:
    """Clip id -> split. The same data give the same splits on every machine, and in any order.

    What a source says is kept. The other groups go, in the order of their hashes, to the split that lacks most; so even
    a few groups fill all three, and no split gets the large ones by chance. The first always goes to training.
    """
    splits: dict[str, str] = {}
    groups: dict[str, list[SplitEntry]] = defaultdict(list)
    for entry in entries:
        if entry.split:
            splits[entry.id] = entry.split
        else:
            groups[entry.group].append(entry)
    filled = dict.fromkeys(SPLITS, 0.0)
    total = sum(entry.seconds for group in groups.values() for entry in group)
    for name in sorted(groups, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        # in shares of its own target, an empty split is as hungry as any other; the larger target breaks the tie
        split = min(SPLITS, key=lambda split: (filled[split] / (SHARES[split] * total or 1.0), -SHARES[split]))
        filled[split] += sum(entry.seconds for entry in groups[name])
        splits |= {entry.id: split for entry in groups[name]}
    return splits
