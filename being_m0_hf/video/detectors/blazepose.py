"""BlazePose (Bazarevsky et al. 2020): one network finds people, another one the keypoints of each.

How to read what the networks give, and all numbers here, are as in MediaPipe's published graphs (Apache-2.0): a
detection has the middle of the hips and a point on the circle around the body; the square about them goes to the second
network, whose last points give the square of the next frame.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...utils.imports import need_library
from ...utils.standard_streams import stderr_closed
from .blazepose_files import FINDER, LANDMARKS, DetectorFile, detector_bytes
from .crops import Square, small_squares_over, squares_over
from .following import KeypointFollower

FINDER_PIXELS, LANDMARK_PIXELS, HEAT_PIXELS = 224, 256, 64
#: Cells of the finder's grids and the boxes in each cell.
GRIDS = ((28, 2), (14, 2), (7, 6))
SURE_ENOUGH, SAME_BOX = 0.5, 0.3
#: Who is found in a small square has a square of at most this many times its side; what is larger is a part of a body.
SMALL = 1.5
NUM_KEYPOINTS = 33
#: Of the 39 points: the middle of the hips, and one on the circle around the body.
MIDDLE, TOP = 33, 34
HEAT_WINDOW, HEAT_SURE = 3, 0.5


@dataclass(frozen=True, eq=False)
class Landmarks:
    """What the second network saw in a square.

    Args:
        keypoints: (33, 3) pixels of the picture, and how sure it is that the keypoint can be seen.
        following: the square for the next frame.
        score: how sure it is that there is a person.
    """

    keypoints: NDArray
    following: Square
    score: float


class BlazePose:
    """Both networks, run by LiteRT on the processor.

    Raises:
        ValueError: LiteRT is not installed (the extra ``video``), or the files were not fetched.
    """

    layout = "mediapipe33"

    def __init__(self, threads: int = 1) -> None:
        need_library("ai_edge_litert", "video", "the keypoint detector")
        self._finder = _Network(FINDER, threads)
        self._landmarks = _Network(LANDMARKS, threads)
        self._anchors = _anchors()

    def follow(self, most_people: int = 5) -> KeypointFollower:
        """What sees the frames of one video."""
        return KeypointFollower(self, most_people)

    def find(self, picture: Image.Image, closer: bool = False) -> list[Square]:
        """A square for each person, the surest first.

        Args:
            closer: also look in small squares for people who are small in the picture; they come last.
        """
        found = self._find_over(picture, squares_over(*picture.size))
        if closer:
            small = small_squares_over(*picture.size)
            found += [square for square in self._find_over(picture, small) if square.side <= SMALL * small[0].side]
        return found

    def _find_over(self, picture: Image.Image, squares: list[Square]) -> list[Square]:
        scores, boxes = [], []
        for square in squares:
            found = self._find_in(picture, square)
            scores += found[0]
            boxes += found[1]
        chosen = _strongest(np.array(scores), np.array(boxes).reshape(-1, 6, 2))
        return [Square.around(points[2], points[3]) for points in chosen]

    def landmarks(self, picture: Image.Image, square: Square) -> Landmarks:
        """The keypoints of the person in a square."""
        pixels = np.asarray(square.cut(picture, LANDMARK_PIXELS), np.float32)[None] / 255
        by_shape = {output.shape: output for output in self._landmarks(pixels)}
        rows = by_shape[1, 195].reshape(39, 5).astype(np.float64)
        shares = _refined(rows[:, :2] / LANDMARK_PIXELS, by_shape[1, HEAT_PIXELS, HEAT_PIXELS, 39][0])
        points = square.to_picture(shares)
        seen = _sigmoid(rows[:NUM_KEYPOINTS, 3:4])
        return Landmarks(
            np.concatenate((points[:NUM_KEYPOINTS], seen), -1),
            Square.around(points[MIDDLE], points[TOP]),
            float(by_shape[1, 1][0, 0]),
        )

    def _find_in(self, picture: Image.Image, square: Square) -> tuple[list, list]:
        """Scores, and (6, 2) two corners and four points of each box, in the picture's pixels."""
        pixels = np.asarray(square.shrunk(picture, FINDER_PIXELS), np.float32)[None] / 127.5 - 1
        outputs = {output.shape[-1]: output[0] for output in self._finder(pixels)}
        scores = _sigmoid(outputs[1][:, 0])
        sure = scores >= SURE_ENOUGH
        raw = outputs[12][sure].astype(np.float64).reshape(-1, 6, 2) / FINDER_PIXELS
        raw[:, [0, 2, 3, 4, 5]] += self._anchors[sure][:, None]
        middle, extent = raw[:, 0], raw[:, 1]
        points = np.stack((middle - extent / 2, middle + extent / 2, *raw[:, 2:].transpose(1, 0, 2)), 1)
        return list(scores[sure]), list(square.to_picture(points))


class _Network:
    """One file in LiteRT's interpreter."""

    def __init__(self, file: DetectorFile, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with stderr_closed():
            self._interpreter = Interpreter(model_content=detector_bytes(file), num_threads=threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, values: NDArray) -> list[NDArray]:
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def _anchors() -> NDArray:
    """(2254, 2) middles of the finder's cells, as shares of the square."""
    grids = []
    for cells, boxes in GRIDS:
        middles = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middles, middles, indexing="ij")
        grids.append(np.stack((x, y), -1).reshape(-1, 2).repeat(boxes, 0))
    return np.concatenate(grids)


def _strongest(scores: NDArray, boxes: NDArray) -> list[NDArray]:
    """The points (6, 2) of each person: boxes that overlap are of one, and are averaged by their scores."""
    left, chosen = np.argsort(-scores), []
    while len(left):
        same = _overlap(boxes[left[0]], boxes[left]) >= SAME_BOX
        same[0] = True
        chosen.append(np.average(boxes[left[same]], axis=0, weights=scores[left[same]]))
        left = left[~same]
    return chosen


def _overlap(box: NDArray, others: NDArray) -> NDArray:
    """Area of the intersection over that of the union; the first two points of each are its corners."""
    lower, upper = np.maximum(box[0], others[:, 0]), np.minimum(box[1], others[:, 1])
    common = (upper - lower).clip(0).prod(-1)
    areas = (others[:, 1] - others[:, 0]).prod(-1)
    return common / np.maximum((box[1] - box[0]).prod() + areas - common, 1e-9)


def _refined(shares: NDArray, heat: NDArray) -> NDArray:
    """Points (39, 2), each moved to the middle of the heat around it where the heat is sure."""
    heat, refined = _sigmoid(heat), shares.copy()
    for index, (column, row) in enumerate((shares * HEAT_PIXELS).astype(int)):
        rows = slice(max(0, row - HEAT_WINDOW), max(0, row + HEAT_WINDOW + 1))
        columns = slice(max(0, column - HEAT_WINDOW), max(0, column + HEAT_WINDOW + 1))
        window = heat[rows, columns, index]
        if window.size and window.max() >= HEAT_SURE:
            y, x = np.mgrid[rows, columns][:, : window.shape[0], : window.shape[1]]
            refined[index] = np.array(((x * window).sum(), (y * window).sum())) / window.sum() / HEAT_PIXELS
    return refined


def _sigmoid(values: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-np.clip(values, -80, 80)))


__all__ = ["BlazePose", "Landmarks"]
