"""Shared fixtures: bodies that move by formula, a small motion tokenizer, a chat server; and the fast lane.

What is heavy is imported where it is used: the process that hands the tests to the workers needs none of it.
"""

import json
import os
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    import torch

    from being_m0_hf.models.motion_tokenizer import MotionTokenizerModel
    from being_m0_hf.motion import Motion

# Tests ask no server but those they start; a test with a server of its own switches this off as `chat_server` does.
os.environ["HF_HUB_OFFLINE"] = "1"

# slow machines are no failures, and a failure must come again
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


# --- the fast lane: -m fast


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is not marked as slow or as needing a browser is fast."""
    for item in items:
        if not (item.get_closest_marker("slow") or item.get_closest_marker("browser")):
            item.add_marker(pytest.mark.fast)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is slow as a whole is not even imported in the fast lane."""
    if config.option.markexpr != "fast" or collection_path.suffix != ".py":
        return None
    whole = re.search(r"^pytestmark = pytest\.mark\.(slow|browser)$", collection_path.read_text("utf-8"), re.MULTILINE)
    return True if whole else None


# --- fixtures


@pytest.fixture(scope="session")
def turning_motion() -> "Motion":
    """Every joint turns about all its axes, on bones of its own, at a rate that Blender can keep exactly."""
    import torch

    from being_m0_hf.motion import CANONICAL_SKELETON, NUM_JOINTS, Motion, Skeleton

    generator = torch.Generator().manual_seed(11)
    start, speed = torch.randn(2, NUM_JOINTS, 4, generator=generator)
    times = torch.linspace(0, 1, 12)[:, None, None]
    rotations = torch.nn.functional.normalize(start + times * speed, dim=-1)
    translation = torch.tensor([0.2, 0.9, -0.4]) + times[:, 0] * torch.tensor([0.5, 0.1, -0.3])
    stretch = 0.9 + 0.2 * torch.rand(NUM_JOINTS, 1, generator=generator)
    skeleton = Skeleton(CANONICAL_SKELETON.offsets * stretch, "own")
    return Motion(rotations, translation, 30, skeleton, 'a person turns "everything" 转')


@pytest.fixture
def fresh_accelerator():
    """Accelerate keeps one state in a process; each run of a test is a process of its own."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="session")
def make_motion() -> "Callable[..., Motion]":
    """``moving_body``: see there."""
    from moving_body import moving_body

    return moving_body


@pytest.fixture(scope="session")
def make_features() -> "Callable[..., torch.Tensor]":
    """(batch, frames, 135) features of different moving bodies."""
    import torch
    from moving_body import moving_body

    def features(batch: int = 2, frames: int = 24, **options) -> "torch.Tensor":
        return torch.stack([moving_body(frames, seed, **options).to_d135() for seed in range(batch)])

    return features


@pytest.fixture(scope="session")
def make_motion_tokenizer() -> "Callable[..., MotionTokenizerModel]":
    """A motion tokenizer with random weights, in eval mode; options are those of its configuration."""
    import torch

    from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel

    def motion_tokenizer(seed: int = 0, **options) -> "MotionTokenizerModel":
        torch.manual_seed(seed)
        options = {"codebook_bits": 6, "hidden_size": 12, "num_blocks": 1} | options
        return MotionTokenizerModel(MotionTokenizerConfig(**options)).eval()

    return motion_tokenizer


@pytest.fixture
def chat_server(monkeypatch):
    """A stand-in for a server that speaks the OpenAI chat protocol; ``answer`` is what its model says."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server = self.server
            server.requests.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            message = {"role": "assistant", "content": server.answer}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            reply = json.dumps({"id": "1", "object": "chat.completion", "created": 0, "model": "stand-in",
                                "choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 1,
                                                               "total_tokens": 2}}).encode()  # fmt: skip
            self.send_response(server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.answer, server.status = [], "", 200
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
