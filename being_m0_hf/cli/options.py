"""Types of command line arguments: each parses one word, or says in one line what is wrong with it.

Only argparse is imported here, because every command needs these before it knows what else it will load.
"""

import argparse
import math
from collections.abc import Callable

HIGHEST_SEED = 2**32 - 1
#: Of anything that is counted; what is more was mistyped.
MOST = 1_000_000


def number_of(lowest: int, most: int = MOST) -> Callable[[str], int]:
    """A type for how many of something: ``lowest`` or more, within reason."""
    return whole_number(lowest, most, f"{lowest} or more, at most {most:,}")


def whole_number(lowest: int, highest: int, expected: str = "") -> Callable[[str], int]:
    """A type for whole numbers from ``lowest`` to ``highest``."""
    expected = expected or f"{lowest} to {highest}"

    def parse(word: str) -> int:
        try:
            number = int(word)
        except ValueError:  # also for more digits than Python reads
            raise argparse.ArgumentTypeError(f"{_short(word)!r} is not a whole number") from None
        if not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(f"{_short(word)} is out of range, expected {expected}")
        return number

    return parse


def number_from_zero(word: str) -> float:
    """A type for finite numbers, 0 or more."""
    try:
        number = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{_short(word)!r} is not a number") from None
    if not math.isfinite(number) or number < 0:
        raise argparse.ArgumentTypeError(f"{_short(word)} is out of range, expected 0 or more")
    return number


def number_above_zero(word: str) -> float:
    """A type for finite numbers, more than 0."""
    number = number_from_zero(word)
    if number == 0:
        raise argparse.ArgumentTypeError(f"{_short(word)} is out of range, expected more than 0")
    return number


def share_above_zero(word: str) -> float:
    """A type for shares of a whole: more than 0, at most 1."""
    number = number_above_zero(word)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{_short(word)} is out of range, expected more than 0, at most 1")
    return number


def _short(word: str) -> str:
    """As much of a word as belongs into a message."""
    return word if len(word) <= 40 else f"{word[:40]}..."


#: As in ``io.NAMINGS``, ``io.LAYOUTS`` and ``io.UNITS``, which loading torch would cost to ask.
NAMINGS = ("smpl", "unity", "unreal", "mixamo", "rigify", "lafan1")
LAYOUTS = ("amass", "smplx")
UNITS = ("cm", "m")


def add_model_argument(parser: argparse.ArgumentParser, default: str) -> None:
    """Adds ``--model``."""
    parser.add_argument(
        "--model",
        default=default,
        help=f"{default}, which comes with the package (default), a folder, or a name on the Hugging Face Hub",
    )


def add_save_options(
    parser: argparse.ArgumentParser,
    fps_option: str,
    layout_option: str = "--layout",
    in_place_option: str = "--in-place",
) -> None:
    """Adds the options of the file that is written; some under given names, where a command has others of that name."""
    parser.add_argument(
        "--names",
        choices=NAMINGS,
        default="smpl",
        help="what the joints of a .glb, .fbx, .usd or .bvh are called (smpl)",
    )
    parser.add_argument(
        layout_option,
        dest="save_layout",
        choices=LAYOUTS,
        default="amass",
        help="of a .npz: amass, or smplx as Blender's SMPL-X add-on reads it, at 30 frames a second (amass)",
    )
    parser.add_argument(
        fps_option,
        dest="save_fps",
        type=number_above_zero,
        metavar="N",
        help="frames a second of the file that is written (the motion's)",
    )
    parser.add_argument("--units", choices=UNITS, help="of a .fbx or .bvh (cm), or of a .usd (m)")
    parser.add_argument(
        in_place_option, dest="save_in_place", action="store_true", help="the pelvis stays above where it starts"
    )
    parser.add_argument("--loop", action="store_true", help="a piece of the motion that repeats without a jump")
    parser.add_argument(
        "--skeleton-only", action="store_true", help="no body in a .glb, .fbx or .usd, its skeleton and animation alone"
    )


def save_options(arguments: argparse.Namespace) -> dict:
    """What ``add_save_options`` added, as ``io.SaveOptions`` and ``save_motion`` take it."""
    return {
        "names": arguments.names,
        "fps": arguments.save_fps,
        "layout": arguments.save_layout,
        "units": arguments.units,
        "in_place": arguments.save_in_place,
        "loop": arguments.loop,
        "skin": not arguments.skeleton_only,
    }
