"""Clips that show the same recording, and texts that say the same.

Finding duplicates is two steps, so that it scales to a million clips. Each clip gets a `MotionSignature` (a map, about
half a kilobyte each); clips whose signatures fall into a common bucket of a locality-sensitive hash (p-stable
projections, Datar et al. 2004) are candidates; only candidates are loaded and laid over each other.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import roma
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from ...motion import MODEL_FPS, Motion, forward_kinematics

SHIFT_SECONDS = 0.5  # copies may begin and end this much earlier or later
#: m, root mean square over time of the joint that differs most. Takes of a gesture by one person differ by 1.5 cm and
#: more at the wrist, and by less than 1 cm in the mean over joints: the mean would throw takes away.
SAME_DISTANCE = 0.01
#: Share of the movement of the joint that moves most: people who stand still are near each other and no duplicates.
SAME_SHARE = 0.2

# How far apart the descriptors of copies may be, in metres: a shift changes the mean pose of short clips more. Copies
# cut by 0.5 s are 0.06 apart for clips of 4 to 10 s; of clips of 1.6 s only copies cut by at most 0.1 s are candidates,
# for takes of a short gesture are as near as that, and there are many of them.
_DESCRIPTOR_DISTANCE = 0.06
_DESCRIPTOR_DISTANCE_SECONDS = 0.1  # m s, divided by the clip's length and added
# The hash: clips 0.1 apart share a bucket of some table with a chance over 0.9999.
_TABLES = 24
_PROJECTIONS = 8
_BUCKET_WIDTH = 1.0  # m
# Clips of a crowded bucket are compared with so many neighbours in it, so that no bucket costs the square of its size.
_NEIGHBOURS = 8
_KEPT_CLIPS = 1000


@dataclass(frozen=True, eq=False)
class MotionSignature:
    """What a clip's copies have in common, wherever they stand, whichever way they face, whenever they begin.

    Args:
        digest: of the joints' rotations without the root's; equal for the very same frames.
        descriptor: (132,) metres; mean and spread over time of the joints as seen from the pelvis. Near for copies.
        seconds: length of the clip.
    """

    digest: str
    descriptor: NDArray
    seconds: float


@dataclass(frozen=True)
class Duplicate:
    """Two clips that show the same recording, ``distance`` metres apart; 0 = the very same frames."""

    first: str
    second: str
    distance: float


def motion_signature(motion: Motion) -> MotionSignature:
    """The signature of a clip, to be kept until all clips are compared."""
    exact = (motion.rotations[:, 1:] * 32767).round().short().numpy()
    pose = _seen_from_pelvis(motion)
    descriptor = np.concatenate((pose.mean(axis=0), pose.std(axis=0)))
    return MotionSignature(
        hashlib.sha256(exact.tobytes()).hexdigest(), descriptor.ravel().astype(np.float32), motion.seconds
    )


def near_duplicates(signatures: Mapping[str, MotionSignature], load: Callable[[str], Motion]) -> list[Duplicate]:
    """Pairs of clips that show the same recording, in the order of ``signatures``.

    The very same frames are always found. In a group of copies every clip is paired with an earlier one, but not every
    two are listed. A clip cut out of a much longer one is not found: cut recordings once.

    Args:
        signatures: clip id -> signature; the first clip of a pair is the one that comes first here.
        load: reads a clip by its id; called for candidates only.
    """
    ids = list(signatures)
    found: list[Duplicate] = []
    first_with: dict[str, str] = {}
    for name in ids:
        first = first_with.setdefault(signatures[name].digest, name)
        if first != name:
            found.append(Duplicate(first, name, 0.0))
    # one of each set of equal clips goes on: thousands of copies of one file must not fill a bucket
    unique = list(first_with.values())
    pose = lru_cache(_KEPT_CLIPS)(lambda index: _seen_from_pelvis(load(unique[index])))  # neighbours come again
    candidates = sorted(_candidates([signatures[name] for name in unique]))
    for a, b in tqdm(candidates, desc="looking for duplicates", unit=" pairs", mininterval=1):
        distance = _pose_distance(pose(a), pose(b))
        if distance is not None:
            found.append(Duplicate(unique[a], unique[b], distance))
    order = {name: position for position, name in enumerate(ids)}
    return sorted(found, key=lambda pair: (order[pair.first], order[pair.second]))


def motion_distance(first: Motion, second: Motion) -> float | None:
    """How far apart two clips are in metres at their best shift in time, or None if they are not the same recording."""
    return _pose_distance(_seen_from_pelvis(first), _seen_from_pelvis(second))


def _pose_distance(a: NDArray, b: NDArray) -> float | None:
    """`motion_distance` of what `_seen_from_pelvis` returns."""
    reach = round(SHIFT_SECONDS * MODEL_FPS)
    if abs(len(a) - len(b)) > 2 * reach:
        return None
    gaps = {lag: _gap(a, b, lag) for lag in range(-reach, reach + 1)}
    lag = min(gaps, key=gaps.__getitem__)
    between = (_gap(a, b, start, part) for start in (lag - 1, lag) for part in (0.25, 0.5, 0.75))
    distance = min(gaps[lag], *between)
    movement = float(np.sqrt(a.var(axis=0).sum(axis=-1).max()))
    return distance if distance <= min(SAME_DISTANCE, SAME_SHARE * movement) else None


def _gap(a: NDArray, b: NDArray, lag: int, part: float = 0.0) -> float:
    """Distance of the joint that differs most, root mean square over time; the first is read ``lag + part`` later."""
    x, y = a[max(0, lag) :], b[max(0, -lag) :]
    if part:
        x = x[:-1] * (1 - part) + x[1:] * part
    frames = min(len(x), len(y))
    if 2 * frames < min(len(a), len(b)):
        return float("inf")
    return float(np.sqrt(((x[:frames] - y[:frames]) ** 2).sum(axis=-1).mean(axis=0).max()))


_PEOPLE = {"person", "man", "woman", "someone", "somebody", "human", "figure", "he", "she", "they", "guy", "character"}
_EMPTY = {"a", "an", "the", "is", "are", "and", "then", "his", "her", "their", "its", "while"}


def normalised_words(text: str) -> str:
    """A text without case, punctuation, articles and possessives; whoever acts is a person, endings are cut.

    ``"The man walks forward."`` and ``"a person is walking forward"`` both become ``"person walk forward"``.
    """
    words = [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _EMPTY]
    return " ".join("person" if word in _PEOPLE else _stem(word) for word in words)


def _stem(word: str) -> str:
    """Cuts -ing, -ed, -es, -s where three letters remain, and a consonant doubled by them (running, run)."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            return word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


