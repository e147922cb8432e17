"""Which triangle of a mesh is seen at each pixel: a z-buffer in numpy.

It needs no graphics driver, gives the same on every machine, and takes a millisecond or two for a person of a hundred
pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Rounding of a place on an edge that two triangles share: it belongs to at least one of them.
EDGE = 1e-9


@dataclass(frozen=True)
class Seen:
    """What is seen at each pixel.

    Args:
        face: (height, width) number of the triangle, -1 where there is none.
        depth: (height, width) its distance along the camera's axis, infinity where there is none.
        weights: (height, width, 3) of its corners, on the surface itself.
    """

    face: NDArray[np.int64]
    depth: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def mask(self) -> NDArray[np.bool_]:
        return self.face >= 0


def rasterise(corners: NDArray, height: int, width: int, cull: bool = True) -> Seen:
    """Look at triangles.

    Args:
        corners: (F, 3, 3) x and y in pixels, counted from the outer edge of the first one, y down, and the depth.
            Triangles with a corner that is not before the camera are left out.
        cull: leave out what is seen from behind. Corners go counter-clockwise seen from outside, as in `Body.faces`.
    """
    corners = np.asarray(corners, dtype=np.float64)
    face, depth = np.full(height * width, -1), np.full(height * width, np.inf)
    weights = np.zeros((height * width, 3))
    (ax, ay), (bx, by), (cx, cy) = (corners[:, corner, :2].T for corner in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)  # below 0 from outside, because y points down
    # pixel centres are at halves
    first = np.ceil(corners[..., :2].min(1) - 0.5).clip(0).astype(np.int64)
    last = np.floor(corners[..., :2].max(1) - 0.5).clip(-1, (width - 1, height - 1)).astype(np.int64)
    extent = last - first + 1
    drawn = (area < 0 if cull else area != 0) & (extent > 0).all(1) & (corners[..., 2] > 0).all(1)
    chosen = np.flatnonzero(drawn)
    number = extent[chosen].prod(1)
    owner = np.repeat(chosen, number)
    place = np.arange(len(owner)) - np.repeat(number.cumsum() - number, number)
    x = first[owner, 0] + place % extent[owner, 0]
    y = first[owner, 1] + place // extent[owner, 0]
    px, py = x + 0.5, y + 0.5
    second = ((px - ax[owner]) * (cy - ay)[owner] - (py - ay[owner]) * (cx - ax)[owner]) / area[owner]
    third = ((py - ay[owner]) * (bx - ax)[owner] - (px - ax[owner]) * (by - ay)[owner]) / area[owner]
    inside = (second >= -EDGE) & (third >= -EDGE) & (second + third <= 1 + EDGE)
    owner, x, y, second, third = (each[inside] for each in (owner, x, y, second, third))
    # what is linear on the screen is one divided by the depth
    shares = np.stack((1 - second - third, second, third), 1) / corners[owner, :, 2]
    nearness = shares.sum(1)
    order = np.argsort(nearness, kind="stable")  # the nearest is written last
    at = (y * width + x)[order]
    face[at], depth[at] = owner[order], 1 / nearness[order]
    weights[at] = (shares / nearness[:, None])[order]
    return Seen(face.reshape(height, width), depth.reshape(height, width), weights.reshape(height, width, 3))
