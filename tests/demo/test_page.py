"""The page as a visitor meets it."""

import re

import pytest
import torch
from demo_page import DESKTOP, GO_ON, PATIENCE, UNKNOWN, WAIT, control, next_frames, viewer, visit, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from being_m0_hf.demo.example_pictures import EXAMPLE_FOLDER, picture_name
from being_m0_hf.demo.files import file_stem
from being_m0_hf.demo.panels import EXAMPLES
from being_m0_hf.io import load_motion

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 760}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400))
def test_any_prompt_gives_a_plain_file_name(prompt):
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,42}[a-z0-9])?", file_stem([prompt]))
    assert re.fullmatch(r"[a-z0-9-]{1,80}", file_stem([prompt, prompt], 2**32 - 1, 60))


def test_file_names_say_what_is_in_the_file():
    assert file_stem(["A person waves!"], 3) == "waves-seed3"
    assert (
        file_stem(["a person walks forward, the left arm waves"], 3, 60) == "walks-forward-left-arm-waves-seed3-60fps"
    )
    edited = ["a person walks forward", "sits down", "left arm stretch out to the side"]
    assert file_stem(edited, 5) == "walks-forward-left-arm-stretch-out-to-side-seed5"
    assert file_stem(["mine.bvh"]) == "mine-bvh"  # nothing was drawn
    assert file_stem(["a person"]) == "a-person" and file_stem([""], 0) == "motion-seed0"


def ask(page, prompt: str) -> None:
    page.get_by_label("What does the person do?").fill(prompt)
    page.get_by_role("button", name="Generate motion").click()


def test_generate_shows_the_new_motion_and_its_files(page, tmp_path):
    page.get_by_label("New one each time").uncheck()
    page.get_by_label("Seed", exact=True).fill("2")
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
    saved = load_motion(path)
    assert saved.fps == 30  # what the page offers first, for every file
    assert (saved.joints() - walk("", seconds=4.0, seed=2).resample(30).joints()).abs().max() < 1e-3


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_each_download_has_its_words_inside(page, width):
    """Words that hang over the next button are clicked there: it gave another file than it named."""
    page.set_viewport_size({"width": width, "height": 800})
    buttons = page.get_by_role("button", name=re.compile("^Download (GLB|BVH|NPZ|JSON)$"))
    assert buttons.count() == 4
    assert buttons.evaluate_all("all => all.every((each) => each.scrollWidth <= each.clientWidth + 1)")
    page.set_viewport_size(DESKTOP)


def test_example_runs_with_a_new_seed(page):
    page.get_by_label("Seed", exact=True).fill("2")
    page.get_by_label("New one each time").check()
    page.locator(".examples").get_by_text("a man bows deeply").click()
    control(page, ".caption").filter(has_text="a man bows deeply").wait_for()
    assert page.get_by_label("What does the person do?").input_value() == "a man bows deeply"
    assert page.get_by_label("Seed", exact=True).input_value() != "2"


@pytest.mark.parametrize(("prompt", "message"), [("", "Say what the person does"), (UNKNOWN, "nothing is known about")])
def test_bad_input_gives_a_message_and_keeps_the_page(page, prompt, message):
    caption = control(page, ".caption").text_content()
    ask(page, prompt)
    toast = page.get_by_test_id("toast-body").filter(has_text=message)
    toast.wait_for()
    assert "Traceback" not in toast.inner_text()
    assert control(page, ".caption").text_content() == caption


# --- seeds ---------------------------------------------------------------------------------------------------------


def seed_of_motion(page) -> str:
    return control(page, ".head .seed").inner_text().removeprefix("seed ")


def test_seed_on_the_page_is_that_of_the_motion_after_a_double_click_and_an_error(page):
    page.get_by_label("New one each time").check()
    page.get_by_label("What does the person do?").fill("a person hurries")
    page.get_by_role("button", name="Generate motion").dblclick()
    control(page, ".caption").filter(has_text="a person hurries").wait_for()
    page.wait_for_timeout(300)  # for a second motion, which must not come
    seed = seed_of_motion(page)
    assert page.get_by_label("Seed", exact=True).input_value() == seed
    expected = walk("", seconds=4.0, seed=int(seed)).joints()[5]
    viewer(page, "playback.pause()")
    viewer(page, "playback.seek(0.25)")
    assert (torch.tensor(viewer(page, "jointPositions()")) - expected).abs().max() < 1e-3
    ask(page, f"{UNKNOWN} {seed}")
    page.get_by_test_id("toast-body").filter(has_text="nothing is known").last.wait_for()
    assert page.get_by_label("Seed", exact=True).input_value() == seed_of_motion(page) == seed


def test_typed_seed_is_used_and_half_a_seed_is_not(page):
    page.get_by_label("New one each time").check()
    page.get_by_label("Seed", exact=True).fill("12")
    page.wait_for_function("!document.querySelector('.seed input[type=checkbox]').checked")
    ask(page, "a person marches")
    control(page, ".caption").filter(has_text="a person marches").wait_for()
    assert seed_of_motion(page) == "12"
    page.get_by_label("Seed", exact=True).fill("1.5")
    ask(page, "a person limps")
    page.get_by_test_id("toast-body").filter(has_text="seed is 1.5, expected a whole number").wait_for()
    page.get_by_label("Seed", exact=True).fill("2")


