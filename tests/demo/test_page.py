"""The demo page, driven as its visitors drive it: in a real browser and through the API client.

The page runs around a small procedural walker instead of a trained model; everything else is the real thing. The
browser tests need Chromium (``apt-get install chromium``, or CHROMIUM_PATH) and are skipped without it, except in CI.
"""

import base64
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.io import load_motion
from being_m0_hf.motion import JOINT_INDEX, MODEL_FPS, NUM_JOINTS, Motion, MotionError

gr = pytest.importorskip("gradio", reason="the demo extra is not installed: pip install 'being-m0-hf[demo]'")
from being_m0_hf.demo import MotionViewer, build_demo, launch_demo  # noqa: E402
from being_m0_hf.demo.app import LONGEST_PROMPT  # noqa: E402
from being_m0_hf.demo.files import file_stem  # noqa: E402
from being_m0_hf.demo.viewer import clip_payload  # noqa: E402

pytestmark = pytest.mark.browser

# Software rendering, and nothing that makes Chromium itself talk to the network.
CHROMIUM_FLAGS = (
    "--no-sandbox --use-angle=swiftshader --use-gl=angle --enable-unsafe-swiftshader --ignore-gpu-blocklist "
    "--disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()
DESKTOP = {"width": 820, "height": 640}
PHONE = {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds; software rendering on a busy machine is slow
UNKNOWN = "juggle"


def walk(text: str, seconds: float | None = None, seed: int = 0) -> Motion:
    """A walker on straight legs, 1.2 m/s; the seed sets how far the arms swing."""
    frames = round((seconds or 4.0) * MODEL_FPS)
    phase = torch.arange(frames) / MODEL_FPS * 2 * torch.pi
    angles = torch.zeros(frames, NUM_JOINTS, 3)
    for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
        angles[:, JOINT_INDEX[f"{side}_hip"], 0] = 0.5 * sign * torch.sin(phase)
        angles[:, JOINT_INDEX[f"{other}_shoulder"], 1] = (0.2 + 0.1 * (seed % 5)) * torch.sin(phase)
    if UNKNOWN in text:
        raise MotionError(f"nothing is known about {UNKNOWN}; describe it in other words")
    translation = torch.zeros(frames, 3)
    translation[:, 1] = 0.9
    translation[:, 2] = 1.2 * torch.arange(frames) / MODEL_FPS
    return Motion(roma.rotvec_to_unitquat(angles), translation, text=text)


@pytest.fixture(scope="module")
def app() -> Iterator[gr.Blocks]:
    demo = build_demo(walk)
    launch_demo(demo, server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()


@pytest.fixture(scope="module")
def client(app):
    from gradio_client import Client

    return Client(app.local_url, verbose=False)


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if path is None:
        reason = "Chromium is missing: apt-get install --no-install-recommends chromium, or set CHROMIUM_PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def visit(browser, url: str, viewport: dict[str, int], before: str | None = None):
    """A page of its own. Leaving it checks that it asked nobody but this machine and reported no error."""
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("request", lambda request: _is_local(request.url) or complaints.append(f"asked {request.url}"))
    page.on("console", lambda entry: entry.type == "error" and complaints.append(f"console: {entry.text}"))
    page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    if before:
        page.add_init_script(before)
    page.goto(url)
    page.wait_for_function("document.querySelector('.motion-viewer')?.motionViewer")
    yield page
    context.close()
    assert complaints == []


def _is_local(url: str) -> bool:
    return re.match(r"(http://127\.0\.0\.1:\d+/|http://localhost:\d+/|data:|blob:)", url) is not None


@pytest.fixture(scope="module")
def shared_page(app, browser):
    with visit(browser, app.local_url, DESKTOP) as page:
        viewer(page, "ready")
        yield page


@pytest.fixture
def page(shared_page):
    """The one desktop page of most tests, stopped at the start of its clip."""
    viewer(shared_page, "playback.pause()")
    viewer(shared_page, "playback.seek(0)")
    return shared_page


def viewer(page, expression: str, index: int = 0):
    """The value of ``viewer.<expression>`` in the page."""
    return page.evaluate(f"document.querySelectorAll('.motion-viewer')[{index}].motionViewer.{expression}")


def control(page, selector: str, index: int = 0):
    return page.locator(".motion-viewer").nth(index).locator(selector)


def next_frames(page, count: int = 2) -> None:
    """Waits until the page has drawn so many times."""
    page.evaluate(
        "count => new Promise(done => { const wait = () => count-- ? requestAnimationFrame(wait) : done(); wait(); })",
        count,
    )


# --- what the page sends and hands out -----------------------------------------------------------------------------


def test_clip_payload_carries_the_motion_unchanged():
    motion = walk("a person walks", seconds=2.0)
    payload = clip_payload(motion)
    rotations = np.frombuffer(base64.b64decode(payload["rotations"]), "<f4").reshape(-1, NUM_JOINTS, 4)
    translation = np.frombuffer(base64.b64decode(payload["translation"]), "<f4").reshape(-1, 3)
    assert (payload["fps"], payload["frames"], payload["text"]) == (20.0, 40, "a person walks")
    np.testing.assert_array_equal(rotations, motion.rotations)
    np.testing.assert_array_equal(translation, motion.translation)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400))
def test_any_prompt_gives_a_plain_file_name(prompt):
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?", file_stem(prompt))


def test_api_offers_generate_and_nothing_else(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert list(endpoints) == ["/generate"]
    assert [parameter["parameter_name"] for parameter in endpoints["/generate"]["parameters"]] == [
        "text", "seconds", "seed",
    ]  # fmt: skip


def test_api_returns_files_that_open_and_hold_the_motion(client):
    paths = [Path(path) for path in client.predict("a person walks", 2, 3, api_name="/generate")]
    assert [path.name for path in paths] == [f"a-person-walks-seed3{end}" for end in (".glb", ".bvh", ".npz", ".json")]
    expected = walk("a person walks", seconds=2.0, seed=3).joints()
    for path in paths[1:]:
        assert (load_motion(path).joints() - expected).abs().max() < 1e-3, path.name
    pygltflib = pytest.importorskip("pygltflib")
    scene = pygltflib.GLTF2().load(str(paths[0]))
    assert len(scene.skins) == len(scene.animations) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "Say what the person does"),
        ("walk " * LONGEST_PROMPT, f"shorten it to {LONGEST_PROMPT}"),
        (UNKNOWN, "nothing is known about"),
    ],
)
def test_api_says_in_one_line_what_is_wrong(client, text, message):
    with pytest.raises(Exception, match=message) as caught:
        client.predict(text, 2, 0, api_name="/generate")
    assert "\n" not in str(caught.value)


