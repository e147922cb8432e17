"""Is a data set sound? What a user wants to know before training on it or publishing it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..motion import MotionError
from .clips import read_rows
from .schema import SPLITS, row_to_clip

_MOST_EXAMPLES = 3


@dataclass
class CheckResult:
    """Figures, and problems with examples.

    Args:
        clips: in each split.
        problems: what is wrong -> ids of clips.
    """

    clips: Counter = field(default_factory=Counter)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problem: str, clip_id: str) -> None:
        self.problems.setdefault(problem, []).append(clip_id)

    def lines(self) -> Iterator[str]:
        """The result for people."""
        yield ", ".join(f"{self.clips[split]:,} clips in {split}" for split in SPLITS)
        for problem, ids in self.problems.items():
            more = f" and {len(ids) - _MOST_EXAMPLES:,} more" if len(ids) > _MOST_EXAMPLES else ""
            yield f"{problem}: {', '.join(ids[:_MOST_EXAMPLES])}{more}"
        if not self.problems:
            yield "no problems"


def check_dataset(dataset: str | Path) -> CheckResult:
    """Read every clip: are motions motions, ids unique, times inside the clips, subjects in one split, texts there?"""
    result = CheckResult()
    seen: set[str] = set()
    subjects: dict[tuple[str, str], dict[str, str]] = {}
    for row in read_rows(dataset):
        clip_id = row["id"]
        result.clips[row["split"]] += 1
        if clip_id in seen:
            result.add("the id is there twice", clip_id)
        seen.add(clip_id)
        try:
            clip = row_to_clip(row)
        except MotionError as error:
            result.add(f"not a motion ({error})", clip_id)
            continue
        if clip.motion.num_frames != row["frames"]:
            result.add("frames does not count the motion's frames", clip_id)
        if row["split"] not in SPLITS:
            result.add("split is not train, val or test", clip_id)
        if not (clip.body or any(not said.part for said in clip.timed)):
            result.add("no sentence describes the clip", clip_id)
        if any(said.start < 0 or said.end <= said.start or said.start > clip.motion.seconds for said in clip.timed):
            result.add("a timed caption lies outside the clip", clip_id)
        if any(not text.strip() for text in (*clip.body, *(said.text for said in clip.timed))):
            result.add("an empty sentence", clip_id)
        if clip.subject:
            subjects.setdefault((clip.source, clip.subject), {}).setdefault(row["split"], clip_id)
    for (source, subject), places in subjects.items():
        if len(places) > 1:
            for split, clip_id in places.items():
                result.add(f"subject {subject} of {source} is in several splits", f"{clip_id} ({split})")
    return result