# --- while the model works -----------------------------------------------------------------------------------------


def test_motion_goes_on_and_can_be_handled_while_the_next_one_is_made(page):
    GO_ON.clear()
    try:
        ask(page, WAIT)
        status = page.locator(".motion-viewer-block [role=progressbar]")
        status.wait_for()
        assert status.get_attribute("aria-label") in ("Waiting, you are next", "Writing the motion")
        stage = control(page, ".stage").bounding_box()
        assert status.bounding_box()["height"] < 40 < stage["height"] / 4
        faded = """element => { for (let at = element; at; at = at.parentElement)
            if (getComputedStyle(at).opacity !== "1") return true; return false; }"""
        assert not page.locator(".motion-viewer").evaluate(faded)
        control(page, ".play").click(timeout=10_000)  # nothing lies over it
        assert viewer(page, "playback.playing")
        # the files of the motion before are not what is waited for
        note = page.locator(".files-note")
        assert note.inner_text() == "A new motion is being written; its files can be taken when it is done."
        assert page.evaluate("[...document.querySelectorAll('.takes-home')].every(each => each.inert)")
    finally:
        GO_ON.set()
    control(page, ".caption").filter(has_text=WAIT).wait_for()
    page.wait_for_function("!document.querySelector('.downloads').inert")
    assert not note.is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download BVH").click()
    assert download.value.suggested_filename.startswith(f"{WAIT}-seed")


def test_a_link_shows_no_other_motion_until_its_own_is_there(app, browser):
    GO_ON.clear()
    try:
        with visit(browser, f"{app.local_url}?text={WAIT}+and+see&seconds=2&seed=3", DESKTOP) as other:
            message = control(other, ".message")
            message.filter(has_text=f"The motion of this link is on its way: {WAIT} and see").wait_for()
            other.locator(".motion-viewer-block [role=progressbar]").wait_for()
            viewer(other, "ready")
            next_frames(other)
            assert not viewer(other, "recipe") and not control(other, ".head").is_visible()
            stage = "document.querySelector('.motion-viewer').motionViewer.stage"
            bodies = f"{stage}.scene.getObjectsByProperty('isSkinnedMesh', true)"
            assert other.evaluate(f"{bodies}.every((body) => !body.parent.visible)")
            assert other.get_by_label("What does the person do?").input_value() == f"{WAIT} and see"
            GO_ON.set()
            control(other, ".caption").filter(has_text=f"{WAIT} and see").wait_for()
            assert message.text_content() == "" and other.evaluate(f"{bodies}.every((body) => body.parent.visible)")
            other.wait_for_function("!document.querySelector('.downloads').inert")  # nothing is on its way
            # who comes back waits for the own motion as well
            GO_ON.clear()
            other.evaluate("localStorage.setItem('being-m0-motions', "
                           f"JSON.stringify({{ list: ['text={WAIT}+again&seconds=2.0&seed=4'], at: 0 }}))")  # fmt: skip
            other.reload()
            message.filter(has_text=f"Your last motion is on its way: {WAIT} again").wait_for()
            # who stops waiting gets the page's motion
            other.get_by_role("button", name="Stop").click()
            control(other, ".caption").filter(has_text=EXAMPLES[0].text).wait_for()
            assert message.text_content() == ""
    finally:
        GO_ON.set()


def test_stop_ends_the_wait_and_keeps_the_motion(page):
    caption = control(page, ".caption").text_content()
    GO_ON.clear()
    try:
        ask(page, f"{WAIT} in vain")
        page.get_by_role("button", name="Stop").click()
        page.locator(".motion-viewer-block [role=progressbar]").wait_for(state="detached")
        assert not page.get_by_role("button", name="Stop").is_visible()
        page.wait_for_function("!document.querySelector('.downloads').inert")  # those of the motion that stays
    finally:
        GO_ON.set()
    ask(page, "a person struts")
    control(page, ".caption").filter(has_text="a person struts").wait_for()
    assert caption != "wait in vain"


# --- reading it, at any size ---------------------------------------------------------------------------------------


def test_page_says_what_the_model_cannot_do(page):
    assert "cannot do objects, a second person" in page.locator(".block.limits").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_a_contrast_of_4_5(page, theme):
    viewer(page, "choosePart('torso')")
    set_theme = "dark => document.body.classList.toggle('dark', dark)"
    page.evaluate(set_theme, theme == "dark")
    for _ in range(30):  # colours fade over
        page.wait_for_timeout(100)
        measured = page.evaluate(CONTRASTS)
        if all(ratio >= 4.5 for _, ratio in measured):
            break
    page.evaluate(set_theme, False)
    viewer(page, "choosePart(null)")
    texts = [text for text, _ in measured]
    assert {
        "Being-M0",
        "Generate motion",
        "left arm",
        "for example: leans forward",
        "Change the torso and head",
        "JSON",
        "Loop",
    } <= set(texts)
    assert [(text, ratio) for text, ratio in measured if ratio < 4.5] == []


