"""The figure of the page: the default body smoothed into a mannequin, and wearing shirt, trousers and shoes.

The clothes are the body's own surface, a few millimetres further out, so they move with it and nothing pokes through.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import torch
from torch import Tensor

from ..motion import JOINT_INDEX
from .body import Body, vertex_normals
from .makehuman import default_body

#: Rounds of smoothing, and how far the surface goes out, metres, by the joints that move it.
_FINISH: dict[tuple[str, ...], tuple[int, float]] = {
    ("head",): (60, 0.004),
    ("neck",): (12, 0.0),
    ("spine1", "spine2", "spine3", "left_collar", "right_collar"): (45, 0.010),
    ("pelvis", "left_hip", "right_hip"): (40, 0.011),
    ("left_knee", "right_knee"): (12, 0.010),
    ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"): (12, 0.008),
    ("left_wrist", "right_wrist"): (1, 0.0),
    ("left_ankle", "right_ankle", "left_foot", "right_foot"): (14, 0.009),
}
#: Taubin's two factors: smooth, then swell, so that limbs keep their width.
_SMOOTH, _SWELL = 0.5, -0.52
#: Rounds of plain smoothing that leave of a face only its shape.
_FACELESS = 18

#: Values (V, n) -> their mean over the neighbours of each vertex.
_Mean = Callable[[Tensor], Tensor]


@cache
def dressed_body() -> Body:
    """A mannequin in plain clothes, for viewers; exports keep the anatomical body."""
    body = default_body()
    weights = body.dense_weights()
    rounds, cloth = torch.zeros(len(weights)), torch.zeros(len(weights))
    for joints, (times, out) in _FINISH.items():
        share = weights[:, [JOINT_INDEX[name] for name in joints]].sum(dim=1)
        rounds, cloth = rounds + share * times, cloth + share * out
    mean = _neighbour_mean(body.faces, len(weights))
    vertices = _shaped(_smoothed(body.vertices, mean, rounds), mean, weights[:, JOINT_INDEX["head"]])
    vertices = vertices + vertex_normals(vertices, body.faces) * _even(cloth, mean)[:, None]
    vertices[:, 1].clamp_(min=float(body.vertices[:, 1].min()))  # soles stay on the floor
    return replace(body, vertices=vertices, name="mannequin in clothes")


def _smoothed(vertices: Tensor, mean: _Mean, rounds: Tensor) -> Tensor:
    """Taubin smoothing (V, 3), each vertex as many rounds as it is told; a part of a round counts as a part."""
    for number in range(int(rounds.max().ceil())):
        share = (rounds - number).clamp(0, 1)[:, None]
        for factor in (_SMOOTH, _SWELL):
            vertices = vertices + share * factor * (mean(vertices) - vertices)
    return vertices


def _shaped(vertices: Tensor, mean: _Mean, head: Tensor) -> Tensor:
    """Vertices (V, 3) with the face gone where ``head`` (V,) is 1; what smoothing shrinks is put back as a whole."""
    smooth = vertices
    for _ in range(_FACELESS):
        smooth = smooth + 0.5 * head[:, None] * (mean(smooth) - smooth)
    inside = head > 0.9
    centre = vertices[inside].mean(dim=0)
    ratio = (vertices[inside] - centre).norm(dim=1).mean() / (smooth[inside] - centre).norm(dim=1).mean()
    return smooth + head[:, None] * (ratio - 1) * (smooth - centre)


def _even(values: Tensor, mean: _Mean, rounds: int = 3) -> Tensor:
    """Values (V,) without steps, so that cloth ends in a slope."""
    for _ in range(rounds):
        values = mean(values[:, None])[:, 0]
    return values


def _neighbour_mean(faces: Tensor, count: int) -> _Mean:
    edges = torch.cat((faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]))
    edges = torch.cat((edges, edges.flip(1)))
    numbers = (edges[:, 0] * count + edges[:, 1]).unique()  # much faster than unique rows, in the same order
    edges = torch.stack((numbers // count, numbers % count), dim=1)
    degree = torch.zeros(count).index_add_(0, edges[:, 0], torch.ones(len(edges))).clamp_(min=1)[:, None]

    def mean(values: Tensor) -> Tensor:
        return torch.zeros_like(values).index_add_(0, edges[:, 0], values[edges[:, 1]]) / degree

    return mean
