"""A fixed orthographic camera. One metre is the same number of pixels everywhere, so heights can be compared."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """Looks at a body that faces +z from its front, a little from its left and from above.

    A person who faces the camera has the left hand on the viewer's right.

    Args:
        azimuth: degrees around y, 0 = straight in front (+z), positive = from the body's left side (+x).
        elevation: degrees above the floor.
        pixels_per_metre: scale of the picture.
        origin: pixel (x, y) where the point looked at falls.
    """

    azimuth: float = 30.0
    elevation: float = 16.0
    pixels_per_metre: float = 100.0
    origin: tuple[float, float] = (0.0, 0.0)

    @property
    def axes(self) -> NDArray:
        """(3, 3) rows: right and up in the picture, and towards the viewer; unit vectors in the world."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        sin_a, cos_a, sin_e, cos_e = math.sin(azimuth), math.cos(azimuth), math.sin(elevation), math.cos(elevation)
        right = (cos_a, 0.0, -sin_a)
        up = (-sin_a * sin_e, cos_e, -cos_a * sin_e)
        towards = (sin_a * cos_e, sin_e, cos_a * cos_e)
        return np.array((right, up, towards))

    def project(self, points: NDArray, centre: NDArray) -> tuple[NDArray, NDArray]:
        """World points (..., 3) in metres -> pixels (..., 2), and nearness (...) in metres, larger = nearer."""
        seen = (points - centre) @ self.axes.T
        pixels = np.stack((seen[..., 0], -seen[..., 1]), axis=-1) * self.pixels_per_metre + np.array(self.origin)
        return pixels, seen[..., 2]
