"""What one request makes: several takes, or one that is shown while it is written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from being_m0_hf.motion import Motion

from ..clip import growing_payload
from ..doors.shown import shown_motion
from ..model_queue import Visitor
from ..requests import HIGHEST_SEED, MOST_TAKES, PageRequest, whole_number
from ..workshop import Recipe, Status, Tell, Workshop, all_at_once


def takes_of(asked: PageRequest, count: Any, live: Any = False) -> list[Recipe]:
    """A recipe for each take, as ``pipeline(text, seed=, num_samples=)`` makes them: each has the next seed.

    Args:
        live: whether a single take is made by ``pipeline.stream``.

    Raises:
        ValueError: no number of takes.
    """
    number = whole_number(count, "takes", MOST_TAKES) or 1
    asked = replace(asked, live=live is True and number == 1)
    return [Recipe(replace(asked, seed=min(asked.seed + take, HIGHEST_SEED))) for take in range(number)]


async def made_together(workshop: Workshop, recipes: Sequence[Recipe], visitor: Visitor, tell: Tell) -> list[Motion]:
    """The motion of each take; ``tell`` hears how far all of them are."""
    doing = f"Writing {len(recipes)} takes"

    async def made(recipe: Recipe, tell_of_it: Tell) -> Motion:
        motion = await workshop.motion_of(recipe, visitor, tell_of_it)
        tell_of_it(Status(doing, 1.0))
        return motion

    tells = all_at_once(tell, len(recipes), doing)
    return list(await asyncio.gather(*map(made, recipes, tells)))


async def growing_clips(
    workshop: Workshop, recipe: Recipe, visitor: Visitor, tell: Tell
) -> AsyncIterator[tuple[dict[str, Any], Recipe]]:
    """What the viewer gets while a live take is written, each time some frames more, and the take's recipe by then."""
    async for run in workshop.stream_of(recipe, visitor, tell):
        now = replace(recipe, start=run.asked)
        shown = replace(shown_motion(workshop, now, run.pieces[0]), grows=str(recipe))
        yield growing_payload(shown, run.pieces), now
