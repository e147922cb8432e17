"""The recordings whose labels training knows, as clips on the canonical skeleton: CMU, Bandai-Namco, and `more_clips`.

Layout of a source folder (``cmu/`` or ``bandai/``): ``smpl22_30fps.npz`` holds all clips back to back at 30 fps,
``clips.jsonl`` says where each begins and what it shows; CMU adds ``skeletons.json``, one T-pose per subject.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import roma
import torch

from ...motion import CANONICAL_SKELETON, JOINT_INDEX, Motion, MotionError, Skeleton
from ...utils.user_files import read_user_json
from ..schema import LABELLED_SOURCES, Clip
from .more_clips import KEEP_HEIGHT, more_readers
from .packed_arrays import SOURCE_FPS, PackedArrays, read_jsonl

MIN_SECONDS = 1.0

FLOOR_CLEARANCE = 0.03  # m: where the lowest foot joint rests; a joint sits inside the foot, not on its sole
MAX_GROUNDING = 0.12  # m: a clip that needs more is not standing on the floor (climbing, hanging, uneven ground)
BANDAI_FOOT_PITCH = 25.0  # degrees, toes down: the median of standing frames, against CMU's 2
_ANKLES = [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]]
_LICENCES = {
    "cmu": "CMU mocap: free for all uses, no direct resale",
    "bandai": "CC BY-NC 4.0 (c) 2022 Bandai Namco Research Inc.",
}
_MADE_BY = "retargeted to 22 SMPL joints, on the canonical skeleton, feet on the floor"
_FOOT_JOINTS = [JOINT_INDEX[name] for name in ("left_ankle", "right_ankle", "left_foot", "right_foot")]

# 5 hours are little: 5 % each is enough to see over-fitting, and every further clip helps training more.
_VAL_PERCENT, _TEST_PERCENT = 5, 5
#: Contents with fewer takes than this stay in training whole: a held-out only example would leave a word unlearned.
RARE_TAKES = 3


def clip_readers(data: Path, sources: tuple[str, ...] = LABELLED_SOURCES) -> dict[str, Callable[[], Clip]]:
    """Id of every recording of the sources, in their order -> what reads it as it was recorded, at 30 fps.

    The clips have labels: CMU's line about the trial is `description`, Bandai's words for the action and its manner are
    `content` and `style`, and the further clips' word is `action`.

    Args:
        data: folder with ``cmu/``, ``bandai/``, ``more/``, ``more_nc/`` and ``captions/``.
        sources: which of them to list.

    Raises:
        FileNotFoundError: a source folder is missing; the message names it.
    """
    readers = {
        "cmu": _cmu_readers,
        "bandai": _bandai_readers,
        "more": partial(more_readers, folder="more"),
        "more_nc": partial(more_readers, folder="more_nc"),
    }
    return {clip_id: read for source in sources for clip_id, read in readers[source](Path(data)).items()}


def ground(motion: Motion) -> Motion:
    """Shift a motion up or down so that its feet rest on the floor, unless they never do."""
    lowest = motion.joints()[:, _FOOT_JOINTS, 1].amin(dim=1)
    shift = FLOOR_CLEARANCE - float(torch.quantile(lowest, 0.05))
    if abs(shift) > MAX_GROUNDING:
        return motion
    return motion.replace(translation=motion.translation + torch.tensor([0.0, shift, 0.0]))


def level_feet(motion: Motion) -> Motion:
    """Bandai's feet as ours: its rest foot points down, so a flat stand reads as toes pitched down by 25 degrees."""
    level = roma.rotvec_to_unitquat(torch.tensor([-math.radians(BANDAI_FOOT_PITCH), 0.0, 0.0]))
    rotations = motion.rotations.clone()
    rotations[:, _ANKLES] = roma.quat_product(rotations[:, _ANKLES], level.expand(motion.num_frames, 2, 4))
    return motion.replace(rotations=rotations)


def hash_split(clip_id: str) -> str:
    """The same split for the same id on every machine, 90 / 5 / 5."""
    bucket = int(hashlib.sha256(clip_id.encode()).hexdigest(), 16) % 100
    if bucket < _TEST_PERCENT:
        return "test"
    return "val" if bucket < _TEST_PERCENT + _VAL_PERCENT else "train"


