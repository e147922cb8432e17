"""A body that moves by formula."""

import math

import roma
import torch

from being_m0_hf.motion import NUM_JOINTS, Motion

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
