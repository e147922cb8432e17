"""Squares cut out of a picture, turned so that the person in them stands upright."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: A square has this many times the size of the circle around the person.
MARGIN = 1.25
#: Squares along a picture; what needs more of them is a strip, in which nobody is found.
MOST_SQUARES = 5
MOST_SMALL_SQUARES = 40


@dataclass(frozen=True)
class Square:
    """A square in a picture.

    Args:
        x, y: its middle, in pixels.
        side: in pixels.
        angle: radians by which it is turned, clockwise as pictures are seen.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @classmethod
    def around(cls, middle: NDArray, top: NDArray) -> "Square":
        """The square of a person.

        Args:
            middle: (2,) between the hips.
            top: (2,) on the circle around the whole person, above the middle as the person stands.
        """
        across, down = (float(value) for value in top - middle)
        angle = math.atan2(across, -down)
        return cls(float(middle[0]), float(middle[1]), 2 * MARGIN * math.hypot(across, down), angle)

    def cut(self, picture: Image.Image, pixels: int) -> Image.Image:
        """The square as a picture of so many pixels each way; black where it lies outside."""
        scale, cos, sin = self.side / pixels, math.cos(self.angle), math.sin(self.angle)
        a, b, d, e = scale * cos, -scale * sin, scale * sin, scale * cos
        half = pixels / 2
        moves = (a, b, self.x - (a + b) * half, d, e, self.y - (d + e) * half)
        return picture.transform((pixels, pixels), Image.Transform.AFFINE, moves, Image.Resampling.BILINEAR)

    def shrunk(self, picture: Image.Image, pixels: int) -> Image.Image:
        """As `cut` of a square that is not turned, smoothed so that small people in large pictures stay whole."""
        half = self.side / 2
        left, upper, side = round(self.x - half), round(self.y - half), round(self.side)
        square = picture.crop((left, upper, left + side, upper + side))
        return square.resize((pixels, pixels), Image.Resampling.BILINEAR, reducing_gap=2.0)

    def to_picture(self, points: NDArray) -> NDArray:
        """Points (..., 2), shares of the square from its upper left corner, in the picture's pixels."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turn = np.array(((cos, sin), (-sin, cos)))
        return (points - 0.5) * self.side @ turn + np.array((self.x, self.y))


def squares_over(width: int, height: int) -> list[Square]:
    """Where to look for people: over the whole picture, and in a long one also over squares along it."""
    long, short = max(width, height), min(width, height)
    whole = [Square(width / 2, height / 2, long)]
    if long < 1.2 * short:
        return whole
    number = math.ceil(2 * long / short) - 1  # each overlaps the next by half or more
    if number > MOST_SQUARES:
        return whole
    places = np.linspace(short / 2, long - short / 2, number)
    along = [
        Square(place, height / 2, short) if width > height else Square(width / 2, place, short) for place in places
    ]
    return whole + along


def small_squares_over(width: int, height: int) -> list[Square]:
    """Where to look for people who are small in the picture: squares of half its height, each half over the next."""
    side = min(width, height) / 2
    columns, rows = (math.ceil(2 * length / side) - 1 for length in (width, height))
    if columns * rows > MOST_SMALL_SQUARES:
        return []
    places = (np.linspace(side / 2, length - side / 2, n) for length, n in ((width, columns), (height, rows)))
    across, down = places
    return [Square(float(x), float(y), side) for y in down for x in across]


__all__ = ["Square", "small_squares_over", "squares_over"]
