"""The command ``being-m0 lift``: 2D keypoints of a video to 3D motions."""

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.imports import quiet_libraries
from ..utils.progress import status_line
from .options import add_model_argument, add_save_options, number_above_zero, save_options

if TYPE_CHECKING:
    from ..io.keypoints import KeypointFile
    from ..motion import Motion
    from ..pipelines.lifting import LiftOptions

#: As in ``pipelines.lifting`` and ``io.keypoints``, which loading torch would cost to ask.
DEFAULT_LIFTER = "hummuss-mini"
LAYOUTS = ("coco17", "halpe26", "body25", "mediapipe33", "h36m17")

LIFT_DESCRIPTION = """\
Make 3D motions of the 2D keypoints that a detector found in a video. The suffix of the file chooses the format, as in
being-m0 generate.

  being-m0 lift keypoints.json -o motion.glb
  being-m0 lift alphapose-results.json --fps 25 --size 1920x1080 -o dance.bvh
  being-m0 lift openpose_output/ --in-place -o motion.npz            (a folder with one file a frame)
  being-m0 lift keypoints.json --everyone -o people.glb              (people-1.glb, people-2.glb and so on)

Read are files of MMPose, AlphaPose, OpenPose, MediaPipe and COCO, and our own layout, see docs/lifting.md.
"""


def add_lift_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``lift`` to the command line."""
    lift = commands.add_parser(
        "lift", help="2D keypoints of a video to a 3D motion", description=LIFT_DESCRIPTION, **options
    )
    lift.add_argument("file", type=Path, help="the keypoint file, or a folder of OpenPose's files")
    lift.add_argument(
        "--fps", type=number_above_zero, metavar="N", help="frames a second of the video (the file's own, or 30)"
    )
    lift.add_argument(
        "--size", type=picture_size, metavar="WxH", help="size of the picture in pixels, for the path (a guess)"
    )
    lift.add_argument("--layout", choices=LAYOUTS, help="of the keypoints (by how many there are)")
    add_lifting_arguments(lift)
    lift.set_defaults(run=run_lift)


def add_lifting_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what is asked of keypoints, wherever they come from: whom to lift, how, and what to write."""
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("motion.glb"), metavar="FILE", help="file to write (motion.glb)"
    )
    parser.add_argument(
        "--person", metavar="NAME", help="who of several people: a name, or a number from 1 (who is seen most)"
    )
    parser.add_argument("--everyone", action="store_true", help="write a file for each person, numbered from 1")
    parser.add_argument("--in-place", action="store_true", help="the body stays where it is")
    parser.add_argument(
        "--focal", type=number_above_zero, metavar="F", help="focal length in longer sides of the picture (1.1)"
    )
    parser.add_argument(
        "--tilt", type=float, metavar="DEGREES", help="how far the camera looks down, below 0 up (estimated)"
    )
    add_model_argument(parser, DEFAULT_LIFTER)
    add_save_options(parser, "--output-fps", "--output-layout", "--output-in-place")


def run_lift(arguments: argparse.Namespace) -> None:
    """Lift, save, say on stderr what was understood, and print the files' names."""
    check_outputs(arguments)

    from ..io.keypoints import read_keypoints

    found = read_keypoints(arguments.file, arguments.fps, arguments.size, arguments.layout)
    people = chosen_people(found, arguments)
    with status_line(f"Lifting {found.num_frames:,} frames of {len(people)} of {len(found.people)} people"):
        quiet_libraries()
        from ..pipelines.lifting import lift_person, load_lifter

        model, how = load_lifter(arguments.model), lift_options(arguments)
        motions = [lift_person(found, person, model, how) for person in people]
    save_motions(motions, arguments)
    guesses = [] if found.fps_known else [f"{found.fps:g} frames a second (--fps)"]
    if not found.size_known:
        guesses.append(f"a picture of {found.size[0]:g}x{found.size[1]:g} (--size)")
    guessed = f"; guessed: {', '.join(guesses)}" if guesses else ""
    print(f"{arguments.file.name}: {found.layout}, {len(found.people)} people{guessed}", file=sys.stderr)


def check_outputs(arguments: argparse.Namespace) -> None:
    """Whatever can be checked before long work. Raises ValueError."""
    if arguments.person and arguments.everyone:
        raise ValueError("--person and --everyone: give one of them")

    from ..io import SaveOptions, check_save_path

    check_save_path(arguments.output, SaveOptions(**save_options(arguments)))


def lift_options(arguments: argparse.Namespace) -> "LiftOptions":
    """How joints become a motion. Raises ValueError for a camera that there is not."""
    from ..pipelines.lifting import LiftOptions

    focal = {} if arguments.focal is None else {"focal": arguments.focal}
    return LiftOptions(in_place=arguments.in_place, tilt=arguments.tilt, **focal)


def save_motions(motions: "list[Motion]", arguments: argparse.Namespace) -> None:
    """Write each to its file, numbered from 1 for everyone, and print the names."""
    from ..io import save_motion

    paths = [arguments.output]
    if arguments.everyone:
        stem = arguments.output.stem
        paths = [arguments.output.with_stem(f"{stem}-{number}") for number in range(1, len(motions) + 1)]
    for motion, path in zip(motions, paths, strict=True):
        print(save_motion(motion, path, **save_options(arguments)))


def chosen_people(found: "KeypointFile", arguments: argparse.Namespace) -> list:
    """Everyone, or the person that was asked for."""
    if arguments.everyone:
        return found.people
    return [chosen_person(found.people, arguments.person, arguments.file)]


def chosen_person(people: list, name: str | None, path: Path):
    """The person of that name, or of that number in the order of how much is seen; the first when None.

    Raises:
        ValueError: nobody is called so.
    """
    if name is None:
        return people[0]
    for person in people:
        if person.name == name:
            return person
    if name.isdecimal() and 1 <= int(name) <= len(people):
        return people[int(name) - 1]
    known = ", ".join(person.name for person in people[:20])
    raise ValueError(f"{path}: has no person {name[:40]!r}; it has {known}")


def picture_size(word: str) -> tuple[float, float]:
    """A type for ``1920x1080``."""
    match = re.fullmatch(r"(\d{1,6})[x*](\d{1,6})", word.lower())
    if not match or not all(int(side) for side in match.groups()):
        raise argparse.ArgumentTypeError(f"{word[:40]!r} is no size, expected WIDTHxHEIGHT, for example 1920x1080")
    return float(match[1]), float(match[2])
