"""How fast, how evenly and in how much memory a MotionLib data set is read.

    python training/benchmarks/loading.py --clips 12288 --folder runs/loading

Writes a synthetic data set (clips of 2 to 10 s that move by formula, with texts), and the same shards again as hard
links 10 and 100 times: a loader opens and reads them like so many shards of their own, but they cost no disk.
Everything is measured on one core and counted in seconds of CPU time, so that other work on the machine disturbs
little. Prints a report in Markdown.
"""

import argparse
import math
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import psutil
import roma
import torch
from datasets import Features, List, Value
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from being_m0_hf.motion import MODEL_FPS, NUM_JOINTS, PART_NAMES, Motion
from being_m0_hf.motion.features import D135_SIZE, part_columns
from being_m0_hf.motionlib.schema import Clip, clip_to_row
from being_m0_hf.motionlib.shards import GROUPS_PER_SHARD, ROWS_PER_GROUP, ShardWriter, list_shards
from being_m0_hf.motionlib.stream import MotionStream
from being_m0_hf.motionlib.view import VIEW_COLUMNS, MotionView, collate

MOTIONLIB_CLIPS = 1_200_000
RECORDED_FPS = 30.0
SHORTEST, LONGEST = 2.0, 10.0
MEAN_SECONDS = (SHORTEST + LONGEST) / 2
TEXT_TOKENS = 64  # a sentence about the body, one about some part, and markers
BATCH = 64
CACHED_CLIPS = 4096
WORKERS = 8
SIZES = (1, 10, 100)
#: A copy's rows with motion codes of 6 parts in place of the motion, as the language model reads them.
TOKEN_FEATURES = Features({"id": Value("string"), "body": List(Value("string")), "codes": List(Value("int16"))})
H100_FLOPS = 989e12 * 0.4  # bf16 without sparsity, and the share of it that large models reach

_ACTIONS = ("walks forward", "turns to the left", "raises the right hand", "sits down", "kicks with the left leg")
_MANNERS = ("slowly", "with both arms swinging", "then stops", "two times", "while looking around")


def synthetic_row(index: int) -> dict:
    """A clip whose joints swing with rhythms of their own, with a recording's noise, and texts on two levels."""
    generator = torch.Generator().manual_seed(index)
    draw = random.Random(index)
    seconds = torch.arange(int(draw.uniform(SHORTEST, LONGEST) * RECORDED_FPS)) / RECORDED_FPS
    rhythm, phase, reach = (torch.rand(NUM_JOINTS, 3, generator=generator) for _ in range(3))
    swing = 0.5 * reach * torch.sin(2 * math.pi * ((0.3 + rhythm) * seconds[:, None, None] + phase))
    noise = torch.randn(len(seconds), NUM_JOINTS, 3, generator=generator)
    speed, turn = draw.uniform(0, 1.5), draw.uniform(-1, 1)
    path = torch.stack((torch.sin(turn * seconds), torch.zeros_like(seconds), torch.cos(turn * seconds)), dim=-1)
    translation = (path * speed / RECORDED_FPS).cumsum(dim=0) + 1e-3 * noise[:, 0]
    translation[:, 1] += 0.95
    rotations = roma.rotvec_to_unitquat(swing + 1e-3 * noise)
    record = Clip(
        id=f"synthetic/{index:07d}",
        motion=Motion(rotations, translation, RECORDED_FPS),
        source="synthetic",
        body=tuple(f"a person {draw.choice(_ACTIONS)} {draw.choice(_MANNERS)}" for _ in range(3)),
        parts={name: (f"the {name.replace('_', ' ')} {draw.choice(_MANNERS)}",) for name in PART_NAMES[1:]},
        scores={"jitter": draw.random(), "skating": draw.random()},
    )
    return clip_to_row(record)


def write_sets(folder: Path, clips: int) -> None:
    """``x1``, ``x10`` and ``x100`` with all columns and ``tokens``, as language models read them; what is not there."""
    if not list(folder.glob("x1/data/*.parquet")):
        draw = np.random.default_rng(0)
        motions = ShardWriter(folder / "x1", "train")
        tokens = ShardWriter(folder / "tokens", "train", features=TOKEN_FEATURES)
        with tokens, motions:
            for index in tqdm(range(clips), desc="writing", unit="clip", mininterval=5):
                row = synthetic_row(index)
                motions.append(row)
                steps = int(row["frames"] * MODEL_FPS / RECORDED_FPS / 4)
                codes = draw.integers(1 << 14, size=steps * len(PART_NAMES), dtype=np.int16)
                tokens.append({"id": row["id"], "body": row["body"], "codes": codes})
    shards = list_shards(folder / "x1", "train")
    for times in SIZES[1:]:
        data = folder / f"x{times}" / "data"
        data.mkdir(parents=True, exist_ok=True)
        total = times * len(shards)
        for index in range(total):
            link = data / f"train-{index:05d}-of-{total:05d}.parquet"
            if not link.exists():
                os.link(shards[index % len(shards)], link)


