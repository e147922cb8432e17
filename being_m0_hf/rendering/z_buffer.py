"""Which triangle of a mesh is seen at each pixel: a z-buffer in torch, for many pictures at once.

It needs no graphics driver and runs where the tensors are: a millisecond or two on a processor core for a person of a
hundred pixels, thousands of such pictures a second on a graphics card.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Rounding of a place on an edge that two triangles share: it belongs to at least one of them.
EDGE = {torch.float32: 1e-5, torch.float64: 1e-9}
#: A pixel keeps the largest number: how near a triangle is in the upper bits, which one it is in the lower ones.
LOWER = 32


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


@dataclass(frozen=True)
class SeenInMany:
    """The pixels of many pictures where something is seen, n of them.

    Args:
        pixel: (n,) numbers of pixels; picture, row and column are counted through.
        picture: (n,) numbers of their pictures.
        face: (n,) numbers of the triangles.
        depth: (n,) distances along the cameras' axes.
        weights: (n, 3) of the triangles' corners, on the surface itself.
    """

    pixel: Tensor
    picture: Tensor
    face: Tensor
    depth: Tensor
    weights: Tensor


def rasterise(corners: NDArray, height: int, width: int, cull: bool = True) -> Seen:
    """Look at triangles; see `rasterise_many`.

    Args:
        corners: (F, 3, 3) x and y in pixels, and the depth.
    """
    found = rasterise_many(torch.from_numpy(np.asarray(corners, dtype=np.float64))[None], height, width, cull)
    face, depth = np.full(height * width, -1), np.full(height * width, np.inf)
    weights = np.zeros((height * width, 3))
    at = found.pixel.numpy()
    face[at], depth[at], weights[at] = found.face.numpy(), found.depth.numpy(), found.weights.numpy()
    return Seen(face.reshape(height, width), depth.reshape(height, width), weights.reshape(height, width, 3))


def rasterise_many(corners: Tensor, height: int, width: int, cull: bool = True) -> SeenInMany:
    """Look at the triangles of many pictures.

    Args:
        corners: (pictures, F, 3, 3) x and y in pixels, counted from the outer edge of the first one, y down, and the
            depth. Triangles with a corner that is not before the camera are left out.
        cull: leave out what is seen from behind. Corners go counter-clockwise seen from outside, as in `Body.faces`.
    """
    number_of_faces, edge = corners.shape[1], EDGE[corners.dtype]
    corners = corners.flatten(0, 1)
    (ax, ay), (bx, by), (cx, cy) = (corners[:, corner, :2].unbind(1) for corner in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)  # below 0 from outside, because y points down
    # pixel centres are at halves
    last_pixel = torch.tensor([width - 1, height - 1], dtype=corners.dtype, device=corners.device)
    first = (corners[..., :2].amin(1) - 0.5).ceil().clamp_min(0)
    last = torch.minimum((corners[..., :2].amax(1) - 0.5).floor().clamp_min(-1), last_pixel)
    extent = (last - first + 1).long()
    drawn = (area < 0 if cull else area != 0) & (extent > 0).all(1) & (corners[..., 2] > 0).all(1)
    chosen = drawn.nonzero()[:, 0]
    first, extent, area = first[chosen], extent[chosen], area[chosen]
    ax, ay, bx, by, cx, cy = (each[chosen] for each in (ax, ay, bx, by, cx, cy))
    # shares of the second and the third corner at the first pixel, and how they grow with x and y
    x, y = first[:, 0] + 0.5 - ax, first[:, 1] + 0.5 - ay
    second = torch.stack((x * (cy - ay) - y * (cx - ax), cy - ay, ax - cx), 1) / area[:, None]
    third = torch.stack((y * (bx - ax) - x * (by - ay), ay - by, bx - ax), 1) / area[:, None]
    # what is linear on the screen is one divided by the depth
    nearness = 1 / corners[chosen, :, 2]
    plane = torch.cat((second, third, nearness[:, :1], nearness[:, 1:] - nearness[:, :1]), 1)

    number = extent.prod(1)
    owner = torch.repeat_interleave(torch.arange(len(chosen), device=corners.device), number)
    place = torch.arange(len(owner), device=corners.device) - (number.cumsum(0) - number)[owner]
    across = extent[:, 0][owner]
    right, down = place % across, place.div(across, rounding_mode="floor")
    near, _, _, inside = _on_planes(plane[owner], right, down, edge)
    owner, right, down, near = (each[inside] for each in (owner, right, down, near))
    picture, corner = chosen[owner].div(number_of_faces, rounding_mode="floor"), first.long()[owner]
    pixel = (picture * height + corner[:, 1] + down) * width + corner[:, 0] + right
    # floats above 0 are in the order of their bits
    keys = (near.float().view(torch.int32).long() << LOWER) | owner
    nearest = torch.full((len(corners) // max(1, number_of_faces) * height * width,), -1, device=corners.device)
    nearest.scatter_reduce_(0, pixel, keys, "amax")

    pixel = (nearest >= 0).nonzero()[:, 0]
    owner = nearest[pixel] & ((1 << LOWER) - 1)
    row = pixel.div(width, rounding_mode="floor") % height
    right, down = pixel % width - first.long()[owner, 0], row - first.long()[owner, 1]
    near, second, third, _ = _on_planes(plane[owner], right, down, edge)
    weights = torch.stack((1 - second - third, second, third), 1) * nearness[owner] / near[:, None]
    face = chosen[owner]
    return SeenInMany(
        pixel,
        face.div(max(1, number_of_faces), rounding_mode="floor"),
        face % max(1, number_of_faces),
        1 / near,
        weights,
    )


def _on_planes(plane: Tensor, right: Tensor, down: Tensor, edge: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Nearness, shares of the second and third corner, and whether a place is inside its triangle."""
    second = plane[:, 0] + plane[:, 1] * right + plane[:, 2] * down
    third = plane[:, 3] + plane[:, 4] * right + plane[:, 5] * down
    near = plane[:, 6] + plane[:, 7] * second + plane[:, 8] * third
    return near, second, third, (second >= -edge) & (third >= -edge) & (second + third <= 1 + edge)
