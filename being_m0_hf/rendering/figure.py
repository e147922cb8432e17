"""Draws one pose: a figure of shaded capsules on a ground grid, with its shadow, path and facing direction."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from being_m0_hf.motion import JOINT_INDEX, Motion

from .camera import Camera

Colour = tuple[int, int, int]

#: Left is blue, right is orange; legs are darker than arms.
PART_COLOURS: dict[str, Colour] = {
    "torso": (120, 128, 140),
    "head": (222, 190, 160),
    "left_arm": (70, 160, 225),
    "left_leg": (35, 95, 170),
    "right_arm": (245, 160, 60),
    "right_leg": (200, 90, 40),
}
OUTLINE: Colour = (38, 42, 50)
SHADOW: Colour = (196, 200, 206)
FLOOR: Colour = (236, 239, 242)
GRID: Colour = (198, 204, 211)
PATH: Colour = (150, 110, 190)
FACING: Colour = (110, 70, 160)

GRID_STEP = 0.5
FLOOR_RADIUS = 0.92
OUTLINE_WIDTH = 0.009


@dataclass(frozen=True)
class Limb:
    """A tapered capsule between two points of the body.

    ``start`` and ``end`` are joint names; ``tip`` is an offset in metres from ``end`` in that joint's own frame,
    for the hands, toes and skull that lie beyond the last joint.
    """

    colour: str
    start: str
    end: str
    start_radius: float
    end_radius: float
    tip: tuple[float, float, float] = (0.0, 0.0, 0.0)


def _side(side: str, sign: float) -> tuple[Limb, ...]:
    arm, leg = f"{side}_arm", f"{side}_leg"
    return (
        Limb(arm, f"{side}_shoulder", f"{side}_elbow", 0.052, 0.040),
        Limb(arm, f"{side}_elbow", f"{side}_wrist", 0.040, 0.030),
        Limb(arm, f"{side}_wrist", f"{side}_wrist", 0.034, 0.028, (sign * 0.11, 0.0, 0.0)),
        Limb(leg, f"{side}_hip", f"{side}_knee", 0.082, 0.056),
        Limb(leg, f"{side}_knee", f"{side}_ankle", 0.056, 0.040),
        Limb(leg, f"{side}_ankle", f"{side}_foot", 0.040, 0.034),
        Limb(leg, f"{side}_foot", f"{side}_foot", 0.034, 0.026, (0.0, 0.0, 0.07)),
    )


TORSO: tuple[Limb, ...] = (
    Limb("torso", "left_hip", "right_hip", 0.085, 0.085),
    Limb("torso", "pelvis", "spine2", 0.105, 0.110),
    Limb("torso", "spine2", "spine3", 0.110, 0.125),
    Limb("torso", "spine3", "neck", 0.115, 0.055),
    Limb("torso", "left_shoulder", "right_shoulder", 0.062, 0.062),
    Limb("torso", "neck", "head", 0.048, 0.048),
)
HEAD = Limb("head", "head", "head", 0.080, 0.098, (0.0, 0.11, 0.015))
#: What is drawn as one piece, with a single rim around it.
PIECES: tuple[tuple[Limb, ...], ...] = (
    TORSO, (HEAD,), *((limb,) for limb in (*_side("left", 1.0), *_side("right", -1.0)))
)  # fmt: skip
NOSE = (0.0, 0.085, 0.115)


@dataclass(frozen=True)
class Poses:
    """What drawing needs of a motion: positions (T, 22, 3), global rotations (T, 22, 3, 3), heading (T,)."""

    positions: NDArray
    rotations: NDArray
    heading: NDArray

    @classmethod
    def of(cls, motion: Motion) -> "Poses":
        """The poses of a motion turned to start above the origin, facing +z."""
        motion = motion.canonicalized()
        positions, rotations = motion.pose()
        return cls(positions.numpy(), rotations.numpy(), motion.heading().numpy())

    @property
    def ground_path(self) -> NDArray:
        """(T, 3) the pelvis put down on the floor."""
        return self.positions[:, 0] * np.array((1.0, 0.0, 1.0))

    def point(self, frame: int, joint: str, offset: tuple[float, float, float]) -> NDArray:
        """World position (3,) of a point fixed to a joint."""
        index = JOINT_INDEX[joint]
        return self.positions[frame, index] + self.rotations[frame, index] @ np.array(offset)


def draw_scene(draw: ImageDraw.ImageDraw, poses: Poses, frame: int, camera: Camera) -> None:
    """Draw one frame. The camera follows the body over the floor; the grid stays where it is in the world."""
    centre = poses.ground_path[frame]
    _draw_floor(draw, camera, centre)
    _draw_path(draw, camera, centre, poses.ground_path, frame)
    _draw_shadow(draw, camera, centre, poses, frame)
    _draw_facing(draw, camera, centre, float(poses.heading[frame]))
    _draw_body(draw, camera, centre, poses, frame)


def _pixels(camera: Camera, centre: NDArray, points: NDArray) -> list[tuple[float, float]]:
    return [tuple(pixel) for pixel in camera.project(points, centre)[0]]


def _draw_floor(draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray) -> None:
    angles = np.linspace(0, 2 * np.pi, 72)
    rim = centre + FLOOR_RADIUS * np.stack((np.cos(angles), np.zeros_like(angles), np.sin(angles)), axis=-1)
    draw.polygon(_pixels(camera, centre, rim), fill=FLOOR)
    width = max(1, round(0.008 * camera.pixels_per_metre))
    for axis in (0, 2):
        first = math.ceil((centre[axis] - FLOOR_RADIUS) / GRID_STEP)
        last = math.floor((centre[axis] + FLOOR_RADIUS) / GRID_STEP)
        for line in range(first, last + 1):
            half = math.sqrt(max(0.0, FLOOR_RADIUS**2 - (line * GRID_STEP - centre[axis]) ** 2))
            ends = np.stack((centre, centre))
            ends[:, axis] = line * GRID_STEP
            ends[:, 2 - axis] += np.array((-half, half))
            draw.line(_pixels(camera, centre, ends), fill=GRID, width=width)


def _draw_path(draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray, path: NDArray, frame: int) -> None:
    """The way gone so far as a line, the way to come as dots; both end at the rim of the floor."""
    inside = np.linalg.norm(path - centre, axis=-1) < FLOOR_RADIUS
    width = max(2, round(0.018 * camera.pixels_per_metre))
    start = frame
    while start > 0 and inside[start - 1]:
        start -= 1
    if frame > start:
        draw.line(_pixels(camera, centre, path[start : frame + 1]), fill=PATH, width=width, joint="curve")
    last_dot = path[frame]
    for point, visible in zip(path[frame:], inside[frame:], strict=True):
        if not visible:
            break
        if np.linalg.norm(point - last_dot) > 0.09:
            _disc(draw, _pixels(camera, centre, point[None])[0], width * 0.6, PATH)
            last_dot = point


def _draw_shadow(draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray, poses: Poses, frame: int) -> None:
    for limb in (limb for piece in PIECES for limb in piece):
        ends = _limb_ends(poses, frame, limb) * np.array((1.0, 0.0, 1.0))
        pixels, _ = camera.project(ends, centre)
        radii = np.array((limb.start_radius, limb.end_radius)) * camera.pixels_per_metre * 0.6
        _capsule(draw, pixels, radii, SHADOW)


def _draw_facing(draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray, heading: float) -> None:
    """A flat arrow head on the floor in front of the body."""
    ahead = np.array((math.sin(heading), 0.0, math.cos(heading)))
    side = np.array((math.cos(heading), 0.0, -math.sin(heading)))
    base = centre + 0.40 * ahead
    corners = np.stack((base + 0.26 * ahead, base + 0.11 * side, base + 0.05 * ahead, base - 0.11 * side))
    draw.polygon(_pixels(camera, centre, corners), fill=FACING)


def _draw_body(draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray, poses: Poses, frame: int) -> None:
    """Far pieces first. Every piece has a dark rim, so that limbs of one colour stay apart where they cross."""
    pieces = []
    for piece in PIECES:
        pixels, nearness = camera.project(np.stack([_limb_ends(poses, frame, limb) for limb in piece]), centre)
        pieces.append((float(nearness.mean()), piece, pixels))
    for distance, piece, pixels in sorted(pieces, key=lambda item: item[0]):
        if piece == (HEAD,):
            _draw_head(draw, camera, centre, poses, frame, pixels, distance)
        else:
            _draw_piece(draw, piece, pixels, camera.pixels_per_metre)


def _draw_piece(draw: ImageDraw.ImageDraw, piece: tuple[Limb, ...], pixels: NDArray, scale: float) -> None:
    """Rims, then fills, then light from the upper left; ``pixels`` is (limbs, 2, 2)."""
    radii = np.array([(limb.start_radius, limb.end_radius) for limb in piece]) * scale
    for ends, radius in zip(pixels, radii, strict=True):
        _capsule(draw, ends, radius + OUTLINE_WIDTH * scale, OUTLINE)
    colour = PART_COLOURS[piece[0].colour]
    for ends, radius in zip(pixels, radii, strict=True):
        _capsule(draw, ends, radius, colour)
    for ends, radius in zip(pixels, radii, strict=True):
        _capsule(draw, ends + np.array((-0.25, -0.30)) * radius[:, None], radius * 0.45, _lighter(colour))


def _draw_head(
    draw: ImageDraw.ImageDraw, camera: Camera, centre: NDArray, poses: Poses, frame: int, pixels: NDArray,
    nearness: float,
) -> None:  # fmt: skip
    """The skull, and the nose before or behind it."""
    nose_pixel, nose_nearness = camera.project(poses.point(frame, "head", NOSE), centre)
    if nose_nearness <= nearness:
        _draw_nose(draw, nose_pixel, camera.pixels_per_metre)
    _draw_piece(draw, (HEAD,), pixels, camera.pixels_per_metre)
    if nose_nearness > nearness:
        _draw_nose(draw, nose_pixel, camera.pixels_per_metre)


def _draw_nose(draw: ImageDraw.ImageDraw, pixel: NDArray, scale: float) -> None:
    _disc(draw, pixel, 0.030 * scale, OUTLINE)
    _disc(draw, pixel, 0.022 * scale, _lighter(PART_COLOURS["head"]))


def _limb_ends(poses: Poses, frame: int, limb: Limb) -> NDArray:
    start = poses.positions[frame, JOINT_INDEX[limb.start]]
    return np.stack((start, poses.point(frame, limb.end, limb.tip)))


def _lighter(colour: Colour) -> Colour:
    red, green, blue = (round(channel + (255 - channel) * 0.35) for channel in colour)
    return red, green, blue


def _disc(draw: ImageDraw.ImageDraw, centre: Sequence[float] | NDArray, radius: float, colour: Colour) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _capsule(draw: ImageDraw.ImageDraw, pixels: NDArray, radii: NDArray, colour: Colour) -> None:
    """Two discs and the band between them."""
    along = pixels[1] - pixels[0]
    length = float(np.linalg.norm(along))
    if length > 1e-6:
        across = np.array((-along[1], along[0])) / length
        corners = (
            pixels[0] + across * radii[0], pixels[1] + across * radii[1],
            pixels[1] - across * radii[1], pixels[0] - across * radii[0],
        )  # fmt: skip
        draw.polygon([tuple(corner) for corner in corners], fill=colour)
    for centre, radius in zip(pixels, radii, strict=True):
        _disc(draw, centre, float(radius), colour)
