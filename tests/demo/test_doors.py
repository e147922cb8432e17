"""The page of a model that knows every task, for programs and for assistants."""

import http.client
import json
import os
import re
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from demo_page import GO_ON, WAIT, ask_as_an_assistant, served, tiny_pipeline, walkers
from gradio_client import Client, handle_file

from being_m0_hf.demo.doors.describing import description
from being_m0_hf.demo.kept_files import clear_old_folders, new_folder
from being_m0_hf.demo.model_queue import usable_cores
from being_m0_hf.demo.workshop import told_of
from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.pipelines.editing.describing import MEASURES, MODEL, Description

pytestmark = pytest.mark.slow
WAVES = "a person waves with the left hand"


@pytest.fixture(scope="module")
def pipeline():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def page(pipeline):
    pytest.importorskip("mcp", reason="the mcp extra is not installed: pip install 'being-m0-hf[mcp]'")
    with served(pipeline, mcp_server=True) as demo:
        yield demo


@pytest.fixture(scope="module")
def programs(page):
    return Client(page.local_url, verbose=False, httpx_kwargs={"timeout": 120})


@pytest.fixture(scope="module")
def clip(pipeline, tmp_path_factory):
    return save_motion(pipeline(WAVES, seconds=2, seed=3), tmp_path_factory.mktemp("clip") / "walk.npz")


# --- what a sentence was taken for ---------------------------------------------------------------------------------


def test_what_a_sentence_was_taken_for_comes_with_the_motion_and_in_its_json(programs, capfd):
    *files, told = programs.predict(WAVES, 2, 3, api_name="/generate")
    assert told["verdict"] == "known" and "left" in told["nearest"] and told["certainty"] > 0.5
    assert told["line"].startswith("known: ")
    written = json.loads(Path(files[3]).read_text())
    assert written["understood"] == told
    assert urllib.parse.parse_qs(written["recipe"]) == {"text": [WAVES], "seconds": ["2"], "seed": ["3"]}
    assert load_motion(files[3]).num_frames == 40  # readers pass over it
    assert WAVES not in "".join(capfd.readouterr())  # the server, in this process, logs no words of visitors


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [(WAVES, "known", ""), ("asdf qwer zxcv", "not understood", "no words"), ("eine Person winkt", None, "German")],
)
def test_a_sentence_can_be_understood_without_a_motion(programs, text, verdict, reason):
    told = programs.predict(text, api_name="/understand")
    assert told["verdict"] == verdict or verdict is None
    assert reason in told["reason"]


# --- motions that are sent -----------------------------------------------------------------------------------------


def test_a_file_is_described_as_in_python(programs, pipeline, clip):
    motion = load_motion(clip)
    assert programs.predict(handle_file(clip), "", api_name="/describe") == pipeline.describe(motion)
    assert programs.predict(handle_file(clip), "left arm", api_name="/describe") == pipeline.describe(
        motion, "left arm"
    )


def test_a_file_is_continued_and_filled_as_in_python(programs, pipeline, clip):
    motion = load_motion(clip)
    longer = load_motion(programs.predict(handle_file(clip), "sits down", 2, 5, api_name="/continue")[2])
    expected = pipeline.continue_(motion, "sits down", 2.0, seed=5)
    assert (longer.joints() - expected.joints()).abs().max() < 1e-3
    filled = programs.predict(handle_file(clip), 0.6, 1.4, "waves", ["left arm"], 7, api_name="/fill")
    expected = pipeline.fill(motion, 0.6, 1.4, "", {"left_arm": "waves"}, seed=7)
    assert (load_motion(filled[2]).joints() - expected.joints()).abs().max() < 1e-3
    assert Path(filled[0]).suffix == ".glb" and "left-arm-waves" in Path(filled[0]).name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.bvh", b"HIERARCHY nonsense", "a.bvh"),
        ("a.glb", b"glTF" + bytes(100), "a.glb"),
        ("a.pkl", b"\x80\x04.", "a.pkl: files are read from .bvh"),
        ("a.json", b"[" * 100_000, "a.json"),
    ],
)
def test_a_bad_file_gives_one_line_with_its_name_and_goes(programs, capfd, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Exception, match=re.escape(message)) as caught:
        programs.predict(handle_file(path), "", api_name="/describe")
    assert "\n" not in str(caught.value) and "/tmp" not in str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ((1.4, 0.6, "", [], 0), "The marked time goes from 1.4 to 0.6 s"),
        ((0, "x", "", [], 0), "the end is 'x', expected a number"),
        ((0, 1, "", ["third arm"], 0), "There is no body part 'third arm'"),
        ((0, 1, "", "left arm", 0), "The parts are no list"),
        ((5, 6, "", [], 0), "is no time of this motion, which lasts 2.00 s"),
    ],
)
def test_a_bad_edit_gives_one_line(programs, clip, call, message):
    with pytest.raises(Exception, match=message) as caught:
        programs.predict(handle_file(clip), *call, api_name="/fill")
    assert "\n" not in str(caught.value)


