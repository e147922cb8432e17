"""The whole road of a new user: ten BVH files, an adapter, the Hub, and a motion on another machine."""

import json
import os
import signal
import subprocess
import sys
import time

import huggingface_hub.constants
import pytest
import torch
from foreign_files import foreign_bvh
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import MotionPipeline, import_motion, load_pipeline
from being_m0_hf.cli.main import main
from being_m0_hf.trainers.finetune.samples import MixedBatches

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fresh_accelerator"), pytest.mark.filterwarnings("ignore")]


def step_of_checkpoint(style):
    """The step that the newest checkpoint was written at; 0 where there is none."""
    try:
        return json.loads((style / "work" / "training" / "checkpoint" / "step.json").read_text())["step"]
    except FileNotFoundError:  # or the moment in which one takes the other's place
        return 0


def kill_after_a_checkpoint(words, style, server, folder):
    """The command in a process of its own, with kill -9 as soon as that wrote a checkpoint; its step."""
    environment = os.environ | {
        "HF_ENDPOINT": server.url, "HF_HUB_CACHE": str(folder / "cache"), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    before = step_of_checkpoint(style)
    with subprocess.Popen([sys.executable, "-m", "being_m0_hf", *words], env=environment) as process:
        while process.poll() is None and step_of_checkpoint(style) <= before:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    return step_of_checkpoint(style)


def test_ten_recordings_to_a_motion_elsewhere(hub, tmp_path, make_motion, monkeypatch, capsys):
    base, recordings, style = tmp_path / "base", tmp_path / "annes-takes", tmp_path / "my-style"
    MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder()).save_pretrained(base)
    assert main(["push", str(base), "ann/base"]) == 0
    recordings.mkdir()
    for number in range(10):
        (recordings / f"sway_{number:02d}.bvh").write_text(foreign_bvh(make_motion(30, seed=number)))

    words = ["finetune", str(recordings), "-o", str(style), "--model", "ann/base", "--steps", "20"]
    with monkeypatch.context() as patch:  # Ctrl-C in the first step
        make = MixedBatches.__call__
        patch.setattr(MixedBatches, "__call__", lambda *at: os.kill(os.getpid(), signal.SIGINT) or make(*at))
        with pytest.raises(SystemExit):
            main(words)
    assert not (style / "README.md").exists()
    assert main([*words, "--licence", "CC BY 4.0"]) == 2  # other settings would be another style
    reached = kill_after_a_checkpoint(words, style, hub, tmp_path)
    assert reached >= 10 and not (style / "adapter_model.safetensors").exists()
    assert main(words) == 0
    once = tmp_path / "in-one-go"
    assert main(["finetune", str(recordings), "-o", str(once), *words[4:]]) == 0
    assert (once / "adapter_model.safetensors").read_bytes() == (style / "adapter_model.safetensors").read_bytes()
    here = load_pipeline(style)("a person walks", seconds=1, seed=4)

    hub.fail("POST", "/api/models/ann/my-style/commit/", 0)  # the line is cut when all but the last word is said
    assert main(["push", str(style), "ann/my-style", "--private"]) == 2
    with hub.asked() as asked:
        assert main(["push", str(style), "ann/my-style", "--private"]) == 0
    assert not [path for method, path, _ in asked if method == "PUT"]
    arrived = hub.files("ann/my-style")
    assert json.loads(arrived["adapter_config.json"])["base_model_name_or_path"] == "ann/base"
    assert not [path for path in arrived if path.startswith("work")]
    for path, content in arrived.items():
        assert not any(word.encode() in content for word in (str(tmp_path), "annes-takes", "sway_0")), path

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(recordings)
    there = load_pipeline("ann/my-style")("a person walks", seconds=1, seed=4)
    assert torch.equal(there.rotations, here.rotations)
    command = ["generate", "a person walks", "--model", "ann/my-style", "--seconds", "1", "--seed", "4"]
    assert main([*command, "-o", str(tmp_path / "walk.glb")]) == 0
    assert import_motion(tmp_path / "walk.glb").num_frames == here.num_frames == 20
