"""Would a body stay up? The force and torque that a motion needs, against what a floor can give.

No muscle moves the whole body: its accelerations, and gravity, ask for a force and a torque at the root, which only
what touches the floor can give. MuJoCo's inverse dynamics tells how much a body of our skeleton needs in each frame;
what of it is near the floor pushes and rubs, within a cone of friction, as well as it can; the rest is missing. A frame
is held if less than a share of the body's weight is missing.

Being-M0 lets a policy track the motion in a simulation. Nothing is simulated forward here, and nobody has to learn to
walk: chairs, walls and things in the hands are not known, so who sits on a chair counts as not held, and the strength
of muscles has no limit.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...motion import JOINT_INDEX, JOINT_NAMES, MODEL_FPS, Motion, Skeleton
from ...pipelines.images.world import ankle_height, smooth_rotations
from ...pipelines.lifting.path import smooth
from ...utils.imports import need_library
from ..curated_video import CuratedVideo
from ..options import CurationOptions
from ..simulated_body import MASS, body_xml, far_end, segment_of
from .plausibility import LEAST_WEIGHT

GRAVITY = 9.81
#: Seconds of smoothing before places are differentiated twice, standard deviation.
SECONDS = 0.06
#: Metres above the floor from which nothing touches it.
REACH = 0.06
#: Of shoes on a floor.
FRICTION, EDGES = 0.9, 8
#: Metres over which a torque is a force: half a leg.
ARM = 0.5
#: Share of the body's weight that may be missing.
MISSING = 0.2
#: Behind the ankle, metres, and from the middle of the foot to either side.
HEEL, HALF_FOOT = 0.06, 0.04


@dataclass(frozen=True, eq=False)
class NeededForces:
    """What a motion needs from outside.

    Args:
        force: (T, 3) newtons in the world.
        torque: (T, 3) newton metres about the pelvis, in the world.
        missing: (T,) of both what a floor cannot give, in weights of the body.
    """

    force: NDArray
    torque: NDArray
    missing: NDArray

    @property
    def held(self) -> float:
        """Share of the frames in which the floor gives what is needed, or nearly."""
        return float((self.missing < MISSING).mean())


def needed_forces(motion: Motion) -> NeededForces:
    """The force and torque that a motion needs, and what of them the floor (y = 0) cannot give.

    Raises:
        ValueError: MuJoCo is not installed (the extra ``physics``).
    """
    need_library("mujoco", "physics", "the physics check")
    import mujoco

    motion = _smoothed(motion.resample(MODEL_FPS))
    model = _model(motion.skeleton)
    data = mujoco.MjData(model)
    places, speeds, accelerations = _states(mujoco, model, motion)
    force, torque = (np.zeros((motion.num_frames, 3)) for _ in range(2))
    for frame in range(motion.num_frames):
        data.qpos[:], data.qvel[:], data.qacc[:] = places[frame], speeds[frame], accelerations[frame]
        mujoco.mj_inverse(model, data)
        force[frame] = data.qfrc_inverse[:3]
        torque[frame] = data.xmat[1].reshape(3, 3) @ data.qfrc_inverse[3:6]  # the root's own axes -> the world's
    touching, root = _low_points(motion), motion.joints()[:, 0].double().numpy()
    missing = [_missing(*needed) for needed in zip(force, torque, touching, root, strict=True)]
    return NeededForces(force, torque, np.array(missing))


def held_up(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """The video with ``unsupported`` among the scores, the share of frames that no floor holds up; it weighs."""
    tracks = []
    for track in video.tracks:
        held = needed_forces(track.lifted).held
        weight = max(LEAST_WEIGHT, (1 - track.scores["implausibility"]) * held)
        scores = {"unsupported": 1 - held, "implausibility": 1 - weight}
        tracks.append(track.replace(scores=track.scores | scores))
    return video.replace(tracks=tuple(tracks))


def _smoothed(motion: Motion) -> Motion:
    deviation = SECONDS * motion.fps
    return motion.replace(
        rotations=smooth_rotations(motion.rotations, deviation), translation=smooth(motion.translation, deviation)
    )


def _model(skeleton: Skeleton) -> Any:
    return _compiled(tuple(skeleton.offsets.flatten().tolist()))


@lru_cache(maxsize=4)
def _compiled(offsets: tuple[float, ...]) -> Any:
    import mujoco

    return mujoco.MjModel.from_xml_string(body_xml(Skeleton(torch.tensor(offsets).view(-1, 3))))


def _states(mujoco: Any, model: Any, motion: Motion) -> tuple[NDArray, NDArray, NDArray]:
    """Places (T, nq), speeds and accelerations (T, nv), as MuJoCo counts them."""
    quaternions = motion.rotations[..., [3, 0, 1, 2]].double().numpy()  # real part first
    places = np.zeros((motion.num_frames, model.nq))
    places[:, :3] = motion.joints()[:, 0].double().numpy()
    for index, name in enumerate(JOINT_NAMES):
        start = int(model.joint(name).qposadr[0]) + (3 if index == 0 else 0)
        places[:, start : start + 4] = quaternions[:, index]
    step = 1 / motion.fps
    between = np.zeros((motion.num_frames - 1, model.nv))
    for frame in range(motion.num_frames - 1):
        mujoco.mj_differentiatePos(model, between[frame], step, places[frame], places[frame + 1])
    edges = np.concatenate((between[:1], between, between[-1:]))  # the ends go on as they are
    return places, (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / step


def _low_points(motion: Motion) -> list[NDArray]:
    """For each frame, points (n, 3) of the body that touch the floor, or nearly."""
    joints, rotations = (each.double() for each in motion.pose())
    points = []
    for name in JOINT_NAMES:
        index, segment = JOINT_INDEX[name], segment_of(name)
        for offset in _contact_offsets(name, motion.skeleton):
            points.append(joints[:, index] + rotations[:, index] @ torch.from_numpy(offset))
            if not name.endswith(("ankle", "foot")):  # soles are points; the rest is round
                points[-1] = points[-1] - torch.tensor([0.0, segment.radius, 0.0])
    everything = torch.stack(points, dim=1).numpy()
    return [frame[frame[:, 1] < REACH] for frame in everything]


def _contact_offsets(name: str, skeleton: Skeleton) -> list[NDArray]:
    """Points of a segment that may touch the floor, in the axes of its joint, metres."""
    side, _, limb = name.partition("_")
    if limb == "ankle":
        return [np.array([across, -ankle_height(), -HEEL]) for across in (-HALF_FOOT, HALF_FOOT)]
    if limb == "foot":
        sole = -ankle_height() - float(skeleton.offsets[JOINT_INDEX[name], 1])
        return [np.array([across, sole, ahead]) for ahead in (0.0, 0.06) for across in (-HALF_FOOT, HALF_FOOT)]
    return [np.zeros(3), far_end(name, skeleton)] if limb == "wrist" or name == "head" else [np.zeros(3)]


def _missing(force: NDArray, torque: NDArray, points: NDArray, root: NDArray) -> float:
    """What is left of a force and a torque when the points push and rub as well as they can, in weights."""
    from scipy.optimize import nnls

    weight = MASS * GRAVITY
    needed = np.concatenate((force, torque / ARM)) / weight
    if not len(points):
        return float(np.linalg.norm(needed))
    angles = np.arange(EDGES) * 2 * np.pi / EDGES
    edges = np.stack((FRICTION * np.cos(angles), np.ones(EDGES), FRICTION * np.sin(angles)), 1)
    arms = np.repeat(points - root, EDGES, axis=0)
    forces = np.tile(edges, (len(points), 1))
    columns = np.concatenate((forces, np.cross(arms, forces) / ARM), 1).T
    return float(nnls(columns, needed)[1])


__all__ = ["NeededForces", "held_up", "needed_forces"]
