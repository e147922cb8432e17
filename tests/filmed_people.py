"""Keypoints of bodies that move by formula, seen by a camera, in the layouts and files of detectors."""

import json
import math
from pathlib import Path

import numpy as np
import torch
from moving_body import moving_body
from numpy.typing import NDArray

from being_m0_hf.curation import CuratedVideo, PersonTrack
from being_m0_hf.io.keypoints import LAYOUTS, h36m_keypoints
from being_m0_hf.motion import Motion
from being_m0_hf.motion.h36m_joints import H36M_NAMES, h36m_joints
from being_m0_hf.motion.pinhole import Camera, camera_rotation

SIZE = (1280, 720)
FOCAL, TILT = 1.1, 12.0


def filmed(motion: Motion) -> tuple[torch.Tensor, torch.Tensor]:
    """Joints (T, 17, 3) in the axes of a camera that looks down a little, and the same in pixels, (T, 17, 2)."""
    joints = h36m_joints(motion)
    middle = (joints.flatten(0, 1).amax(0) + joints.flatten(0, 1).amin(0)) / 2
    camera = Camera(camera_rotation(0.4, math.radians(TILT)), middle, 6.0, FOCAL)
    viewed = camera.view(joints)
    pixels = camera.project(viewed) * SIZE[0] / 2 + torch.tensor(SIZE) / 2
    return viewed, pixels


def coco_people(frames: int = 40, number: int = 1) -> NDArray:
    """COCO's keypoints (people, frames, 17, 3) of people side by side, in pixels."""
    people = []
    for person in range(number):
        _, pixels = filmed(moving_body(frames, seed=person, fps=30.0, speed=0.3))
        place = dict(zip(H36M_NAMES, pixels.double().numpy().transpose(1, 0, 2), strict=True))
        nose = place["nose"]
        side = 0.2 * (place["left_shoulder"] - place["right_shoulder"])
        face = {"nose": nose, "left_eye": nose + side / 2, "right_eye": nose - side / 2, "left_ear": nose + side}
        place |= face | {"right_ear": nose - side}
        names = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
        names += [
            f"{side}_{joint}"
            for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
            for side in ("left", "right")
        ]
        points = np.stack([place[name] for name in names], axis=1) + [500.0 * person, 0.0]
        people.append(np.concatenate((points, np.full((*points.shape[:2], 1), 0.9)), -1))
    return np.stack(people)


def mmpose_file(people: NDArray) -> list[dict]:
    """What MMPose's inferencer writes for a video."""
    return [
        {
            "frame_id": index,
            "instances": [
                {"keypoints": points[:, :2].tolist(), "keypoint_scores": points[:, 2].tolist(), "bbox": [[0, 0, 1, 1]]}
                for points in frame
            ],
        }
        for index, frame in enumerate(people.transpose(1, 0, 2, 3))
    ]


def alphapose_file(people: NDArray) -> list[dict]:
    """What AlphaPose writes with tracking; pictures in the order of their names, as text."""
    rows = [
        {"image_id": f"{index}.jpg", "category_id": 1, "keypoints": points.flatten().tolist(), "score": 2.9, "idx": who}
        for who, track in enumerate(people, 5)
        for index, points in enumerate(track)
    ]
    return sorted(rows, key=lambda row: row["image_id"])


def own_file(path: Path, people: NDArray, fps: float = 30.0) -> Path:
    """Write people (people, frames, 17, 3), without those of confidence 0, in our own layout."""
    frames = [
        {"people": [{"keypoints": points.round(2).tolist()} for points in frame if points[:, 2].any()]}
        for frame in people.transpose(1, 0, 2, 3)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"fps": fps, "size": SIZE, "layout": "coco17", "frames": frames}))
    return path


def folder_of_files(folder: Path, videos: int = 3, frames: int = 60) -> Path:
    """Files of one person each, all different."""
    for number in range(videos):
        people = coco_people(frames, number + 1)[-1:] - np.array([500.0 * number, 0, 0])
        own_file(folder / f"take{number}.keypoints.json", people)
    return folder


def video_of(*people: NDArray, fps: float = 30.0) -> CuratedVideo:
    """A video with a track for each of the people (frames, 17, 3), in COCO's order."""
    tracks = []
    for number, person in enumerate(people, 1):
        keypoints = h36m_keypoints(person, LAYOUTS["coco17"])
        tracks.append(PersonTrack(str(number), 0, 0, keypoints, keypoints[..., 2] > 0))
    frames = len(people[0])
    return CuratedVideo("a", "keypoints", fps, SIZE, frames, shots=((0, frames),), tracks=tuple(tracks))