# Every visible text and placeholder, in shadow roots too, with its contrast by WCAG 2.2. Where a gradient lies behind
# it, the worst of its colours counts.
CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const parent = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  const behind = (element) => {
    if (!element) return [rgba("white")];
    const style = getComputedStyle(element);
    const gradient = style.backgroundImage.match(/rgba?\\([^)]*\\)/g);
    if (gradient) return gradient.map(rgba);
    const own = rgba(style.backgroundColor);
    return own[3] === 1 ? [own] : behind(parent(element)).map((below) => over(own, below));
  };
  const found = [];
  const measure = (element, colour, text) => {
    if (!text.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const ratios = behind(element).map((ground) => {
      const [a, b] = [light(over(rgba(colour), ground)), light(ground)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    });
    found.push([text.trim(), Math.min(...ratios)]);
  };
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.matches("script, style, option, svg *")) continue;
      for (const node of element.childNodes)
        if (node.nodeType === Node.TEXT_NODE) measure(element, getComputedStyle(element).color, node.data);
      if (element.placeholder && !element.value)
        measure(element, getComputedStyle(element, "::placeholder").color, element.placeholder);
      else if (element.matches("textarea, input:not([type=checkbox], [type=range])"))
        measure(element, getComputedStyle(element).color, element.value ?? "");
    }
  };
  walk(document);
  return found;
}"""


def test_phone_has_prompt_button_and_figure_on_its_first_screen(page):
    control(page, ".view").click()
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")
    next_frames(page, 5)
    stage, bar = (control(page, part).bounding_box() for part in ("canvas", ".bar"))
    prompt = page.get_by_label("What does the person do?").bounding_box()
    button = page.get_by_role("button", name="Generate motion").bounding_box()
    joints = torch.tensor(viewer(page, "jointsOnStage()"))
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(DESKTOP)
    assert 0 <= prompt["y"] < button["y"] < stage["y"]
    assert stage["width"] > 330 and stage["height"] > 280
    assert bar["y"] + bar["height"] <= PHONE["height"]
    assert joints.abs().max() < 1
    assert width <= PHONE["width"]


def test_long_words_of_the_wait_begin_on_a_phone_and_end_in_dots(page):
    """They are drawn by CSS, so that the box is looked at; without its bounds both ends were cut off."""
    page.set_viewport_size(PHONE)
    box = page.evaluate("""() => {
      const block = document.querySelector(".motion-viewer-block");
      block.insertAdjacentHTML("beforeend", `<div class="wrap center full" style="display: flex; flex-direction: column;
        align-items: center; position: absolute"><div class="progress-level" style="flex-direction: column;
        align-items: center"><div class="progress-bar-wrap" aria-label="${"Writing, 45 %: walks ".repeat(6)}">
        </div></div></div>`);
      const line = block.lastElementChild.querySelector(".progress-bar-wrap");
      const [inside, outside] = [line.getBoundingClientRect(), block.getBoundingClientRect()];
      const dots = getComputedStyle(line).textOverflow;
      block.lastElementChild.remove();
      return [inside.left - outside.left, outside.right - inside.right, dots];
    }""")
    page.set_viewport_size(DESKTOP)
    assert box[0] >= 0 and box[1] >= 0 and box[2] == "ellipsis"


def test_address_of_the_api_page_opens_it(app, browser):
    page = browser.new_page()
    page.goto(f"{app.local_url}?view=api")
    page.get_by_text("API documentation").wait_for(timeout=PATIENCE)
    page.close()


def test_each_example_has_a_moving_picture(page):
    pictures = page.locator(".examples img")
    assert pictures.count() == len(EXAMPLES)
    assert all(pictures.nth(number).evaluate("image => image.naturalWidth") == 96 for number in range(len(EXAMPLES)))
    for number in range(len(EXAMPLES)):
        with Image.open(EXAMPLE_FOLDER / picture_name(number)) as picture:
            assert picture.n_frames > 8


def test_who_goes_by_keyboard_sees_where(page):
    """Whatever Tab comes to has an outline or a ring, in the page and on the stage."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("What does the person do?").focus()
    seen: set[str] = set()
    for _ in range(70):
        page.keyboard.press("Tab")
        name, ring = page.evaluate(FOCUSED)
        seen.add(name)
        assert ring, name
        if name == "Change this motion" or name.startswith("Use via API"):
            break  # the last ones of the page
    page.set_viewport_size(DESKTOP)
    assert {"Generate motion", "left arm", "Time", "Download GLB", "Copy link"} <= seen


# What has the focus, in shadow roots too: its name with its place, and whether that is seen.
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return ["", true];
  const style = getComputedStyle(at);
  const words = [at.ariaLabel, at.innerText?.trim(), at.labels?.[0]?.innerText.trim(), at.placeholder, at.type];
  const name = words.find(Boolean) ?? at.tagName;
  return [name, style.outlineStyle !== "none" || style.boxShadow !== "none"];
}"""
