"""What irritated a new visitor, each as a visitor would notice it."""

import json
import time
import urllib.parse

import pytest
from demo_page import control, served, tiny_pipeline, viewer, visit

from being_m0_hf.demo.workshop import Continued, Filled, Recipe, TimelineRequest, told_of_recipe
from being_m0_hf.demo.workshop.recipe_lines import timeline_lines
from being_m0_hf.io import save_motion
from being_m0_hf.motion import JOINT_INDEX
from being_m0_hf.pipelines.streaming.timeline import parse_timeline
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

PHONE = {"width": 390, "height": 844}
WALK = "a person walks forward"


@pytest.fixture(scope="module")
def pipeline():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def phone(pipeline, browser):
    with served(pipeline) as demo:
        url = f"{demo.local_url}?text={WALK}&seconds=2&seed=7"
        with visit(browser, url, PHONE, has_touch=True) as page:
            control(page, ".caption").filter(has_text=WALK).wait_for()
            yield page


def edits(page) -> list[dict]:
    return [json.loads(each) for each in urllib.parse.parse_qs(viewer(page, "recipe")).get("edit", [])]


@pytest.mark.browser
def test_a_part_is_changed_in_the_marked_time_alone(phone):
    viewer(phone, "playback.pause()")
    (x, y), box = viewer(phone, "jointsOnStage()")[JOINT_INDEX["left_elbow"]], control(phone, "canvas").bounding_box()
    phone.touchscreen.tap(box["x"] + (x + 1) / 2 * box["width"], box["y"] + (1 - y) / 2 * box["height"])
    phone.keyboard.type("waves")  # a finger on the figure leaves the keyboard with the text
    assert control(phone, ".card input").input_value() == "waves"
    stage, legend = control(phone, ".stage").bounding_box(), control(phone, ".legend").bounding_box()
    assert stage["height"] >= 260 and legend["y"] + legend["height"] <= stage["y"] + stage["height"]
    hint = control(phone, ".card p")
    assert hint.inner_text().startswith("For the whole time; everything else stays")
    control(phone, ".card .mark").click()
    times = viewer(phone, "markedTimes")
    assert hint.inner_text().startswith(f"From {times['start']:.1f} to {times['end']:.1f} s")
    control(phone, ".remake").click()
    control(phone, ".caption").filter(has_text="left arm: waves").wait_for()
    assert [(each["from"], each["to"], each["parts"]) for each in edits(phone)] == [
        (times["start"], times["end"], ["left_arm"])
    ]
    # the change is seen on the whole stage: nothing of what asked for it stays open
    assert not control(phone, ".card").is_visible() and not control(phone, ".range").is_visible()
    assert control(phone, ".chip.chosen").count() == 0
    viewer(phone, "choosePart('left_arm')")
    control(phone, ".remake").click()
    phone.wait_for_function("document.querySelector('.motion-viewer').motionViewer.recipe.split('edit=').length === 3")
    assert (edits(phone)[1]["from"], edits(phone)[1]["to"]) == (0, 2)


@pytest.mark.browser
def test_what_a_part_was_told_is_put_aside_for_a_new_sentence(phone):
    line = phone.locator(".parts-line")
    assert line.inner_text() == "and left arm: waves"
    phone.get_by_label("What does the person do?").press_sequentially(" slowly")
    line.filter(has_text="left arm: waves was said of the motion before").wait_for()
    phone.get_by_role("button", name="Generate motion").click()
    control(phone, ".caption").filter(has_text="slowly").wait_for()
    assert "left_arm" not in viewer(phone, "recipe")
    assert not line.is_visible()

    viewer(phone, "choosePart('left_arm')")
    control(phone, ".card input").fill("is raised")  # for the next motion: that stays
    phone.get_by_label("What does the person do?").press_sequentially(" again")
    line.filter(has_text="and left arm: is raised").wait_for()
    control(phone, ".chip.filled .clear").click()


