"""The command line, as its users meet it: files, messages, exit codes."""

import importlib.util
import io
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pygltflib
import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

import being_m0_hf
from being_m0_hf.cli.main import build_parser, main
from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.motion import JOINT_NAMES, PART_NAMES, Motion
from being_m0_hf.pipelines.takes.written_takes import Take, WrittenAction, WrittenTakes
from being_m0_hf.pipelines.text_to_motion import DEFAULT_CHECKPOINT, RANKER_FOLDER
from being_m0_hf.understanding import write_action_list
from being_m0_hf.utils import progress as status_line_module

COMMANDS = ("generate", "demo", "info", "train", "finetune", "push")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> str:
    """A model of a few thousand random weights in a folder, good for motions of up to 4 s."""
    folder = tmp_path_factory.mktemp("checkpoint")
    tiny_model(max_steps=20).save_pretrained(folder)
    tiny_processor(max_steps=20).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: cc0-1.0\n---\n# Random weights\n", encoding="utf-8")
    return str(folder)


@pytest.fixture
def generate(checkpoint, tmp_path, monkeypatch):
    """``being-m0 generate`` with the tiny model, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(["generate", *words, "--model", checkpoint])


def exit_code(argv: list[str]) -> int:
    try:
        return main(argv)
    except SystemExit as exit:
        return exit.code


def help_text(command: str, capsys) -> str:
    with pytest.raises(SystemExit) as exit:
        main([command, "--help"] if command else ["--help"])
    assert exit.value.code == 0
    return capsys.readouterr().out


# --- files


@pytest.mark.parametrize("suffix", [".bvh", ".npz", ".json"])
def test_writes_a_motion_that_can_be_read_again(suffix, generate, tmp_path, capsys):
    assert generate("a person walks", "--seconds", "2", "-o", f"walk{suffix}") == 0
    motion = load_motion(tmp_path / f"walk{suffix}")
    assert motion.seconds == pytest.approx(2.0)
    assert capsys.readouterr().out == f"walk{suffix}\n"


@pytest.mark.slow
def test_motions_are_written_as_decoded_on_request(generate, checkpoint, tmp_path):
    assert generate("a person walks", "--seconds", "2", "-o", "shown.json") == 0
    assert generate("a person walks", "--seconds", "2", "--as-decoded", "-o", "decoded.json") == 0
    found, shown = (load_motion(tmp_path / name).joints() for name in ("decoded.json", "shown.json"))
    decoded = being_m0_hf.load_pipeline(checkpoint)("a person walks", seconds=2.0, settle=False).joints()
    torch.testing.assert_close(found, decoded, atol=1e-4, rtol=0)
    assert not torch.allclose(shown, decoded, atol=1e-3)


@pytest.mark.parametrize("body", ["makehuman", "mannequin"])
def test_writes_an_animated_body(body, generate, tmp_path):
    assert generate("a person walks", "--seconds", "2", "--body", body, "-o", "walk.glb") == 0
    scene = pygltflib.GLTF2().load(str(tmp_path / "walk.glb"))
    assert scene.meshes[0].name == body
    assert [scene.nodes[joint].name for joint in scene.skins[0].joints] == list(JOINT_NAMES)
    times = scene.accessors[scene.animations[0].samplers[0].input]
    assert (times.count, times.max[0]) == (40, pytest.approx(39 / 20))


def test_the_file_is_called_motion_glb_when_no_name_is_given(generate, tmp_path):
    assert generate("a person walks", "--seconds", "1") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["motion.glb"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_motion_and_another_seed_another(generate, tmp_path):
    for name, seed in (("first", "3"), ("again", "3"), ("other", "4")):
        assert generate("a person walks", "--seconds", "2", "--seed", seed, "-o", f"{name}.json") == 0
    first, again, other = ((tmp_path / f"{name}.json").read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_samples_are_numbered_and_use_the_seeds_that_follow(generate, tmp_path, capsys):
    assert generate("someone waves", "--seconds", "2", "--samples", "3", "--seed", "5", "-o", "wave.npz") == 0
    assert capsys.readouterr().out.split() == ["wave-1.npz", "wave-2.npz", "wave-3.npz"]
    assert generate("someone waves", "--seconds", "2", "--seed", "6", "-o", "alone.npz") == 0
    second, alone = load_motion(tmp_path / "wave-2.npz"), load_motion(tmp_path / "alone.npz")
    assert torch.allclose(second.rotations, alone.rotations, atol=1e-5)


def test_a_part_alone_is_enough(generate, tmp_path):
    assert generate("--part", "left arm=waves", "--part", "torso=bends", "--seconds", "1", "-o", "part.json") == 0
    assert (tmp_path / "part.json").is_file()


def test_what_is_not_known_is_said_in_one_line_and_made_all_the_same(generate, checkpoint, tmp_path, capsys):
    write_action_list(checkpoint, {"walk": {}})
    try:
        assert generate("a man rides a bicycle", "--seconds", "1", "-o", "ride.json") == 0
        said = capsys.readouterr()
        assert said.out == "ride.json\n"
        assert "being-m0: not understood: the model was not trained on this action" in said.err
        assert generate("a person walks forward", "--seconds", "1", "-o", "walk.json") == 0
        assert "being-m0: " not in capsys.readouterr().err
    finally:
        Path(checkpoint, "actions.json").unlink()


def test_a_written_action_is_shown_as_written_and_that_is_said_unless_it_is_switched_off(
    generate, checkpoint, tmp_path, capsys
):
    write_action_list(checkpoint, {"salute": {"wordings": ["a person salutes", "salute"]}})
    still = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(20, 22, 4)
    take = Take.of(Motion(still, torch.tensor([0.0, 0.9, 0.0]).expand(20, 3)))
    takes = WrittenTakes({"salute": WrittenAction((take,))}).save(checkpoint)
    try:
        assert generate("a person salutes", "--seconds", "1", "-o", "salute.json") == 0
        assert 'ready-made written action "salute", not by the model' in capsys.readouterr().err
        assert generate("a person salutes", "--seconds", "1", "--no-written", "-o", "own.json") == 0
        assert "source" not in capsys.readouterr().err
        assert Path("salute.json").read_bytes() != Path("own.json").read_bytes()
    finally:
        takes.unlink()
        Path(checkpoint, "actions.json").unlink()


def test_what_a_motion_lacks_of_its_action_is_said(generate, checkpoint, capsys):
    """Random weights salute badly; the package has a score of it, so that it can be measured."""
    write_action_list(checkpoint, {"salute": {"wordings": ["a person salutes", "salute"]}})
    ranker = Path(checkpoint, RANKER_FOLDER)
    tiny_encoder().save_pretrained(ranker)
    try:
        assert generate("a person salutes", "--seconds", "1", "--candidates", "2", "-o", "salute.json") == 0
        assert "made, but measures say it may not be that: right tips near brow for 0.0 of" in capsys.readouterr().err
    finally:
        shutil.rmtree(ranker)
        Path(checkpoint, "actions.json").unlink()


# --- mistakes


@pytest.mark.parametrize(
    "words, message",
    [
        (["generate", "walk", "-o", "walk.obj"], r"unknown suffix '\.obj'; use one of \.glb"),
        (["generate", "walk", "-o", "nowhere/walk.glb"], "folder nowhere does not exist"),
        (["generate", " "], "prompt is empty"),
        (["generate"], "prompt is empty"),
        (["generate", "walk", "--seconds", "0"], "more than 0"),
        (["generate", "walk", "--seconds", "nan"], "out of range"),
        (["generate", "walk", "--seconds", "long"], "'long' is not a number"),
        (["generate", "walk", "--temperature=-1"], "0 or more"),
        (["generate", "walk", "--guidance", "inf"], "out of range"),
        (["generate", "walk", "--seed", "1.5"], "'1.5' is not a whole number"),
        (["generate", "walk", "--samples", "0"], "expected 1 to"),
        (["generate", "walk", "--part", "waves"], "PART=TEXT"),
        (["generate", "walk", "--body", "ghost"], "makehuman"),
        (["generate", "walk", "--body", "mannequin", "-o", "walk.bvh"], "--body is for .glb"),
        (["generate", "walk", "--model", "no-such-model"], "no model 'no-such-model'"),
        (["generate", "walk", "--model", "./no/such/folder"], "no model './no/such/folder'"),
        (["info", "--model", "no-such-model"], "no model"),
        (["demo", "--port", "70000"], "expected 1 to 65535"),
        (["convert", "walk.bvh", "-o", "walk.glb", "--fps", "nan"], "out of range"),
        (["convert", "walk.bvh", "-o", "walk.glb", "--fps", "0"], "more than 0"),
        (["data", "build", ".", "-o", "out", "--longest", "inf"], "out of range"),
        (["data", "build", ".", "-o", "out", "--longest=-1"], "0 or more"),
        (["data", "build", ".", "-o", "out", "--wordings=-1"], "0 or more"),
        (["data", "build", ".", "-o", "out", "--processes", "0"], "1 or more"),
        (["train", "language-model", "--config", "x.yaml", "--plan", "--processes", "0"], "expected 1 or more"),
        (["train", "language-model", "--config", "x.yaml", "--plan", "--processes", "9" * 30], "at most 1,000,000"),
        (["data", "build", ".", "-o", "out", "--processes", "1000000"], "1 or more, at most 512"),
        (["data", "build", ".", "-o", "out", "--wordings", "1000000"], "0 or more, at most 100"),
        (["data", "build", ".", "-o", "out", "--wordings", "9" * 5000], "is not a whole number"),
        (["data", "build", ".", "-o", "out", "--longest", "9" * 5000], "out of range"),
        (["data", "build", ".", "-o", "out", "--name", "caf\udce9"], "not UTF-8"),
        (["evaluate", "--repeats", "10000000"], "at most 1,000,000"),
        (["generate", "walk\udcff"], "not UTF-8"),
        (["generate", "walk", "--part", "left arm=\ud800"], "not UTF-8"),
        (["generate", "walk", "-o", "\udcff.glb"], "not UTF-8"),
        (["\udcff"], "not UTF-8"),
        (["evaluate", "--seconds", "nan"], "out of range"),
        (["evaluate", "--seconds", "0"], "more than 0"),
        (["evaluate", "--guidance=-1"], "0 or more"),
        (["evaluate", "--temperature", "inf"], "out of range"),
        (["evaluate", "--top-p", "0"], "more than 0"),
        (["evaluate", "--top-p", "1.5"], "1.5 is out of range, expected more than 0, at most 1"),
        (["evaluate", "--part-seeds", "1"], "--part-seeds is 1, expected 0, or 2 or more"),
        (["evaluate", "--samples=-1"], "0 or more"),
        (["evaluate", "--seeds", "1.5"], "'1.5' is not a whole number"),
        (["evaluate", "--repeats", "0"], "1 or more"),
        (["evaluate", "--candidates", "0"], "1 or more"),
        (["evaluate", "--seed", "4294967296"], "expected 0 to"),
        (["demo", "--model", "no-such-model"], "no model"),
        (["dance"], "invalid choice"),
        ([], "required"),
    ],
)
def test_a_mistake_costs_no_time_and_gives_one_line(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert re.search(message, lines[0])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words, message",
    [
        (["--seconds", "30"], "expected 0.2 to 4"),
        (["--part", "tail=wags"], "no body part 'tail'; the parts are root, torso"),
    ],
)
def test_what_only_the_model_can_know_is_one_line_too(words, message, generate, tmp_path, capsys):
    assert generate("a person walks", *words, "-o", "walk.json") == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_model_is_named(tmp_path, capsys):
    assert main(["generate", "walk", "--model", str(tmp_path), "-o", str(tmp_path / "walk.json")]) == 2
    assert str(tmp_path) in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "file, content",
    [
        ("model.safetensors", b"half a file"),
        ("config.json", b'{"model_type": "gpt2"}'),
        ("config.json", b'{"model_type": '),
        ("tokenizer.json", b""),
    ],
)
def test_a_damaged_model_gives_one_line(file, content, checkpoint, tmp_path, capsys):
    damaged = shutil.copytree(checkpoint, tmp_path / "damaged")
    (damaged / file).write_bytes(content)
    assert main(["generate", "walk", "--model", str(damaged), "-o", str(tmp_path / "walk.json")]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("being-m0: ")
    assert not (tmp_path / "walk.json").exists()


def test_a_disk_that_takes_nothing_gives_one_line(generate, capsys):
    assert generate("walk", "--seconds", "1", "-o", "/proc/walk.json") == 2
    assert "/proc/walk.json" in capsys.readouterr().err.splitlines()[-1]


def test_ctrl_c_stops_quietly(generate, monkeypatch, capsys):
    def interrupted(name, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("being_m0_hf.choreography.checked.load_pipeline", interrupted)
    assert generate("a person walks") == 130
    assert capsys.readouterr().err.splitlines()[-1] == "being-m0: stopped"


def test_the_demo_without_gradio_says_what_to_install(checkpoint, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["demo", "--model", checkpoint]) == 2
    assert capsys.readouterr().err == "being-m0: the demo needs gradio; run: pip install 'being-m0-hf[demo]'\n"


def test_closed_streams_stop_nothing(make_motion, tmp_path):
    save_motion(make_motion(20), tmp_path / "a.json")
    script = f"{sys.executable} -m being_m0_hf convert a.json -o b.json 2>&- >&- <&-"
    assert subprocess.run(script, shell=True, cwd=tmp_path).returncode == 0
    assert load_motion(tmp_path / "b.json").num_frames == 20


def test_status_lines_need_no_stderr(generate, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert generate("a person walks", "--seconds", "1", "-o", "walk.json") == 0
    assert (tmp_path / "walk.json").is_file()


def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch, capsys):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert main(["info", "--model", "being-m0-mini"]) == 141
    assert "Broken pipe" not in capsys.readouterr().err


def test_errors_of_the_system_name_the_file(generate, tmp_path, capsys):
    (tmp_path / "walk.json").touch(0o444)
    assert generate("a person walks", "-o", "walk.json") == 2
    assert capsys.readouterr().err == (
        "being-m0: walk.json: cannot be written (is read-only; choose another name or allow writing)\n"
    )


# --- help and facts


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_example_in_the_help_is_a_valid_command(command, capsys):
    lines = [line.strip() for line in help_text(command, capsys).splitlines() if line.startswith("  being-m0 ")]
    assert lines
    for line in lines:
        words = shlex.split(line.split("   ")[0])
        build_parser().parse_args(words[1:])


def test_help_names_the_parts_and_the_model_that_ships(capsys):
    words = " ".join(help_text("generate", capsys).split())
    assert ", ".join(name.replace("_", " ") for name in PART_NAMES) in words
    assert f"{DEFAULT_CHECKPOINT}, which comes with the package" in words


def test_threads_that_wait_leave_the_cores_to_others(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")  # a user's own choice
    with pytest.raises(SystemExit):
        main(["--version"])
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_help_needs_no_torch():
    """Importing torch and transformers takes seconds, which help must not cost."""
    script = (
        "import sys\nfrom being_m0_hf.cli.main import main\n"
        "try: main(['generate', '--help'])\n"
        "except SystemExit: print(sorted({'torch', 'transformers', 'gradio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_the_package_is_the_command():
    command = [sys.executable, "-m", "being_m0_hf"]
    run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"being-m0 {being_m0_hf.__version__}\n"
    assert subprocess.run([*command, "generate"], capture_output=True).returncode == 2


def test_info_tells_what_a_model_is(checkpoint, capsys):
    assert main(["info", "--model", checkpoint]) == 0
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert facts["licence"] == "cc0-1.0"
    assert facts["motion"] == "22 joints, 20 frames a second, 0.2 to 4 s"
    assert facts["backbone"] == "llama, 2 layers, width 32"
    assert facts["body parts"].startswith("root, torso, left arm")


# --- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_running_clock(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(status_line_module, "REFRESH_SECONDS", 0.01)
    with status_line_module.status_line("Loading"):
        time.sleep(0.2)
    frames = sys.stderr.getvalue().split("\r")
    assert len(frames) > 3
    assert re.fullmatch(r"Loading \.\.\. 0\.\d s\n", frames[-1])


def test_a_log_gets_each_stage_once(generate, capsys):
    assert generate("a person walks", "--seconds", "1", "-o", "walk.json") == 0
    stages = capsys.readouterr().err.splitlines()
    assert [stage.split()[0] for stage in stages] == ["Loading", "Generating"]


# --- demo


@pytest.mark.slow
def test_demo_serves_the_page_until_ctrl_c(checkpoint):
    pytest.importorskip("gradio", reason="the demo extra is not installed: pip install 'being-m0-hf[demo]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "being_m0_hf", "demo", "--port", str(port), "--model", checkpoint]
    # a test run in the background ignores Ctrl-C, and its children would too
    server = subprocess.Popen(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        page = wait_for_page(f"http://127.0.0.1:{port}/", server, patience=300)
        assert "Being-M0" in page
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
    finally:
        server.kill()


def wait_for_page(url: str, server: subprocess.Popen, patience: float) -> str:
    """The page at the address, as soon as there is one."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + patience
    while time.monotonic() < end:
        assert server.poll() is None, "the demo ended by itself"
        try:
            return direct.open(url, timeout=10).read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(f"no page at {url} after {patience:g} s")
