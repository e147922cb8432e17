"""Changing the motion on the stage, going back, links and files, as a visitor does it."""

import json
import urllib.parse

import pytest
import torch
from demo_page import DESKTOP, control, served, tiny_pipeline, viewer, visit

from being_m0_hf.io import save_motion

pytestmark = pytest.mark.browser
SIT = "a person sits down"


@pytest.fixture(scope="module")
def pipeline():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def url(pipeline):
    with served(pipeline) as demo:
        yield demo.local_url


@pytest.fixture(scope="module")
def stage(url, browser):
    """A page with a motion of 2 s."""
    with visit(browser, f"{url}?text={urllib.parse.quote_plus(SIT)}&seconds=2&seed=7", DESKTOP) as page:
        caption(page, SIT)
        yield page


def caption(page, text: str) -> None:
    control(page, ".caption").filter(has_text=text).wait_for()


def recipe(page) -> dict[str, list[str]]:
    return urllib.parse.parse_qs(viewer(page, "recipe"))


def last_edit(page) -> dict:
    return json.loads(recipe(page)["edit"][-1])


def shows(page, motion, frame: int) -> bool:
    viewer(page, "playback.pause()")
    viewer(page, f"playback.seek({frame / motion.fps})")
    shown = torch.tensor(viewer(page, "jointPositions()"))
    return bool((shown - motion.on_skeleton(motion.skeleton).joints()[frame]).abs().max() < 2e-3)


def test_a_link_brings_back_motion_and_fields(stage, pipeline):
    assert shows(stage, pipeline(SIT, seconds=2, seed=7), 11)
    assert stage.get_by_label("What does the person do?").input_value() == SIT
    assert stage.get_by_label("Seed", exact=True).input_value() == "7"
    assert "?" not in stage.url  # a reload brings what was made last
    assert control(stage, ".told").inner_text().startswith("Known: ")


def test_edit_undo_redo_and_reload(stage, pipeline):
    stage.get_by_role("button", name="Change this motion").click()
    for label, keys in (("Start of the marked time", 2), ("End of the marked time", 1)):
        control(stage, f"input[aria-label='{label}']").focus()
        for _ in range(keys):
            stage.keyboard.press("ArrowRight")
    times = viewer(stage, "markedTimes")
    stage.get_by_label("What happens there").fill("waves")
    stage.locator(".edit-parts").get_by_label("left arm").check()
    stage.get_by_role("button", name="Change the marked time").click()
    caption(stage, "left arm: waves")
    edit = last_edit(stage)
    assert (edit["from"], edit["to"]) == (times["start"], times["end"]) and edit["parts"] == ["left_arm"]
    first = pipeline(SIT, seconds=2, seed=7)
    edited = pipeline.fill(first, edit["from"], edit["to"], "", {"left_arm": "waves"}, seed=edit["seed"])
    assert shows(stage, edited, 20) and not shows(stage, first, 20)

    stage.get_by_label("What comes next?").fill("")
    stage.get_by_role("button", name="Add to the end").click()
    caption(stage, "3 s more")
    assert last_edit(stage)["do"] == "continue" and len(recipe(stage)["edit"]) == 2
    stage.get_by_role("button", name="Undo").click()
    stage.wait_for_function("!document.querySelector('.motion-viewer').motionViewer.recipe.includes('continue')")
    assert shows(stage, edited, 20)
    stage.get_by_role("button", name="Undo").click()
    stage.wait_for_function("!document.querySelector('.motion-viewer').motionViewer.recipe.includes('edit')")
    assert shows(stage, first, 20)
    stage.get_by_role("button", name="Redo").click()
    caption(stage, "left arm: waves")

    stage.reload()
    caption(stage, "left arm: waves")  # the browser knew what it was, and the server makes it again
    assert shows(stage, edited, 20)
    stage.get_by_text("History", exact=True).click()
    assert [SIT in line for line in stage.locator(".history li").all_inner_texts()] == [True] * 3


def test_copied_link_shows_the_same_in_another_browser(stage, browser, url):
    stage.get_by_role("button", name="Copy link").click()
    field = stage.get_by_label("Link to this motion")
    field.wait_for()
    link = field.input_value()
    assert link.startswith(f"{url}?text=")
    viewer(stage, "playback.pause()")
    here, time = viewer(stage, "jointPositions()"), viewer(stage, "playback.time")
    with visit(browser, link, DESKTOP) as other:
        caption(other, "left arm: waves")
        viewer(other, "playback.pause()")
        viewer(other, f"playback.seek({time})")
        assert (torch.tensor(viewer(other, "jointPositions()")) - torch.tensor(here)).abs().max() < 1e-4


def test_description_of_what_is_on_the_stage(stage, pipeline):
    stage.get_by_role("button", name="Describe this motion").click()
    stage.locator(".description").wait_for()
    assert stage.locator(".description dt").all_inner_texts()[:2] == ["body", "hips"]
    assert len(stage.locator(".description dd").all()) == 7


def test_a_file_comes_to_the_stage_and_a_bad_one_gives_a_line(stage, pipeline, tmp_path):
    motion = pipeline("a person walks forward", seconds=1.6, seed=3)
    path = save_motion(motion, tmp_path / "mine.bvh")
    stage.locator(".open-file input, input[type=file]").first.set_input_files(path)
    caption(stage, "mine.bvh")
    assert shows(stage, motion, 9)
    stage.get_by_role("button", name="Copy link").click()
    stage.get_by_text("cannot be sent as a link").wait_for()
    bad = tmp_path / "bad.bvh"
    bad.write_text("HIERARCHY nonsense")
    stage.locator(".open-file input, input[type=file]").first.set_input_files(bad)
    toast = stage.get_by_test_id("toast-body").filter(has_text="bad.bvh")
    toast.wait_for()
    assert "/tmp" not in toast.inner_text()


def test_a_broken_link_gives_a_line_and_leaves_the_page(browser, url):
    with visit(browser, f"{url}?text=walks&edit=nonsense", DESKTOP) as page:
        page.get_by_test_id("toast-body").filter(has_text="copy the whole link").wait_for()
        page.wait_for_function("document.querySelector('.motion-viewer').motionViewer.recipe")  # the page's own motion
        assert control(page, ".message").text_content() == "" and control(page, ".caption").text_content()


def test_a_link_to_a_timeline_brings_it_back(browser, url, pipeline):
    lines = f"{SIT} # 0 # 2\nwaves # 0.6 # 1.4 # left arm"
    with visit(browser, f"{url}?timeline={urllib.parse.quote(lines)}&seed=3", DESKTOP) as page:
        caption(page, f"{SIT}, the left arm waves")
        # what the fields say is what the timeline says
        page.wait_for_function(f"document.querySelector('.prompt textarea').value === '{SIT}'")
        assert page.get_by_label("Length: as long as it takes").is_checked()  # its blocks say how long
        board = page.locator(".timeline-board")
        page.get_by_role("button", name="Timeline").click()
        board.locator(".block").nth(1).wait_for()
        assert board.locator("textarea").input_value() == lines
        assert shows(page, pipeline.timeline(lines, seed=3), 11)
