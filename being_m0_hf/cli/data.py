"""The commands ``being-m0 data ...``: build a data set, check it, look at it, publish it."""

import argparse
import os
import sys
from pathlib import Path

from ..utils.imports import need_library
from ..utils.progress import status_line
from .data_sets.census import add_census_command
from .data_sets.choreograph import add_choreograph_command
from .data_sets.clip_options import MOST_PROCESSES, add_clip_options, clip_options
from .data_sets.curate import add_curate_command
from .options import number_of
from .push import add_push_arguments

DESCRIPTION = """\
Make a data set from motion files, look at it, publish it.

  being-m0 data build recordings/ --captions captions.csv -o my-motions
  being-m0 data curate videos/ -o my-motions
  being-m0 data check my-motions
  being-m0 data show my-motions "recordings/walk.bvh" -o walk.png
  being-m0 data stats my-motions -o stats.png
  being-m0 data push my-motions your-name/my-motions
"""

BUILD_DESCRIPTION = """\
Read a folder of recordings, retarget them to the 22 SMPL joints, cut long ones, leave out broken ones, describe each
clip in words, and write a data set that `datasets.load_dataset` streams.

The folder may hold motion files in any subfolders (.bvh, .glb, .gltf, .npz, .npy, .amc, .json), or HumanML3D, KIT-ML in
its form, Motion-X, BABEL beside AMASS, or packed clips of CMU, Bandai-Namco and others. Formats that cannot be read
(.fbx, .c3d, ...) are reported with a free way to convert them.

The captions file is CSV with the columns file and text, and if wanted start, end (seconds), part, split, subject:

  file,text
  walk.bvh,a person walks forward
  walk.bvh,someone strolls along
  dance/waltz.bvh,two turns to the left

Interrupted or killed, the same command goes on where it stopped.
"""


