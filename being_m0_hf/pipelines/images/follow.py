"""A person through a video, frame by frame: boxes around keypoints, and what an image model sees in them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...io.keypoints import KeypointFile, KeypointPerson
from ...motion import Motion
from ..lifting.placing import LiftOptions
from .estimate import BATCH, ImagePose, ImagePoseModel
from .world import motion_of_poses

#: Fewer keypoints tell no box.
FEWEST_KEYPOINTS = 5
#: Hair, hands and toes reach beyond the joints by so much of the box on each side.
BEYOND = 0.08


def film_person(
    frames: Iterable[tuple[float, NDArray]],
    found: KeypointFile,
    person: KeypointPerson,
    model: ImagePoseModel,
    options: LiftOptions | None = None,
) -> Motion:
    """The motion of one person in a video, by an image model, at 20 frames a second.

    Args:
        frames: seconds and pictures (height, width, 3), as the keypoints were found in: the same, in the same order.
        found: the keypoints of all people.
        person: of whom.
        model: sees crops.
        options: where the camera stood, and whether the body goes anywhere.

    Raises:
        MotionError: the person is not seen enough.
    """
    options = options or LiftOptions()
    poses = follow_person(frames, person, model)
    if found.times is not None:
        poses = regular_poses(poses, found.times, found.fps)
    return motion_of_poses(poses, found.fps, options.focal, options.tilt, options.in_place)


def follow_person(
    frames: Iterable[tuple[float, NDArray]], person: KeypointPerson, model: ImagePoseModel
) -> list[ImagePose | None]:
    """What the model sees of a person in each frame, None where the person is not seen; arguments as `film_person`."""
    poses: list[ImagePose | None] = [None] * len(person.keypoints)
    waiting: list[tuple[int, NDArray, list[float]]] = []

    def look() -> None:
        numbers, pictures, boxes = zip(*waiting, strict=True)
        for number, pose in zip(numbers, model(pictures, boxes), strict=True):
            poses[number] = pose
        waiting.clear()

    for number, ((_, picture), keypoints) in enumerate(zip(frames, person.keypoints, strict=False)):
        box = box_of_keypoints(keypoints)
        if box is not None:
            waiting.append((number, picture, box))
        if len(waiting) == BATCH:
            look()
    if waiting:
        look()
    return poses


def box_of_keypoints(keypoints: NDArray) -> list[float] | None:
    """x, y, width and height of the person whose keypoints (17, 3) these are; None where too few are seen."""
    seen = keypoints[keypoints[:, 2] > 0, :2]
    if len(seen) < FEWEST_KEYPOINTS:
        return None
    low, high = seen.min(0), seen.max(0)
    reach = BEYOND * (high - low).max()
    low, high = low - reach, high + reach
    return [*low.tolist(), *(high - low).tolist()]


def regular_poses(poses: list[ImagePose | None], times: NDArray, fps: float) -> list[ImagePose | None]:
    """Poses at irregular times, at regular ones: each the nearest."""
    wanted = times[0] + np.arange(int((times[-1] - times[0]) * fps + 1e-6) + 1) / fps
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    nearest = np.where(wanted - times[after - 1] < times[after] - wanted, after - 1, after)
    return [poses[number] for number in nearest]
