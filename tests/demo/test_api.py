"""The page for programs: its API and its MCP tool."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from demo_page import UNKNOWN, walk
from gradio_client import Client

from being_m0_hf.demo import launch_demo
from being_m0_hf.demo.requests import LONGEST_PART_TEXT, LONGEST_PROMPT
from being_m0_hf.io import load_motion
from being_m0_hf.motion import PART_NAMES

pytestmark = pytest.mark.slow


def test_api_of_a_model_that_only_generates_offers_that_and_files(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert [name for name in endpoints if "motion" not in name] == ["/export", "/generate"]
    assert [parameter["parameter_name"] for parameter in endpoints["/generate"]["parameters"]] == [
        "text", "seconds", "seed", *PART_NAMES,
    ]  # fmt: skip


def test_api_returns_files_that_open_and_hold_the_motion(client):
    paths = [Path(path) for path in client.predict("a person walks", 2, 3, api_name="/generate")[:4]]
    assert [path.name for path in paths] == [f"walks-seed3{end}" for end in (".glb", ".bvh", ".npz", ".json")]
    expected = walk("a person walks", seconds=2.0, seed=3).joints()
    for path in paths[1:]:
        assert (load_motion(path).joints() - expected).abs().max() < 1e-3, path.name
    pygltflib = pytest.importorskip("pygltflib")
    scene = pygltflib.GLTF2().load(str(paths[0]))
    assert len(scene.skins) == len(scene.animations) == 1


def test_api_takes_texts_of_body_parts(client):
    paths = client.predict("a person walks", 2, 3, left_arm="waves", right_leg=None, api_name="/generate")
    assert Path(paths[1]).name == "walks-left-arm-waves-seed3.bvh"
    expected = walk("", seconds=2.0, seed=3, parts={"left_arm": "waves"}).joints()
    assert (load_motion(paths[1]).joints() - expected).abs().max() < 1e-3


@pytest.mark.parametrize(
    ("text", "seconds", "seed", "parts", "message"),
    [
        ("  ", 2, 0, {}, "Say what the person does"),
        (None, 2, 0, {}, "description is null, expected text"),
        (["walk"], 2, 0, {}, "description is .'walk'., expected text"),
        ("walk " * LONGEST_PROMPT, 2, 0, {}, f"shorten it to {LONGEST_PROMPT}"),
        (UNKNOWN, 2, 0, {}, "nothing is known about"),
        ("walk", "abc", 0, {}, "seconds is 'abc', expected a number from 1 to 10"),
        ("walk", True, 0, {}, "seconds is True, expected a number"),
        ("walk", 10.5, 0, {}, "seconds is 10.5, expected a number from 1 to 10"),
        ("walk", 2, 1.5, {}, "seed is 1.5, expected a whole number"),
        ("walk", 2, -1, {}, "seed is -1, expected a whole number"),
        ("walk", 2, "x" * 9999, {}, "seed is 'xxxx.*[.][.][.], expected a whole number"),
        ("walk", 2, 0, {"torso": 7}, "text of the torso is 7, expected text"),
        ("walk", 2, 0, {"torso": "leans " * LONGEST_PART_TEXT}, f"shorten it to {LONGEST_PART_TEXT}"),
    ],
)
def test_api_says_in_one_line_what_is_wrong(client, capfd, text, seconds, seed, parts, message):
    with pytest.raises(Exception, match=message) as caught:
        client.predict(text, seconds, seed, **parts, api_name="/generate")
    assert "\n" not in str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())  # of the server, which runs in this process


@pytest.mark.parametrize("index", ["abc", 99, -1, None])
def test_page_refuses_examples_that_are_none(app, capfd, index):
    chosen = next(number for number, each in app.fns.items() if each.name == "_filled_in")
    body = json.dumps({"data": [index], "fn_index": chosen, "session_hash": "s"}).encode()
    asked = urllib.request.Request(f"{app.local_url}gradio_api/run/predict", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)
    assert "There are 8 examples" in refused.value.read().decode()
    assert "Traceback" not in "".join(capfd.readouterr())


def test_many_calls_at_once_lose_and_swap_nothing(app):
    client = Client(app.local_url, verbose=False, download_files=False)
    calls = [("a person walks", 1 + number % 2, number) for number in range(20)]
    jobs = [client.submit(*call, api_name="/generate") for call in calls]
    for (_, seconds, seed), job in zip(calls, jobs, strict=True):
        path = Path(job.result()[2]["path"])
        assert path.name == f"walks-seed{seed}.npz"
        assert load_motion(path).num_frames == 20 * seconds


# --- for assistants ------------------------------------------------------------------------------------------------


def test_page_for_assistants_without_their_library_says_so_in_one_line(app, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ValueError, match=r"the MCP server needs mcp; run: pip install 'being-m0-hf\[mcp\]'"):
        launch_demo(app, mcp_server=True)
