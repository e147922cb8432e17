"""A motion that is shown while it is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import torch

from being_m0_hf.motion import Motion

from ..model_queue import OtherWork, Ticket
from ..requests import PageRequest

Stream = Callable[[Any], Any]


def joined(pieces: list[Motion]) -> Motion:
    """One motion of all pieces, in their order."""
    rotations, translation = (torch.cat([getattr(piece, name) for piece in pieces]) for name in PIECE_ARRAYS)
    return pieces[0].replace(rotations=rotations, translation=translation)


def live_work(
    asked: PageRequest, plain: Callable[[Any], Any], give: Callable[[Motion], Any] = lambda frames: None
) -> OtherWork:
    """``pipeline.stream``, each piece given at once and all together at the end.

    Args:
        plain: the pipeline with the styles that are asked for, of the queue's own.
        give: hears of each piece, in the model's thread.
    """

    def write(pipeline: Any) -> Motion:
        pieces: list[Motion] = []
        for frames in plain(pipeline).stream(asked.text, dict(asked.parts) or None, asked.seconds, asked.seed):
            pieces.append(frames)
            give(frames)
        return joined(pieces).replace(text=asked.sentence)

    return OtherWork(write, asked.seconds)


async def pieces_of(submit: Callable[[Callable[[Motion], Any]], Ticket], wait: float) -> AsyncIterator[list[Motion]]:
    """All pieces so far, again and again while there are more; an empty list while it waits.

    Args:
        submit: puts the work in the queue, given who hears of pieces.
        wait: seconds after which a look at the queue is due.

    Raises:
        ValueError: what queue and pipeline raise.
    """
    loop, arrived, pieces = asyncio.get_running_loop(), asyncio.Event(), list[Motion]()

    def give(frames: Motion) -> None:
        pieces.append(frames)
        loop.call_soon_threadsafe(arrived.set)

    ticket = submit(give)
    result = asyncio.wrap_future(ticket.future)
    try:
        while not result.done():
            heard = asyncio.ensure_future(arrived.wait())
            await asyncio.wait([heard, result], timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            heard.cancel()
            arrived.clear()
            yield list(pieces)
        result.result()
    finally:
        if not result.done():
            ticket.stop()


#: Of a motion, what has one entry a frame.
PIECE_ARRAYS = ("rotations", "translation")
