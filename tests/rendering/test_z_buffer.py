"""The z-buffer: which triangle is nearest, where on it, and what is not drawn."""

import numpy as np
import pytest
import torch

from being_m0_hf.bodies import makehuman_body
from being_m0_hf.rendering.z_buffer import rasterise, rasterise_many

#: Counter-clockwise seen by somebody for whom y points down.
LARGE = [[0.0, 0.0, 4.0], [0.0, 20.0, 4.0], [20.0, 0.0, 4.0]]
SMALL = [[2.0, 2.0, 2.0], [2.0, 6.0, 2.0], [6.0, 2.0, 2.0]]


def test_the_nearest_triangle_is_seen_whatever_the_order():
    for order in ((0, 1), (1, 0)):
        seen = rasterise(np.array([LARGE, SMALL])[list(order)], 10, 10)
        small = order.index(1)
        assert seen.face[3, 3] == small and seen.depth[3, 3] == pytest.approx(2)
        assert seen.face[8, 8] == 1 - small and seen.depth[8, 8] == pytest.approx(4)
        assert seen.mask.sum() == 100


def test_what_is_behind_outside_or_seen_from_behind_is_not_drawn():
    behind = [[x, y, -1.0] for x, y, _ in SMALL]
    turned = SMALL[::-1]
    outside = [[x + 50, y, z] for x, y, z in SMALL]
    assert not rasterise(np.array([behind, turned, outside]), 10, 10).mask.any()
    assert (
        rasterise(np.array([turned]), 10, 10, cull=False).mask.sum() == rasterise(np.array([SMALL]), 10, 10).mask.sum()
    )
    assert not rasterise(np.zeros((0, 3, 3)), 4, 4).mask.any()


def test_weights_are_those_on_the_surface():
    """A triangle that goes away from the camera: its weights give back the point that is seen at a pixel."""
    points = np.array([[-1.0, -1.0, 2.0], [-1.0, 1.0, 2.0], [2.0, 0.0, 6.0]])
    screen = np.concatenate((points[:, :2] / points[:, 2:] * 20 + 10, points[:, 2:]), 1)
    seen = rasterise(screen[None], 20, 20)
    y, x = (each[0] for each in np.nonzero(seen.mask))
    place = seen.weights[y, x] @ points
    assert place[2] == pytest.approx(seen.depth[y, x])
    assert place[:2] / place[2] * 20 + 10 == pytest.approx([x + 0.5, y + 0.5])


def test_a_body_has_no_holes():
    """The trunk of a standing body covers every pixel of its middle."""
    body = makehuman_body("low")
    points = body.vertices.numpy() * [1, -1, -1] + [0, 0, 3]
    screen = np.concatenate((points[:, :2] / points[:, 2:] * 150 + [48, 64], points[:, 2:]), 1)
    mask = rasterise(screen[body.faces.numpy()], 128, 96).mask
    trunk = mask[50:66, 42:54]
    assert trunk.all() and 0.05 < mask.mean() < 0.4


def test_many_pictures_are_seen_as_each_alone():
    """In single precision, as a graphics card draws them."""
    body = makehuman_body("low")
    points = body.vertices * torch.tensor([1.0, -1.0, -1.0]) + torch.tensor([[[0.0, 0.0, 3.0]], [[0.3, 0.1, 4.0]]])
    screen = torch.cat((points[..., :2] / points[..., 2:] * 150 + torch.tensor([48.0, 64.0]), points[..., 2:]), -1)
    corners = screen[:, body.faces]
    found = rasterise_many(corners, 128, 96)
    for picture in range(2):
        alone, own = rasterise(corners[picture].numpy(), 128, 96), found.picture == picture
        faces = np.full(128 * 96, -1)
        faces[found.pixel[own].numpy() - picture * 128 * 96] = found.face[own].numpy()
        assert (faces == alone.face.reshape(-1)).mean() > 0.999
        depth = torch.from_numpy(alone.depth.reshape(-1))[found.pixel[own] - picture * 128 * 96]
        assert float((found.depth[own] - depth).abs().median()) < 1e-5
        torch.testing.assert_close(found.weights[own].sum(1), torch.ones(int(own.sum())), atol=1e-4, rtol=0)
