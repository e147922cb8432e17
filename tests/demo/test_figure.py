"""The figure as an input: its parts are clicked, told what they do, and made anew."""

import io

import numpy as np
import pytest
import torch
from demo_page import DESKTOP, control, next_frames, viewer, walk
from PIL import Image

from being_m0_hf.demo.clip import ShownMotion, clip_payload
from being_m0_hf.motion import JOINT_INDEX, PARTS

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 760}
TITLES = {part.name: part.title for part in PARTS}


@pytest.fixture
def page(page):
    """The shared page with a still walker on it, no part told anything."""
    show = "clip => document.querySelector('.motion-viewer').motionViewer.setMotion(clip)"
    page.evaluate(show, clip_payload(ShownMotion(walk("", seconds=4.0))))
    viewer(page, "playback.pause()")
    next_frames(page)
    yield page
    for clear in control(page, ".chip.filled .clear").all():
        clear.click()
    viewer(page, "choosePart(null)")
    page.wait_for_function("![...document.querySelectorAll('.unseen input')].some(field => field.value)")


def place_of(page, joint: str) -> tuple[float, float]:
    """Where a joint is on the screen."""
    control(page, "canvas").evaluate("canvas => canvas.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = control(page, "canvas").bounding_box()
    across, up = viewer(page, "jointsOnStage()")[JOINT_INDEX[joint]]
    return box["x"] + (across + 1) / 2 * box["width"], box["y"] + (1 - up) / 2 * box["height"]


def chosen(page) -> list[str]:
    return control(page, ".chip.chosen .opener").all_inner_texts()


def colours(page) -> np.ndarray:
    """The picture of the stage."""
    return np.asarray(Image.open(io.BytesIO(control(page, "canvas").screenshot())).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    ("joint", "part"),
    [("left_elbow", "left_arm"), ("head", "torso"), ("right_knee", "right_leg"), ("left_ankle", "left_leg")],
)
def test_click_on_the_figure_chooses_that_part(page, joint, part):
    page.mouse.click(*place_of(page, joint))
    assert chosen(page) == [TITLES[part]]
    assert control(page, ".card label").inner_text() == f"The {TITLES[part]}"


def test_click_beside_the_figure_and_a_drag_choose_nothing(page):
    x, y = place_of(page, "left_elbow")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    assert chosen(page) == []
    control(page, ".view").click()
    page.mouse.click(*place_of(page, "left_elbow"))
    assert chosen(page) == ["left arm"]
    box = control(page, "canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 20)
    assert chosen(page) == []


def test_only_the_chosen_part_lights_up(page):
    def count(picture: np.ndarray, high: int, low: int) -> int:
        """Pixels with much more of one of red, green and blue than of another."""
        return int((picture[..., high] - picture[..., low] > 60).sum())

    page.mouse.move(2, 2)
    before = colours(page)
    viewer(page, "choosePart('left_arm')")
    next_frames(page, 3)
    after = colours(page)
    assert count(before, 2, 0) > 200  # the right side is blue
    assert count(after, 2, 0) < 0.2 * count(before, 2, 0)  # the dots of the list stay
    assert count(before, 0, 2) > count(after, 0, 2) > 0.2 * count(before, 0, 2)  # of the left side the arm stays orange


def test_pointer_over_a_part_tells_its_name(page):
    page.mouse.move(*place_of(page, "right_elbow"))
    page.wait_for_timeout(80)
    x, y = place_of(page, "right_elbow")
    page.mouse.move(x + 1, y)
    tag = control(page, ".tag")
    tag.filter(has_text="right arm").wait_for()
    page.mouse.move(2, 2)
    tag.wait_for(state="hidden")


def assert_arm_is_up(page, seed: int) -> None:
    expected = walk("", seconds=4.0, seed=seed, parts={"left_arm": "waves"}).joints()[0]
    viewer(page, "playback.pause()")
    viewer(page, "playback.seek(0)")
    assert (torch.tensor(viewer(page, "jointPositions()")) - expected).abs().max() < 1e-3


def test_text_of_a_part_by_mouse(page):
    page.get_by_label("Seed", exact=True).fill("3")
    page.get_by_label("What does the person do?").fill("a person walks")
    page.mouse.click(*place_of(page, "left_elbow"))
    page.keyboard.type("waves")
    assert control(page, ".chip.filled").all_inner_texts() == ["left arm\nwaves\n×"]
    control(page, ".remake").click()
    control(page, ".caption").filter(has_text="a person walks, the left arm waves").wait_for()
    assert_arm_is_up(page, seed=3)
    control(page, ".chip.filled .clear").click()
    assert control(page, ".chip.filled").count() == 0
    assert control(page, ".said").inner_text() == "The left arm does what the description says."


def test_text_of_a_part_by_keyboard(page):
    page.get_by_label("Seed", exact=True).fill("4")
    page.get_by_label("What does the person do?").fill("a person strolls")
    control(page, "canvas").focus()
    page.keyboard.press("3")  # the third part of the list
    page.keyboard.type("is raised 1 m")  # letters, spaces and digits are the text's, not the player's
    page.keyboard.press("Enter")
    control(page, ".caption").filter(has_text="a person strolls, the left arm is raised 1 m").wait_for()
    assert_arm_is_up(page, seed=4)
    control(page, ".card").wait_for(state="hidden")  # it is done
    assert chosen(page) == []
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.textContent") == "left armis raised 1 m"


def test_example_with_a_part_text_fills_its_chip(page):
    page.locator(".examples").get_by_text("the left arm waves").click()
    control(page, ".caption").filter(has_text="a person walks forward, the left arm waves").wait_for()
    assert control(page, ".chip.filled").all_inner_texts() == ["left arm\nwaves\n×"]
    page.locator(".examples").get_by_text("someone runs forward").click()
    control(page, ".caption").filter(has_text="someone runs forward").wait_for()
    control(page, ".chip.filled").wait_for(state="detached")


def test_finger_beside_a_wrist_on_a_phone_means_the_arm(page):
    page.set_viewport_size(PHONE)
    next_frames(page, 5)
    x, y = place_of(page, "left_wrist")
    page.mouse.click(x + 12, y)
    name, card, stage = chosen(page), control(page, ".card").bounding_box(), control(page, ".stage").bounding_box()
    page.set_viewport_size(DESKTOP)
    next_frames(page, 5)
    assert name == ["left arm"]
    assert stage["x"] <= card["x"] and card["x"] + card["width"] <= stage["x"] + stage["width"]
    assert stage["y"] + stage["height"] <= card["y"] + 1 and stage["height"] > 200
