"""A motion of a recipe with what is said about it, as the page shows it and as files hold it."""

from pathlib import Path

from being_m0_hf.motion import Motion

from ..clip import ShownMotion
from ..exports import USUAL_RATE
from ..files import file_stem, write_files
from ..workshop import Recipe, Workshop, told_in_time, told_of_recipe


def shown_motion(workshop: Workshop, recipe: Recipe, motion: Motion) -> ShownMotion:
    """What the viewer gets."""
    told = told_of_recipe(workshop.pipeline, recipe, motion)
    each_told = told_in_time(workshop.pipeline, recipe, motion)
    return ShownMotion(
        motion, recipe.title, recipe.seed, recipe.part_texts, told, str(recipe), recipe.said, spoken=each_told
    )


def files_of(shown: ShownMotion, fps: float | None = None, stays: bool = False) -> list[Path]:
    """Its files.

    Args:
        fps: frames a second of each; by default the motion's own.
        stays: as long as the page does.
    """
    motion = shown.motion if fps is None else shown.motion.resample(fps)
    stem = file_stem(shown.said or (shown.caption or "",), shown.seed, None if fps == USUAL_RATE else fps)
    return write_files(motion, stem, shown.told, shown.recipe, stays)
