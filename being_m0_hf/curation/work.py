"""Many videos: a plan, then one video after the other, in any number of processes or on any number of machines.

    options = CurationOptions("/shared/videos", licence="CC BY 4.0")
    plan = plan_curation(options, work)
    build_on_datatrove(partial(curate_video, work), len(plan.videos), tasks=500, logging_dir="/shared/logs",
                       executor="slurm", time="10:00:00", partition="cpu", mem_per_cpu_gb=4)

Then ``data build`` of the work folder makes the data set, there as here.
"""

import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..motion import MotionError
from ..motionlib.build.workers import Chunks, work_through
from ..motionlib.schema import FEATURES, LABELLED_SOURCES, clip_to_row
from ..motionlib.sources.curated_videos import (
    CLIPS_FILE,
    MOST_PLAN_BYTES,
    OUTCOME_FILE,
    PLAN_FILE,
    video_folder,
)
from ..utils.atomic_files import write_whole
from ..utils.imports import need_library
from ..utils.standard_streams import one_line
from ..utils.user_files import UserFileError, read_user_json
from .inputs import InputFile, find_inputs
from .licences import Provenance, provenance_of, read_licences
from .options import CurationOptions
from .rows import clips_of
from .steps import through_all_steps
from .steps.lifting import lifter_fingerprint
from .steps.people import check_detector

_MARK = "being-worked-on"


@dataclass(frozen=True)
class CurationPlan:
    """Options and the videos that they found."""

    options: CurationOptions
    videos: tuple[InputFile, ...]

    @property
    def name(self) -> str:
        """Of the collection."""
        folder_name = Path(self.options.folder or self.options.images).resolve().name
        return self.options.name or (f"{folder_name}-videos" if folder_name in LABELLED_SOURCES else folder_name)


def plan_curation(options: CurationOptions, work: Path) -> CurationPlan:
    """Find the videos and write the plan. What was done for another plan in this folder is used again where it fits.

    Raises:
        MotionError: no videos, or ``work`` holds something else.
        ValueError: a detector or a library is needed, and not there.
        FileNotFoundError: a model is not there.
        UserFileError: the licences cannot be read.
    """
    plan = CurationPlan(options, tuple(find_inputs(options)))
    check_detector(plan.videos, options)
    if options.physics:
        need_library("mujoco", "physics", "--physics")
    for name in (options.lifter, options.agree_with):
        lifter_fingerprint(name)  # a model that is not there shall stop everything, too
    if options.licences:
        read_licences(Path(options.licences))  # wrong ones shall stop everything, not every video
    path = work / PLAN_FILE
    if work.is_dir() and not path.is_file() and any(work.iterdir()):
        raise MotionError(f"{work}: holds something else; choose another folder with --work")
    work.mkdir(parents=True, exist_ok=True)
    stored = {"options": asdict(options), "videos": [asdict(video) for video in plan.videos]}
    write_whole(path, json.dumps(stored, indent=1).encode())
    return plan