def _cmu_readers(data: Path) -> dict[str, Callable[[], Clip]]:
    folder = data / "cmu"
    rows = read_jsonl(folder / "clips.jsonl")
    skeletons = read_user_json(folder / "skeletons.json")
    captions = read_jsonl(data / "captions" / "humanml3d_cmu.jsonl")
    splits = cmu_splits(rows, captions)
    arrays = PackedArrays(folder)

    def read(row: dict) -> Clip:
        bones = skeletons[row["skeleton"]]
        skeleton = Skeleton(torch.tensor(bones["tpose22_offsets_m"]), row["skeleton"])
        return Clip(
            id=f"cmu/{row['id']}",
            source="cmu",
            licence=_LICENCES["cmu"],
            subject=row["id"].split("_")[0],
            motion=arrays.motion(row, skeleton),
            labels={"description": row["cmu_description"]} if row["cmu_description"] else {},
            flags=tuple(_cmu_flags(row, bones["estimated"])),
            split=splits[row["id"]],
            origin=f"cmu/{row['id']}",
            made_by=_MADE_BY,
        )

    return {f"cmu/{row['id']}": partial(read, row) for row in rows}


def _bandai_readers(data: Path) -> dict[str, Callable[[], Clip]]:
    folder = data / "bandai"
    rows = read_jsonl(folder / "clips.jsonl")
    arrays = PackedArrays(folder)
    skeleton = Skeleton(torch.tensor(arrays.tpose_offsets), "bandai")
    takes = Counter(row["content"] for row in rows)

    def read(row: dict) -> Clip:
        return Clip(
            id=f"bandai/{row['id']}",
            source="bandai",
            licence=_LICENCES["bandai"],
            subject=f"dataset-{row['dataset']}",
            motion=level_feet(arrays.motion(row, skeleton)),
            labels={"content": row["content"], "style": row["style"]},
            split="train" if takes[row["content"]] < RARE_TAKES else hash_split(row["id"]),
            origin=f"bandai/{row['id']}",
            made_by=_MADE_BY,
        )

    return {f"bandai/{row['id']}": partial(read, row) for row in rows}


def cmu_splits(rows: list[dict], captions: list[dict]) -> dict[str, str]:
    """CMU clip -> split: HumanML3D's own where it has one (test before val before train), else by hash.

    A trial whose description is unique stays in training unless HumanML3D holds it out.
    """
    published: dict[str, set[str]] = {}
    for segment in captions:
        published.setdefault(segment["clip"], set()).add(segment["split"])
    descriptions = [row["cmu_description"] for row in rows]
    splits: dict[str, str] = {}
    for row in rows:
        known = published.get(row["id"], set())
        if known:
            splits[row["id"]] = next(split for split in ("test", "val", "train") if split in known)
        elif descriptions.count(row["cmu_description"]) < RARE_TAKES:
            splits[row["id"]] = "train"
        else:
            splits[row["id"]] = hash_split(row["id"])
    return splits


def _cmu_flags(row: dict, estimated_bones: bool) -> Iterator[str]:
    if estimated_bones:
        yield "bones estimated"
    if row["min_foot_y_m"] < -0.04:
        yield "feet under the floor"
    if row["retarget_err_cm"] > 3.0:
        yield "retarget error"
    if "24 fps" in row["source"]:
        yield "recorded at 24 fps"


def usable(clip: Clip) -> Clip:
    """The clip on the canonical skeleton, feet on the floor, without a first frame that does not belong to it.

    Times in caption files count from before that cut: `origin_start` says how much later the clip begins.

    Raises:
        MotionError: it is too short, or no motion.
    """
    if clip.motion.seconds < MIN_SECONDS:
        raise MotionError(f"lasts {clip.motion.seconds:.2f} s, less than {MIN_SECONDS:.0f} s")
    motion = clip.motion.on_skeleton(CANONICAL_SKELETON)
    jumps = starts_with_jump(motion)
    motion = motion.crop(1, motion.num_frames) if jumps else motion
    # who lies, sits or stands on the hands has feet that are not the lowest
    motion = motion if KEEP_HEIGHT in clip.flags else ground(motion)
    return clip.replace(motion=motion, origin_start=1 / SOURCE_FPS if jumps else 0.0)


def starts_with_jump(motion: Motion) -> bool:
    """Whether the first frame does not belong to the movement: some BVH files begin with one frame of T-pose."""
    joints = motion.joints()[:4]
    steps = (joints[1:] - joints[:-1]).norm(dim=-1).amax(dim=1) * motion.fps
    return bool(steps[0] > 6.0 and steps[0] > 2.5 * steps[1])