def in_new_process(function: Callable, *arguments):
    """The function's result, computed in a fresh process: its memory is then its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


KINDS: dict[str, dict] = {
    "raw rows, all columns": {},
    "rows and D135 at 20 fps, half mirrored": {"columns": VIEW_COLUMNS, "transform": MotionView(mirror=0.5)},
    "texts only": {"columns": ("id", "body", "parts")},
    "motion codes and texts": {"columns": ("body", "codes")},
}


def measure_reading(path: Path, kind: str, cpu_seconds: float) -> dict[str, float]:
    """Clips per second of CPU time and of the clock, memory, and seconds to find all row groups."""
    torch.set_num_threads(1)
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    stream = MotionStream(path, "train", repeat=True, rank=0, world_size=1, **KINDS[kind])
    opening = time.perf_counter() - started
    collate_rows = collate if stream.transform else list
    rows, peak, count, batch = iter(stream), before, 0, []
    started, cpu_started = time.perf_counter(), time.process_time()
    while time.process_time() - cpu_started < cpu_seconds or count <= 2 * stream.window * ROWS_PER_GROUP:
        batch.append(next(rows))
        count += 1
        if len(batch) == BATCH:
            collate_rows(batch)
            batch = []
            peak = max(peak, process.memory_info().rss)
    cpu, clock = time.process_time() - cpu_started, time.perf_counter() - started
    return {
        "cpu": count / cpu, "clock": count / clock, "share": cpu / clock, "opening": opening, "clips": stream.num_rows,
        "groups": len(stream.row_groups), "imports": before / 2**20, "peak": peak / 2**20,
    }  # fmt: skip


def reading_table(folder: Path, cpu_seconds: float) -> tuple[list[str], dict[str, float]]:
    """Markdown lines, and clips per CPU second of each kind."""
    lines = [
        "| what is read | clips/s on one core (CPU time) | clips/s by the clock now | share of a core we got |",
        "|---|---|---|---|",
    ]
    speeds = {}
    for kind in KINDS:
        path = folder / ("tokens" if "codes" in kind else "x1")
        found = measure_reading(path, kind, cpu_seconds)
        speeds[kind] = found["cpu"]
        lines.append(f"| {kind} | {found['cpu']:,.0f} | {found['clock']:,.0f} | {found['share']:.2f} |")
    return lines, speeds


def cached_windows_speed(folder: Path, cpu_seconds: float) -> float:
    """Clips' worth of windows per CPU second that tokenizer training draws from cached features."""
    # imported here: the processes whose memory is measured import this file, and read without any model
    from being_m0_hf.trainers.motion_tokenizer import WindowSampler
    from being_m0_hf.trainers.run.batches import Draw
    from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache

    torch.set_num_threads(1)
    frames = int(LONGEST * MODEL_FPS)
    writer = CacheWriter(folder / "cache", "train_samples")
    for index in range(CACHED_CLIPS):
        writer.add(torch.zeros(frames, D135_SIZE), id=str(index), weight=1.0)
    writer.save()
    sampler = WindowSampler(MotionCache(folder / "cache", "train_samples"), [24, 48, 96], BATCH * frames)
    drawn, number, started = 0, 0, time.process_time()
    while time.process_time() - started < cpu_seconds:
        drawn, number = drawn + sampler(Draw(number))["features"].shape[:2].numel(), number + 1
    return drawn / (time.process_time() - started) / (MEAN_SECONDS * MODEL_FPS)


def memory_table(folder: Path, cpu_seconds: float) -> list[str]:
    """Memory of a reader of D135 as the set grows."""
    lines = [
        "| set | clips | row groups | opening, s | memory after imports, MB | peak while reading, MB |",
        "|---|---|---|---|---|---|",
    ]
    for times in SIZES:
        found = in_new_process(measure_reading, folder / f"x{times}", list(KINDS)[1], cpu_seconds)
        lines.append(
            f"| {times}x | {found['clips']:,.0f} | {found['groups']:,.0f} | {found['opening']:.1f} "
            f"| {found['imports']:.0f} | {found['peak']:.0f} |"
        )
    return lines


def row_index(row: dict) -> int:
    return int(row["id"].rsplit("/", 1)[-1])


