"""Videos of every kind, made by FFmpeg's libraries, and the keypoint detector's files."""

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


def picture_of(number: int, width: int = 64, height: int = 48) -> NDArray:
    """A grey picture whose brightness tells its number; the upper left quarter is red."""
    picture = np.full((height, width, 3), 10 * number % 256, np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    return picture


def write_frames(path: Path, times: list[float], width: int = 64, height: int = 48, **stream_options) -> Path:
    """A video whose frames are shown at these times."""
    import av

    with av.open(str(path), "w", format=stream_options.pop("format", None)) as container:
        codec = stream_options.pop("codec", "mpeg4" if min(width, height) > 1 else "png")
        stream = container.add_stream(codec, rate=1000)
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24" if codec == "png" else "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in stream_options.items():
            setattr(stream, name, value)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture_of(number, width, height), format="rgb24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path, seconds: float = 0.5, cover: bool = False) -> Path:
    """A file with a tone and no pictures."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        samples = (3000 * np.sin(np.arange(int(16000 * seconds)) / 5)).astype(np.int16)[None]
        for start in range(0, samples.shape[1] - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(samples[:, start : start + 1024], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn_by_metadata(path: Path, quarters: int) -> Path:
    """Write into an MP4, as telephones do, that players shall turn its pictures clockwise by so many quarters."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # version, flags, five numbers, two reserved, layer, volume
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
    one = 1 << 16
    data[place : place + 36] = struct.pack(">9i", cos * one, sin * one, 0, -sin * one, cos * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def need_detector() -> None:
    """Fetch the detector's files as a user would, once for this machine; skip where the index cannot be reached."""
    pytest.importorskip("ai_edge_litert", reason="the extra video is not installed")
    from being_m0_hf.video.detectors.blazepose_files import FINDER, LANDMARKS, detector_folder, fetch_detector

    if not all((detector_folder() / file.name).is_file() for file in (FINDER, LANDMARKS)):
        try:
            fetch_detector()
        except ValueError as error:
            pytest.skip(f"the detector cannot be fetched here: {error}")
