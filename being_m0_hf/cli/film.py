"""The command ``being-m0 film``: a video or a camera to 3D motions."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.imports import need_library, quiet_libraries
from ..utils.progress import status_line
from .lift import DEFAULT_LIFTER, add_lifting_arguments, check_outputs, chosen_people, lift_options, save_motions
from .options import number_above_zero, whole_number

if TYPE_CHECKING:
    from ..motion import Motion
    from ..pipelines.filming import LiveMoment

#: As in ``video.detectors`` and ``pipelines.lifting``, which loading torch would cost to ask.
DETECTORS = ("blazepose", "vitpose")
DEFAULT_STREAM_LIFTER = "hummuss-mini-causal"
#: Lifters were trained on at most so many frames a second.
MOST_FPS = 60.0
MOST_PEOPLE, LONGEST_RECORDING = 20, 3600.0
SOME_PEOPLE = 5

FILM_DESCRIPTION = """\
Make 3D motions of the people in a video, or of a person before a camera. The suffix of the file chooses the format, as
in being-m0 generate.

  being-m0 film --fetch-detector                                     (once: two files, 9 MB, Apache-2.0)
  being-m0 film clip.mp4 -o motion.bvh --preview seen.mp4            (look at what was understood)
  being-m0 film dance.mov --everyone --keypoints dance.json -o dance.glb
  being-m0 film --camera 0 -o motion.bvh                             (Ctrl-C ends the recording)

The whole person should be seen by a camera that stands still. See docs/lifting.md.
"""


def add_film_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``film`` to the command line."""
    film = commands.add_parser(
        "film", help="a video, or a camera, to a 3D motion", description=FILM_DESCRIPTION, **options
    )
    film.add_argument("file", type=Path, nargs="?", metavar="VIDEO", help="the video")
    film.add_argument(
        "--camera",
        metavar="N",
        help="film live: a camera's number from 0, or its name; a video file is played in its own time",
    )
    film.add_argument("--seconds", type=number_above_zero, metavar="S", help="end a live recording after so many")
    film.add_argument("--no-window", action="store_true", help="no live view, a line a second instead")
    film.add_argument("--keypoints", type=Path, metavar="FILE", help="also write the 2D keypoints, for being-m0 lift")
    film.add_argument(
        "--preview",
        type=Path,
        metavar="FILE",
        help="also show what was understood: keypoints over the frames, the body beside them (.mp4, or one picture)",
    )
    film.add_argument("--detector", choices=DETECTORS, default=DETECTORS[0], help=f"of keypoints ({DETECTORS[0]})")
    film.add_argument(
        "--fetch-detector",
        nargs="?",
        const="",
        metavar="WHEEL",
        help="get blazepose's files and stop: by pip, or out of the wheel of mediapipe 0.10.21 that is here",
    )
    film.add_argument(
        "--people",
        type=whole_number(1, MOST_PEOPLE),
        default=SOME_PEOPLE,
        metavar="N",
        help=f"look for at most so many in a frame ({SOME_PEOPLE})",
    )
    film.add_argument(
        "--image-model",
        metavar="FOLDER",
        help="see the body in the pictures themselves, frame by frame, with this model (SMPLest-X) instead of a lifter",
    )
    add_lifting_arguments(film)
    film.set_defaults(run=run_film)


def run_film(arguments: argparse.Namespace) -> None:
    """Read, detect, lift and save; what was understood goes to stderr."""
    if arguments.fetch_detector is not None:
        return _fetch(arguments.fetch_detector)
    if (arguments.file is None) == (arguments.camera is None):
        raise ValueError("give a video, or --camera 0 to film live")
    need_library("av", "video", "being-m0 film")
    check_outputs(arguments)
    _check_more_outputs(arguments)
    if arguments.camera is None:
        _film_file(arguments)
    else:
        _film_camera(arguments)


def _fetch(wheel: str) -> None:
    from ..video.detectors.blazepose_files import LICENCE, fetch_detector

    with status_line("Fetching the keypoint detector"):
        folder = fetch_detector(wheel or None)
    print(folder)
    print(f"{LICENCE}; its text is in {folder / 'LICENSE'}", file=sys.stderr)


def _check_more_outputs(arguments: argparse.Namespace) -> None:
    from ..utils.atomic_files import check_replaceable

    if arguments.keypoints and arguments.keypoints.suffix.lower() != ".json":
        raise ValueError(f"{arguments.keypoints}: keypoints are written as .json")
    if arguments.camera is not None and arguments.preview:
        raise ValueError("--preview is for videos; a camera has a live view")
    if arguments.camera is not None and arguments.image_model:
        raise ValueError("--image-model is for videos; a camera needs a lifter")
    if arguments.camera is not None and arguments.everyone:
        raise ValueError("--everyone is for videos; a camera follows one person")
    if arguments.preview and arguments.preview.suffix.lower() not in (".png", ".jpg", ".webp"):
        from ..rendering.video_file import check_video_path

        check_video_path(arguments.preview)
    for path in (arguments.keypoints, arguments.preview):
        if path:
            check_replaceable(path)
            if not path.absolute().parent.is_dir():
                raise ValueError(f"{path}: there is no folder {path.parent}")