def shuffle_lines(folder: Path) -> list[str]:
    """How well one reader's order is mixed; more readers mix more."""
    stream = id_stream(folder)
    order = np.array([row_index(row) for row in stream])
    clips = len(order)
    places = np.empty(clips)
    places[order] = np.arange(clips)
    correlation = abs(np.corrcoef(np.arange(clips), order)[0, 1])  # both are ranks already
    apart = np.abs(np.diff(places)).mean() / clips
    full = order[: clips // BATCH * BATCH].reshape(-1, BATCH) // ROWS_PER_GROUP
    groups = np.mean([len(set(batch)) for batch in full])
    perfect = expected_groups(len(stream.row_groups))
    return [
        "| measure, one reader | found | perfect shuffle |",
        "|---|---|---|",
        f"| rank correlation of place in the epoch and on disk | {correlation:.4f} | {1 / math.sqrt(clips):.4f} |",
        f"| mean distance of neighbours on disk, share of the epoch | {apart:.3f} | 0.333 |",
        f"| row groups in a batch of {BATCH} (window {stream.window}) | {groups:.1f} | {perfect:.1f} |",
    ]


def expected_groups(groups: int) -> float:
    """Different row groups among the clips of a batch drawn at random."""
    return groups * (1 - (1 - 1 / groups) ** BATCH)


def id_stream(folder: Path, rank: int = 0, world_size: int = 1, **options) -> MotionStream:
    return MotionStream(folder / "x1", "train", columns=["id"], rank=rank, world_size=world_size, **options)


def resume_line(folder: Path) -> str:
    """Whether streams stopped anywhere go on with the same rows."""
    whole = [row_index(row) for row in id_stream(folder)]
    points = sorted(random.Random(0).sample(range(len(whole)), 10))
    exact = 0
    for point in points:
        stream = id_stream(folder)
        stream.load_state_dict(stream.state_dict() | {"rows": point})
        exact += [row_index(row) for row in stream] == whole[point:]
    return (
        f"Stopped at {len(points)} random rows and resumed: {exact} of {len(points)} times the same rest of the epoch."
    )


def rank_rows(folder: Path, rank: int, world_size: int, workers: int) -> list[int]:
    """The clips that one process gets from a loader with workers."""
    stream = id_stream(folder, rank, world_size)
    return [
        row_index(row) for batch in DataLoader(stream, BATCH, num_workers=workers, collate_fn=list) for row in batch
    ]


def processes_line(folder: Path, clips: int, ranks: int, workers: int) -> str:
    """Whether processes share the clips out among them."""
    found = [in_new_process_with_children(rank_rows, folder, rank, ranks, workers) for rank in range(ranks)]
    together = [index for rows in found for index in rows]
    disjoint = len(set(together)) == len(together)
    complete = set(together) == set(range(clips))
    return (
        f"{ranks} processes with {workers} workers each: {', '.join(f'{len(rows):,}' for rows in found)} clips, "
        f"{'no clip twice' if disjoint else 'SOME CLIPS TWICE'}, {'none missing' if complete else 'SOME MISSING'}."
    )


def in_new_process_with_children(function: Callable, *arguments):
    """As `in_new_process`, for functions that start workers themselves, which a pool's processes may not."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_put_result, args=(results, function, *arguments))
    process.start()
    result = results.get()
    process.join()
    return result


def _put_result(results: multiprocessing.Queue, function: Callable, *arguments) -> None:
    results.put(function(*arguments))


def tokenizer_flops(hidden_size: int) -> tuple[int, float]:
    """Parameters of a motion tokenizer, and operations of a training step on a clip of mean length."""
    # imported here: the processes whose memory is measured import this file, and read without any model
    from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel

    config = MotionTokenizerConfig(
        codebook_bits=10, hidden_size=hidden_size, num_blocks=2, part_columns=part_columns(pelvis_with_torso=True)
    )
    model = MotionTokenizerModel(config)
    features = torch.zeros(1, int(MEAN_SECONDS * MODEL_FPS), D135_SIZE)
    features[..., [0, 4]] = 1.0  # standing upright
    features[..., 9:] = torch.tensor([1.0, 0, 0, 0, 1, 0]).repeat(NUM_JOINTS - 1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(features)
    # the backward pass costs twice the forward pass
    return sum(parameter.numel() for parameter in model.parameters()), 3.0 * counter.get_total_flops()


def language_model_flops(preset: str) -> tuple[int, float]:
    """Parameters of a language model, and 6 x parameters x tokens of a clip of mean length."""
    from transformers import AutoModelForCausalLM

    from being_m0_hf.models.being_m0 import BeingM0Config

    config = BeingM0Config.preset(preset)
    with torch.device("meta"):
        backbone = AutoModelForCausalLM.from_config(config.backbone_config)
    # an embedding is looked up, not multiplied; the output layer is multiplied, also where the two are tied
    embedding = backbone.get_input_embeddings().weight.numel()
    parameters = sum(parameter.numel() for parameter in backbone.parameters())
    tied = backbone.get_output_embeddings().weight is backbone.get_input_embeddings().weight
    tokens = MEAN_SECONDS * MODEL_FPS / config.motion_tokenizer_config.downsample * config.layout.num_parts
    return parameters, 6.0 * (parameters - (0 if tied else embedding)) * (tokens + TEXT_TOKENS)


def h100_table(speeds: dict[str, float], cached: float) -> list[str]:
    """Clips per second that keep an H100 busy, against eight workers."""
    view, codes = (speeds[list(KINDS)[index]] for index in (1, 3))
    small, large = tokenizer_flops(96), tokenizer_flops(320)
    rows: Iterable[tuple[str, tuple[int, float], float]] = (
        ("motion tokenizer, hidden 96 (tokenizer_mini), from rows", small, view),
        ("the same, from cached features", small, cached),
        ("motion tokenizer, hidden 320, about 10 x, from rows", large, view),
        ("the same, from cached features", large, cached),
        ("language model, GPT2-medium", language_model_flops("gpt2-medium"), codes),
        ("language model, Llama 3.1 8B", language_model_flops("llama3.1-8b"), codes),
    )
    lines = [
        f"| model | parameters | GFLOP per clip | clips/s an H100 takes | {WORKERS} workers give | enough |",
        "|---|---|---|---|---|---|",
    ]
    for name, (parameters, flops), speed in rows:
        needed, given = H100_FLOPS / flops, WORKERS * speed
        lines.append(
            f"| {name} | {parameters / 1e6:,.1f} M | {flops / 1e9:,.1f} | {needed:,.0f} | {given:,.0f} "
            f"| {'yes' if given >= needed else 'no'}, {given / needed:.2g} x |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/loading"), help="where the sets go, and stay")
    parser.add_argument("--clips", type=int, default=12288, help="clips to write; 33 kB each")
    parser.add_argument("--cpu-seconds", type=float, default=10.0, help="how long each figure is measured")
    parser.add_argument("--ranks", type=int, default=2, help="processes that share the set out")
    parser.add_argument("--workers", type=int, default=2, help="workers of each")
    arguments = parser.parse_args()
    folder = arguments.folder
    write_sets(folder, arguments.clips)
    clips = id_stream(folder).num_rows
    size = sum(Path(shard).stat().st_size for shard in list_shards(folder / "x1", "train"))
    largest = clips * SIZES[-1]

    print(
        f"\n## Set\n\n{clips:,} clips of {SHORTEST:g} to {LONGEST:g} s at {RECORDED_FPS:g} fps, {size / 1e6:,.0f} MB,"
    )
    print(f"{size / clips / 1e3:.1f} kB a clip, {GROUPS_PER_SHARD} groups of {ROWS_PER_GROUP} a shard.")
    print(
        f"By clips, {MOTIONLIB_CLIPS:,} clips would take {size / clips * MOTIONLIB_CLIPS / 1e9:.0f} GB (extrapolated)."
    )
    print("\n## Speed of one worker\n")
    lines, speeds = reading_table(folder, arguments.cpu_seconds)
    print(*lines, sep="\n", flush=True)
    print("\n## Memory as the set grows (rows and D135, one worker)\n")
    print(*memory_table(folder, arguments.cpu_seconds), sep="\n", flush=True)
    print(f"\n100x stands for {largest:,} clips' worth of shards; what grows is the list of row groups.")
    print("\n## Order\n")
    print(*shuffle_lines(folder), sep="\n", flush=True)
    print(f"\n{resume_line(folder)}\n", flush=True)
    print(processes_line(folder, clips, arguments.ranks, arguments.workers), flush=True)
    print("\n## Feeding an H100\n")
    cached = cached_windows_speed(folder, arguments.cpu_seconds)
    print(f"Windows of cached features: {cached:,.0f} clips/s on one core.\n")
    print(*h100_table(speeds, cached), sep="\n")
    print(f"\nComputed: 40 % of 989 TFLOP/s, clips of {MEAN_SECONDS:g} s, {TEXT_TOKENS} tokens of text a clip.")
    print(f"{WORKERS} workers: {WORKERS} times one core's speed, true where each has a core and the disk keeps up.")


if __name__ == "__main__":
    main()