def add_data_commands(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``data`` and its subcommands to the command line."""
    data = commands.add_parser(
        "data", help="make, check, show and publish data sets", description=DESCRIPTION, **options
    )
    subcommands = data.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = subcommands.add_parser(
        "build", help="a data set from a folder of recordings", description=BUILD_DESCRIPTION, **options
    )
    build.add_argument("folder", type=Path, help="the recordings")
    build.add_argument("--captions", type=Path, metavar="CSV", help="what people say about them")
    build.add_argument(
        "--joint-map", type=Path, metavar="FILE",
        help="which joint moves what, where that is not found by itself; being-m0 convert writes such a file",
    )  # fmt: skip
    build.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="the data set to write")
    build.add_argument("--name", default="", help="of the collection, in every row (the folder's name)")
    build.add_argument(
        "--sources", nargs="+", default=[], metavar="NAME",
        help="of a folder with several packed sources only these: cmu, bandai, more (free for all uses), more_nc",
    )  # fmt: skip
    build.add_argument("--licence", default="", help='of the recordings, in every row, for example "CC BY 4.0"')
    add_clip_options(build)
    build.add_argument("--keep-all", action="store_true", help="flag recording errors instead of leaving clips out")
    build.add_argument(
        "--processes", type=number_of(1, MOST_PROCESSES), default=os.cpu_count(), metavar="N",
        help="work in parallel (one per processor)",
    )  # fmt: skip
    build.set_defaults(run=run_build)

    add_curate_command(subcommands, options)
    add_choreograph_command(subcommands, options)

    check = subcommands.add_parser("check", help="is every clip sound?", **options)
    _add_dataset_argument(check)
    check.set_defaults(run=run_check)

    show = subcommands.add_parser(
        "show", help="one clip, as a page with a 3D viewer, a picture or a motion file", **options
    )
    _add_dataset_argument(show)
    show.add_argument("id", help="of the clip")
    show.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help=".png for a picture; .glb, .bvh, .npz or .json for the motion. Without it a page opens",
    )  # fmt: skip
    show.set_defaults(run=run_show)

    stats = subcommands.add_parser("stats", help="figures, and plots of lengths, speeds, texts, parts", **options)
    _add_dataset_argument(stats)
    stats.add_argument("-o", "--output", type=Path, metavar="PNG", help="draw the plots to this file")
    stats.add_argument("--clips", type=Path, metavar="PNG", help="draw a contact sheet of clips to this file")
    stats.set_defaults(run=run_stats)

    add_census_command(subcommands, options)

    push = subcommands.add_parser("push", help="publish on the Hugging Face Hub", **options)
    push.add_argument("folder", type=Path, metavar="DATASET", help="folder that data build wrote")
    add_push_arguments(push, only="data set")


def _add_dataset_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="folder that data build wrote, or a name on the Hub")


def run_build(arguments: argparse.Namespace) -> None:
    """Build, then say what became of the recordings."""
    chosen = clip_options(arguments)
    need_library("datasets", "data")
    with status_line("Looking at the recordings"):
        from ..motionlib.build.build import BuildOptions, plan_build, run_chunks
        from ..motionlib.build.finish import finish_build
        from ..motionlib.sources.source import SourceOptions

        # absolute: an interrupted build may go on from another folder
        source = SourceOptions(
            str(arguments.folder.resolve()),
            str(arguments.captions.resolve()) if arguments.captions else "",
            arguments.name,
            arguments.licence,
            str(arguments.joint_map.resolve()) if arguments.joint_map else "",
            " ".join(arguments.sources),
        )
        options = BuildOptions(source, curate=not arguments.keep_all, **chosen)
        plan = plan_build(options, arguments.output)
    run_chunks(arguments.output, plan, arguments.processes)
    report = finish_build(arguments.output, plan)
    counts = ", ".join(f"{count:,} {split}" for split, count in report.clips.items())
    print(f"{arguments.output}: {counts} clips from {report.recordings:,} recordings")
    for line in report.lines():
        print(line)
    if report.rejected:
        print(f"every one of them is in {arguments.output / 'report.json'}")


def run_check(arguments: argparse.Namespace) -> None:
    """Print what was found; problems end with exit code 1."""
    need_library("datasets", "data")
    with status_line("Reading every clip"):
        from ..motionlib.check import check_dataset

        result = check_dataset(arguments.dataset)
    print("\n".join(result.lines()))
    if result.problems:
        sys.exit(1)


def run_show(arguments: argparse.Namespace) -> None:
    """A page, a picture or a motion file of one clip."""
    need_library("datasets", "data")
    from ..motionlib.clips import find_clip

    clip = find_clip(arguments.dataset, arguments.id)
    texts = {"body": list(clip.body)}
    texts |= {name.replace("_", " "): list(sentences) for name, sentences in clip.parts.items()}
    texts["timed"] = [
        f"{said.start:.1f} to {said.end:.1f} s{said.part and ', ' + said.part.replace('_', ' ')}: {said.text}"
        for said in clip.timed
    ]
    texts["labels"] = [f"{name}: {value}" for name, value in clip.labels.items()]
    texts["flags"] = list(clip.flags)
    if arguments.output is None:
        need_library("gradio", "demo")
        from ..demo import launch_demo
        from ..demo.clip_page import build_clip_page

        launch_demo(build_clip_page(clip.motion, clip.id, {name: said for name, said in texts.items() if said}))
        return
    if arguments.output.suffix.lower() == ".png":
        from ..rendering import contact_sheet

        contact_sheet(clip.motion, arguments.output, title=f"{clip.id}: {(clip.body or ('',))[0]}")
    else:
        from ..io import save_motion

        save_motion(clip.motion, arguments.output)
    for heading, sentences in texts.items():
        for sentence in sentences:
            print(f"{heading:<10} {sentence}")
    print(arguments.output)


def run_stats(arguments: argparse.Namespace) -> None:
    """Figures on the terminal, pictures on request."""
    from ..utils.user_files import read_user_json

    folder = Path(arguments.dataset)
    path = folder / "stats.json"
    if not path.is_file():
        raise ValueError(f"{path} is missing: stats are those of a folder that `being-m0 data build` finished")
    stats = read_user_json(path)
    try:
        lines = [
            f"{split:<10} {clips:>9,} clips {stats['hours'][split]:>9.2f} h" for split, clips in stats["clips"].items()
        ]
        for name, source in stats["sources"].items():
            lines.append(f"{name:<10} {source['clips']:>9,} clips   {'; '.join(source['licences'])}")
        lines += [f"{name.replace('_', ' '):<10} {count:>9,} sentences" for name, count in stats["texts"].items()]
        lines += [f"{count:>9,} clips flagged: {name}" for name, count in stats["flags"].items()]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path}: is damaged ({type(error).__name__}: {error}); build the data set again") from None
    print("\n".join(lines))
    if arguments.output or arguments.clips:
        need_library("matplotlib", "data")
        from ..motionlib.plots import plot_stats, sheet_of_clips

        if arguments.output:
            print(plot_stats(folder, arguments.output))
        if arguments.clips:
            print(sheet_of_clips(folder, arguments.clips))