# --- the viewer ----------------------------------------------------------------------------------------------------


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
        "root", "torso and head", "left arm", "right arm", "left leg", "right leg",
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


# --- the page around it --------------------------------------------------------------------------------------------


def ask(page, prompt: str) -> None:
    page.get_by_label("What does the person do?").fill(prompt)
    page.get_by_role("button", name="Generate motion").click()


def test_generate_shows_the_new_motion_and_its_files(page, tmp_path):
    page.get_by_label("New one each time").uncheck()
    page.get_by_label("Seed").fill("2")
    prompt = "a person walks <img src=x onerror=\"document.title='broken into'\">"
    ask(page, prompt)
    control(page, ".caption", 0).filter(has_text=prompt).wait_for()
    assert "broken into" not in page.title()
    viewer(page, "playback.pause()")
    viewer(page, "playback.seek(0.25)")
    expected = walk("", seconds=4.0, seed=2).joints()[5]
    assert (torch.tensor(viewer(page, "jointPositions()")) - expected).abs().max() < 1e-3
    with page.expect_download() as download:
        page.get_by_role("button", name="Download NPZ").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name.endswith("-seed2.npz")
    assert (load_motion(path).joints()[5] - expected).abs().max() < 1e-3


def test_example_runs_with_a_new_seed(page):
    page.get_by_label("Seed").fill("2")
    page.get_by_label("New one each time").check()
    page.locator(".examples").get_by_text("a man bows deeply").click()
    control(page, ".caption").filter(has_text="a man bows deeply").wait_for()
    assert page.get_by_label("What does the person do?").input_value() == "a man bows deeply"
    assert page.get_by_label("Seed").input_value() != "2"


@pytest.mark.parametrize(("prompt", "message"), [("", "Say what the person does"), (UNKNOWN, "nothing is known about")])
def test_bad_input_gives_a_message_and_keeps_the_page(page, prompt, message):
    caption = control(page, ".caption").text_content()
    ask(page, prompt)
    toast = page.get_by_test_id("toast-body").filter(has_text=message)
    toast.wait_for()
    assert "Traceback" not in toast.inner_text()
    assert control(page, ".caption").text_content() == caption


def test_phone_shows_the_body_first_and_nothing_sticks_out(app, browser):
    with visit(browser, app.local_url, PHONE) as page:
        body = page.locator(".motion-viewer").bounding_box()
        prompt = page.get_by_label("What does the person do?").bounding_box()
        assert body["y"] + body["height"] <= prompt["y"]
        assert body["width"] > 330
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
