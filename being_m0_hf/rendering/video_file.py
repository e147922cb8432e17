"""Pictures to a video file that browsers and editors play."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..utils.atomic_files import whole_file
from ..utils.imports import need_library

SUFFIXES = (".mp4", ".mov", ".mkv")
#: The first that FFmpeg has; the second is in every build of it.
CODECS = ("libx264", "mpeg4")
#: What each loses: of H.264 0 is nothing and 51 nearly everything.
LOSS = {"libx264": {"crf": "20"}, "mpeg4": {"qscale": "3"}}


def write_video(path: str | os.PathLike, pictures: Iterable[NDArray], fps: float) -> Path:
    """Write pictures as a video.

    Args:
        path: ends in .mp4, .mov or .mkv.
        pictures: (height, width, 3) of RGB bytes, all of the size of the first; a column or row is added to odd sizes.
        fps: frames a second.

    Raises:
        ValueError: another suffix, no pictures, or PyAV is not installed (the extra ``video``).
        OSError: the file cannot be written.
    """
    check_video_path(path)
    import av

    path = Path(path)
    name = next(name for name in CODECS if name in av.codecs_available)
    with whole_file(path) as partial:
        kind = {".mkv": "matroska"}.get(path.suffix.lower(), path.suffix.lower()[1:])
        # the index in front lets a page play it before the whole file has come
        options = {} if kind == "matroska" else {"movflags": "faststart"}
        with av.open(str(partial), "w", format=kind, options=options) as container:
            stream: Any = None
            for picture in pictures:
                even = np.pad(picture, ((0, picture.shape[0] % 2), (0, picture.shape[1] % 2), (0, 0)), "edge")
                if stream is None:
                    stream = container.add_stream(name, rate=Fraction(fps).limit_denominator(1001))
                    stream.height, stream.width = even.shape[:2]
                    stream.pix_fmt = "yuv420p"  # what every browser and phone plays
                    stream.options = LOSS[name]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
            if stream is None:
                raise ValueError(f"{path}: there are no pictures to write")
            container.mux(stream.encode(None))
    return path


def check_video_path(path: str | os.PathLike) -> None:
    """Ask before long work. Raises ValueError as `write_video` does."""
    need_library("av", "video", "writing videos")
    if Path(path).suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path}: a video ends in {', '.join(SUFFIXES)}")


__all__ = ["check_video_path", "write_video"]
