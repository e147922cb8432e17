"""The viewer on the page: playing, framing, following, body parts."""

import base64
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import numpy as np
import pytest
import torch
from demo_page import DESKTOP, PATIENCE, control, next_frames, viewer, visit, walk

from being_m0_hf.demo import MotionViewer
from being_m0_hf.demo.clip import ShownMotion, clip_payload
from being_m0_hf.motion import MODEL_FPS, NUM_JOINTS, Motion
from training.benchmarks import page as benchmark

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 760}


def show(page, motion: Motion) -> None:
    """Shows a motion on the page without asking the model for it."""
    page.evaluate(
        "clip => { const { motionViewer } = document.querySelector('.motion-viewer');"
        " motionViewer.setMotion(clip); motionViewer.playback.pause(); }",
        clip_payload(ShownMotion(motion)),
    )


@pytest.fixture
def page(page):
    """The shared page with the walker on it, whatever another test has shown there."""
    show(page, walk("", seconds=4.0))
    return page


def test_clip_payload_carries_the_motion_unchanged():
    motion = walk("a person walks", seconds=2.0)
    payload = clip_payload(ShownMotion(motion))
    rotations = np.frombuffer(base64.b64decode(payload["rotations"]), "<f4").reshape(-1, NUM_JOINTS, 4)
    translation = np.frombuffer(base64.b64decode(payload["translation"]), "<f4").reshape(-1, 3)
    assert (payload["fps"], payload["frames"], payload["text"]) == (20.0, 40, "a person walks")
    np.testing.assert_array_equal(rotations, motion.rotations)
    np.testing.assert_array_equal(translation, motion.translation)


@pytest.mark.parametrize("time", [0.0, 0.65, 0.675])  # two frames of the clip, and halfway to the next
def test_body_stands_where_our_kinematics_put_it(page, time):
    viewer(page, f"playback.seek({time})")
    expected = walk("", seconds=4.0).resample(40).joints()[round(time * 40)]
    shown = torch.tensor(viewer(page, "jointPositions()"))
    assert (shown - expected).abs().max() < 1e-3


def test_play_moves_time_and_pause_stops_it(page):
    control(page, ".play").click()
    page.wait_for_function("document.querySelector('.motion-viewer').motionViewer.playback.time > 0.2")
    control(page, ".play").click()
    stopped = viewer(page, "playback.time")
    next_frames(page, 3)
    assert viewer(page, "playback.time") == stopped
    assert control(page, ".clock").text_content() == f"{stopped:.1f} / 4.0 s"


def test_space_plays_and_arrows_step_frames(page):
    control(page, "canvas").focus()
    page.keyboard.press("ArrowRight")
    assert viewer(page, "playback.time") == pytest.approx(1 / MODEL_FPS)
    page.keyboard.press("Space")
    assert viewer(page, "playback.playing")
    page.keyboard.press("Space")
    assert not viewer(page, "playback.playing")


def test_scrub_shows_the_chosen_moment(page):
    box = control(page, ".scrub").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    time = viewer(page, "playback.time")
    assert time == pytest.approx(2.0, abs=0.1)
    assert viewer(page, "jointPositions()")[0][2] == pytest.approx(1.2 * time, abs=1e-3)


def test_speed_and_loop(page):
    control(page, ".speed").select_option("2")
    viewer(page, "playback.play()")
    viewer(page, "playback.advance(0.5)")
    assert viewer(page, "playback.time") == pytest.approx(1.0, abs=0.3)
    viewer(page, "playback.advance(2.0)")
    assert viewer(page, "playback.time") < 2.0  # 5 s of a 4 s clip: it has started over
    control(page, ".loop").click()
    viewer(page, "playback.advance(60)")
    assert viewer(page, "playback.time") == pytest.approx(4.0)
    assert not viewer(page, "playback.playing")
    control(page, ".loop").click()
    control(page, ".speed").select_option("1")


@pytest.mark.parametrize("time", [0.0, 3.9])
def test_following_camera_keeps_the_body_in_view(page, time):
    viewer(page, f"playback.seek({time})")
    next_frames(page)
    assert np.abs(viewer(page, "jointsOnStage()")).max() < 1.0


def test_camera_that_does_not_follow_shows_the_whole_path(page):
    control(page, ".follow").click()
    for time in (0.0, 3.9):
        viewer(page, f"playback.seek({time})")
        next_frames(page)
        assert np.abs(viewer(page, "jointsOnStage()")).max() < 1.0
    control(page, ".follow").click()


def test_part_colours_can_be_switched_off(page):
    assert control(page, ".legend").inner_text().split("\n") == [
        "hips", "torso and head", "left arm", "right arm", "left leg", "right leg",
    ]  # fmt: skip
    coloured = control(page, "canvas").screenshot()
    control(page, ".parts").click()
    next_frames(page)
    assert not control(page, ".legend").is_visible()
    assert control(page, "canvas").screenshot() != coloured
    control(page, ".parts").click()


def test_page_without_webgl_says_so(app, browser):
    without = "HTMLCanvasElement.prototype.getContext = () => null"
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.add_init_script(without)
    page.goto(app.local_url)
    message = page.locator(".motion-viewer .message")
    message.wait_for(timeout=PATIENCE)
    assert "needs WebGL" in message.text_content()
    context.close()


