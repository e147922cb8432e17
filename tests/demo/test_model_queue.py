"""One model for many visitors, and what who waits is told: how far all of the request is, once from 0 to 100 %."""

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from demo_page import UNKNOWN, tiny_pipeline, walk, walkers

from being_m0_hf.demo.model_queue import (
    LARGEST_BATCH,
    LARGEST_BATCH_OF_MANY,
    ModelQueue,
    QueueFullError,
    Visitor,
    usable_cores,
)
from being_m0_hf.demo.requests import PageRequest
from being_m0_hf.demo.workshop import Continued, Filled, Recipe, Status, TimelineRequest, Workshop, all_at_once
from being_m0_hf.demo.workshop import workshop as workshop_module
from being_m0_hf.demo.workshop.status import step_of
from being_m0_hf.motion import MotionError
from being_m0_hf.utils.long_work import SHARE_OF_A_GO, StoppedError, report


class HeldPipeline:
    """Walkers that begin when they may, and remember who was made with whom."""

    def __init__(self):
        self.may_begin = threading.Event()
        self.batches: list[list[int]] = []
        self.threads: list[int] = []

    def __call__(self, texts, seconds, seed, parts):
        self.may_begin.wait(timeout=60)
        self.batches.append(list(seed))
        self.threads.append(torch.get_num_threads())
        return walkers(texts, seconds, seed, parts)

    @property
    def order(self) -> list[int]:
        return [seed for batch in self.batches for seed in batch]


@pytest.fixture
def pipeline():
    pipeline = HeldPipeline()
    yield pipeline
    pipeline.may_begin.set()


def submit_all(queue: ModelQueue, asked: list[tuple[int, float, Visitor]]):
    """Submits (seed, seconds, visitor); the first is taken from the queue before the others come."""
    tickets = []
    for seed, seconds, visitor in asked:
        tickets.append(queue.submit(PageRequest("a person walks", seconds, seed), visitor))
        while len(tickets) == 1 and queue.ahead_of(tickets[0]) is not None:
            pass
    return tickets


def finish(pipeline: HeldPipeline, tickets) -> None:
    pipeline.may_begin.set()
    for ticket in tickets:
        ticket.future.result(timeout=60)


def test_fifty_at_once_get_their_own_motions_on_one_thread_a_core(pipeline):
    queue = ModelQueue(pipeline, workers=2)
    pipeline.may_begin.set()
    requests = [PageRequest("a person walks", 1.0 + seed % 3, seed) for seed in range(50)]
    tickets = [queue.submit(request, Visitor("a", "api")) for request in requests]
    for request, ticket in zip(requests, tickets, strict=True):
        motion = ticket.future.result(timeout=60)
        assert torch.equal(motion.rotations, walk("", request.seconds, request.seed).rotations)
    assert set(pipeline.threads) == {1}


