"""A motion that nobody asked a length for is as long as it takes, through every door."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from demo_page import DESKTOP, control, served, viewer, visit
from gradio_client import Client

from being_m0_hf import load_pipeline
from being_m0_hf.demo.model_queue import MOST_OF_PAGE
from being_m0_hf.demo.requests import LONGEST_SECONDS, MOST_TAKES, PageRequest
from being_m0_hf.demo.workshop import Continued, Recipe, TimelineRequest, told_of
from being_m0_hf.demo.workshop.recipe_lines import timeline_lines
from being_m0_hf.demo.workshop.workshop import MOST_FILE_SECONDS
from being_m0_hf.io import load_motion

TEN = "ten jumping jacks"
PHONE = {"width": 390, "height": 760}


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


@pytest.fixture(scope="module")
def url(pipeline):
    with served(pipeline) as demo:
        yield demo.local_url


@pytest.mark.slow
def test_programs_that_give_no_length_get_what_python_gives(pipeline, url):
    client = Client(url, verbose=False)
    (seconds,) = (
        each
        for each in client.view_api(return_format="dict")["named_endpoints"]["/generate"]["parameters"]
        if each["parameter_name"] == "seconds"
    )
    assert seconds["parameter_has_default"] and seconds["parameter_default"] is None
    *files, told = client.predict(TEN, seed=3, api_name="/generate")
    expected = pipeline(TEN, seed=3)
    motion = load_motion(files[2])
    assert motion.seconds == expected.seconds > LONGEST_SECONDS and "but" not in told["line"]
    assert (motion.joints() - expected.joints()).abs().max() < 1e-3
    assert parse_qs(json.loads(Path(files[3]).read_text())["recipe"]) == {"text": [TEN], "seed": ["3"]}
    assert load_motion(client.predict(TEN, 4, 3, api_name="/generate")[2]).seconds == 4


@pytest.mark.parametrize("query", ["text=ten+jumps&seed=3", "text=ten+jumps&seconds=2.5&seed=3"])
def test_a_link_keeps_the_length_that_it_has_and_gets_none(query):
    assert str(Recipe.parse(query)) == query


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a hundred jumping jacks", " of 100 times, more do not fit into "),
        ("a person walks for five minutes", "it lasts 12.8 s, not 300 s"),
    ],
)
def test_what_would_take_minutes_is_as_long_as_a_motion_gets_and_says_so(pipeline, text, said):
    motion = pipeline(text)
    assert motion.seconds <= pipeline.processor.max_seconds and said in told_of(pipeline, text, motion)["line"]
    assert pipeline(text, seconds=4.0).seconds == 4.0


@pytest.mark.slow
def test_several_counts_in_a_row_stay_below_what_the_page_keeps(pipeline):
    text = "he does 90 squats, then 90 jumping jacks, then 90 push-ups, then 90 burpees"
    assert 30 < pipeline(text).seconds < MOST_FILE_SECONDS


def test_four_takes_of_any_request_may_wait():
    for text in ("a person walks", "a person walks for ten minutes"):
        assert MOST_TAKES * PageRequest(text).end <= MOST_OF_PAGE
    assert PageRequest("jumps for eight seconds").end == 8  # what is known of it counts


def test_a_live_motion_without_a_length_ends():
    assert Recipe.parse("text=a+person+walks&live=1").start.end == 4
    assert Recipe.parse("text=a+person+walks+for+six+seconds&live=1").start.end == 6


def test_a_block_of_the_timeline_is_as_long_as_its_motion_became():
    recipe = Recipe(PageRequest("a person waves"))
    assert timeline_lines(recipe, 4.8) == "a person waves # 0 # 4.8"
    longer = recipe.then(Continued(3, "sits down"))
    assert timeline_lines(longer, 7.8) == "a person waves # 0 # 4.8\nsits down # 4.8 # 7.8"
    assert TimelineRequest.checked(timeline_lines(longer, 7.8)).seconds == 7.8


# --- on the page ---------------------------------------------------------------------------------------------------


def generate(page, text: str) -> None:
    page.get_by_label("What does the person do?").fill(text)
    page.get_by_role("button", name="Generate motion").click()
    control(page, ".caption").filter(has_text=text).wait_for()


@pytest.mark.browser
def test_the_page_asks_for_no_length_until_its_visitor_does(browser, url, pipeline):
    with visit(browser, url, PHONE) as page:
        as_it_takes, slider = map(page.get_by_label, ("Length: as long as it takes", "range slider for Length"))
        assert as_it_takes.is_checked() and not slider.is_visible()
        generate(page, TEN)
        assert "seconds" not in parse_qs(viewer(page, "recipe"))
        seed = int(parse_qs(viewer(page, "recipe"))["seed"][0])
        long = pipeline(TEN, seed=seed).seconds
        assert control(page, ".clock").inner_text().endswith(f"/ {long:.1f} s")
        as_it_takes.focus()  # by the keyboard alone
        page.keyboard.press("Space")
        slider.wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Control+A")
        page.keyboard.type("3")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        generate(page, "five squats")
        assert parse_qs(viewer(page, "recipe"))["seconds"] == ["3"] and viewer(page, "playback.duration") == 3
        page.get_by_role("button", name="Undo").click()  # what it was asked by comes back with a motion
        control(page, ".caption").filter(has_text=TEN).wait_for()
        assert as_it_takes.is_checked() and viewer(page, "playback.duration") == pytest.approx(long)


@pytest.mark.browser
def test_links_bring_their_motion_with_a_length_and_without(browser, url, pipeline):
    for query, seconds in (("text=five+squats&seed=3&seconds=2", 2), ("text=five+squats&seed=3", None)):
        with visit(browser, f"{url}?{query}", DESKTOP) as page:
            control(page, ".caption").filter(has_text="five squats").wait_for()
            expected = pipeline("five squats", seconds=seconds, seed=3).seconds
            assert viewer(page, "playback.duration") == pytest.approx(expected)
            assert page.get_by_label("Length: as long as it takes").is_checked() == (seconds is None)
            page.wait_for_function("!document.querySelector('.downloads').inert")
            page.get_by_role("button", name="Timeline").click()
            lines = page.locator(".timeline-board textarea").input_value()
            assert lines == f"five squats # 0 # {expected:g}"
