"""Videos, frame by frame: upright, as large as asked, with the times at which they are shown.

PyAV brings FFmpeg, which knows many formats. Some of them are lists of other files and addresses: those are not read,
a video of a stranger must not make this machine fetch anything. Hence the list of containers, and files only.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils.imports import need_library
from ..utils.user_files import UserFileError

#: Containers that hold pictures themselves.
CONTAINERS = (
    "3dostr,asf,avi,dv,flv,gif,h264,hevc,image2,ivf,jpeg_pipe,jpegls_pipe,matroska,webm,mjpeg,mov,mp4,m4a,3gp,3g2,mj2,"
    "mpeg,mpegts,mpegvideo,mxf,nut,ogg,png_pipe,rm,webp_pipe,yuv4mpegpipe,bmp_pipe,tiff_pipe,mp3,wav,flac,aac,aiff"
)
#: Pixels of the longer side: detectors see less than that.
MAX_SIDE = 1280
#: Longer sides, and more pixels, are no camera's.
LARGEST_SIDE, MOST_PIXELS = 16_384, 16_384 * 9_216
DEFAULT_RATE = 30.0


class VideoFrame(NamedTuple):
    """One frame.

    Args:
        time: seconds since the first frame.
        picture: (height, width, 3) uint8 RGB.
    """

    time: float
    picture: NDArray


@dataclass(eq=False)
class VideoFrames:
    """The frames of a video. Every loop over them reads the file again from its beginning.

    Args:
        path: of the file.
        size: width and height of the frames in pixels, turned upright and scaled down.
        file_size: width and height of the upright picture in the file.
        fps: frames a second as the file says, on the average where it varies; `VideoFrame.time` is what holds.
        num_frames: about how many there are, None where the file does not tell.
        rotation: degrees that frames were turned counter-clockwise by, since the file asks for it.
        max_fps: frames that come sooner after the last one are left out.
        trouble: after a loop: what was wrong with the file, in one line, where it broke off before its end.
    """

    path: Path
    size: tuple[int, int]
    file_size: tuple[int, int]
    fps: float
    num_frames: int | None
    rotation: int
    max_fps: float | None = None
    trouble: str | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[VideoFrame]:
        from av.error import FFmpegError

        self.trouble = None
        start = last = None
        try:
            with _opened(self.path) as container:
                stream = _video_stream(container, self.path)
                for index, frame in enumerate(container.decode(stream)):
                    time = index / self.fps if frame.time is None else frame.time
                    start = time if start is None else start
                    # a quarter of a frame early is not too soon: times are rounded in many files
                    soonest = 1e-6 if self.max_fps is None else 0.75 / self.max_fps
                    if last is not None and time - last < soonest:
                        continue
                    last = time
                    yield VideoFrame(time - start, self._upright(frame))
        except (FFmpegError, OSError) as error:
            self.trouble = f"{self.path}: damaged or cut off{_after(start, last)} ({_reason(error)})"
        if start is None:
            raise UserFileError(self.trouble or f"{self.path}: no frame of it can be read; it is empty or cut off")

    def _upright(self, frame: Any) -> NDArray:
        """(height, width, 3) of a frame of PyAV, turned and scaled."""
        turned = self.rotation % 180 != 0
        width, height = reversed(self.size) if turned else self.size
        picture = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
        return np.ascontiguousarray(np.rot90(picture, self.rotation // 90)) if self.rotation else picture


def read_video(path: str | os.PathLike, max_side: int | None = MAX_SIDE, max_fps: float | None = None) -> VideoFrames:
    """Open a video.

    Args:
        path: of the file; its contents count, not its suffix. A picture is a video of one frame.
        max_side: frames whose longer side has more pixels are scaled down while they are read; None leaves them.
        max_fps: leave out frames that come sooner after each other.

    Raises:
        UserFileError: no such file, no video, no frames, or frames larger than any camera's.
        ValueError: PyAV is not installed (the extra ``video``), or an option out of range.
    """
    need_library("av", "video", "reading videos")
    if max_side is not None and max_side < 1:
        raise ValueError(f"max_side is {max_side}, expected 1 or more")
    if max_fps is not None and not max_fps > 0:
        raise ValueError(f"max_fps is {max_fps}, expected more than 0")
    import av

    path = Path(path)
    try:
        with _opened(path) as container:
            stream = _video_stream(container, path)
            first = next(container.decode(stream), None)
            rate = stream.average_rate or stream.guessed_rate
            aspect = stream.sample_aspect_ratio
            count = stream.frames or _count_by_length(container, float(rate or DEFAULT_RATE))
            if count and max_fps and container.duration:
                count = min(count, 1 + round(container.duration / av.time_base * max_fps))
    except (av.error.FFmpegError, OSError) as error:
        raise UserFileError(f"{path}: is no video, or cut off ({_reason(error)})") from None
    if first is None:
        raise UserFileError(f"{path}: no frame of it can be read; it is empty or cut off")
    width, height = first.width, first.height
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        raise UserFileError(f"{path}: frames of {width:,} x {height:,} pixels are larger than what is read")
    if aspect and aspect > 0:  # pixels that are not square, as on DVDs
        width = max(1, min(LARGEST_SIDE, round(width * float(aspect))))
    rotation = round(first.rotation / 90) * 90 % 360
    if rotation % 180:
        width, height = height, width
    scale = 1.0 if max_side is None else min(1.0, max_side / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fps = float(rate) if rate and rate > 0 else DEFAULT_RATE
    return VideoFrames(path, size, (width, height), fps, count, rotation, max_fps)


def _opened(path: Path) -> Any:
    """PyAV's container of a regular file."""
    import av

    try:
        state = os.stat(path)
    except (OSError, ValueError) as error:
        raise UserFileError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if not stat.S_ISREG(state.st_mode):
        raise UserFileError(f"{path}: is not a regular file")
    if not state.st_size:
        raise UserFileError(f"{path}: is empty")
    # by the whole path, so that no name is taken for an address
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    return av.open(os.path.abspath(path), options=options)


def _video_stream(container: Any, path: Path) -> Any:
    """The stream of pictures; the cover of a song is none."""
    import av

    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            stream.thread_type = "AUTO"
            return stream
    only = "has sound only, no pictures" if container.streams.audio else "has no pictures"
    raise UserFileError(f"{path}: {only}")


def _count_by_length(container: Any, fps: float) -> int | None:
    """How many frames a file has whose header does not say it but tells its length."""
    import av

    return round(container.duration / av.time_base * fps) or None if container.duration else None


def _after(start: float | None, last: float | None) -> str:
    return "" if start is None or last is None else f" after {last - start:.2f} s"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


__all__ = ["MAX_SIDE", "VideoFrame", "VideoFrames", "read_video"]