def test_alike_requests_are_made_together(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    lengths = [4.0, 2.0, 4.0, 2.0, 4.0, 4.0, 4.0]
    visitor = Visitor("a", "api")
    tickets = submit_all(queue, [(0, 1.0, visitor), *((1 + n, length, visitor) for n, length in enumerate(lengths))])
    finish(pipeline, tickets)
    assert pipeline.batches == [[0], [1, 3, 5, 6], [2, 4], [7]]
    assert max(map(len, pipeline.batches)) == LARGEST_BATCH


def test_batches_are_larger_while_many_wait(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    finish(pipeline, submit_all(queue, [(seed, 4.0, Visitor(f"address {seed}")) for seed in range(25)]))
    assert [len(batch) for batch in pipeline.batches] == [1, LARGEST_BATCH_OF_MANY, LARGEST_BATCH_OF_MANY, 4, 4]


def test_page_does_not_wait_for_programs_and_nobody_for_one_address(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    flood = [(seed, 8.0, Visitor("flood", "api", str(seed))) for seed in range(25)]
    others = [(100, 4.0, Visitor("flood", "page", "tab")), (200, 2.0, Visitor("elsewhere", "api", "client"))]
    tickets = submit_all(queue, [*flood, *others])
    assert queue.ahead_of(tickets[-1]) == 25
    finish(pipeline, tickets)
    assert sorted(pipeline.order[1:3]) == [100, 200]
    assert pipeline.order[1] == 200  # an address that had no turn yet comes before one that had


def test_clients_of_one_address_take_turns(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    busy, next_one = Visitor("a", "api", "busy"), Visitor("a", "api", "next")
    tickets = submit_all(queue, [*((seed, 8.0, busy) for seed in range(20)), (100, 4.0, next_one)])
    finish(pipeline, tickets)
    assert pipeline.order[1] == 100


@pytest.mark.parametrize(
    ("visitors", "accepted", "message"),
    [
        ([Visitor("a", "api", str(n)) for n in range(60)], 24, "Too many of your requests wait"),
        ([Visitor("a", "page", "tab")] * 60, 4, "Too many of your requests wait"),
        ([Visitor(str(n), "page", "tab") for n in range(60)], 48, "48 requests wait already; try again"),
    ],
)
def test_queue_and_a_visitors_share_are_limited(pipeline, visitors, accepted, message):
    queue = ModelQueue(pipeline, workers=1)
    submit_all(queue, [(0, 1.0, Visitor("first"))])
    request = PageRequest("a person walks", 10.0)
    for visitor in visitors[:accepted]:
        queue.submit(request, visitor)
    with pytest.raises(QueueFullError, match=message):
        queue.submit(request, visitors[accepted])


def test_one_that_fails_does_not_take_others_with_it(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    visitor = Visitor("a", "api")
    first = submit_all(queue, [(0, 1.0, visitor)])
    texts = ["a person walks", UNKNOWN, "a person walks"]
    good, bad, also_good = (queue.submit(PageRequest(text), visitor) for text in texts)
    finish(pipeline, [*first, good, also_good])
    with pytest.raises(MotionError, match="nothing is known"):
        bad.future.result(timeout=60)


def test_who_leaves_is_not_waited_for(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    visitor = Visitor("a", "api")
    tickets = submit_all(queue, [(seed, 2.0, visitor) for seed in range(3)])
    assert tickets[1].future.cancel()
    finish(pipeline, [tickets[0], tickets[2]])
    assert pipeline.order == [0, 2]


def test_what_a_closed_page_waits_for_is_not_made(pipeline):
    queue = ModelQueue(pipeline, workers=1)
    here, gone = Visitor("a", "page", "here"), Visitor("a", "page", "gone")
    tickets = submit_all(queue, [(0, 2.0, here), (1, 2.0, gone), (2, 2.0, here), (3, 3.0, gone)])
    queue.leave("gone")
    assert tickets[1].future.cancelled() and tickets[3].future.cancelled()
    finish(pipeline, [tickets[0], tickets[2]])
    assert pipeline.order == [0, 2]


@pytest.mark.parametrize(
    ("quota", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("?", None), ("max 100000", None)]
)
def test_cores_of_a_container(tmp_path, quota, cores):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert usable_cores(file) == (cores or usable_cores(tmp_path / "none"))


# --- stopped on the way --------------------------------------------------------------------------------------------


class SteppedPipeline:
    """Walkers that report their way and go on at each step only when they may."""

    def __init__(self):
        self.reached, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, texts, seconds, seed, parts):
        for step in range(1, 5):
            self.reached.release()
            self.may_go_on.acquire(timeout=60)
            report(step, 4)
        return walkers(texts, seconds, seed, parts)


def test_stop_ends_the_work_and_frees_the_worker():
    pipeline = SteppedPipeline()
    queue = ModelQueue(pipeline, workers=1)
    visitor = Visitor("a")
    unwanted = queue.submit(PageRequest("a person walks"), visitor)
    pipeline.reached.acquire(timeout=60)
    pipeline.may_go_on.release()
    pipeline.reached.acquire(timeout=60)
    assert unwanted.share == pytest.approx(0.25 * SHARE_OF_A_GO)
    unwanted.stop()
    pipeline.may_go_on.release()
    with pytest.raises(StoppedError):
        unwanted.future.result(timeout=60)
    wanted = queue.submit(PageRequest("a person walks", seed=1), visitor)
    for _ in range(4):
        pipeline.may_go_on.release()
    assert torch.equal(wanted.future.result(timeout=60).rotations, walk("", 4.0, 1).rotations)


def test_stop_of_one_in_a_batch_leaves_the_others_their_motions():
    pipeline = SteppedPipeline()
    queue = ModelQueue(pipeline, workers=1)
    first, *batch = submit_all(queue, [(seed, 4.0, Visitor("a", "api")) for seed in range(3)])
    for _ in range(8):
        pipeline.may_go_on.release()
        if first.future.done():
            batch[0].stop()
    assert torch.equal(batch[1].future.result(timeout=60).rotations, walk("", 4.0, 2).rotations)
    assert not first.future.exception(timeout=60)


# --- what who waits is told ----------------------------------------------------------------------------------------

LINES = "a person walks # 0 # 1\na person turns # 1 # 2\nwaves # 0 # 1 # left arm"


def test_a_status_is_said_in_plain_words():
    assert Status("Waiting, 2 before you").line == "Waiting, 2 before you"
    assert Status("Writing the motion", 0.0).line == "Writing the motion"
    assert Status("Writing the timeline", 0.452, "a person turns").line == "Writing the timeline, 45 %: a person turns"


def test_several_steps_and_several_takes_are_one_wait():
    heard: list[Status] = []
    for number in range(2):
        tell = step_of(heard.append, number, 2)
        tell(Status("Waiting, you are next"))
        tell(Status("Writing the motion", 0.5))
    assert [status.share for status in heard] == [None, 0.25, None, 0.75]
    heard.clear()
    first, second = all_at_once(heard.append, 2, "Writing 2 takes")
    first(Status("Waiting, you are next"))
    second(Status("Waiting, 1 before you"))  # which is the first take
    second(Status("Writing the motion", 0.5))
    first(Status("Waiting, you are next"))  # one of them is being written
    first(Status("Writing the motion", 0.1))
    lines = [status.line for status in heard]
    assert lines == ["Waiting, you are next", "Writing 2 takes, 25 %", "Writing 2 takes, 25 %", "Writing 2 takes, 30 %"]


def test_a_timeline_and_a_link_with_edits_grow_once(monkeypatch):
    monkeypatch.setattr(workshop_module, "STATUS_SECONDS", 0.005)
    workshop, visitor = Workshop(tiny_pipeline()), Visitor("a")
    edited = Recipe(PageRequest("a person walks", 1.0)).then(Continued(1.0, "turns")).then(Filled(0.5, 1.5, "waves"))
    for recipe, doings in (
        (Recipe(TimelineRequest.checked(LINES, 1)), ["Writing the timeline"]),
        (edited, ["Writing the motion", "Adding 1 s", "Changing the motion"]),
    ):
        heard: list[Status] = []
        with ThreadPoolExecutor(1) as thread:  # Playwright's loop may run in this one
            making = workshop.motion_of(recipe, visitor, heard.append)
            motion = thread.submit(asyncio.run, making).result()
        shares = [status.share for status in heard if status.share is not None]
        assert motion.seconds == 2.0 and shares == sorted(shares) and len(set(shares)) > 3
        assert list(dict.fromkeys(each.doing for each in heard if each.share is not None)) == doings
        assert all(re.fullmatch(r"[^%:]+(, \d+ %)?(: [^%]+)?", status.line) for status in heard)
        assert not any("pass" in status.line for status in heard)
