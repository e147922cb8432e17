"""A motion of a recipe with what is said about it, as the page shows it and as files hold it."""

from pathlib import Path

from being_m0_hf.motion import Motion

from ..clip import ShownMotion
from ..files import write_files
from ..workshop import Recipe, Workshop, told_of


def shown_motion(workshop: Workshop, recipe: Recipe, motion: Motion) -> ShownMotion:
    """What the viewer gets."""
    part_texts = {} if isinstance(recipe.start, str) else recipe.start.parts
    told = told_of(workshop.pipeline, recipe.text, motion)
    return ShownMotion(motion, recipe.title, recipe.seed, part_texts, told, str(recipe))


def files_of(shown: ShownMotion, stays: bool = False) -> list[Path]:
    """Its files; ``stays``: as long as the page does."""
    return write_files(shown.motion, shown.caption or "", shown.seed or 0, shown.told, shown.recipe, stays)
