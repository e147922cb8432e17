"""Masks and smoothing: joints not seen or thrown somewhere, people who are exchanged, trembling."""

import warnings

import numpy as np
from numpy.typing import NDArray

from ...motion.body_track import smoothed
from ...motion.curves import runs
from ..curated_video import CuratedVideo, LeftOut, PersonTrack, body_sizes
from ..options import CurationOptions
from .jumps import FEWEST_JOINTS, jumps_of, shown_frames

#: Below this confidence a joint counts as hidden.
LEAST_CONFIDENCE = 0.2
#: A joint that leaves the median of this many frames by so much of the body's size was thrown there for a moment.
MEDIAN_FRAMES, SPIKE = 5, 0.2
#: Of videos with fewer frames a second than this, it may be more, for joints go farther from frame to frame.
SPIKE_RATE = 30.0
#: Gaps up to this are filled along a line; a person who is away for longer is another track.
LONGEST_GAP = 0.5
#: How sure filled joints are, as a share of their neighbours.
FILLED = 0.5
SMOOTHING_SECONDS = 0.1
#: Part of the joints that must have been seen.
LEAST_VISIBLE = 0.5


def cleaned(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """The video with tracks that are cut at jumps and long gaps, masked, filled and smoothed."""
    tracks, left_out = [], []
    for track in video.tracks:
        track = _masked(track, video.fps)
        pieces = _pieces(track, video)
        short: list[float] = []  # seconds of pieces
        for number, (start, stop) in enumerate(pieces, 1):
            name = track.name if len(pieces) == 1 else f"{track.name}.{number}"
            seconds = video.seconds_at(track.first + stop - 1) - video.seconds_at(track.first + start) + 1 / video.fps
            piece = track.replace(
                name=name,
                first=track.first + start,
                keypoints=track.keypoints[start:stop],
                visible=track.visible[start:stop],
            )
            share = float(piece.visible.mean())
            if seconds < options.shortest - 1e-6:
                short.append(seconds)
            elif share < LEAST_VISIBLE:
                left_out.append(
                    LeftOut(f"person {name}", f"is hidden for the most part: {share:.0%} of the joints seen")
                )
            else:
                tracks.append(_filled_and_smooth(piece, video.fps))
        if short:
            often = "" if len(short) == 1 else f" at most, {len(short)} times"
            reason = f"is seen for {max(short):.2f} s{often}, less than {options.shortest:g} s"
            left_out.append(LeftOut(f"person {track.name}", reason))
        if not pieces:
            left_out.append(LeftOut(f"person {track.name}", f"never shows {FEWEST_JOINTS} joints at once"))
    return video.without(left_out, tracks)


def _masked(track: PersonTrack, fps: float) -> PersonTrack:
    """Without joints that are not sure, and without those that are somewhere else for a moment."""
    keypoints = track.keypoints.copy()
    visible = track.visible & (keypoints[..., 2] >= LEAST_CONFIDENCE)
    points = np.where(visible[..., None], keypoints[..., :2], np.nan)
    reach = MEDIAN_FRAMES // 2
    padded = np.pad(points, ((reach, reach), (0, 0), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_FRAMES, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of moments in which a joint is not seen
        usual = np.nanmedian(windows, axis=-1)
    sizes = body_sizes(np.where(visible[..., None], keypoints, 0.0))
    limit = SPIKE * max(1.0, SPIKE_RATE / fps) * float(np.median(sizes[sizes > 0])) if sizes.any() else np.inf
    visible &= ~(np.linalg.norm(points - usual, axis=-1) > limit)
    keypoints[~visible] = 0.0
    return track.replace(keypoints=keypoints, visible=visible)


def _pieces(track: PersonTrack, video: CuratedVideo) -> list[tuple[int, int]]:
    """(start, stop) of stretches in which one person is seen, without long gaps and jumps."""
    shown = shown_frames(track.keypoints).tolist()
    if not shown:
        return []
    seconds = video.frame_seconds[track.first :]
    gaps = [
        (before, after)
        for before, after in zip(shown[:-1], shown[1:], strict=True)
        if seconds[after] - seconds[before] - 1 / video.fps > LONGEST_GAP
    ]
    cuts = sorted({*gaps, *jumps_of(track.keypoints, seconds)})
    starts = [shown[0], *(after for _, after in cuts)]
    stops = [*(before + 1 for before, _ in cuts), shown[-1] + 1]
    return list(zip(starts, stops, strict=True))


def _filled_and_smooth(track: PersonTrack, fps: float) -> PersonTrack:
    """Short gaps filled, everything smoothed; joints that are away for long stay missing."""
    keypoints = track.keypoints.copy()
    longest = round(LONGEST_GAP * fps)
    for joint in range(keypoints.shape[1]):
        known = np.flatnonzero(track.visible[:, joint])
        if not len(known):
            continue
        for start, stop in runs(~track.visible[:, joint]):
            if stop - start <= longest and known[0] < start and stop <= known[-1]:
                keypoints[start:stop, joint] = _between(keypoints[[start - 1, stop], joint], stop - start)
    weight = (keypoints[..., 2] > 0).astype(float)
    frames = round(SMOOTHING_SECONDS * fps)
    total = smoothed(weight, frames)
    for axis in (0, 1):
        mean = smoothed(keypoints[..., axis] * weight, frames) / np.maximum(total, 1e-9)
        keypoints[..., axis] = np.where(weight > 0, mean, 0.0)
    flags = ("partly hidden",) * bool(track.visible.mean() < 0.9)
    return track.replace(
        keypoints=keypoints, flags=track.flags + flags, scores={"hidden": 1 - float(track.visible.mean())}
    )


def _between(ends: NDArray, frames: int) -> NDArray:
    """(frames, 3) on the line between two keypoints (2, 3), less sure than both."""
    share = (np.arange(1, frames + 1) / (frames + 1))[:, None]
    points = ends[0] + share * (ends[1] - ends[0])
    points[:, 2] = FILLED * ends[:, 2].min()
    return points


__all__ = ["cleaned"]
