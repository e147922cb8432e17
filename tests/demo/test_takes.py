"""Several takes of one request: side by side on one clock, kept, compared."""

import pytest
import torch
from demo_page import control, next_frames, viewer, walk

from being_m0_hf.demo.clip import ShownMotion, clip_payload
from being_m0_hf.motion import JOINT_INDEX

pytestmark = pytest.mark.browser


def payload(seed: int, **options):
    return clip_payload(ShownMotion(walk("", seconds=4.0, seed=seed, **options), "a person walks", seed))


def show(page, *seeds: int) -> None:
    clips = [payload(seed) for seed in seeds]
    clip = clips[0] | ({"takes": clips} if len(clips) > 1 else {})
    page.evaluate("clip => document.querySelector('.motion-viewer').motionViewer.setMotion(clip)", clip)
    viewer(page, "playback.pause()")
    viewer(page, "playback.seek(0.25)")
    next_frames(page)


@pytest.fixture
def page(page):
    """The shared page with four takes on it, no other."""
    page.evaluate("document.querySelector('.motion-viewer').motionViewer.setMotion(null)")
    show(page, 0, 1, 2, 3)
    yield page
    page.evaluate("document.querySelector('.motion-viewer').motionViewer.setMotion(null)")
    show(page, 0)


def numbers(page) -> list[str]:
    return control(page, ".take-tag").all_inner_texts() if control(page, ".take-tag").first.is_visible() else []


def assert_shown(page, seed: int) -> None:
    """The chosen body moves as that take does, wherever it stands in the row."""
    found, expected = torch.tensor(viewer(page, "jointPositions()")), walk("", seconds=4.0, seed=seed).joints()[5]
    pelvis = JOINT_INDEX["pelvis"]
    assert ((found - found[pelvis]) - (expected - expected[pelvis])).abs().max() < 1e-3


def test_takes_stand_in_a_row_on_one_clock_and_one_is_chosen(page):
    assert sorted(numbers(page)) == ["1", "2", "3", "4"]
    assert_shown(page, 0)
    boxes = [tag.bounding_box() for tag in control(page, ".take-tag").all()]
    places = sorted(box["x"] for box in boxes)
    assert all(after - before > 25 for before, after in zip(places, places[1:], strict=False))
    time = viewer(page, "playback.time")
    control(page, ".take").nth(2).click()
    assert viewer(page, "playback.time") == time
    assert_shown(page, 2)
    assert control(page, ".head .seed").inner_text() == "seed 2"
    control(page, ".take-tag").filter(has_text="4").click()
    assert_shown(page, 3)


def test_click_on_another_body_chooses_that_take(page):
    tag = control(page, ".take-tag").filter(has_text="2").bounding_box()
    page.mouse.click(tag["x"] + tag["width"] / 2, tag["y"] + tag["height"] + 14)  # its head
    assert control(page, ".take[aria-pressed=true]").inner_text() == "2"
    assert control(page, ".chip.chosen").count() == 0


def test_star_keeps_a_take_when_new_ones_come(page):
    star = control(page, ".star").nth(1)
    star.focus()
    page.keyboard.press("Enter")
    assert control(page, ".said").inner_text() == "Take 2 stays when new ones come"
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.key") == "star 1"
    show(page, 7)
    assert control(page, ".take").count() == 2
    assert_shown(page, 7)
    control(page, ".take").nth(0).click()
    assert_shown(page, 1)


def test_ghost_is_the_take_that_was_looked_at_before(page):
    control(page, ".take").nth(1).click()
    control(page, ".take").nth(3).click()
    page.get_by_role("button", name="Ghost").click()
    next_frames(page)
    assert numbers(page) == []
    assert_shown(page, 3)
    haunted = control(page, "canvas").screenshot()
    page.get_by_role("button", name="Ghost").click()
    next_frames(page)
    assert control(page, "canvas").screenshot() != haunted
