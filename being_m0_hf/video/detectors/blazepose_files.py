"""The two files of the BlazePose detector: fetched once, on request, checked, kept in the user's cache.

They are Google's, under Apache-2.0, and lie in a wheel of MediaPipe. That package itself wants an old numpy; nothing of
its code is installed or run.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ...utils.atomic_files import write_whole
from ...utils.user_files import UserFileError

PACKAGE, VERSION = "mediapipe", "0.10.21"
LICENCE = f"BlazePose (pose detection and landmarks) of MediaPipe {VERSION}: (c) Google, Apache-2.0"
LICENCE_FILE = f"{PACKAGE}-{VERSION}.dist-info/LICENSE"
#: The same wheel on every machine: the files in it are the same in all.
PLATFORM, PYTHON = "manylinux_2_28_x86_64", "3.11"
FETCH_COMMAND = "being-m0 film --fetch-detector"
MOST_BYTES = 20_000_000
MINUTES = 15


@dataclass(frozen=True)
class DetectorFile:
    """A file in the wheel."""

    name: str
    member: str
    sha256: str


FINDER = DetectorFile(
    "pose_detection.tflite",
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
LANDMARKS = DetectorFile(
    "pose_landmark_full.tflite",
    "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)


def detector_folder() -> Path:
    """Where the files are kept: ``BEING_M0_CACHE``, or the user's cache folder."""
    own = os.environ.get("BEING_M0_CACHE")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(own) if own else Path(cache) / "being-m0") / f"blazepose-{VERSION}"


def detector_bytes(file: DetectorFile) -> bytes:
    """A file of the detector.

    Raises:
        ValueError: it was not fetched yet, or it is another one.
    """
    path = detector_folder() / file.name
    if not path.is_file():
        raise ValueError(
            f"the keypoint detector is not on this machine; fetch it once: {FETCH_COMMAND} "
            f"(36 MB from the Python package index, Apache-2.0)"
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ValueError(f"{path}: is not the file that was expected; fetch it again: {FETCH_COMMAND}")
    return data


def fetch_detector(wheel: str | os.PathLike | None = None) -> Path:
    """Take the two files and their licence out of the wheel, and check them.

    Args:
        wheel: of MediaPipe 0.10.21, where it is here already; otherwise pip downloads it.

    Returns:
        The folder they are in.

    Raises:
        UserFileError: the wheel holds other files.
        ValueError: pip could not download it.
    """
    if wheel is not None:
        return _take_out(Path(wheel))
    with tempfile.TemporaryDirectory() as folder:
        return _take_out(_download(Path(folder)))


def _download(folder: Path) -> Path:
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp",
        "--dest", str(folder), f"{PACKAGE}=={VERSION}",
    ]  # fmt: skip
    instead = f"download the wheel of {PACKAGE} {VERSION} yourself, then {FETCH_COMMAND} FILE.whl"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        raise ValueError(f"pip took more than {MINUTES} minutes; {instead}") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ValueError(f"pip could not download it ({said[-1].strip() if said else 'it did not say why'}); {instead}")
    return wheels[0]


def _take_out(wheel: Path) -> Path:
    folder = detector_folder()
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = {file: _member(archive, file.member) for file in (FINDER, LANDMARKS)}
            licence = _member(archive, LICENCE_FILE)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UserFileError(f"{wheel}: is no wheel of {PACKAGE} {VERSION} ({error})") from None
    for file, data in found.items():
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise UserFileError(f"{wheel}: {file.name} in it is not the one of {PACKAGE} {VERSION}")
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in found.items():
        write_whole(folder / file.name, data)
    write_whole(folder / "LICENSE", licence)
    return folder


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise KeyError(f"{name} is too large")
    return archive.read(name)


__all__ = ["FINDER", "LANDMARKS", "LICENCE", "detector_bytes", "detector_folder", "fetch_detector"]
