"""Colours of lit triangles, each as bright as it is turned towards the light."""

import torch
from torch import Tensor


def lit_colours(triangles: Tensor, colours: Tensor, weights: Tensor, light: Tensor, ambient: Tensor | float) -> Tensor:
    """Colours (n, 3) of places on triangles.

    Args:
        triangles: (n, 3, 3) places of their corners, counter-clockwise seen from outside.
        colours: (n, 3, 3) of the corners.
        weights: (n, 3) of the corners.
        light: (3,) or (n, 3) unit vectors towards the light.
        ambient: one or (n,), 0 to 1, how bright what the light does not reach is.
    """
    normals = torch.linalg.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normals = torch.nn.functional.normalize(normals, dim=1)
    lit = (normals * light).sum(1).clamp_min(0)
    plain = (weights[..., None] * colours).sum(1)
    return plain * (ambient + (1 - ambient) * lit)[:, None]
