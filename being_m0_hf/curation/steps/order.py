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
from .agreement import agreed
from .cleaning import cleaned
from .lifting import lifted, lifter_fingerprint
from .people import find_people, without_crowds
from .physics import held_up
from .refinement import refined, weighted
from .shots import cut_into_shots

#: Raised when a step gives something else than before, so that what was kept of it is made anew.
VERSION = 2


@dataclass(frozen=True)
class Step:
    """A step.

    Args:
        name: of its files, and for ``--skip``.
        take: (video before, options) -> video after.
        depends_on: options that change its result.
        model: the option that names the model of which its result depends, too.
        switch: the option without which it is not taken at all.
    """

    name: str
    take: Callable[[CuratedVideo, CurationOptions], CuratedVideo]
    depends_on: tuple[str, ...] = ()
    model: str = ""
    switch: str = ""

    def is_taken(self, options: CurationOptions) -> bool:
        """With these options, if nobody skips it."""
        return not self.switch or bool(getattr(options, self.switch))

    def key(self, before: str, options: CurationOptions) -> str:
        """Of its result, after the step before with another one."""
        values = [self.name in options.skip, *(getattr(options, name) for name in self.depends_on)]
        if self.model:  # a name may come to stand for another training
            name = getattr(options, self.model)
            values += [name, lifter_fingerprint(name)]
        return _key(before, values)


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
    Step("lift", lifted, ("focal",), model="lifter"),
    Step("agree", agreed, model="agree_with", switch="agree_with"),
    Step("refine", _refine),
    Step("physics", held_up, switch="physics"),
)


def names_of_steps(options: CurationOptions) -> tuple[str, ...]:
    """The steps that are taken, in their order."""
    taken = (step.name for step in STEPS if step.is_taken(options) and step.name not in options.skip)
    return (FIND, *taken)


def last_step(options: CurationOptions) -> str:
    """Whose files hold what a video became, also where it was skipped and took over what was before."""
    return [step.name for step in STEPS if step.is_taken(options)][-1]


def through_all_steps(given: InputFile, options: CurationOptions, folder: Path) -> CuratedVideo:
    """A video after its last step; steps that are kept in ``folder`` are not taken again.

    Raises:
        UserFileError, MotionError: it cannot be read, or shows nobody.
    """
    key = _key("", [asdict(given), VERSION, given.stamps(options), [getattr(options, name) for name in _FOUND_BY]])
    video = _kept_or(folder, FIND, key, lambda: find_people(given, options), None)
    for step in STEPS:
        if not step.is_taken(options):
            continue
        key = step.key(key, options)
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


__all__ = ["STEPS", "Step", "last_step", "names_of_steps", "through_all_steps"]
