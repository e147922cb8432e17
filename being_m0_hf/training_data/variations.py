"""Many takes of one recording: other tempo, larger or smaller arms, and only the seconds in which something happens.

Actions of which one clip is all there is would else be learned as that clip.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import roma
import torch
from torch import Tensor

from ..motion import JOINT_INDEX, Motion
from .samples import MAX_SECONDS, MIN_SECONDS, TrainingSample

#: Takes of one action, recorded ones included; mirrored copies come on top.
TAKES = 24
#: Sources of single clips.
SOURCES = ("more", "more_nc")
TEMPO = (0.85, 1.15)
AMPLITUDE = (0.85, 1.15)
#: m/s: a body none of whose joints is faster does nothing.
ACTIVE_SPEED = 0.5
#: Seconds that are left before and after what happens.
MARGIN = (0.15, 0.6)

_ARM_JOINTS = [JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")]
_WRISTS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
_HEAD, _PELVIS = JOINT_INDEX["head"], JOINT_INDEX["pelvis"]
#: m: hands nearer to the head, to each other or to the floor touch it, and would miss it with other arms.
_TOUCHING, _LOW = 0.25, 0.35


def varied(samples: list[TrainingSample], rng: random.Random) -> Iterator[TrainingSample]:
    """More takes of the actions that single clips show, until each has `TAKES`."""
    single = [sample for sample in samples if sample.source in SOURCES and sample.label]
    counts = Counter(sample.movement for sample in single)
    for sample in single:
        for number in range(max(0, round(TAKES / counts[sample.movement]) - 1)):
            motion = another_take(sample.motion, rng)
            yield replace(sample, id=f"{sample.id}+take{number}", kind="varied", made_from=sample.kind, motion=motion)


def another_take(motion: Motion, rng: random.Random) -> Motion:
    """The motion at another tempo, cut to what happens, with larger or smaller arms where they touch nothing."""
    if rng.random() < 0.6:
        first, last = active_window(motion, rng.uniform(*MARGIN), rng.uniform(*MARGIN))
        motion = motion.crop(first, last)
    if not hands_touch(motion):
        motion = with_amplitude(motion, rng.uniform(*AMPLITUDE))
    fastest = min(TEMPO[1], motion.seconds / MIN_SECONDS)
    slowest = max(TEMPO[0], motion.seconds / MAX_SECONDS)
    tempo = min(max(rng.uniform(*TEMPO), slowest), fastest)
    return motion.replace(fps=motion.fps * tempo).resample(motion.fps)


def active_window(motion: Motion, before: float, after: float) -> tuple[int, int]:
    """First frame and the one behind the last of what happens, with seconds around it; all where nothing does.

    Never shorter than `MIN_SECONDS`.
    """
    speeds = motion.joints().diff(dim=0).norm(dim=-1).amax(dim=1) * motion.fps
    active = torch.nonzero(speeds > ACTIVE_SPEED).flatten().tolist()
    if not active:
        return 0, motion.num_frames
    first = max(0, active[0] - round(before * motion.fps))
    last = min(motion.num_frames, active[-1] + 2 + round(after * motion.fps))
    shortest = round(MIN_SECONDS * motion.fps)
    if last - first < shortest:
        first = max(0, min(first, motion.num_frames - shortest))
        last = min(motion.num_frames, first + shortest)
    return first, last


def hands_touch(motion: Motion) -> bool:
    """Whether a hand comes to the head, to the other hand or to the floor, or the body lies or sits on the floor."""
    joints = motion.joints()
    wrists = joints[:, _WRISTS]
    near_head = (wrists - joints[:, _HEAD, None]).norm(dim=-1).amin()
    together = (wrists[:, 0] - wrists[:, 1]).norm(dim=-1).amin()
    low = min(float(wrists[..., 1].amin()), float(joints[:, _PELVIS, 1].amin()))
    return bool(min(near_head, together) < _TOUCHING) or low < _LOW


def with_amplitude(motion: Motion, factor: float) -> Motion:
    """Arms that swing further from their mean pose, or less far, by a factor."""
    rotations = motion.rotations.clone()
    arms = rotations[:, _ARM_JOINTS]
    mean = mean_rotation(arms).expand_as(arms)
    swing = roma.unitquat_to_rotvec(roma.quat_product(roma.quat_conjugation(mean), arms))
    rotations[:, _ARM_JOINTS] = roma.quat_product(mean, roma.rotvec_to_unitquat(factor * swing))
    return motion.replace(rotations=rotations)


def mean_rotation(rotations: Tensor) -> Tensor:
    """(joints, 4): mean over the frames of (frames, joints, 4) unit quaternions."""
    signs = torch.where((rotations * rotations[:1]).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    return torch.nn.functional.normalize((rotations * signs).mean(dim=0), dim=-1)