def read_plan(work: Path) -> CurationPlan:
    """What `plan_curation` wrote."""
    return _read_plan(work, (work / PLAN_FILE).stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read_plan(work: Path, _written: int) -> CurationPlan:
    stored = read_user_json(work / PLAN_FILE, most_bytes=MOST_PLAN_BYTES)
    options = stored["options"]
    options["skip"] = tuple(options["skip"])
    options["size"] = options["size"] and tuple(options["size"])
    return CurationPlan(CurationOptions(**options), tuple(InputFile(**video) for video in stored["videos"]))


def curate_videos(work: Path, plan: CurationPlan, processes: int) -> None:
    """All videos of the plan on this machine; what is done already costs only a look.

    Raises:
        MotionError: the processes end before they do anything.
    """
    done: set[int] = set()

    def is_done(index: int) -> bool:
        if index not in done and _outcome_is_current(work, plan, index):
            done.add(index)
        return index in done

    chunks = Chunks(
        sizes=[1] * len(plan.videos),
        done=is_done,
        marked=lambda index: (_folder(work, plan, index) / _MARK).is_file(),
        leave_out=partial(leave_out, work, plan),
    )
    work_through(partial(curate_video, work), chunks, processes, "curating")


def curate_video(work: Path, index: int) -> int:
    """Take a video through all steps and write its clips, and what was left out of it; returns 1."""
    work = Path(work)
    plan = read_plan(work)
    given, folder = plan.videos[index], _folder(work, plan, index)
    if _outcome_is_current(work, plan, index):
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    rows, left_out, seconds = [], [], {}
    try:
        if given.problem:
            raise MotionError(given.problem)
        video = through_all_steps(given, plan.options, folder)
        left_out, seconds = [str(each) for each in video.left_out], video.seconds
        rows = [clip_to_row(clip) for clip in clips_of(video, plan.options, plan.name, provenance(plan, given.id))]
        if not rows and not left_out:
            left_out = ["nobody is seen"]
    except (MotionError, UserFileError, OSError) as error:
        left_out = [_reason(error, plan, given)]
    except MemoryError:
        left_out = ["needs more memory than there is"]
    except Exception as error:  # what one detector's file does must not stop the others
        left_out = [f"cannot be understood ({type(error).__name__}: {_reason(error, plan, given)})"]
    _write_outcome(work, plan, index, rows, left_out, seconds)
    return 1


def _write_outcome(
    work: Path, plan: CurationPlan, index: int, rows: list[dict], left_out: list[str], seconds: dict[str, float]
) -> None:
    folder = _folder(work, plan, index)
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema), buffer, compression="zstd")
    write_whole(folder / CLIPS_FILE, buffer.getvalue().to_pybytes())
    outcome = {
        "video": plan.videos[index].id,
        "of": _inputs_key(plan, index),
        "clips": len(rows),
        "left_out": left_out,
        "seconds": seconds,
    }
    write_whole(folder / OUTCOME_FILE, json.dumps(outcome, indent=1).encode())
    (folder / _MARK).unlink(missing_ok=True)


def _outcome_is_current(work: Path, plan: CurationPlan, index: int) -> bool:
    path = _folder(work, plan, index) / OUTCOME_FILE
    return path.is_file() and read_user_json(path)["of"] == _inputs_key(plan, index)


def _inputs_key(plan: CurationPlan, index: int) -> list:
    """What an outcome depends on: file, options, provenance. JSON values, to be compared with what was stored."""
    given = plan.videos[index]
    options = asdict(plan.options) | {"licences": "", "licence": ""}
    models = [lifter_fingerprint(name) for name in (plan.options.lifter, plan.options.agree_with)]
    return json.loads(
        json.dumps([asdict(given), options, models, asdict(provenance(plan, given.id)), given.stamps(plan.options)])
    )


def provenance(plan: CurationPlan, video: str) -> Provenance:
    """Where a video of the plan is from."""
    options = plan.options
    path = Path(options.licences)
    known = _licences(options.licences, path.stat().st_mtime_ns) if options.licences else {}
    return provenance_of(video, known, options.licence)


@lru_cache(maxsize=1)
def _licences(path: str, _written: int) -> dict[str, Provenance]:
    return read_licences(Path(path))


def leave_out(work: Path, plan: CurationPlan, index: int) -> bool:
    """Give up a video whose process ended twice; False where it was not being worked on."""
    if not (_folder(work, plan, index) / _MARK).is_file():
        return False
    reason = "working on it ended the process twice; is it too large for the memory?"
    _write_outcome(work, plan, index, [], [reason], {})
    return True


def _folder(work: Path, plan: CurationPlan, index: int) -> Path:
    return video_folder(Path(work), plan.videos[index].id)


def _reason(error: Exception, plan: CurationPlan, given: InputFile) -> str:
    """One line. It stands behind the file's name, and is published: it does not say where the folder lies."""
    line = one_line(error).replace(f"{given.folder(plan.options)}{os.sep}", "")
    for name in (given.keypoints, given.id):
        line = line.removeprefix(f"{name}: ") if name else line
    return line


__all__ = ["CurationPlan", "curate_video", "curate_videos", "leave_out", "plan_curation", "provenance", "read_plan"]
