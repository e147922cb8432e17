"""Where a film cuts: from there on, nobody is who they were before, and the camera is another one."""

import numpy as np

from ..curated_video import CuratedVideo, LeftOut, PersonTrack
from .jumps import jumps_of, shown_frames

#: Seconds: a longer gap says nothing of who is seen after it.
LONGEST_COMPARED = 0.5


def cut_into_shots(video: CuratedVideo) -> CuratedVideo:
    """The video with its tracks cut where it cuts, as the pictures tell.

    Where nobody looked at pictures (keypoints from a file), a cut is where everybody jumps or is exchanged at once.
    """
    boundaries = keypoint_boundaries(video) if video.cuts is None else video.cuts
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
    """First frames of shots: nobody who is seen shortly before is the same person, without a jump, shortly after."""
    seconds = video.frame_seconds
    shown = np.zeros(video.num_frames, dtype=bool)
    bridged = np.zeros(video.num_frames, dtype=bool)  # somebody goes on from before this frame
    for track in video.tracks:
        frames = shown_frames(track.keypoints) + track.first
        shown[frames] = True
        jumps = {track.first + after for _, after in jumps_of(track.keypoints, seconds[track.first :])}
        for before, after in zip(frames[:-1], frames[1:], strict=True):
            if after not in jumps and seconds[after] - seconds[before] <= LONGEST_COMPARED:
                bridged[before + 1 : after + 1] = True
    together = np.flatnonzero(shown)
    return [
        int(after)
        for before, after in zip(together[:-1], together[1:], strict=True)
        if not bridged[before + 1 : after + 1].any() and seconds[after] - seconds[before] <= LONGEST_COMPARED
    ]


__all__ = ["cut_into_shots", "keypoint_boundaries"]
