"""Building a data set: a plan, then chunks of recordings that any number of processes work through.

A chunk's rows go to one file of ``.build/``, written beside its place and renamed, so that a chunk is either there or
not. Killed at any moment, the same command goes on with the chunks that are missing; nothing is lost or twice there.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...captioner import MotionCaption, caption, refine
from ...captioner.local_model import check_chat_model, local_chat_model
from ...motion import MotionError
from ...rendering import contact_sheet
from ...utils.atomic_files import write_whole
from ...utils.standard_streams import one_line
from ...utils.user_files import UserFileError, read_user_bytes, read_user_json
from ..schema import FEATURES, HELD_POSE, RULES, Clip, clip_to_row
from ..sources.layouts import open_source
from ..sources.source import SourceOptions
from .cut import cut_long
from .duplicates import motion_signature
from .quality import judge, measure_quality
from .workers import Chunks, work_through

WORK_FOLDER = ".build"
REPORT_FILE = "report.json"
#: Of the rows of a chunk: a data set's, and what tells copies from each other.
CHUNK_SCHEMA = FEATURES.arrow_schema.append(pa.field("digest", pa.string())).append(
    pa.field("descriptor", pa.list_(pa.float32()))
)
#: A sentence about a recording stays true of a piece that is at least this much of it.
_ALL_OF_IT = 0.85
_LARGEST_CHUNK, _FEWEST_CHUNKS = 32, 64
MOST_PLAN_BYTES = 4_000_000_000  # names of ten million recordings
#: As `BuildOptions.caption_server`: the model runs in this process.
LOCAL = "local"
_SHORTEST = 1.0  # s, of a piece that recordings are cut into


@dataclass(frozen=True)
class BuildOptions:
    """How a data set is built.

    Args:
        source: what from.
        longest: recordings longer than this (seconds) are cut where the activity changes; 0 keeps all whole.
        wordings: sentences that the captioner writes for the body and for each part; 0 writes none.
        curate: leave out clips with recording errors. Without it they are only flagged.
        caption_model, caption_server: a language model that finds better words for what the captioner measured, by its
            name on the Hub or at an OpenAI-compatible server; none without them. With the server `LOCAL` it runs here,
            by transformers, and is also shown the motion if it sees. See ``captioner.refine``.
        chunk_size: recordings in one chunk of work; 0 for up to 32, and fewer of a small folder, so that all processes
            have work and little is done again after a kill.
    """

    source: SourceOptions
    longest: float = 10.0
    wordings: int = 3
    curate: bool = True
    chunk_size: int = 0
    caption_model: str = ""
    caption_server: str = ""


@dataclass(frozen=True)
class BuildPlan:
    """Options and the recordings they found, in chunks."""

    options: BuildOptions
    units: tuple[str, ...]

    @property
    def chunk_size(self) -> int:
        return self.options.chunk_size or min(_LARGEST_CHUNK, max(1, len(self.units) // _FEWEST_CHUNKS))

    @property
    def num_chunks(self) -> int:
        return -(-len(self.units) // self.chunk_size)

    def chunk(self, index: int) -> tuple[str, ...]:
        return self.units[index * self.chunk_size : (index + 1) * self.chunk_size]


@dataclass(frozen=True)
class Rejection:
    """A recording or a clip that is not in the data set, and why."""

    id: str
    reason: str


def plan_build(options: BuildOptions, out: Path) -> BuildPlan:
    """Find the recordings and write the plan, or read the plan of a build that was interrupted.

    Raises:
        MotionError: ``out`` holds the beginning of another build, a finished data set, or files of something else.
        ValueError: there is no such caption model here.
    """
    path = out / WORK_FOLDER / "plan.json"
    if options.caption_server == LOCAL:
        check_chat_model(options.caption_model)
    plan = BuildPlan(options, tuple(open_source(options.source).units()))
    check_is_free(out)
    source = options.source
    files = {
        path: hashlib.sha256(read_user_bytes(path)).hexdigest() for path in (source.captions, source.joint_map) if path
    }
    text = json.dumps({"options": asdict(options), "units": plan.units, "files": files}, indent=1)
    if path.is_file():
        if path.read_text(encoding="utf-8") != text:
            raise MotionError(
                f"{out}: holds an unfinished build of other recordings, captions or options; finish that one, "
                f"or delete {path.parent}"
            )
        return plan
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return plan


def read_plan(out: Path) -> BuildPlan:
    """The plan that `plan_build` wrote, for processes and machines that only work through chunks."""
    stored = read_user_json(Path(out) / WORK_FOLDER / "plan.json", most_bytes=MOST_PLAN_BYTES)
    source = SourceOptions(**stored["options"].pop("source"))
    return BuildPlan(BuildOptions(source, **stored["options"]), tuple(stored["units"]))


def run_chunk(out: Path, index: int) -> int:
    """Read, cut, judge and caption the recordings of a chunk; returns how many. A finished chunk is left alone."""
    out, plan = Path(out), read_plan(out)
    units = plan.chunk(index)
    rows_path, report_path = chunk_paths(out, index)
    if report_path.is_file():  # written last
        return len(units)
    deadly = _deadly(out, index)
    tables, rejected = [CHUNK_SCHEMA.empty_table()], []
    for unit in units:
        if unit in deadly:
            rejected.append(
                asdict(Rejection(unit, "reading it ended the process twice; is it too large for the memory?"))
            )
            continue
        _mark(out, index).write_text(json.dumps(unit))
        for result in _results_of(unit, plan.options):
            if isinstance(result, Rejection):
                rejected.append(asdict(result))
            else:
                tables.append(result)
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables), buffer, compression="zstd")
    write_whole(rows_path, buffer.getvalue().to_pybytes())
    write_whole(report_path, json.dumps({"recordings": len(units), "rejected": rejected}).encode())
    _mark(out, index).unlink(missing_ok=True)
    return len(units)


def run_chunks(out: Path, plan: BuildPlan, processes: int) -> None:
    """All chunks that are missing, on this machine.

    Raises:
        MotionError: the processes end before they do anything.
    """
    chunks = Chunks(
        sizes=[len(plan.chunk(index)) for index in range(plan.num_chunks)],
        done=lambda index: chunk_paths(out, index)[1].is_file(),
        marked=lambda index: _mark(out, index).is_file(),
        leave_out=partial(_leave_out_marked, out),
    )
    work_through(partial(run_chunk, out), chunks, processes, "building")


def _mark(out: Path, index: int) -> Path:
    """The file that says which recording of a chunk is being read."""
    return out / WORK_FOLDER / f"chunk-{index:06d}.unit"


def _deadly_path(out: Path, index: int) -> Path:
    return out / WORK_FOLDER / f"chunk-{index:06d}.deadly"


def _deadly(out: Path, index: int) -> list[str]:
    """The recordings of a chunk whose reading ended the process."""
    path = _deadly_path(out, index)
    return json.loads(path.read_text()) if path.is_file() else []


def _leave_out_marked(out: Path, index: int) -> bool:
    """The recording that was being read when the process ended is left out from now on; False where none was."""
    try:
        unit = json.loads(_mark(out, index).read_text())
    except (OSError, ValueError):  # killed while it wrote the mark
        return False
    write_whole(_deadly_path(out, index), json.dumps([*_deadly(out, index), unit]).encode())
    _mark(out, index).unlink(missing_ok=True)
    return True


def chunk_paths(out: Path, index: int) -> tuple[Path, Path]:
    """Rows and report of a chunk."""
    name = out / WORK_FOLDER / f"chunk-{index:06d}"
    return name.with_suffix(".parquet"), name.with_suffix(".json")


def check_is_free(out: Path) -> None:
    """The build writes a README.md and removes old shards: what is not its own must not be there.

    Raises:
        MotionError: ``out`` holds a finished data set, or files of something else.
    """
    if (out / WORK_FOLDER / "plan.json").is_file():
        return  # a build of ours that was interrupted
    if (out / "data").exists():
        raise MotionError(f"{out}: holds a finished data set; choose another folder or delete it")
    # hidden ones are our work folder, or those of git and file managers
    others = sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) if out.is_dir() else []
    if others == [REPORT_FILE] and not read_user_json(out / REPORT_FILE).get("kept", 1):
        return  # of a build that nothing was left of
    if others:
        raise MotionError(f"{out}: is not empty, it holds {others[0]}; choose another folder for the data set")


def _results_of(unit: str, options: BuildOptions) -> Iterator[pa.Table | Rejection]:
    """A table of one row for each clip of a recording, or why there is none. A recording fails alone, whatever it does:
    turning it into a row is part of it, because texts and numbers may be such that Arrow has no room for them.
    """
    try:
        _check_name(unit)
        for clip in open_source(options.source).read(unit):
            for piece in _pieces(clip, options.longest):
                result = _finished(piece, options)
                yield result if isinstance(result, Rejection) else _table_of(result)
    except (MotionError, UserFileError, OSError) as error:
        yield Rejection(unit, _reason(error, options))
    except UnicodeEncodeError as error:
        yield Rejection(unit, f"a text holds {error.object[error.start : error.end]!r}, which is no character")
    except MemoryError:
        yield Rejection(unit, "needs more memory than there is")
    except Exception as error:  # some program's own way to write a format must not stop the other files
        yield Rejection(unit, f"cannot be understood ({type(error).__name__}: {_reason(error, options)})")


def _check_name(unit: str) -> None:
    try:
        unit.encode()
    except UnicodeEncodeError:
        raise MotionError("its name is not UTF-8; rename it") from None


def _table_of(clip: Clip) -> pa.Table:
    signature = motion_signature(clip.motion)
    row = {**clip_to_row(clip), "digest": signature.digest, "descriptor": signature.descriptor}
    return pa.Table.from_pylist([row], schema=CHUNK_SCHEMA)


def _reason(error: Exception, options: BuildOptions) -> str:
    """One line. The report is published, so it does not say where the folder lies."""
    return one_line(error).replace(f"{options.source.folder}{os.sep}", "")


def _pieces(clip: Clip, longest: float) -> Iterator[Clip]:
    """The recording, or the pieces it is cut into. Raises MotionError where nothing is left."""
    motion = clip.motion
    ranges = cut_long(motion, longest, _SHORTEST) if longest else [(0, motion.num_frames)]
    if not ranges:
        short = motion.seconds < _SHORTEST
        raise MotionError(
            f"lasts {motion.seconds:.2f} s, less than {_SHORTEST:g} s"
            if short
            else f"jumps so often that no {_SHORTEST:g} s without a jump are left"
        )
    for number, (first, stop) in enumerate(ranges):
        if (first, stop) == (0, motion.num_frames):
            yield clip
            return
        start, end = first / motion.fps, stop / motion.fps
        most = (stop - first) / motion.num_frames >= _ALL_OF_IT
        timed = tuple(
            replace(said, start=max(0.0, said.start - start), end=min(said.end, end) - start)
            for said in clip.timed
            if said.start < end - 0.5 and said.end > start + 0.5
        )
        labels = clip.labels if most or not clip.body else {**clip.labels, "recording": clip.body[0]}
        yield clip.replace(
            id=f"{clip.id}#{number}",
            motion=motion.crop(first, stop),
            body=clip.body if most else (),
            body_origin=clip.body_origin if most else (),
            parts=clip.parts if most else {},
            part_origin=clip.part_origin if most else {},
            timed=timed,
            labels=labels,
            origin_start=clip.origin_start + start,
        )


def _finished(clip: Clip, options: BuildOptions) -> Clip | Rejection:
    """The clip with scores, flags and captions; or why it is left out."""
    scores = measure_quality(clip.motion)
    if HELD_POSE in clip.flags:  # a still image is no recording that froze
        scores = {name: value for name, value in scores.items() if not name.startswith("frozen")}
    verdict = judge(scores)
    if verdict.rejected and options.curate:
        return Rejection(clip.id, verdict.rejected)
    flags = tuple(dict.fromkeys((*clip.flags, *verdict.flags)))
    clip = clip.replace(scores=clip.scores | scores, flags=flags)
    if not options.wordings:
        return clip
    written = caption(clip.motion, seed=_seed(clip.id), wordings=options.wordings)
    author = RULES
    if options.caption_model or options.caption_server:
        reworded = _reworded(written, clip, options)
        if reworded is not written:  # else the model gave no usable answer
            written, author = reworded, options.caption_model or options.caption_server
    # where there is little to say, wordings coincide
    parts = {name: dict.fromkeys(texts) for name, texts in written.parts.items()}
    return clip.with_body(dict.fromkeys(written.body), author).with_parts(parts, author)


def _reworded(written: MotionCaption, clip: Clip, options: BuildOptions) -> MotionCaption:
    if options.caption_server != LOCAL:
        model, server = options.caption_model or None, options.caption_server or None
        return refine(written, model=model, base_url=server, wordings=options.wordings)
    chat = local_chat_model(options.caption_model)
    picture = contact_sheet(clip.motion, columns=4, title="") if chat.sees else None
    return refine(written, chat, wordings=options.wordings, picture=picture)


def _seed(clip_id: str) -> int:
    """The same wording for the same clip on every machine."""
    return int(hashlib.sha256(clip_id.encode()).hexdigest()[:8], 16)