@pytest.mark.browser
def test_texts_that_were_put_aside_can_be_taken_back(phone):
    control(phone, ".card input").fill("waves")
    phone.get_by_role("button", name="Generate motion").click()
    control(phone, ".caption").filter(has_text="the left arm waves").wait_for()
    phone.get_by_label("What does the person do?").press_sequentially(" now")
    phone.get_by_role("button", name="Say it again").click()
    phone.get_by_label("What does the person do?").press_sequentially(".")
    assert phone.locator(".parts-line").inner_text() == "and left arm: waves"
    control(phone, ".chip.filled .clear").click()


@pytest.mark.browser
def test_other_panels_follow_what_is_on_the_stage(phone):
    phone.get_by_role("button", name="Timeline").click()
    lines = phone.locator(".timeline-board textarea")
    assert lines.input_value().splitlines()[1:] == ["waves # 0 # 2 # left arm"]
    phone.get_by_role("button", name="Describe this motion").click()
    phone.locator(".description").wait_for()
    phone.get_by_label("What does the person do?").fill("someone turns around")
    phone.get_by_role("button", name="Generate motion").click()
    control(phone, ".caption").filter(has_text="someone turns around").wait_for()
    phone.locator(".description").wait_for(state="detached")
    board = "document.querySelector('.timeline-board').shadowRoot"
    phone.wait_for_function(f"{board}.querySelector('textarea').value.startsWith('someone turns')")
    lines.fill("mine # 0 # 1")
    phone.get_by_label("What does the person do?").fill("someone sits")
    phone.get_by_role("button", name="Generate motion").click()
    control(phone, ".caption").filter(has_text="someone sits").wait_for()
    phone.wait_for_function("!document.querySelector('.downloads').inert")
    assert lines.input_value() == "someone sits # 0 # 2"
    phone.get_by_role("button", name="Bring back what I wrote").click()  # what a visitor wrote is not lost
    assert lines.input_value() == "mine # 0 # 1"


@pytest.mark.browser
def test_a_file_brings_nothing_of_the_motion_before(phone, pipeline, tmp_path):
    control(phone, ".chip .opener").nth(2).click()
    control(phone, ".card input").fill("waves")
    phone.get_by_role("button", name="Generate motion").click()
    control(phone, ".caption").filter(has_text="the left arm waves").wait_for()
    lines = phone.locator(".timeline-board textarea")
    phone.wait_for_function("!document.querySelector('.downloads').inert")
    assert "waves" in lines.input_value()
    save_motion(pipeline(WALK, seconds=1, seed=3), tmp_path / "mine.bvh")
    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="Open a file").click()
    chooser.value.set_files(tmp_path / "mine.bvh")
    control(phone, ".caption").filter(has_text="mine.bvh").wait_for()
    phone.wait_for_function("!document.querySelector('.downloads').inert")
    assert lines.input_value() == ""
    assert control(phone, ".chip.filled").count() == 0
    assert not phone.locator(".parts-line").is_visible()


@pytest.mark.browser
def test_line_of_the_wait_is_off_the_controls_and_ends_in_words(phone, monkeypatch):
    """It is read as Gradio writes it, so what it says at the end must be words."""
    fill = MotionPipeline.fill

    def slow_fill(*request, **options):
        time.sleep(0.8)  # a tiny model is done before anything is drawn
        return fill(*request, **options)

    monkeypatch.setattr(MotionPipeline, "fill", slow_fill)
    phone.evaluate(
        """() => {
          window.placed = [];
          window.heard = new Set();
          const block = document.querySelector(".motion-viewer-block");
          new MutationObserver(() => {
            for (const said of document.querySelectorAll("[role=status]")) heard.add(said.textContent.trim());
          }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
          const look = () => {
            const line = block.querySelector(".progress-bar-wrap")?.getBoundingClientRect();
            const root = document.querySelector(".motion-viewer").shadowRoot;
            const stage = root.querySelector(".stage").getBoundingClientRect();
            if (line?.height) placed.push([line.top - stage.top, stage.right - line.right]);
            if (!heard.has("Done")) requestAnimationFrame(() => setTimeout(look)); // as it was drawn
          };
          look();
        }"""
    )
    viewer(phone, "choosePart('left_arm')")
    phone.keyboard.type("waves")
    phone.keyboard.press("Enter")
    control(phone, ".caption").filter(has_text="left arm: waves").wait_for()
    phone.wait_for_function("heard.has('Done')")
    placed = phone.evaluate("placed")
    in_corner = [all(0 <= pixels < 20 for pixels in place) for place in placed]
    # the new motion's caption may have come between drawing and looking
    assert len(placed) > 1 and sum(in_corner) >= 0.8 * len(placed), placed
    assert not [said for said in phone.evaluate("[...heard]") if said.startswith("common.")]


