"""Turn a MotionLib data set into the cache that training reads.

    being-m0 data build DATA --longest 0 -o DATASET
    python training/prepare_data.py --data DATASET --out CACHE
    python training/prepare_data.py --data DATASET --out CACHE --sources cmu more   # free for all uses

DATASET is what `being-m0 data build` wrote, or its name on the Hub. Recordings are best whole (`--longest 0`): this
script cuts them itself, along their captions. The layout of CACHE is in training_data/feature_cache.py. The same
data and seed give the same files.
"""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from ..motion import MODEL_FPS
from ..motionlib.clips import read_clips
from ..motionlib.schema import SPLITS, Clip
from ..training_data.caption_files import read_captions_alone
from ..training_data.cutting import clip_samples
from ..training_data.feature_cache import CacheWriter
from ..training_data.samples import (
    RARE_SAMPLES,
    RARE_SENTENCES,
    SENTENCES,
    TrainingSample,
    at_other_speeds,
    mirrored,
    trimmed,
    weighted,
    with_texts,
)
from ..training_data.sequences import approaches, held, repeats, sequences
from ..training_data.variations import SOURCES as SINGLE_CLIPS
from ..training_data.variations import varied
from ..training_data.wordings import held_out_wordings
from ..utils.standard_streams import one_line as describe

#: Stitched samples for each training clip, before mirroring.
REPEAT_SHARE, SEQUENCE_SHARE, APPROACH_SHARE, HELD_SHARE = 0.25, 0.2, 0.1, 0.03


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of a MotionLib data set, or its name on the Hub")
    parser.add_argument("--out", type=Path, required=True, help="where to write the cache (about 1.5 GB)")
    parser.add_argument("--sources", nargs="+", default=[], help="only clips of these sources, for example cmu")
    parser.add_argument(
        "--text-only", type=Path, metavar="JSONL.GZ",
        help="HumanML3D captions without motion, for the text side: lines of {captions: [{text}]}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of stitching, trimming and sentences")
    options = parser.parse_args(arguments)

    try:
        reader = read_clips(options.data, sources=tuple(options.sources), fps=MODEL_FPS)
        clips = list(tqdm(reader, unit=" clips", desc="reading clips", mininterval=1))
        write_text_only(options.text_only, options.out)
    except (OSError, ValueError) as error:
        print(f"error: {describe(error)}", file=sys.stderr)
        return 2
    if not clips:
        print(f"error: {options.data} has no clips of {', '.join(options.sources)}", file=sys.stderr)
        return 2
    for split in SPLITS:
        members = [clip for clip in clips if clip.split == split]
        write_clips(members, options.out, split)
        samples = make_samples(members, split, random.Random(options.seed))
        write_samples(samples, options.out, split)
        if split == "train":
            write_samples(held_out_wordings(samples), options.out, "wordings")
    return 0


def make_samples(clips: list[Clip], split: str, rng: random.Random) -> list[TrainingSample]:
    """All samples of a split; only training gets other speeds, trims and stitched motions."""
    samples: list[TrainingSample] = []
    for clip in tqdm(clips, unit=" clips", desc=f"{split}: cutting", mininterval=1):
        samples += clip_samples(clip)
    if split == "train":
        recorded = list(samples)
        samples += at_other_speeds([sample for sample in recorded if sample.source not in SINGLE_CLIPS])
        samples += varied(recorded, rng)
        samples += trimmed(recorded, rng)
        samples += tqdm(
            repeats(recorded, round(REPEAT_SHARE * len(clips)), rng), desc="repeating actions", mininterval=1
        )
        samples += approaches(recorded, round(APPROACH_SHARE * len(clips)), rng)
        samples += held(recorded, round(HELD_SHARE * len(clips)), rng)
        samples += tqdm(
            sequences(recorded, round(SEQUENCE_SHARE * len(clips)), rng), desc="joining actions", mininterval=1
        )
    counts = Counter(sample.movement for sample in samples)
    worded = []
    for sample in tqdm(samples, unit=" samples", desc=f"{split}: writing texts", mininterval=1):
        rare = counts[sample.movement] < RARE_SAMPLES
        worded.append(with_texts(sample, rng, RARE_SENTENCES if rare else SENTENCES))
    return weighted([version for sample in worded for version in (sample, mirrored(sample))])


def write_clips(clips: list[Clip], out: Path, split: str) -> None:
    writer = CacheWriter(out, split)
    for clip in clips:
        for is_mirrored in (False, True):
            motion = clip.motion.mirrored() if is_mirrored else clip.motion
            writer.add(
                motion.to_d135(), id=clip.id, source=clip.source, kind="clip", mirrored=is_mirrored,
                flags=list(clip.flags),
                **{name: clip.labels.get(name, "") for name in ("content", "style", "description")},
            )  # fmt: skip
    frames = writer.save()
    print(f"{split}: {len(writer.rows)} whole clips, {frames / 20 / 3600:.2f} h")


def write_samples(samples: list[TrainingSample], out: Path, split: str) -> None:
    writer = CacheWriter(out, f"{split}_samples")
    for sample in tqdm(samples, unit=" samples", desc=f"{split}: encoding", mininterval=1):
        add_sample(writer, sample)
    frames = writer.save()
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(row["kind"] for row in writer.rows).most_common())
    print(f"{split}: {len(writer.rows)} samples, {frames / 20 / 3600:.2f} h ({kinds})")


def add_sample(writer: CacheWriter, sample: TrainingSample) -> None:
    """A sample as features and a row of the layout in ``training_data/feature_cache.py``."""
    writer.add(
        sample.motion.to_d135(), id=sample.id, source=sample.source, split=sample.split, kind=sample.kind,
        category=sample.category, action=sample.label.action if sample.label else "",
        style=sample.label.manner.style if sample.label else "", mirrored=sample.mirrored,
        weight=round(sample.weight, 4), parts=list(sample.parts),
        captions=[
            {"text": caption.text, "kind": caption.kind, "weight": round(caption.weight, 5)}
            for caption in sample.texts
        ],
    )  # fmt: skip


def write_only_training(out: Path) -> None:
    """The other files of a cache that only trains: trainers look for them; what measures are other caches' clips."""
    for name in ("val_samples", "test_samples"):
        CacheWriter(out, name).save()
    (out / "text_only.txt").touch()


def write_text_only(captions: Path | None, out: Path) -> None:
    """Captions alone, one a line: of most HumanML3D captions the motion is not here, and they still teach words."""
    out.mkdir(parents=True, exist_ok=True)
    texts = [] if captions is None else read_captions_alone(captions)
    (out / "text_only.txt").write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    print(f"text only: {len(texts)} captions")