def test_two_viewers_keep_apart_and_a_hidden_one_rests(browser):
    with gr.Blocks(analytics_enabled=False) as demo:
        MotionViewer(walk("first", seconds=2.0))
        with gr.Tab("shown"):
            MotionViewer(walk("second", seconds=3.0))
        with gr.Tab("other"):
            gr.Markdown("nothing moves here")
    demo.launch(
        server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, css=".motion-viewer { height: 160px }",
        theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),
    )  # fmt: skip
    try:
        with visit(browser, demo.local_url, DESKTOP) as page:
            page.wait_for_function("document.querySelectorAll('.motion-viewer')[1]?.motionViewer")
            for index in (0, 1):
                viewer(page, "ready", index)
            assert [viewer(page, "playback.duration", index) for index in (0, 1)] == [2.0, 3.0]
            viewer(page, "playback.pause()", 0)
            viewer(page, "playback.seek(1.0)", 0)
            page.wait_for_function("document.querySelectorAll('.motion-viewer')[1].motionViewer.playback.time > 0")
            assert viewer(page, "playback.time", 0) == 1.0
            page.get_by_role("tab", name="other").dispatch_event("click")
            next_frames(page, 3)
            resting = viewer(page, "playback.time", 1)
            next_frames(page, 5)
            assert viewer(page, "playback.playing", 1)
            assert viewer(page, "playback.time", 1) == resting
    finally:
        demo.close()


def jump_with_raised_arms(seconds: float = 2.0) -> Motion:
    """1.3 m up and down again, with both arms stretched over the head."""
    motion = walk("", seconds=seconds, parts={"left_arm": "up", "right_arm": "up"})
    time = torch.arange(motion.num_frames) / motion.num_frames
    motion.translation[:, 1] += 1.3 * torch.sin(torch.pi * time) ** 8
    return motion


@pytest.mark.parametrize("following", [True, False])
def test_head_and_hands_stay_in_view_in_a_jump(page, following):
    motion = jump_with_raised_arms()
    if not following:
        control(page, ".follow").click()
    show(page, motion)
    highest = 0.0
    for time in (0.0, 0.8, 0.9, 1.0, 1.1, 1.2):
        viewer(page, f"playback.seek({time})")
        next_frames(page)
        highest = max(highest, np.abs(viewer(page, "jointsOnStage()")).max())
    if not following:
        control(page, ".follow").click()
    assert highest < 0.95  # skin and fingers are further out than the joints


def test_reset_during_a_glide_ends_the_glide(page):
    show(page, walk("", seconds=2.0))
    next_frames(page, 5)
    at_rest = np.array(viewer(page, "jointsOnStage()"))
    box = control(page, "canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 160, y, steps=3)
    page.mouse.up()
    assert np.abs(np.array(viewer(page, "jointsOnStage()")) - at_rest).max() > 0.02
    control(page, ".view").click()
    next_frames(page, 5)
    assert np.abs(np.array(viewer(page, "jointsOnStage()")) - at_rest).max() < 1e-3


def steps_forward(seconds: float = 3.0) -> Motion:
    """Half a metre a second in one pose: each foot stands for half a second, then is put forward by half a metre."""
    still = jump_with_raised_arms(seconds)
    frames = still.num_frames
    path = torch.zeros(frames, 3)
    path[:, 1] = float(still.translation[0, 1])
    path[:, 2] = 0.5 * torch.floor(torch.arange(frames) / 10)
    return still.replace(translation=path)


def test_who_goes_leaves_a_path_and_footprints_and_who_stands_leaves_none(page):
    show(page, steps_forward())
    assert viewer(page, "stage.trail.goes") and viewer(page, "stage.trail.steps.length") >= 4
    page.evaluate("document.querySelector('.motion-viewer').motionViewer.playback.seek(0)")
    assert viewer(page, "stage.trail.prints.count") < viewer(page, "stage.trail.steps.length")
    stays = jump_with_raised_arms()
    stays.translation[:, [0, 2]] = 0
    show(page, stays)
    assert not viewer(page, "stage.trail.goes") and viewer(page, "stage.trail.steps.length") == 0


def test_a_line_goes_down_to_the_floor_from_a_jump(page):
    show(page, jump_with_raised_arms())
    seen = []
    for time in (0.0, 1.0):
        page.evaluate(f"document.querySelector('.motion-viewer').motionViewer.playback.seek({time})")
        seen.append(viewer(page, "stage.trail.drop.visible"))
    assert seen == [False, True]


def test_nothing_is_compiled_once_the_figure_is_there(app, browser):
    """Where drawing is slow, compiling takes seconds, in which a new motion stands still."""
    count = "document.querySelector('.motion-viewer').motionViewer.stage.renderer.info.programs.length"
    with visit(browser, app.local_url, DESKTOP) as page:
        compiled = page.evaluate(
            f"document.querySelector('.motion-viewer').motionViewer.ready.then(() => {count})"
        )  # before the first frame is drawn
        viewer(page, "playback.pause()")
        walking = walk("", seconds=4.0)
        up = torch.tensor([0.0, 0.5, 0.0])
        show(page, walking.replace(translation=walking.translation + up))
        viewer(page, "playback.seek(3)")
        next_frames(page)  # a path, footprints, and a line under a jump
        for _ in range(3):
            viewer(page, "stage.keepPace(10)")  # draws less finely, then without cast shadows
        viewer(page, "playback.seek(2)")
        next_frames(page)
        assert compiled > 5 and page.evaluate(count) == compiled


def test_the_page_is_light_and_its_script_leaves_time_for_60_frames_a_second(app, browser, monkeypatch):
    """The benchmark of the page, shortened; ``browser`` skips where there is none."""
    monkeypatch.setattr(benchmark, "TEXTS", benchmark.TEXTS[:1])
    with ThreadPoolExecutor(1) as thread:  # it has a browser of its own
        found = thread.submit(benchmark.measure, app.local_url, 1, 2).result()
    assert 0.5 < found["megabytes"] < 2.5 and found["console"] == []
    assert 0 < found["script_ms"] < 1000 / 60 and found["frames_a_second"] > 0
    assert 0 < found["there_ms"] <= found["moved_ms"] and found["clicks"] == 1
