"""Making what recipes say: by the model's queue, each step in its turn, and only what is not there yet."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from being_m0_hf.models.being_m0.prompt_template import FILL, MOTION_TO_TEXT
from being_m0_hf.motion import PARTS, Motion
from being_m0_hf.pipelines.styles import StyledPipeline
from being_m0_hf.retarget import import_file

from ...pipelines.editing.describing import Description
from ..model_queue import ModelQueue, OtherWork, Pipeline, Ticket, Visitor
from ..requests import PageRequest, checked_styles
from .live import SECONDS_AHEAD, LiveRun, live_work
from .recipe import Edit, Filled, Recipe
from .status import Status, Tell, nobody, step_of
from .store import MotionStore
from .timelines import TimelineRequest

STATUS_SECONDS = 0.5  # between two looks at the queue for a visitor who waits
#: What is read of a file: the viewer gets all of it.
MOST_FILE_SECONDS, MOST_FILE_FPS = 60.0, 60.0
#: Seconds of motion that a description counts as in the queue: a sentence is much shorter than a motion.
DESCRIPTION_SECONDS = 1.0
#: The same for one piece of a live motion.
PIECE_SECONDS = 0.4
#: What visitors are told that happens to their request.
WRITING, DESCRIBING = "Writing the motion", "Describing the motion"


class Workshop:
    """One model, its queue, and the motions that were made of late.

    Args:
        pipeline: see ``model_queue.Pipeline``; with ``fill``, ``continue_`` and ``describe``, motions can be edited.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.queue = ModelQueue(pipeline)
        self._store = MotionStore()
        self._live: dict[str, LiveRun] = {}

    def can(self, task: str) -> bool:
        """Whether the model has learned a task."""
        config = getattr(getattr(self.pipeline, "model", None), "config", None)
        return task in (getattr(config, "tasks", None) or ())

    @property
    def can_edit(self) -> bool:
        return self.can(FILL)

    @property
    def can_stream(self) -> bool:
        """Whether motions can be shown while they are written."""
        return hasattr(_plain(self.pipeline), "stream")

    @property
    def can_time(self) -> bool:
        """Whether it makes timelines."""
        return hasattr(_plain(self.pipeline), "timeline")

    @property
    def can_describe(self) -> bool:
        return self.can(MOTION_TO_TEXT)

    def bring(self, path: Path, name: str) -> tuple[Recipe, list[str]]:
        """The recipe of a motion in a file, and what was understood of the file.

        Raises:
            ValueError: the importers cannot read it.
        """
        found = import_file(path)
        motion = found.motion if found.motion.fps <= MOST_FILE_FPS else found.motion.resample(MOST_FILE_FPS)
        said = [found.understanding.line(found.motion)]
        if motion.seconds > MOST_FILE_SECONDS:
            said.append(f"the first {MOST_FILE_SECONDS:g} s are taken")
            motion = motion.crop(0, round(MOST_FILE_SECONDS * motion.fps))
        recipe = Recipe(f"{secrets.token_hex(8)}.{name}")
        self._store.put(str(recipe), motion)
        return recipe, said

    def first_motion(self, recipe: Recipe) -> Motion:
        """The motion of a recipe without edits, before anybody visits: it is waited for."""
        motion = self.queue.submit(recipe.start, Visitor("this machine")).future.result()
        self._store.put(str(recipe), motion)
        return motion

    def warm_up(self, request: PageRequest) -> None:
        """Has the model make a motion that nobody waits for: its first one takes three times as long as others."""
        self.queue.submit(request, Visitor("this machine"))

    async def motion_of(self, recipe: Recipe, visitor: Visitor, tell: Tell = nobody) -> Motion:
        """The motion of a recipe; ``tell`` hears how long the queue is, then how much of all that it takes is done.

        Raises:
            ValueError: what queue and pipeline raise for what they cannot take, in one line.
        """
        missing = [recipe]
        while (motion := self._store.get(str(missing[-1]))) is None and missing[-1].edits:
            missing.append(missing[-1].before)
        if motion is not None:
            missing.pop()
        for number, step in enumerate(reversed(missing)):
            motion = await self._made(step, motion, visitor, step_of(tell, number, len(missing)))
            self._store.put(str(step), motion)
        assert motion is not None
        return motion

    async def _made(self, recipe: Recipe, before: Motion | None, visitor: Visitor, tell: Tell) -> Motion:
        """The motion of a recipe, from the one before its last edit if it has any."""
        if before is not None:
            edited = await self._done(self._edit(recipe, before), visitor, tell, recipe.edits[-1].doing)
            return edited.replace(text=recipe.title)
        if isinstance(recipe.start, str):
            raise ValueError("The motion of that file is no longer kept here; open the file again.")
        checked_styles([f"{name}:{weight}" for name, weight in recipe.start.styles], self.style_weights)
        doing = "Writing the timeline" if isinstance(recipe.start, TimelineRequest) else WRITING
        return await self._done(_work_of(recipe.start), visitor, tell, doing)

    async def stream_of(self, recipe: Recipe, visitor: Visitor, tell: Tell = nobody) -> AsyncIterator[LiveRun]:
        """A live request while it is written: the run again and again, each time with some pieces more.

        Each piece waits for its own turn, so that others are not kept waiting, and none is written long before it is
        seen. Meanwhile the visitor may `say` what comes next.

        Raises:
            ValueError: as `motion_of`.
        """
        asked = recipe.start
        if not isinstance(asked, PageRequest) or not asked.live:
            raise ValueError("This motion is not made live.")
        run = self._live[visitor.session] = LiveRun(asked, _styled(asked))
        piece, began = OtherWork(run.next_piece, PIECE_SECONDS), 0.0

        def tell_of_all(status: Status) -> None:
            written = min(1.0, run.seconds / run.asked.end)
            tell(status if status.share is None else Status("Writing it live", written))

        try:
            while await self._done(piece, visitor, tell_of_all) is not None:
                yield run
                began = began or time.monotonic()
                await asyncio.sleep(max(0.0, run.seconds - (time.monotonic() - began) - SECONDS_AHEAD))
        finally:
            if self._live.get(visitor.session) is run:
                del self._live[visitor.session]
        self._store.put(str(replace(recipe, start=run.asked)), run.whole())
        yield run  # a stop was the last that it was told

    def live_of(self, visitor: Visitor) -> LiveRun:
        """The motion that is now written for a visitor.

        Raises:
            ValueError: there is none.
        """
        if visitor.session not in self._live:
            raise ValueError("No live motion is being written now; tick Live and generate one.")
        return self._live[visitor.session]

    async def describe(self, recipe: Recipe, part: str | None, visitor: Visitor, tell: Tell = nobody) -> str:
        """What the motion of a recipe shows, or one of its parts."""
        motion = await self.motion_of(recipe, visitor, tell)
        return await self.describe_motion(motion, part, visitor, tell)

    async def describe_motion(self, motion: Motion, part: str | None, visitor: Visitor, tell: Tell = nobody) -> str:
        """What a motion shows, or one of its parts."""
        work = OtherWork(lambda pipeline: _plain(pipeline).describe(motion, part), DESCRIPTION_SECONDS)
        return await self._done(work, visitor, tell, DESCRIBING)

    async def describe_all(self, recipe: Recipe, visitor: Visitor, tell: Tell = nobody) -> dict[str, Description]:
        """What the motion of a recipe shows: "body", then each part by its title."""
        motion = await self.motion_of(recipe, visitor, tell)

        def described(pipeline: Pipeline) -> dict[str, Description]:
            said = _plain(pipeline).describe_all(motion)
            return {"body": said["body"]} | {part.title: said[part.name] for part in PARTS}

        work = OtherWork(described, DESCRIPTION_SECONDS * (1 + len(PARTS)))
        return await self._done(work, visitor, tell, DESCRIBING)

    @property
    def style_weights(self) -> dict[str, float]:
        return dict(self.pipeline.weights) if isinstance(self.pipeline, StyledPipeline) else {}

    def _edit(self, recipe: Recipe, before: Motion) -> OtherWork:
        edit = recipe.edits[-1]
        styles = {} if isinstance(recipe.start, str) else dict(recipe.start.styles)
        seconds = edit.end - edit.start if isinstance(edit, Filled) else edit.seconds
        return OtherWork(lambda pipeline: _edited(_plain(pipeline, styles), before, edit), max(1.0, seconds))

    async def _done(self, work: Any, visitor: Visitor, tell: Tell, doing: str = WRITING) -> Any:
        """The result, when its turn has come. Who leaves takes the work out of the queue.

        Args:
            doing: what happens to it, for who waits.
        """
        ticket = self.queue.submit(work, visitor)
        result = asyncio.wrap_future(ticket.future)
        try:
            while not result.done():
                tell(self._status(ticket, doing))
                await asyncio.wait([result], timeout=STATUS_SECONDS)
            return result.result()
        except asyncio.CancelledError:
            if ticket.future.cancelled():  # by `leave`: this task goes on, for nobody
                raise ValueError("The page was closed before its turn came.") from None
            ticket.stop()
            raise

    def _status(self, ticket: Ticket, doing: str) -> Status:
        ahead = self.queue.ahead_of(ticket)
        if ahead is None:
            return Status(doing, ticket.share, ticket.what)
        return Status(f"Waiting, {ahead} before you" if ahead else "Waiting, you are next")


def _work_of(start: PageRequest | TimelineRequest) -> PageRequest | OtherWork:
    if isinstance(start, TimelineRequest):
        return OtherWork(lambda pipeline: _plain(pipeline).timeline(start.lines, seed=start.seed), start.seconds)
    return live_work(start, _styled(start)) if start.live else start


def _styled(asked: PageRequest) -> Callable[[Any], Any]:
    return lambda pipeline: _plain(pipeline, dict(asked.styles))


def _plain(pipeline: Pipeline, styles: dict[str, float] | None = None) -> Any:
    """The pipeline that edits and describes: with these styles at work."""
    return pipeline.mix(styles or {}) if isinstance(pipeline, StyledPipeline) else pipeline


def _edited(pipeline: Any, motion: Motion, edit: Edit) -> Motion:
    if isinstance(edit, Filled):
        end = min(edit.end, motion.seconds)
        parts = list(edit.parts) or None
        told = dict.fromkeys(edit.parts, edit.text) if parts and edit.text else parts
        text = "" if parts else edit.text
        return pipeline.fill(motion, edit.start, end, text, told, seed=edit.seed)
    return pipeline.continue_(motion, edit.text, edit.seconds, seed=edit.seed)