def test_files_of_other_places_are_not_read(page):
    body = json.dumps({"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, ""]}).encode()
    address = f"{page.local_url}gradio_api/call/describe"
    asked = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    number = json.load(urllib.request.urlopen(asked))["event_id"]
    answer = urllib.request.urlopen(f"{address}/{number}", timeout=60).read().decode()
    assert "event: error" in answer and "event: complete" not in answer


# --- how much is taken, and how long it is kept --------------------------------------------------------------------


@pytest.mark.parametrize(("path", "size"), [("upload", 20_200_000), ("queue/join", 300_000)])
def test_a_request_that_is_too_large_is_refused(page, path, size):
    address = urllib.parse.urlsplit(page.local_url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.putrequest("POST", f"/gradio_api/{path}")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_request_that_does_not_tell_its_size_is_counted(page):
    address = urllib.parse.urlsplit(page.local_url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    pieces = (b" " * 50_000 for _ in range(6))
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/gradio_api/queue/join", pieces, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_files_go_after_a_while():
    old, new = new_folder(), new_folder()
    os.utime(old, (0, 0))
    assert clear_old_folders() >= 1
    assert not old.exists() and new.exists()
    new.rmdir()


def test_who_leaves_before_the_turn_comes_costs_nothing():
    made: list[str] = []

    def remembered(texts, seconds, seed, parts):
        made.extend(texts)
        return walkers(texts, seconds, seed, parts)

    with served(remembered) as demo:
        stays = Client(demo.local_url, verbose=False, httpx_kwargs={"timeout": 120})
        number = next(number for number, each in demo.fns.items() if each.api_name == "generate")
        GO_ON.clear()
        try:
            held = [stays.submit(WAIT, 1 + each, each, api_name="/generate") for each in range(6)]
            while len(made) < 1 + usable_cores():  # every worker is held
                time.sleep(0.1)
            # a browser's tab holds this connection open as long as it is there
            with urllib.request.urlopen(f"{demo.local_url}gradio_api/heartbeat/gone"):
                asked = {"data": ["a person hurries", 2, 0, *[""] * 6], "fn_index": number, "session_hash": "gone"}
                address = f"{demo.local_url}gradio_api/queue/join"
                headers = {"Content-Type": "application/json"}
                urllib.request.urlopen(urllib.request.Request(address, json.dumps(asked).encode(), headers)).read()
                time.sleep(1)
            time.sleep(2)
        finally:
            GO_ON.set()
        for job in held:
            job.result()
        stays.predict("a person strolls", 2, 0, api_name="/generate")
    assert "a person strolls" in made and "a person hurries" not in made


# --- for assistants ------------------------------------------------------------------------------------------------


def test_tools_answer_with_short_text_and_links(page):
    url = page.local_url
    tools, (made,) = ask_as_an_assistant(url, ("generate_motion", {"text": WAVES, "seconds": 2, "left_arm": "waves"}))
    assert [tool.name for tool in tools] == [
        "generate_motion", "understand_text", "describe_motion", "continue_motion", "edit_motion",
    ]  # fmt: skip
    assert set(PART_NAMES) < set(tools[0].inputSchema["properties"])
    assert "no objects" in tools[0].inputSchema["properties"]["text"]["description"]
    assert len(made) < 1000 and made.startswith("known: ")
    links = re.findall(r"http://\S+", made)
    assert [link.rsplit(".")[-1] for link in links[:4]] == ["glb", "bvh", "npz", "json"]
    assert b"HIERARCHY" in urllib.request.urlopen(links[1]).read()
    assert urllib.request.urlopen(links[4]).status == 200
    edits = [
        ("understand_text", {"text": WAVES}),
        ("describe_motion", {"motion": links[4], "part": "left arm"}),
        ("continue_motion", {"motion": links[4], "text": "walks", "seconds": 1}),
        ("edit_motion", {"motion": links[4], "start": 0.4, "end": 1.2, "parts": ["right arm"], "seed": 2}),
    ]
    _, (understood, described, longer, edited) = ask_as_an_assistant(url, *edits)
    assert understood.startswith("known: ") and "http" not in described
    assert "3.0 s." in longer and "2.0 s." in edited and max(map(len, (longer, edited))) < 1000
    assert "seconds=2" in links[4] and "seconds" not in tools[0].inputSchema.get("required", [])
    _, (of_any_length,) = ask_as_an_assistant(url, ("generate_motion", {"text": WAVES}))
    assert "seconds=" not in of_any_length
    _, (refused,) = ask_as_an_assistant(url, ("describe_motion", {"motion": "nonsense"}))
    assert "The link says nothing that a person does" in refused and len(refused) < 300


def test_what_is_said_of_a_made_motion_names_its_own_source():
    """A sentence that stands for a written action may still be made by the model: for its length, or texts of parts."""
    pipeline = tiny_pipeline()
    (motion,) = pipeline([WAVES], seconds=[1.0])
    written = motion.replace(source='written action "wave"')
    assert "not by the model" in told_of(pipeline, WAVES, written)["line"]
    assert "not by the model" not in told_of(pipeline, WAVES, motion)["line"]
    doubted = motion.replace(doubt="the hand stays low")
    assert told_of(pipeline, WAVES, doubted)["line"].endswith("it may not be that: the hand stays low")


def test_what_the_model_did_not_write_is_marked():
    told = {"body": Description("a person <walks>", MODEL), "left arm": Description("It hangs.", MEASURES)}
    html = description(told)
    assert "a person &lt;walks&gt;</dd>" in html and "It hangs. <small>(as measured)</small></dd>" in html
