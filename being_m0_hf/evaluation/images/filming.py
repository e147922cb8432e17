"""How well people are followed through a video, and their motions beside the truth: identities, errors, jitter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...io.keypoints import KeypointPerson
from ...io.keypoints.tracking import body_size
from ...motion import MODEL_FPS, Motion
from ...motion.h36m_joints import h36m_joints
from ...training_data.lifting import JointTrack
from ..curation import ScenePerson
from ..metrics.pose_error import mpjpe, pa_mpjpe, turn_about_vertical

#: A track shows nobody where everybody is farther off, in sizes of the body.
FARTHEST = 0.5


@dataclass
class FilmingErrors:
    """Sums over people; figures are properties.

    Args:
        people: that are in the videos.
        tracks: of somebody, that were measured.
        seconds: of tracks.
        switches: how often a track goes over from one person to another.
        frames, wrong_frames: of tracks with somebody in them, and those of somebody else than for the most part.
        compared: moments of motions beside the truth.
        p1, p2: joint errors in metres, summed over moments: about the pelvis after one turn about the vertical for the
            whole clip, and after Procrustes at each moment.
        path: distances of pelvis from pelvis in metres, after the same turn and one shift, summed over moments.
        jitter, true_jitter: accelerations of joints about the pelvis in m/s2, summed over moments.
        raw_jitter: the same of poses frame by frame, before anything is smoothed.
    """

    people: int = 0
    tracks: int = 0
    seconds: float = 0.0
    switches: int = 0
    frames: int = 0
    wrong_frames: int = 0
    compared: int = 0
    p1: float = 0.0
    p2: float = 0.0
    path: float = 0.0
    jitter: float = 0.0
    true_jitter: float = 0.0
    raw_jitter: float = 0.0

    def figures(self) -> dict[str, float]:
        """Shares, millimetres and m/s2."""
        moments = max(1, self.compared)
        return {
            "people": self.people,
            "tracks": self.tracks,
            "switches": self.switches,
            "wrong_frames": self.wrong_frames / max(1, self.frames),
            "p1_mm": 1000 * self.p1 / moments,
            "p2_mm": 1000 * self.p2 / moments,
            "path_mm": 1000 * self.path / moments,
            "raw_jitter": self.raw_jitter / moments,
            "jitter": self.jitter / moments,
            "true_jitter": self.true_jitter / moments,
        }

    def add(self, other: "FilmingErrors") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def who_is_shown(person: KeypointPerson, people: Sequence[ScenePerson]) -> NDArray[np.int64]:
    """For each frame the number of whom a track shows, -1 where it shows nobody."""
    shown = np.full(len(person.keypoints), -1)
    for frame, points in enumerate(person.keypoints):
        seen = points[:, 2] > 0
        if not seen.any():
            continue
        away = [np.linalg.norm(points[seen, :2] - each.pixels[frame].numpy()[seen], axis=-1).mean() for each in people]
        distances = np.nan_to_num(np.array(away), nan=np.inf)
        if distances.min() < FARTHEST * body_size(points):
            shown[frame] = distances.argmin()
    return shown


def measure_person(
    person: KeypointPerson, motion: Motion, raw: Motion, people: Sequence[ScenePerson], fps: float
) -> FilmingErrors:
    """Errors of one track and its motion; nothing where it shows nobody.

    Args:
        motion: at 20 frames a second from the first frame of the track.
        raw: poses frame by frame at ``fps``, from the same frame on.
        people: who is truly there.
        fps: of the video.
    """
    shown = who_is_shown(person, people)
    known = shown[shown >= 0]
    if not len(known):
        return FilmingErrors()
    who = int(np.bincount(known).argmax())
    errors = FilmingErrors(tracks=1, frames=len(known), switches=int((np.diff(known) != 0).sum()))
    errors.wrong_frames = int((known != who).sum())
    first = int(np.flatnonzero((person.keypoints[..., 2] > 0).any(-1))[0])
    truth = JointTrack("", h36m_joints(people[who].motion), people[who].motion.fps)
    since = first / fps - people[who].start
    frames = min(motion.num_frames, int((truth.seconds - since) * MODEL_FPS) + 1)
    if frames < 3 or since < 0:
        return errors
    ours, wanted = h36m_joints(motion)[:frames], truth.read(since, MODEL_FPS, frames)
    errors.compared, errors.seconds = frames, frames / MODEL_FPS
    errors.p2 = frames * float(pa_mpjpe(ours, wanted))
    turn = turn_about_vertical(ours - ours[:, :1], wanted - wanted[:, :1])
    ours = ours @ turn
    errors.p1 = frames * float(mpjpe(ours - ours[:, :1], wanted - wanted[:, :1]))
    pelvis, true_pelvis = ours[:, 0], wanted[:, 0]
    errors.path = float((pelvis - pelvis.mean(0) - true_pelvis + true_pelvis.mean(0)).norm(dim=-1).sum())
    errors.jitter, errors.true_jitter = (frames * acceleration(each, MODEL_FPS) for each in (ours, wanted))
    errors.raw_jitter = frames * acceleration(h36m_joints(raw.resample(MODEL_FPS)), MODEL_FPS)
    return errors


def acceleration(joints: Tensor, fps: float) -> float:
    """Mean acceleration of joints (T, J, 3) about the pelvis, m/s2."""
    about = joints - joints[:, :1]
    return float(about.diff(n=2, dim=0).norm(dim=-1).mean()) * fps**2


__all__ = ["FilmingErrors", "acceleration", "measure_person", "who_is_shown"]
