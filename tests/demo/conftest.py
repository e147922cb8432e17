"""The demo page, driven as its visitors drive it: in a real browser and through the API client.

The page runs around a small procedural walker instead of a trained model; everything else is the real thing. The
browser tests need Chromium (``apt-get install chromium``, or CHROMIUM_PATH) and are skipped without it, except in CI.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from demo_page import DESKTOP, viewer, visit, walkers

gr = pytest.importorskip("gradio", reason="the demo extra is not installed: pip install 'being-m0-hf[demo]'")
from being_m0_hf.demo import build_demo, launch_demo  # noqa: E402

# Software rendering, and nothing that makes Chromium itself talk to the network.
CHROMIUM_FLAGS = (
    "--no-sandbox --use-angle=swiftshader --use-gl=angle --enable-unsafe-swiftshader --ignore-gpu-blocklist "
    "--disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="package")
def app() -> Iterator[gr.Blocks]:
    demo = build_demo(walkers)
    launch_demo(demo, server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()


@pytest.fixture(scope="package")
def client(app):
    from gradio_client import Client

    return Client(app.local_url, verbose=False)


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def shared_page(app, browser):
    with visit(browser, app.local_url, DESKTOP) as page:
        viewer(page, "ready")
        yield page


@pytest.fixture
def page(shared_page):
    """The one desktop page of most tests, at its top and stopped at the start of its clip."""
    shared_page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")  # a stage out of sight rests
    viewer(shared_page, "playback.pause()")
    viewer(shared_page, "playback.seek(0)")
    return shared_page
