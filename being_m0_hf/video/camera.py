"""Frames of a camera as they come; whoever is too slow for them gets the newest, not the oldest."""

import queue
import sys
import threading
import time as clock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.imports import need_library
from .reader import DEFAULT_RATE, VideoFrame, read_video

#: FFmpeg's names for cameras of operating systems, and how each calls the camera of a number.
SYSTEMS = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}:none"), "win32": ("dshow", None)}
MAX_SIDE = 960


class CameraFrames:
    """Frames of a camera, or of a file that is played in its own time.

    A loop over it ends when the camera is pulled out or the file is over; a loop that is left closes the camera.

    Args:
        camera: a number from 0, a device as FFmpeg calls it (on Windows the camera's name), or a video file.
        max_side: frames whose longer side has more pixels are scaled down.

    Attributes:
        size: width and height of the frames.
        fps: frames a second that the camera promises.
        dropped: frames that came while the last one was still looked at.

    Raises:
        ValueError: no such camera, or PyAV is not installed (the extra ``video``).
        UserFileError: a file that is no video.
    """

    def __init__(self, camera: str, max_side: int = MAX_SIDE) -> None:
        need_library("av", "video", "a camera")
        self.dropped = 0
        self._container: Any = None
        if Path(camera).is_file():
            file = read_video(camera, max_side)
            self.size, self.fps = file.size, file.fps
            self._source = _in_its_time(file)
        else:
            self._container = _open_device(camera)
            stream = self._container.streams.video[0]
            scale = min(1.0, max_side / max(stream.width, stream.height))
            self.size = (round(stream.width * scale), round(stream.height * scale))
            self.fps = float(stream.average_rate or stream.guessed_rate or DEFAULT_RATE)
            self._source = self._device_frames()

    def __iter__(self) -> Iterator[VideoFrame]:
        newest: queue.Queue[VideoFrame | Exception | None] = queue.Queue(maxsize=1)
        stop = threading.Event()

        def put(item: VideoFrame | Exception | None) -> None:
            while True:
                try:
                    return newest.put_nowait(item)
                except queue.Full:
                    if isinstance(item, VideoFrame):
                        try:
                            newest.get_nowait()
                            self.dropped += 1
                        except queue.Empty:
                            pass
                    elif stop.wait(0.01):  # the end waits until the last frame was taken
                        return None

        def read() -> None:
            try:
                for frame in self._source:
                    if stop.is_set():
                        return
                    put(frame)
                put(None)
            except Exception as error:
                put(error)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            while (item := newest.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            stop.set()
            reader.join(1.0)
            if self._container is not None and not reader.is_alive():
                self._container.close()

    def _device_frames(self) -> Iterator[VideoFrame]:
        from av.error import FFmpegError

        start = None
        width, height = self.size
        try:
            for frame in self._container.decode(video=0):
                now = clock.monotonic() if frame.time is None else frame.time
                start = now if start is None else start
                yield VideoFrame(now - start, frame.to_ndarray(format="rgb24", width=width, height=height))
        except (FFmpegError, OSError):  # pulled out: what came before counts
            return


def _in_its_time(frames) -> Iterator[VideoFrame]:
    """The frames of a file, each when it is shown."""
    started = clock.monotonic()
    for frame in frames:
        clock.sleep(max(0.0, started + frame.time - clock.monotonic()))
        yield VideoFrame(frame.time, np.asarray(frame.picture))


def _open_device(camera: str) -> Any:
    import av

    form, by_number = SYSTEMS.get(sys.platform, (None, None))
    if form is None:
        raise ValueError(f"cameras of {sys.platform} are not known; give a video file")
    name = camera
    if camera.isdecimal():
        if by_number is None:
            raise ValueError("cameras have names on this system: --camera 'Integrated Camera'")
        name = by_number.format(camera)
    elif form == "dshow":
        name = f"video={camera}"
    try:
        return av.open(name, format=form)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"there is no camera {camera[:60]!r} ({name[:80]}: {reason.lower()})") from None


__all__ = ["CameraFrames"]
