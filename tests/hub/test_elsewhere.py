"""Pushed here, loaded by its id in a new process with an empty cache: the same motion, with our package and without."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from scripts import without_package
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import MotionPipeline, load_pipeline
from being_m0_hf.cli.main import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WITHOUT_PACKAGE = without_package(
    """
    import torch
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained(sys.argv[1], trust_remote_code=True)
    processor = AutoProcessor.from_pretrained(sys.argv[1], trust_remote_code=True)
    output = model.generate_motion(
        **processor(["a person walks"], seconds=1.0), do_sample=True, generator=torch.Generator().manual_seed(1)
    )
    motion = processor.decode_motion(output.features[0])
    model.push_to_hub("ann/copy")  # the card's template is in the package: the card comes from where the model did
    print(json.dumps(motion.joints()[-1].tolist()))
    """
)
WITH_PACKAGE = textwrap.dedent(
    """
    import json, sys
    import huggingface_hub.constants
    from being_m0_hf import load_pipeline

    motions = [load_pipeline(sys.argv[1])("a person walks", seconds=1, seed=3)]
    huggingface_hub.constants.HF_HUB_OFFLINE = True  # as the environment variable sets it
    motions.append(load_pipeline(sys.argv[1])("a person walks", seconds=1, seed=3))
    print(json.dumps([motion.joints()[-1].tolist() for motion in motions]))
    """
)


@pytest.fixture
def elsewhere(hub, tmp_path):
    """Run a program in a new process on another machine, so to say: its own home, its own cache."""

    def run(code, *words, **environment):
        environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        environment |= {"HF_HUB_DISABLE_XET": "1", "PATH": "", "OMP_NUM_THREADS": "1", "NO_PROXY": "*"}
        command = [sys.executable, "-c", code, *words]
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return torch.tensor(json.loads(result.stdout.splitlines()[-1]))

    return run


@pytest.fixture
def pushed(hub, tmp_path):
    """The folder that is on the Hub as ann/walks."""
    folder = tmp_path / "walks"
    MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder()).save_pretrained(folder)
    assert main(["push", str(folder), "ann/walks"]) == 0
    return folder


def test_with_the_package_then_offline(hub, elsewhere, pushed):
    here = load_pipeline(pushed)("a person walks", seconds=1, seed=3).joints()[-1]
    online, offline = elsewhere(WITH_PACKAGE, "ann/walks")
    assert torch.equal(online, here) and torch.equal(offline, here)


def test_without_the_package(hub, elsewhere, pushed):
    token = os.environ["HF_TOKEN"]
    there = elsewhere(WITHOUT_PACKAGE, "ann/walks", HF_TOKEN=token)
    pipeline = load_pipeline(pushed)
    inputs = pipeline.processor(["a person walks"], seconds=1.0)
    output = pipeline.model.generate_motion(**inputs, do_sample=True, generator=torch.Generator().manual_seed(1))
    here = pipeline.processor.decode_motion(output.features[0]).joints()[-1]
    torch.testing.assert_close(there, here, atol=1e-5, rtol=0)
    copy = hub.files("ann/copy")
    assert copy["README.md"] == hub.files("ann/walks")["README.md"]
    assert {"ranker/model.safetensors", "modeling_being_m0.py", "tokenizer.json"} <= copy.keys()
