"""Bodies that move by formula: one that swings and travels, and some that do one thing each."""

import math

import roma
import torch

from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS, Motion

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


FPS = 20.0
STAND = float(CANONICAL_SKELETON.rest_joints()[0, 1] - CANONICAL_SKELETON.rest_joints()[:, 1].min())
LEG = CANONICAL_SKELETON.leg_length
AXES = {"x": 0, "y": 1, "z": 2}


def ramp(*points: tuple[float, float], seconds: float) -> torch.Tensor:
    """(T,) values that go evenly and softly from one (second, value) to the next."""
    times = torch.arange(round(seconds * FPS) + 1) / FPS
    values = torch.full_like(times, points[0][1])
    for (start, old), (end, new) in zip(points, points[1:], strict=False):
        progress = ((times - start) / (end - start)).clamp(0, 1)
        values += (new - old) * (progress - torch.sin(2 * math.pi * progress) / (2 * math.pi))
    return values


def body(seconds: float, place: tuple | None = None, **degrees: torch.Tensor | float) -> Motion:
    """A body with hanging arms that stands at the origin facing +z.

    Args:
        place: (x, y, z) of the pelvis against that, each a number or (T,).
        degrees: rotation of a joint about one axis, e.g. ``left_shoulder_z``; a number or (T,).
    """
    frames = round(seconds * FPS) + 1
    rotations = torch.zeros(frames, 22, 4)
    rotations[..., 3] = 1
    degrees = {"left_shoulder_z": -85.0, "right_shoulder_z": 85.0} | degrees
    for name, angle in degrees.items():
        joint, axis = name.rsplit("_", 1)
        vector = torch.zeros(frames, 3)
        vector[:, AXES[axis]] = torch.deg2rad(torch.as_tensor(angle).float())
        index = JOINT_INDEX[joint]
        rotations[:, index] = roma.quat_product(roma.rotvec_to_unitquat(vector), rotations[:, index])
    translation = torch.zeros(frames, 3)
    for axis, values in enumerate(place or (0.0, 0.0, 0.0)):
        translation[:, axis] = torch.as_tensor(values)
    translation[:, 1] += STAND + 0.02
    return Motion(rotations, translation, FPS)


def walking(metres: float, seconds: float, turn: float = 0.0) -> Motion:
    """Legs swing so that the standing foot keeps its place; ``turn`` degrees of heading are gained on the way."""
    times = torch.arange(round(seconds * FPS) + 1) / FPS
    speed = metres / seconds
    swing = speed / (4 * LEG)  # radians, for one stride a second
    angle = swing * torch.sin(2 * math.pi * times)
    drop = -LEG * (1 - torch.cos(angle))
    heading = math.radians(turn) * times / seconds
    steps = speed / FPS * torch.stack((torch.sin(heading), torch.cos(heading)))
    ground = torch.cat((torch.zeros(2, 1), steps[:, 1:].cumsum(dim=1)), dim=1)
    return body(
        seconds, (ground[0], drop, ground[1]), pelvis_y=torch.rad2deg(heading),
        left_hip_x=torch.rad2deg(-angle), right_hip_x=torch.rad2deg(angle),
    )  # fmt: skip


def squatting(times: int) -> Motion:
    points = [(0.5 + 0.5 * number, 55.0 * (number % 2)) for number in range(2 * times + 1)]
    seconds = 1.0 + times
    bend = ramp(*points, seconds=seconds)
    drop = -LEG * (1 - torch.cos(torch.deg2rad(bend)))
    legs = {f"{side}_{joint}_x": factor * bend for side in ("left", "right")
            for joint, factor in (("hip", -1), ("knee", 2), ("ankle", -1))}  # fmt: skip
    return body(seconds, (0.0, drop, 0.0), **legs)


def jumping(times: int) -> Motion:
    seconds = torch.arange(round((0.6 + times) * FPS) + 1) / FPS
    phase = (seconds - 0.5) % 1.0
    height = (0.25 - 4.9 * (phase - 0.226) ** 2).clamp(min=0) * (seconds >= 0.5)
    return body(0.6 + times, (0.0, height, 0.0))


RAISE_LEFT = body(2.5, left_shoulder_z=ramp((0.5, -85.0), (1.5, 5.0), seconds=2.5))
WAVE_RIGHT = body(
    3.0, right_shoulder_z=-50.0, right_elbow_z=-20.0 + 30.0 * torch.cos(2 * math.pi * torch.arange(61) / FPS)
)
TURN_LEFT = body(3.0, pelvis_y=ramp((0.5, 0.0), (2.0, 90.0), seconds=3.0))
LEAN_FORWARD = body(3.0, spine1_x=ramp((0.5, 0.0), (1.2, 50.0), (1.8, 50.0), (2.5, 0.0), seconds=3.0))
LIFT_RIGHT_FOOT = body(
    4.0,
    right_hip_x=ramp((0.5, 0.0), (1.0, -60.0), (3.0, -60.0), (3.5, 0.0), seconds=4.0),
    right_knee_x=ramp((0.5, 0.0), (1.0, 90.0), (3.0, 90.0), (3.5, 0.0), seconds=4.0),
)
KNOWN = {
    "raise": RAISE_LEFT, "wave": WAVE_RIGHT, "turn": TURN_LEFT, "lean": LEAN_FORWARD, "lift": LIFT_RIGHT_FOOT,
    "walk": walking(3.0, 2.5), "curve": walking(4.0, 4.0, turn=90.0), "squat": squatting(2), "jump": jumping(2),
    "stand": body(2.0),
}  # fmt: skip
