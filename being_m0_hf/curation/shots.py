"""Where a film cuts: from there on, nobody is who they were before, and the camera is another one."""

import numpy as np
from numpy.typing import NDArray

from .curated_video import CuratedVideo, LeftOut, PersonTrack, body_sizes

#: How far the joints of a body go at most, in sizes of the body: this much for a detector's errors ...
JUMP_SLACK = 0.08
#: ... and this much for each second. A size is about a body's height: 6 m/s, as a mean over joints.
JUMP_SPEED = 3.5
#: A longer gap says nothing of who is seen after it.
LONGEST_COMPARED = 0.5


def jumps_between(before: NDArray, after: NDArray, seconds: float) -> bool:
    """Whether nobody could get from one pose (17, 3) in the picture to another in this time.

    False where the two have fewer than three joints in common.
    """
    both = (before[:, 2] > 0) & (after[:, 2] > 0)
    if both.sum() < 3:
        return False
    way = float(np.median(np.linalg.norm(before[both, :2] - after[both, :2], axis=-1)))
    size = max(body_sizes(before[None])[0], body_sizes(after[None])[0], 1e-9)
    return way / size > JUMP_SLACK + JUMP_SPEED * seconds


def cut_into_shots(video: CuratedVideo, boundaries: list[int] | None = None) -> CuratedVideo:
    """The video with its tracks cut where it cuts.

    Args:
        boundaries: first frames of shots, from the pictures; where there are none (a file of keypoints alone), a cut is
            where everybody jumps or is exchanged at once.
    """
    if boundaries is None:
        boundaries = keypoint_boundaries(video)
    edges = sorted({0, *(frame for frame in boundaries if 0 < frame < video.num_frames), video.num_frames})
    shots = tuple(zip(edges[:-1], edges[1:], strict=True))
    tracks, left_out = [], []
    for track in video.tracks:
        for number, (first, stop) in enumerate(shots):
            start, end = max(first, track.first), min(stop, track.first + track.num_frames)
            piece = slice(start - track.first, end - track.first)
            if start < end and track.visible[piece].any():
                name = track.name if len(shots) == 1 else f"{number + 1}:{track.name}"
                tracks.append(PersonTrack(name, number, start, track.keypoints[piece], track.visible[piece]))
    for number, (first, stop) in enumerate(shots):
        if not any(track.shot == number for track in tracks):
            left_out.append(LeftOut(f"shot {number + 1}, frames {first} to {stop}", "nobody is seen"))
    return video.replace(shots=shots).without(left_out, tracks)


def keypoint_boundaries(video: CuratedVideo) -> list[int]:
    """Frames at which everybody who was seen just before is gone or somewhere else."""
    seen: list[dict[str, NDArray]] = [{} for _ in range(video.num_frames)]
    for track in video.tracks:
        for frame in np.flatnonzero(track.visible.any(axis=1)).tolist():
            seen[track.first + frame][track.name] = track.keypoints[frame]
    boundaries: list[int] = []
    last = -1
    for frame, here in enumerate(seen):
        if not here:
            continue
        if last >= 0:
            seconds = video.seconds_at(frame) - video.seconds_at(last)
            if seconds <= LONGEST_COMPARED and not any(
                not jumps_between(before, after, seconds) for before in seen[last].values() for after in here.values()
            ):
                boundaries.append(frame)
        last = frame
    return boundaries


__all__ = ["cut_into_shots", "jumps_between", "keypoint_boundaries"]
