"""Checkpoints carry their code: `trust_remote_code` works where this package is not installed."""

import ast
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from scripts import without_package
from tiny_models import tiny_image_model, tiny_image_processor, tiny_model, tiny_processor

from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting

pytestmark = pytest.mark.slow

ELSEWHERE = without_package(
    """
    import torch
    from transformers import AutoModel, AutoProcessor

    folder, again = sys.argv[1:]
    for each in (folder, again):
        model = AutoModel.from_pretrained(each, trust_remote_code=True)
        processor = AutoProcessor.from_pretrained(each, trust_remote_code=True)
        model.save_pretrained(again)
        processor.save_pretrained(again)
    output = model.generate_motion(
        **processor(["a person walks", "waves"], seconds=1.0),
        do_sample=True, guidance_scale=2.0, generator=torch.Generator().manual_seed(1),
    )
    motion = processor.decode_motion(output.features[0])
    print(json.dumps({"sequences": output.sequences.tolist(), "joints": motion.joints()[-1].tolist()}))
    """
)

LIFTER_ELSEWHERE = without_package(
    """
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(sys.argv[1], trust_remote_code=True)
    keypoints = torch.linspace(-1, 1, 3 * 17 * 3).reshape(1, 3, 17, 3)
    with torch.no_grad():
        print(json.dumps([model(keypoints).joints.tolist(), model.step(keypoints[:, 0])[0].joints.tolist()]))
    """
)

IMAGE_MODEL_ELSEWHERE = without_package(
    """
    import numpy as np
    import torch
    from transformers import AutoImageProcessor, AutoModel

    folder = sys.argv[1]
    model = AutoModel.from_pretrained(folder, trust_remote_code=True)
    processor = AutoImageProcessor.from_pretrained(folder, trust_remote_code=True)
    picture = (np.arange(60 * 40 * 3) % 251).astype(np.uint8).reshape(60, 40, 3)
    with torch.no_grad():
        print(json.dumps(model(**processor(picture, [[4, 6, 30, 50]])).joints.tolist()))
    """
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    tiny_model().save_pretrained(folder)
    tiny_processor().save_pretrained(folder)
    return folder


def test_code_files_are_flat(checkpoint):
    """Each imports only its neighbours and libraries that are installed anyway."""
    files = {file.stem: ast.parse(file.read_text()) for file in checkpoint.glob("*.py")}
    assert {"configuration_being_m0", "modeling_being_m0", "processing_being_m0", "motion_motion"} <= files.keys()
    for tree in files.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1
                assert node.level == 0 or node.module in files
                assert node.level == 1 or not node.module.startswith("being_m0_hf")


def test_configs_point_to_the_code(checkpoint):
    for file in ("config.json", "processor_config.json"):
        for reference in json.loads((checkpoint / file).read_text())["auto_map"].values():
            module, name = reference.split(".")
            assert f"class {name}(" in (checkpoint / f"{module}.py").read_text()


def test_a_lifter_runs_without_the_package(tmp_path):
    """Clip and stream, as in the package."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4}
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss", causal=True, **sizes)).eval()
    model.save_pretrained(tmp_path / "lifter")
    command = [sys.executable, "-I", "-c", LIFTER_ELSEWHERE, str(tmp_path / "lifter")]
    environment = {"HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1", "PATH": ""}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    clip, frame = map(torch.tensor, json.loads(result.stdout.splitlines()[-1]))
    with torch.no_grad():
        expected = model(torch.linspace(-1, 1, 3 * 17 * 3).reshape(1, 3, 17, 3)).joints
    torch.testing.assert_close(clip, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(frame, expected[:, :1], atol=1e-5, rtol=0)


def test_an_image_model_runs_without_the_package(tmp_path):
    model, processor = tiny_image_model(), tiny_image_processor()
    model.save_pretrained(tmp_path / "images")
    processor.save_pretrained(tmp_path / "images")
    command = [sys.executable, "-I", "-c", IMAGE_MODEL_ELSEWHERE, str(tmp_path / "images")]
    environment = {"HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1", "PATH": ""}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    picture = (np.arange(60 * 40 * 3) % 251).astype(np.uint8).reshape(60, 40, 3)
    with torch.no_grad():
        expected = model(**processor(picture, [[4, 6, 30, 50]])).joints
    torch.testing.assert_close(torch.tensor(json.loads(result.stdout.splitlines()[-1])), expected, atol=1e-5, rtol=0)


def test_checkpoint_runs_without_the_package(checkpoint, tmp_path):
    """Loaded, saved from there and loaded again, it says the same tokens as the package's own classes."""
    command = [sys.executable, "-I", "-c", ELSEWHERE, str(checkpoint), str(tmp_path / "again")]
    environment = {"HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1", "PATH": ""}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    there = json.loads(result.stdout.splitlines()[-1])

    model, processor = tiny_model(), tiny_processor()
    output = model.generate_motion(
        **processor(["a person walks", "waves"], seconds=1.0),
        do_sample=True,
        guidance_scale=2.0,
        generator=torch.Generator().manual_seed(1),
    )
    assert there["sequences"] == output.sequences.tolist()
    joints = processor.decode_motion(output.features[0]).joints()[-1]
    torch.testing.assert_close(torch.tensor(there["joints"]), joints, atol=1e-5, rtol=0)
