"""How soon a new motion moves on the page, how fast it is drawn, and what the page weighs, in headless Chromium.

    being-m0 demo --port 7860
    python training/benchmarks/page.py http://127.0.0.1:7860 --rounds 2

Needs Playwright and Chromium (CHROMIUM_PATH, or `chromium`). Headless Chromium draws with the processor: frames a
second are those of such a browser, and the viewer's own script, which a graphics card waits for, is timed by itself.
"""

import argparse
import json
import os
import shutil
from statistics import median
from typing import Any

FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--use-gl=angle", "--enable-unsafe-swiftshader")
#: Five that the model makes and three that are shown ready-made.
TEXTS = (
    "a person walks forward", "a person turns to the left", "someone runs forward", "a person kicks with the right leg",
    "a person marches", "a person jumps", "a person sits down", "a person waves with the left hand",
)  # fmt: skip
VIEWER = 'document.querySelector(".result .motion-viewer").motionViewer'
#: Milliseconds from a click on the main button until the new motion is there, and until a moved frame of it is drawn.
CLICK = f"""(async () => {{
  const viewer = {VIEWER}, before = viewer.recipe, start = performance.now();
  const {{ render }} = viewer.stage;
  let there = 0;
  document.querySelector(".generate").click();
  const moved = await new Promise((done) => {{
    viewer.stage.render = function (lens) {{
      render.call(this, lens);
      if (viewer.recipe === before) return;
      there ||= performance.now();
      if (viewer.playback.time > 0) requestAnimationFrame(() => done(performance.now()));
    }};
  }});
  delete viewer.stage.render;
  return {{ there: there - start, moved: moved - start }};
}})()"""
#: Frames that are drawn in some seconds, and milliseconds of script for each, drawing calls included.
FRAMES = f"""(async (seconds) => {{
  const viewer = {VIEWER}, ask = window.requestAnimationFrame, times = [];
  const {{ render }} = viewer.stage;
  let drawn = 0;
  viewer.stage.render = function (lens) {{ render.call(this, lens); drawn++; }};
  window.requestAnimationFrame = (work) => ask.call(window, (now) => {{
    const [before, start] = [drawn, performance.now()];
    work(now);
    if (drawn > before) times.push(performance.now() - start);
  }});
  viewer.playback.play();
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  window.requestAnimationFrame = ask;
  delete viewer.stage.render;
  times.sort((one, other) => one - other);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  return {{ frames_a_second: times.length / seconds, script_ms: at(0.5), script_ms_95: at(0.95) }};
}})(%d)"""


def measure(url: str, rounds: int, seconds: int = 10) -> dict[str, Any]:
    """The figures of a page that runs at this address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        said: list[str] = []
        page.on("console", lambda entry: said.append(entry.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        sizes: list[float] = []
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(url)
        page.wait_for_function(f"document.querySelector('.result .motion-viewer') && {VIEWER}?.recipe")
        page.evaluate(f"{VIEWER}.ready")
        page.wait_for_timeout(3000)
        weight = sum(sizes) / 1e6
        frames = page.evaluate(FRAMES % seconds)
        clicks = []
        for text in TEXTS * rounds:
            page.get_by_label("What does the person do?").fill(text)
            page.wait_for_timeout(1200)
            clicks.append(page.evaluate(CLICK))
            page.wait_for_timeout(1500)
        browser.close()
    of_clicks = {f"{name}_ms": round(median(click[name] for click in clicks)) for name in ("there", "moved")}
    return {"megabytes": round(weight, 2), **frames, **of_clicks, "clicks": len(clicks), "console": said}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a page that runs")
    parser.add_argument("--rounds", type=int, default=2, help="how often each text is asked for")
    given = parser.parse_args()
    print(json.dumps(measure(given.url, given.rounds), indent=2))


if __name__ == "__main__":
    main()
