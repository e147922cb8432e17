"""Which keypoint is which joint: the layouts of 2D detectors, and from each of them Human3.6M's 17 joints.

Layouts are as published: COCO (Lin et al. 2014), MediaPipe's BlazePose, OpenPose's BODY_25, Halpe (AlphaPose).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.h36m_joints import H36M_NAMES

_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_LIMBS = tuple(
    f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)
_COCO = _FACE + _LIMBS


@dataclass(frozen=True)
class KeypointLayout:
    """The keypoints of a detector, in its order.

    Args:
        name: as people give it.
        points: names; what we have no use for is called by what it is, too.
    """

    name: str
    points: tuple[str, ...]


LAYOUTS: dict[str, KeypointLayout] = {
    layout.name: layout
    for layout in (
        KeypointLayout("coco17", _COCO),
        KeypointLayout(
            "halpe26",
            (
                *_COCO, "head", "neck", "pelvis", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe",
                "left_heel", "right_heel",
            ),
        ),
        KeypointLayout(
            "body25",
            (
                "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
                "left_wrist", "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
                "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel",
                "right_big_toe", "right_small_toe", "right_heel",
            ),
        ),
        KeypointLayout(
            "mediapipe33",
            (
                "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
                "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder",
                "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky",
                "left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee",
                "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index",
                "right_foot_index",
            ),
        ),
        KeypointLayout("h36m17", H36M_NAMES),
    )
}  # fmt: skip
#: Of several layouts with so many keypoints, the one that is meant where nothing else is said.
LAYOUT_OF_COUNT = {17: "coco17", 26: "halpe26", 25: "body25", 33: "mediapipe33"}

# Of our rest pose, from the side: where joints lie on the line from the middle of the hips to that of the shoulders,
# and the crown of the head on the line from the neck to the middle of the ears.
_NECK, _SPINE, _CROWN = 1.065, 0.65, 1.76


def h36m_keypoints(points: NDArray, layout: KeypointLayout) -> NDArray:
    """Human3.6M's joints (..., 17, 3) in the picture, from a detector's keypoints.

    Joints that a detector has not are made from their neighbours; they are as sure as the least sure of those.

    Args:
        points: (..., keypoints, 3): x, y, confidence; confidence 0 where a keypoint is missing.
        layout: of the keypoints.

    Returns:
        The same unit; all three 0 where a joint is missing.
    """
    place = {name: points[..., index, :] for index, name in enumerate(layout.points)}
    if layout.name != "h36m17":
        hips = _either(_along(place["left_hip"], place["right_hip"], 0.5), place.get("pelvis"))
        shoulders = _either(_along(place["left_shoulder"], place["right_shoulder"], 0.5), place.get("neck"))
        neck = _along(hips, shoulders, _NECK)
        ears = _either(
            _along(place["left_ear"], place["right_ear"], 0.5),
            place["left_ear"], place["right_ear"], _along(place["left_eye"], place["right_eye"], 0.5),
        )  # fmt: skip
        place |= {
            "pelvis": hips,
            "spine": _along(hips, shoulders, _SPINE),
            "thorax": neck,
            "head": _either(place.get("head"), _along(neck, ears, _CROWN)),
        }
    joints = np.stack([place[name] for name in H36M_NAMES], axis=-2)
    return np.where(joints[..., 2:] > 0, joints, 0.0)


def _along(start: NDArray, end: NDArray, share: float) -> NDArray:
    """The point (..., 3) at a share of the way, as sure as the less sure of both."""
    point = start + share * (end - start)
    point[..., 2] = np.minimum(start[..., 2], end[..., 2])
    return point


def _either(*choices: NDArray | None) -> NDArray:
    """The first choice (..., 3) that was seen."""
    seen = [choice for choice in choices if choice is not None]
    result = seen[0]
    for other in seen[1:]:
        result = np.where(result[..., 2:] > 0, result, other)
    return result


__all__ = ["LAYOUTS", "LAYOUT_OF_COUNT", "KeypointLayout", "h36m_keypoints"]
