"""Shared fixtures: bodies that move by formula, and a small motion tokenizer."""

import json
import math
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import hypothesis
import pytest
import roma
import torch

from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from being_m0_hf.motion import NUM_JOINTS, Motion

# slow machines are no failures, and a failure must come again
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

PELVIS_HEIGHT = 0.95


def moving_body(
    frames: int = 40,
    seed: int = 0,
    fps: float = 20.0,
    turn: float = 1.0,
    roll: float = 0.0,
    pitch: float = 0.0,
    speed: float = 1.0,
) -> Motion:
    """A body that travels along its heading, all joints swinging, each with its own rhythm.

    Args:
        seed: of the joints' rhythms and amplitudes.
        turn: radians of heading gained over the clip, to the left.
        roll: radians rolled sideways over the clip; 2 pi is a cartwheel.
        pitch: radians bent forward in the middle of the clip.
        speed: metres per second.
    """
    generator = torch.Generator().manual_seed(seed)
    rhythm, phase, amplitude = (torch.rand(NUM_JOINTS, 3, generator=generator) for _ in range(3))
    seconds = torch.arange(frames) / fps
    progress = torch.linspace(0, 1, frames)
    swing = torch.sin(2 * math.pi * ((0.4 + rhythm) * seconds[:, None, None] + phase))
    rotations = roma.rotvec_to_unitquat(0.5 * amplitude * swing)
    upright = rotations[:, 0].clone()
    for axis, angle in ((0, pitch * torch.sin(math.pi * progress)), (2, roll * progress), (1, turn * progress)):
        about = torch.zeros(frames, 3)
        about[:, axis] = angle
        upright = roma.quat_product(roma.rotvec_to_unitquat(about), upright)
    rotations[:, 0] = upright
    steps = torch.stack((torch.sin(turn * progress), torch.zeros(frames), torch.cos(turn * progress)), dim=-1)
    translation = (steps * speed / fps).cumsum(dim=0)
    translation[:, 1] = PELVIS_HEIGHT + 0.03 * torch.sin(2 * math.pi * seconds)
    return Motion(rotations, translation, fps)


@pytest.fixture
def fresh_accelerator():
    """Accelerate keeps one state in a process; each run of a test is a process of its own."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="session")
def make_motion() -> Callable[..., Motion]:
    """``moving_body``: see there."""
    return moving_body


@pytest.fixture(scope="session")
def make_features() -> Callable[..., torch.Tensor]:
    """(batch, frames, 135) features of different moving bodies."""

    def features(batch: int = 2, frames: int = 24, **options) -> torch.Tensor:
        return torch.stack([moving_body(frames, seed, **options).to_d135() for seed in range(batch)])

    return features


@pytest.fixture(scope="session")
def make_motion_tokenizer() -> Callable[..., MotionTokenizerModel]:
    """A motion tokenizer with random weights, in eval mode; options are those of its configuration."""

    def motion_tokenizer(seed: int = 0, **options) -> MotionTokenizerModel:
        torch.manual_seed(seed)
        options = {"codebook_bits": 6, "hidden_size": 12, "num_blocks": 1} | options
        return MotionTokenizerModel(MotionTokenizerConfig(**options)).eval()

    return motion_tokenizer


@pytest.fixture
def chat_server():
    """A stand-in for a server that speaks the OpenAI chat protocol; ``answer`` is what its model says."""

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
