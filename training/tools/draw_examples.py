"""Draws the page's examples as small moving pictures, with the page's own viewer in a headless Chromium.

    python -m training.tools.draw_examples --chromium /usr/bin/chromium

Run it again when the weights, the figure or the examples change; it writes being_m0_hf/demo/static/examples/.
"""

import argparse
import io
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import being_m0_hf
from being_m0_hf.bodies.dressed import dressed_body
from being_m0_hf.demo.clip import ShownMotion, clip_payload
from being_m0_hf.demo.example_pictures import EXAMPLE_FOLDER, picture_name
from being_m0_hf.demo.panels import EXAMPLES
from being_m0_hf.demo.viewer import STATIC_FOLDER, viewer_parts
from being_m0_hf.io import body_to_glb
from being_m0_hf.motion import JOINT_NAMES, Motion

SIZE = (96, 112)  # pixels
DRAWN = 2  # times as large
FRAMES_A_SECOND = 8
CHROMIUM_FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAGE = """<body style="margin:0"><div id="stage" style="width:{width}px;height:{height}px"></div><script type="module">
import {{ mountViewer }} from "./viewer.esm.js";
const viewer = mountViewer(document.getElementById("stage"), {options});
const bare = document.createElement("style");
bare.textContent = ".bar, .head, .caption, header, .legend, .takes, .card {{ display: none !important }}";
document.getElementById("stage").shadowRoot.append(bare);
window.viewer = viewer;
await viewer.ready;
window.loaded = true;
</script></body>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args) -> None:
        """Nothing: whoever runs this does not want to read of requests."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", type=Path, required=True, help="the browser's program")
    parser.add_argument("--out", type=Path, default=EXAMPLE_FOLDER)
    arguments = parser.parse_args()
    pipeline = being_m0_hf.load_pipeline()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = _serve(Path(folder))
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": DRAWN * SIZE[0], "height": DRAWN * SIZE[1]})
        page.goto(address)
        page.wait_for_function("window.loaded === true", timeout=120_000)
        for number, example in enumerate(EXAMPLES):
            motion = pipeline(example.text, parts=example.parts or None, seed=0)
            path = arguments.out / picture_name(number)
            frames = _frames(page, motion)
            step = round(1000 / FRAMES_A_SECOND)
            frames[0].save(path, save_all=True, append_images=frames[1:], duration=step, loop=0, quality=60, method=6)
            print(f"{path.name}: {example.title}, {path.stat().st_size / 1024:.0f} kB")
        browser.close()


def _serve(folder: Path) -> str:
    """Puts the viewer and its page into a folder that a local server shows."""
    (folder / "viewer.esm.js").write_bytes((STATIC_FOLDER / "viewer.esm.js").read_bytes())
    (folder / "body.glb").write_bytes(body_to_glb(dressed_body()))
    options = {"bodyUrl": "body.glb", "jointNames": JOINT_NAMES, "parts": viewer_parts({})}
    text = PAGE.format(width=DRAWN * SIZE[0], height=DRAWN * SIZE[1], options=json.dumps(options))
    (folder / "index.html").write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def _frames(page: Page, motion: Motion) -> list[Image.Image]:
    page.evaluate("clip => { viewer.setMotion(clip); viewer.playback.pause(); }", clip_payload(ShownMotion(motion)))
    frames = []
    count = round(motion.seconds * FRAMES_A_SECOND)
    for number in range(count):
        page.evaluate(f"viewer.playback.seek({number * motion.seconds / count})")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        frames.append(picture.resize(SIZE, Image.Resampling.LANCZOS))
    return frames


if __name__ == "__main__":
    main()