def _film_file(arguments: argparse.Namespace) -> None:
    from ..io.keypoints import people_of_frames, save_keypoints
    from ..video import detect_frames, load_detector, read_video

    frames = read_video(arguments.file, max_fps=MOST_FPS)
    with status_line(f"Loading {arguments.detector}"):
        detector = load_detector(arguments.detector)
    seen = detect_frames(frames, detector, arguments.people, lambda each: _with_progress(each, frames.num_frames))
    if frames.trouble:
        print(f"being-m0: {frames.trouble}; what came before is used", file=sys.stderr)
    found = people_of_frames(seen, arguments.file)
    if arguments.keypoints:
        print(save_keypoints(seen, arguments.keypoints))
    people = chosen_people(found, arguments)
    with status_line(f"Lifting {_frames(found.num_frames)} of {len(people)} of {_people(found.people)}"):
        quiet_libraries()
        motions = _motions(arguments, frames, found, people)
    save_motions(motions, arguments)
    if arguments.preview:
        _write_preview(arguments.preview, frames, found, found.people.index(people[0]), motions[0])
    shown = [f"{(person.keypoints[..., 2] > 0).any(-1).mean():.0%}" for person in people]
    print(
        f"{arguments.file.name}: {_frames(found.num_frames)}, {found.fps:.4g} a second, {_people(found.people)}; "
        f"written: {', '.join(f'{person.name} (in {share})' for person, share in zip(people, shown, strict=True))}",
        file=sys.stderr,
    )


def _motions(arguments: argparse.Namespace, frames, found, people: list) -> "list[Motion]":
    """Of the keypoints by a lifter, or of the pictures by an image model."""
    how = lift_options(arguments)
    if arguments.image_model:
        from ..pipelines.images import film_person, load_image_model

        seer = load_image_model(arguments.image_model)
        return [film_person(frames, found, person, seer, how) for person in people]
    from ..pipelines.lifting import lift_person, load_lifter

    model = load_lifter(arguments.model)
    return [lift_person(found, person, model, how) for person in people]


def _with_progress(frames, total: int | None):
    """The frames, with a bar on a terminal and one line elsewhere."""
    from tqdm.auto import tqdm

    if not sys.stderr.isatty():
        print(f"Looking at {f'about {_frames(total)}' if total else 'all frames'} ...", file=sys.stderr, flush=True)
    return tqdm(frames, total=total, desc="Looking", unit="frame", disable=not sys.stderr.isatty(), leave=False)


def _frames(number: int) -> str:
    return "1 frame" if number == 1 else f"{number:,} frames"


def _people(people: list) -> str:
    return "1 person" if len(people) == 1 else f"{len(people)} people"


def _write_preview(path: Path, frames, found, person: int, motion: "Motion") -> None:
    from ..pipelines.filming import preview_pictures, preview_sheet
    from ..rendering.picture_file import save_picture
    from ..rendering.video_file import SUFFIXES, write_video

    with status_line("Drawing the preview"):
        pictures = preview_pictures(frames, found, person, motion)
        if path.suffix.lower() in SUFFIXES:
            write_video(path, pictures, found.fps)
        else:
            save_picture(preview_sheet(pictures, found.num_frames), path)
    print(path)


def _film_camera(arguments: argparse.Namespace) -> None:
    from ..io.keypoints import save_keypoints
    from ..video import load_detector
    from ..video.camera import CameraFrames
    from ..video.window import open_window

    with status_line(f"Loading {arguments.detector}"):
        quiet_libraries()
        from ..pipelines.filming import film_live, live_picture
        from ..pipelines.lifting import LiftStream

        detector = load_detector(arguments.detector)
        frames = CameraFrames(arguments.camera)
        lifter = DEFAULT_STREAM_LIFTER if arguments.model == DEFAULT_LIFTER else arguments.model
        stream = LiftStream(
            lifter, frames.size, detector.layout, frames.fps, LONGEST_RECORDING, lift_options(arguments)
        )
    window = None if arguments.no_window else open_window("being-m0 film")
    log = _LiveLog(frames)

    def each(moment: "LiveMoment") -> bool:
        log.tell(moment)
        if window is None:
            return True
        window.show(live_picture(moment, detector.layout))
        return window.is_open

    end = "close the window or press Ctrl-C" if window else "press Ctrl-C"
    print(f"Filming; {end} to end the recording", file=sys.stderr, flush=True)
    found = film_live(frames, detector, stream, each, min(arguments.seconds or LONGEST_RECORDING, LONGEST_RECORDING))
    if window:
        window.close()
    if arguments.keypoints:
        print(save_keypoints(found, arguments.keypoints))
    save_motions([stream.motion()], arguments)


class _LiveLog:
    """A line a second: how it goes."""

    def __init__(self, frames) -> None:
        self.frames, self.second, self.count, self.work = frames, 0, 0, 0.0

    def tell(self, moment: "LiveMoment") -> None:
        self.count += 1
        self.work += moment.seconds
        if int(moment.time) <= self.second:
            return
        rate = self.count / (int(moment.time) - self.second)
        print(
            f"{int(moment.time):4d} s: {'a person' if moment.frame else 'nobody'}, {rate:.0f} frames a second, "
            f"{1000 * self.work / self.count:.0f} ms each, {self.frames.dropped} dropped",
            file=sys.stderr,
            flush=True,
        )
        self.second, self.count, self.work = int(moment.time), 0, 0.0
