"""What the page asks the model for: parts made anew, takes, timelines. Each is the call that Python has."""

import asyncio
import json
import urllib.request
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from demo_page import choose_length, control, served, tiny_pipeline, viewer, visit, walk

from being_m0_hf.demo.model_queue import Visitor
from being_m0_hf.demo.requests import PageRequest
from being_m0_hf.demo.studio.timeline_board import read_timeline
from being_m0_hf.demo.workshop import Continued, Recipe, TimelineRequest, Workshop, told_in_time, told_of_recipe
from being_m0_hf.demo.workshop.live import LiveRun, joined, live_work
from being_m0_hf.demo.workshop.recipe_lines import timeline_lines
from being_m0_hf.motion import PARTS
from being_m0_hf.understanding import Understanding, Verdict

DESKTOP = {"width": 1000, "height": 900}
LINES = "a person walks forward # 0 # 2\nwaves # 0.4 # 1.6 # left arm"


@pytest.fixture(scope="module")
def pipeline():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def studio(pipeline, browser):
    with served(pipeline) as demo, visit(browser, demo.local_url, DESKTOP) as page:
        viewer(page, "ready")
        choose_length(page, "2")
        yield page


def in_a_thread(work: Coroutine) -> Any:
    """What it returns; a browser of other tests has this thread's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def shown(page) -> torch.Tensor:
    """The pose on the stage in the middle of the motion, relative to the pelvis."""
    viewer(page, "playback.pause()")
    viewer(page, "playback.seek(0.5)")
    joints = torch.tensor(viewer(page, "jointPositions()"))
    return joints - joints[0]


def pose(motion) -> torch.Tensor:
    joints = motion.joints()[10]
    return joints - joints[0]


def fixed_seed(page, seed: int) -> None:
    page.get_by_role("spinbutton", name="Seed").fill(str(seed))
    page.wait_for_function("!document.querySelector('.seed input[type=checkbox]').checked")


def wait_for_seed(page, seed: int, caption: str) -> None:
    control(page, ".caption").filter(has_text=caption).wait_for()
    control(page, ".head .seed").filter(has_text=f"seed {seed}").wait_for()


@pytest.mark.browser
def test_takes_part_and_timeline_are_pythons_own_calls(studio, pipeline):
    page = studio
    page.get_by_label("What does the person do?").fill("a person walks forward")
    fixed_seed(page, 5)
    page.get_by_label("number input for Takes").fill("2")
    page.get_by_role("button", name="Generate motion").click()
    control(page, ".take").nth(1).wait_for()
    first, second = pipeline("a person walks forward", seconds=2, seed=5, num_samples=2)
    assert (shown(page) - pose(first)).abs().max() < 1e-3
    control(page, ".take").nth(1).click()
    assert (shown(page) - pose(second)).abs().max() < 1e-3
    page.wait_for_function("document.querySelector('input[aria-label=Seed]').value === '6'")

    viewer(page, "choosePart('left_arm')")
    page.keyboard.type("waves")
    page.keyboard.press("Enter")
    control(page, ".caption").filter(has_text="left arm: waves").wait_for()
    page.keyboard.press("Escape")
    anew = pipeline.fill(second, 0, second.seconds, parts={"left_arm": "waves"}, seed=6)
    others = [joint for part in PARTS if part.name != "left_arm" for joint in part.joints]
    assert (anew.rotations[:, others] - second.rotations[:, others]).abs().max() < 1e-6  # rounding of unit quaternions
    assert (shown(page) - pose(anew)).abs().max() < 1e-3
    control(page, ".chip.filled .clear").click()

    page.get_by_role("button", name="Timeline").click()
    board = page.locator(".timeline-board")
    board.locator("textarea").fill(LINES)
    board.locator(".block").nth(1).wait_for()
    board.get_by_role("button", name="New motion from the timeline").click()
    wait_for_seed(page, 6, "a person walks forward, the left arm waves")
    assert (shown(page) - pose(pipeline.timeline(LINES, seed=6))).abs().max() < 1e-3

    # a change of an arm is on that arm's row, also when something was written there that is no motion yet
    draft = f"{LINES}\nkicks # 1 # 1.6 # right leg"
    board.locator("textarea").fill(draft)
    viewer(page, "choosePart('right_arm')")
    page.keyboard.type("stretch out to the side")
    page.keyboard.press("Enter")
    control(page, ".caption").filter(has_text="right arm: stretch out to the side").wait_for()
    row = board.locator(".row").filter(has_text="right arm")
    row.locator(".block").filter(has_text="stretch out to the side").wait_for()
    first, second = LINES.splitlines()
    changed = "\n".join((first, "stretch out to the side # 0 # 2 # right arm", second))
    assert board.locator("textarea").input_value() == changed
    page.keyboard.press("Escape")
    board.get_by_role("button", name="Bring back what I wrote").click()
    assert board.locator("textarea").input_value() == draft
    board.locator("textarea").fill(LINES)
    control(page, ".chip.filled .clear").click()


@pytest.mark.browser
def test_live_motion_grows_on_the_stage_and_is_that_of_the_stream(studio, pipeline):
    page = studio
    page.evaluate("""() => { window.seen = []; document.addEventListener("motionshown", () => {
      const { duration, growing, time } = document.querySelector(".motion-viewer").motionViewer.playback;
      window.seen.push([duration, growing, time]); }); }""")
    page.get_by_label("What does the person do?").fill("someone turns around")
    fixed_seed(page, 8)
    page.get_by_label("number input for Takes").fill("1")
    page.get_by_label("Live").check()
    page.get_by_role("button", name="Generate motion").click()
    wait_for_seed(page, 8, "someone turns around")
    page.wait_for_function("!document.querySelector('.motion-viewer').motionViewer.playback.growing")
    page.get_by_label("Live").uncheck()
    durations = page.evaluate("window.seen.map(([duration]) => duration)")
    assert viewer(page, "playback.duration") == 2.0
    assert len(durations) > 1 and durations[1:] == sorted(durations[1:])  # the first is that of the motion before
    whole = joined(list(pipeline.stream("someone turns around", seconds=2.0, seed=8)))
    assert (shown(page) - pose(whole)).abs().max() < 1e-3


# Types and clicks as soon as a live motion grows: it lasts some seconds, and a busy machine takes as long for a click.
WHEN_IT_GROWS = """([text, name]) => {
  const waiting = setInterval(() => {
    if (!document.querySelector(".motion-viewer").motionViewer.growing) return;
    clearInterval(waiting);
    const field = document.querySelector(".next-text :is(input, textarea)");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const button = [...document.querySelectorAll(".next button")].find((each) => each.textContent.trim() === name);
    setTimeout(() => button.click(), 50);
  }, 20);
}"""


def test_the_workshop_hears_what_comes_next_and_keeps_what_came_out(pipeline):
    workshop, visitor = Workshop(pipeline), Visitor("here", "page", "one")
    first = Recipe(PageRequest("a person strolls", 5, 9, live=True))

    async def live() -> Recipe:
        now, stops = first, []
        async for run in workshop.stream_of(first, visitor):
            now = Recipe(run.asked)
            if len(run.pieces) == 1:
                workshop.live_of(visitor).say("a person sits down")
            elif run.seconds > 1.5 and len(run.asked.said) == 1 and not stops:
                stops.append(run.seconds)
                workshop.live_of(visitor).stop()
        return now

    recipe = in_a_thread(live())
    assert recipe.start.said[0][:2] == (1, "a person sits down") and recipe.start.said[-1].text == ""
    kept = in_a_thread(workshop.motion_of(recipe, visitor))
    assert kept.seconds == pytest.approx(recipe.start.end, abs=0.11)  # stopped
    assert 1.5 < kept.seconds < 5 and kept.text == "a person strolls, then a person sits down"
    again = live_work(recipe.start, lambda pipeline: pipeline).work(pipeline)
    assert torch.equal(again.rotations, kept.rotations)
    with pytest.raises(ValueError, match="No live motion is being written"):
        workshop.live_of(visitor)


@pytest.mark.browser
def test_a_live_motion_hears_what_comes_next_and_can_be_made_again(studio, pipeline):
    page = studio
    page.get_by_label("What does the person do?").fill("a person strolls")
    choose_length(page, "6")
    fixed_seed(page, 9)
    page.get_by_label("Live").check()
    page.evaluate(WHEN_IT_GROWS, ["a person sits down", "Say it"])
    page.get_by_role("button", name="Generate motion").click()
    following = page.get_by_label("What comes next?")
    control(page, ".caption").filter(has_text="a person strolls, then a person sits down").wait_for()
    page.wait_for_function("!document.querySelector('.motion-viewer').motionViewer.growing")
    assert following.is_visible() and following.input_value() == ""
    page.get_by_label("Live").uncheck()
    recipe = Recipe.parse(viewer(page, "recipe"))
    ((pieces, text, at),) = recipe.start.said
    told = []
    for time in (0, at + 0.1):  # the verdict is about what is shown, and so is the title
        viewer(page, "playback.pause()")
        viewer(page, f"playback.seek({time})")
        told.append(control(page, ".told").inner_text())
    assert [line.split('"')[1] for line in told] == ["a person strolls", "a person sits down"]
    assert control(page, ".caption .quiet").all_inner_texts() == ["a person strolls"]
    stream, frames = pipeline.stream("a person strolls", seconds=6.0, seed=9), []
    for _ in range(pieces):
        frames.append(next(stream))
    stream.say(text, {})
    whole = joined([*frames, *stream])
    assert (shown(page) - pose(whole)).abs().max() < 1e-3
    assert viewer(page, "playback.duration") == pytest.approx(whole.seconds) and whole.seconds == 6
    choose_length(page, "2")
    again = live_work(recipe.start, lambda pipeline: pipeline).work(pipeline)
    assert torch.allclose(again.rotations, whole.rotations, atol=1e-4)
    page.wait_for_function("!document.querySelector('.downloads').inert")  # its files are there


@pytest.mark.browser
def test_stop_ends_a_live_motion_where_it_is(studio):
    page = studio
    choose_length(page, "10")
    page.get_by_label("What does the person do?").fill("a person marches")
    page.get_by_label("Live").check()
    page.evaluate(WHEN_IT_GROWS, ["", "Stop"])
    page.get_by_role("button", name="Generate motion").click()
    control(page, ".caption").filter(has_text="a person marches").wait_for()
    page.wait_for_function("!document.querySelector('.motion-viewer').motionViewer.growing")
    page.get_by_label("Live").uncheck()
    choose_length(page, "2")
    assert 0 < viewer(page, "playback.duration") < 10
    (said,) = Recipe.parse(viewer(page, "recipe")).start.said
    assert said.text == ""

    # the box stays: what is typed there now is added to the end
    before = viewer(page, "playback.duration")
    page.get_by_label("for seconds").fill("1")
    page.get_by_label("What comes next?").fill("a person sits down")
    page.keyboard.press("Enter")
    control(page, ".caption").filter(has_text="1 s more: a person sits down").wait_for()
    assert viewer(page, "playback.duration") == pytest.approx(before + 1, abs=0.11)
    page.wait_for_function("!document.querySelector('.next-text :is(input, textarea)').value")


@pytest.mark.parametrize("word", ["a person sits", "4", "x:sits", "99999:sits"])
def test_a_link_says_live_sentences_with_their_time(word):
    query = "text=a+person+walks&seconds=2&seed=1&live=1&say="
    recipe = Recipe.parse(f"{query}4:a+person+sits&say=7:")
    assert recipe.start.said == ((4, "a person sits", None), (7, "", None))
    assert Recipe.parse(str(recipe)) == recipe and recipe.title == "a person walks, then a person sits"
    with pytest.raises(ValueError, match="copy the whole link"):
        Recipe.parse(query + word)


def test_what_a_live_motion_is_told_has_its_time_and_its_verdict(pipeline):
    query = "text=a+person+walks&seconds=4&seed=1&left_arm=waves&live=1&say=3@1.4:a+person+sits+down"
    recipe = Recipe.parse(query)
    assert Recipe.parse(str(recipe)) == recipe and recipe.text == "a person sits down"
    assert timeline_lines(recipe, 4.0).splitlines() == [
        "a person walks # 0 # 1.4",
        "waves # 0 # 1.4 # left arm",
        "a person sits down # 1.4 # 4",
    ]
    motion = walk("", seconds=4.0)
    told = told_in_time(pipeline, recipe, motion)
    assert [(each["from"], each["text"]) for each in told] == [(0, "a person walks"), (1.4, "a person sits down")]
    assert all(each["told"]["verdict"] for each in told)
    longer = Recipe.parse(f"{query}&say=9@3.4:a+person+waves")  # what is said near the end is done for a while
    assert longer.start.end == pytest.approx(5.4) and told_in_time(pipeline, longer, motion)[-1]["from"] == 3.4
    assert Recipe.parse(f"{query}&say=7@2.6:").start.end == 2.6  # stopped
    edited = Recipe(PageRequest("a person walks", 4)).then(Continued(3, "sits down"))
    assert [each["from"] for each in told_in_time(pipeline, edited, motion)] == [0, 4]
    assert told_in_time(pipeline, edited.before, motion) == []


class OfTakes:
    """Says of every sentence that a written action would be shown for it, as a call of the shipped model does."""

    listed = True

    def understand(self, text):
        return Understanding(text, Verdict.KNOWN, 0.9, source='written action "wave"')


def test_a_ready_made_action_is_told_only_where_it_is_in_the_motion():
    """The model writes all of a timeline and of a live motion, also what it would show ready-made in a call."""
    motion, timeline = walk("", seconds=4.0), Recipe(TimelineRequest.checked("a person waves # 0 # 2\nsits # 2 # 4"))
    added = Recipe(PageRequest("a person waves", 4)).then(Continued(3, "sits down"))
    ready = motion.replace(source='written action "wave"')
    for made, recipe, said in ((motion, timeline, False), (motion, added, False), (ready, added, True)):
        lines = [each["told"]["line"] for each in told_in_time(OfTakes(), recipe, made)]
        assert [("ready-made" in line) for line in lines] == [said, said]
    one = Recipe(TimelineRequest.checked("a person waves # 0 # 2"))
    assert "ready-made" not in told_of_recipe(OfTakes(), one, motion)["line"]


def test_a_live_motion_is_as_long_as_asked_whatever_is_said(pipeline):
    run = LiveRun(PageRequest("a person strolls", 4, 3, live=True), lambda pipeline: pipeline)
    run.next_piece(pipeline)
    run.say("a person sits down")
    while run.next_piece(pipeline) is not None:
        pass
    assert run.whole().seconds == pytest.approx(4)


@pytest.mark.browser
def test_timeline_by_keyboard_and_mouse_and_text_in_step(studio):
    page, board = studio, studio.locator(".timeline-board")
    if not board.is_visible():
        page.get_by_role("button", name="Timeline").click()
    lines = board.locator("textarea")
    lines.fill("")
    page.wait_for_function("!document.querySelector('.timeline-board').shadowRoot.querySelector('.block')")
    board.get_by_role("button", name="Add a block for the left arm").press("Enter")
    page.keyboard.type("waves")
    page.keyboard.press("Enter")  # back to the block
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert lines.input_value() == "waves # 0.2 # 2.4 # left arm"
    page.keyboard.press("ArrowDown")
    assert lines.input_value() == "waves # 0.2 # 2.4 # right arm"
    assert board.get_by_role("status").inner_text() == "right arm: waves, 0.2 to 2.4 seconds"
    block = board.locator(".block")
    box = block.bounding_box()
    second = board.locator(".lane").first.bounding_box()["width"] / 10
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 30 + 2 * second, box["y"] + 10, steps=4)
    page.mouse.up()
    assert lines.input_value() == "waves # 2.2 # 4.4 # right arm"
    box = block.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 3 + second, box["y"] + 10, steps=4)
    page.mouse.up()
    assert lines.input_value() == "waves # 2.2 # 5.4 # right arm"
    block.focus()
    page.keyboard.press("Delete")
    assert board.locator(".block").count() == 0 and lines.input_value() == ""

    lines.fill("a person walks # 0 # 3\nsits # 2 # 4")
    board.get_by_role("alert").filter(
        has_text="line 2: tells the whole body, as line 1 does at the same time"
    ).wait_for()
    lines.fill("kicks # 1 # 3 # legs")
    page.wait_for_function(
        "document.querySelector('.timeline-board').shadowRoot.querySelectorAll('.block').length === 2"
    )
    assert board.get_by_role("alert").inner_text() == ""


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "timeline is empty"),
        (None, "The timeline is no text"),
        ("walks # 0", "expected text # start # end"),
        ("walks # 0 # 31", "ends at 31 s; at most 30 s"),
        ("walks # 0 # 1 # tail", "no body part 'tail'"),
        ("x" * 5000, "5,000 characters"),
    ],
)
def test_lines_that_cannot_be_read_give_one_line(lines, message):
    said = read_timeline(lines)
    assert message in said["error"] and "\n" not in said["error"]


def test_recipe_of_a_timeline_goes_round():
    recipe = Recipe(TimelineRequest.checked(LINES, 3))
    again = Recipe.parse(str(recipe))
    assert again == recipe and str(again) == str(recipe)
    assert (again.start.seconds, again.seed, again.title) == (2.0, 3, "a person walks forward, the left arm waves")


def test_page_stays_light(app):
    """What the viewer and the timeline load."""
    links = [each for each in json.dumps(app.get_config_file()).split('\\"') if each.endswith((".js", ".glb"))]
    sizes = [len(urllib.request.urlopen(f"{app.local_url}gradio_api/file={link}").read()) for link in set(links)]
    assert len(sizes) == 2 and sum(sizes) < 2_500_000