def _seen_from_pelvis(motion: Motion) -> NDArray:
    """(T, 22, 3) at 20 fps: the joints in the pelvis' own frame, and where up is, half a metre away.

    The pelvis' place and heading drop out without an angle being computed; its tilt stays, as the direction of up.
    """
    motion = motion.resample(MODEL_FPS)
    local = roma.unitquat_to_rotmat(motion.rotations)
    up = 0.5 * local[:, 0, 1]  # the row of the world's y: up, as the pelvis sees it
    local = torch.cat((torch.eye(3).expand(len(local), 1, 3, 3), local[:, 1:]), dim=1)
    joints, _ = forward_kinematics(local, torch.zeros_like(motion.translation), motion.skeleton.offsets)
    return torch.cat((joints[:, 1:], up[:, None]), dim=1).numpy()


def _candidates(signatures: list[MotionSignature]) -> set[tuple[int, int]]:
    """Pairs of indices whose descriptors and lengths are near."""
    if len(signatures) < 2:
        return set()
    descriptors = np.stack([signature.descriptor for signature in signatures])
    seconds = np.array([signature.seconds for signature in signatures])
    pairs: set[tuple[int, int]] = set()
    for order, group in _bucket_orders(descriptors):
        for step in range(1, _NEIGHBOURS + 1):
            a, b = order[:-step], order[step:]
            same = group[:-step] == group[step:]
            if not same.any():
                break
            a, b = a[same], b[same]
            near = np.abs(seconds[a] - seconds[b]) <= 2 * SHIFT_SECONDS
            a, b = a[near], b[near]
            reach = _DESCRIPTOR_DISTANCE + _DESCRIPTOR_DISTANCE_SECONDS / np.minimum(seconds[a], seconds[b])
            near = np.linalg.norm(descriptors[a] - descriptors[b], axis=1) <= reach
            pairs |= {(min(x, y), max(x, y)) for x, y in zip(a[near].tolist(), b[near].tolist(), strict=True)}
    return pairs


def _bucket_orders(descriptors: NDArray) -> Iterator[tuple[NDArray, NDArray]]:
    """For each hash table: the clips sorted by bucket, neighbours in a bucket near each other; and their buckets."""
    generator = np.random.default_rng(0)  # the same buckets on every machine
    for _ in range(_TABLES):
        directions = generator.standard_normal((descriptors.shape[1], _PROJECTIONS)).astype(np.float32)
        values = descriptors @ directions / _BUCKET_WIDTH + generator.random(_PROJECTIONS)
        # a bucket's name is one number: clips that share it by chance are told apart by their descriptors
        bucket = np.floor(values).astype(np.int64) @ generator.integers(1 << 62, size=_PROJECTIONS)
        order = np.lexsort((values[:, 0], bucket))
        yield order, bucket[order]
