"""The command ``being-m0 data curate``: videos to a data set of motions and texts."""

import argparse
import os
from pathlib import Path

from ...utils.imports import need_library
from ...utils.progress import status_line
from ..film import DETECTORS
from ..lift import DEFAULT_LIFTER, LAYOUTS, picture_size
from ..options import number_above_zero, number_of
from .clip_options import MOST_PROCESSES, add_clip_options, clip_options

#: As in ``curation.options``, which loading torch would cost to ask.
SKIPPABLE = ("shots", "clean", "refine")

CURATE_DESCRIPTION = """\
Make a data set of videos: find people, cut shots, mask and smooth, lift to 3D, refine, describe in words, filter. It is
one that `being-m0 data build` could have written, and `datasets.load_dataset` streams it.

  being-m0 data curate videos/ -o my-motions --licence "CC BY 4.0"
  being-m0 data curate videos/ --licences licences.csv --skip refine -o my-motions
  being-m0 data curate --images pictures/ -o my-poses              (each pose is held for 64 frames)

People are found by the detector of `being-m0 film`. Keypoints are read instead where they lie beside a video,
clip.keypoints.json beside clip.mp4, in any form that `being-m0 lift` reads; files of keypoints alone will do. What is
left out, and why, is in report.json and provenance.csv.

Every step is kept in the work folder, with a page, review.html, to look at results next to the videos. Interrupted or
killed, the same command goes on where it stopped.
"""


def add_curate_command(subcommands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``curate`` to the commands of ``being-m0 data``."""
    curate = subcommands.add_parser(
        "curate", help="a data set from a folder of videos", description=CURATE_DESCRIPTION, **options
    )
    curate.add_argument("folder", type=Path, nargs="?", help="videos, keypoint files, or both")
    curate.add_argument("--images", type=Path, metavar="FOLDER", help="still images, whose poses are held")
    curate.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="the data set to write")
    curate.add_argument("--work", type=Path, metavar="FOLDER", help="where steps are kept (OUTPUT-work)")
    curate.add_argument("--name", default="", help="of the collection, in every row (the folder's name)")
    curate.add_argument("--licence", default="", help='of the videos, in every row, for example "CC BY 4.0"')
    curate.add_argument(
        "--licences", type=Path, metavar="CSV",
        help="of each video: columns file, licence, and if wanted url, author, subject",
    )  # fmt: skip
    curate.add_argument("--skip", nargs="+", default=[], choices=SKIPPABLE, metavar="STEP", help=", ".join(SKIPPABLE))
    curate.add_argument(
        "--detector", choices=DETECTORS, default=DETECTORS[0],
        help=f"finds people in videos without keypoints ({DETECTORS[0]}); see being-m0 film",
    )  # fmt: skip
    curate.add_argument(
        "--most-people", type=number_of(1, 1000), default=4, metavar="N", help="more at once are a crowd (4)"
    )
    curate.add_argument(
        "--shortest", type=number_above_zero, default=1.0, metavar="S", help="seconds that somebody must be seen (1)"
    )
    curate.add_argument("--lifter", default=DEFAULT_LIFTER, metavar="NAME", help=f"checkpoint ({DEFAULT_LIFTER})")
    curate.add_argument(
        "--agree-with", default="", metavar="NAME",
        help="a second checkpoint, such as smplest-x-tiny, which sees bodies in the pictures: clips are flagged where "
        "the two disagree",
    )  # fmt: skip
    curate.add_argument(
        "--physics", action="store_true",
        help="weigh motions also by whether a floor holds them up, by MuJoCo's inverse dynamics (the extra physics)",
    )  # fmt: skip
    curate.add_argument("--focal", type=number_above_zero, help="focal length in longer sides of the picture (1.1)")
    curate.add_argument("--fps", type=number_above_zero, metavar="N", help="of keypoint files that do not say it (30)")
    curate.add_argument(
        "--size", type=picture_size, metavar="WxH", help="of keypoint files that do not say it (a guess)"
    )
    curate.add_argument("--layout", choices=LAYOUTS, help="of keypoint files (by how many keypoints there are)")
    curate.add_argument("--keep-all", action="store_true", help="flag motion errors instead of leaving clips out")
    curate.add_argument(
        "--processes", type=number_of(1, MOST_PROCESSES), default=os.cpu_count(), metavar="N",
        help="work in parallel (one per processor)",
    )  # fmt: skip
    add_clip_options(curate)
    curate.set_defaults(run=run_curate)


def run_curate(arguments: argparse.Namespace) -> None:
    """Take all videos through the steps, build the data set, say what became of them."""
    need_library("datasets", "data")
    out, chosen = arguments.output, clip_options(arguments)
    work = arguments.work or out.with_name(f"{out.resolve().name}-work")
    with status_line("Looking at the videos"):
        from ...curation import CurationOptions, curate_videos, plan_curation
        from ...curation.card import add_provenance
        from ...curation.review_page import write_review_page
        from ...motionlib.build.build import BuildOptions, check_is_free, plan_build, run_chunks
        from ...motionlib.build.finish import finish_build
        from ...motionlib.sources.source import SourceOptions

        source = SourceOptions(str(work.resolve()), name=arguments.name, licence=arguments.licence)
        build_options = BuildOptions(source, curate=not arguments.keep_all, **chosen)
        check_is_free(out)  # before the long work
        # absolute: interrupted work may go on from another folder
        options = CurationOptions(
            *(str(path.resolve()) if path else "" for path in (arguments.folder, arguments.images)),
            name=arguments.name,
            licence=arguments.licence,
            licences=str(arguments.licences.resolve()) if arguments.licences else "",
            skip=tuple(step for step in SKIPPABLE if step in arguments.skip),
            lifter=arguments.lifter,
            agree_with=arguments.agree_with,
            physics=arguments.physics,
            detector=arguments.detector,
            most_people=arguments.most_people,
            shortest=arguments.shortest,
            fps=arguments.fps,
            size=arguments.size,
            layout=arguments.layout,
            focal=arguments.focal or 0.0,
        )
        plan = plan_curation(options, work)
    curate_videos(work, plan, arguments.processes)
    build_plan = plan_build(build_options, out)
    run_chunks(out, build_plan, arguments.processes)
    report = finish_build(out, build_plan)
    add_provenance(out, work, plan)
    page = write_review_page(work, out, plan)
    counts = ", ".join(f"{count:,} {split}" for split, count in report.clips.items())
    print(f"{out}: {counts} clips from {report.recordings:,} videos")
    for line in report.lines():
        print(line)
    print(f"look at the results in {page}")