@pytest.mark.browser
def test_settings_of_an_export_show_their_words(phone):
    phone.get_by_role("button", name="For Unity, Unreal").click()
    for size in ({"width": 1280, "height": 800}, PHONE):
        phone.set_viewport_size(size)
        for label in ("For", "Names of the joints", "Units"):
            field = phone.locator(".exports").get_by_label(label, exact=True)
            assert field.evaluate("field => field.value && field.scrollWidth <= field.clientWidth"), (size, label)


@pytest.mark.browser
def test_blocks_can_be_added_on_a_phone(phone):
    for sign in phone.locator(".timeline-board .name b").all():
        assert sign.is_visible() and sign.bounding_box()["width"] > 0
    names = phone.locator(".timeline-board .name span")
    assert names.evaluate_all("all => all.every((each) => each.scrollWidth <= each.clientWidth)")


@pytest.mark.browser
def test_one_button_leads(phone):
    leading = phone.locator("button.primary")
    assert leading.all_inner_texts() == ["Generate motion"]
    fill = "button => getComputedStyle(button).backgroundColor"
    strong = leading.first.evaluate(fill)
    viewer(phone, "choosePart('left_arm')")
    others = (control(phone, ".remake"), phone.locator(".timeline-board .make"))
    assert all(each.evaluate(fill) != strong for each in others)


def test_each_line_of_a_timeline_is_understood_by_itself(pipeline):
    motion = pipeline(WALK, seconds=1, seed=0)
    lines = f"{WALK} # 0 # 2\nwaves # 0.4 # 1 # left arm\na person sits down # 2 # 4\na person waves # 4 # 6"
    told = told_of_recipe(pipeline, Recipe(TimelineRequest.checked(lines)), motion)
    assert told["verdict"] == "known" and told["line"].startswith("known: all 3 lines")
    strange = told_of_recipe(pipeline, Recipe(TimelineRequest.checked(f"{lines}\nxqzt brrp # 6 # 7")), motion)
    assert strange["verdict"] == "not understood" and strange["line"].startswith('"xqzt brrp" is not understood')


def test_edits_are_lines_of_the_timeline():
    recipe = Recipe(TimelineRequest.checked(f"{WALK} # 0 # 4\nclaps # 1 # 3 # arms"))
    recipe = recipe.then(Filled(2, 4, "waves", ("left_arm",))).then(Continued(3, "a person # sits"))
    assert timeline_lines(recipe, 7.0).splitlines() == [
        f"{WALK} # 0 # 4",
        "claps # 1 # 3 # right arm",
        "claps # 1 # 2 # left arm",
        "waves # 2 # 4 # left arm",
        "a person sits # 4 # 7",
    ]
    assert parse_timeline(timeline_lines(recipe, 7.0))
    whole = recipe.then(Filled(1, 6, "", ()))
    assert timeline_lines(whole, 7.0).splitlines() == [f"{WALK} # 0 # 1", "a person sits # 6 # 7"]
    assert timeline_lines(Recipe("0123.walk.bvh").then(Continued(3, "sits")), 7.0) == ""
