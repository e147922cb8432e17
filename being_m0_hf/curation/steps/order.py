"""The steps in their order. Each is kept when it is done, so that a kill, or another option of a later step, costs no
more than what comes after it.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..curated_video import CuratedVideo, load_step, save_step
from ..inputs import InputFile
from ..options import CurationOptions
from .cleaning import cleaned
from .lifting import lifted
from .people import find_people, without_crowds
from .refinement import refined, weighted
from .shots import cut_into_shots

#: Raised when a step gives something else than before, so that what was kept of it is made anew.
VERSION = 1


@dataclass(frozen=True)
class Step:
    """A step.

    Args:
        name: of its files, and for ``--skip``.
        take: (video before, options) -> video after.
        depends_on: options that change its result.
    """

    name: str
    take: Callable[[CuratedVideo, CurationOptions], CuratedVideo]
    depends_on: tuple[str, ...]


def _shots(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """Cut where the film cuts, unless that is skipped; crowds and tiny people are left out either way."""
    if "shots" not in options.skip and video.kind != "image":
        video = cut_into_shots(video)
    return without_crowds(video, options)


def _clean(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    return video if "clean" in options.skip else cleaned(video, options)


def _refine(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    return weighted(video if "refine" in options.skip else refined(video))


#: After the first, which finds the people.
FIND = "find"
_FOUND_BY = ("fps", "size", "layout", "detector", "most_people")
STEPS = (
    Step("shots", _shots, ("most_people", "smallest")),
    Step("clean", _clean, ("shortest",)),
    Step("lift", lifted, ("lifter", "focal")),
    Step("refine", _refine, ()),
)
NAMES = (FIND, *(step.name for step in STEPS))


def through_all_steps(given: InputFile, options: CurationOptions, folder: Path) -> CuratedVideo:
    """A video after its last step; steps that are kept in ``folder`` are not taken again.

    Raises:
        UserFileError, MotionError: it cannot be read, or shows nobody.
    """
    key = _key("", [asdict(given), VERSION, given.stamps(options), [getattr(options, name) for name in _FOUND_BY]])
    video = _kept_or(folder, FIND, key, lambda: find_people(given, options), None)
    for step in STEPS:
        key = _key(key, [step.name in options.skip, *(getattr(options, name) for name in step.depends_on)])
        before = video
        video = _kept_or(folder, step.name, key, lambda: step.take(before, options), before)  # noqa: B023 (called at once)
    return video


def _kept_or(
    folder: Path, name: str, key: str, take: Callable[[], CuratedVideo], before: CuratedVideo | None
) -> CuratedVideo:
    kept = load_step(folder, name, key)
    if kept is not None:
        return kept
    start = time.process_time()
    video = take()
    seconds = {**(before.seconds if before else {}), name: round(time.process_time() - start, 4)}
    video = video.replace(step=name, seconds=seconds)
    save_step(video, folder, key)
    return video


def _key(before: str, values: list) -> str:
    return hashlib.sha256(json.dumps([before, values]).encode()).hexdigest()[:16]


__all__ = ["NAMES", "STEPS", "Step", "through_all_steps"]
