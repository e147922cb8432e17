"""Compare motion features: what the way back to joints and to rotations costs, in accuracy and in time.

    python training/studies/compare_features.py --cache runs/cache --clips 40

D135 (Being-M0) holds rotations; H3D-263 (HumanML3D) holds positions, and rotations in three readings. Prints a table in
Markdown: mean error of joints and of local rotations over frames and clips, and seconds to get a clip's rotations.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import roma
import torch
from torch import Tensor

from being_m0_hf.cli.options import number_of
from being_m0_hf.evaluation.held_out import cached_clips
from being_m0_hf.io.formats.humanml3d import joints_from_humanml3d
from being_m0_hf.motion import CANONICAL_SKELETON, D135_SIZE, JOINT_INDEX, MODEL_FPS, Motion, MotionError
from being_m0_hf.motion.h3d_features import H3D_ROTATIONS, H3D_SIZE, h3d_features, h3d_heading
from being_m0_hf.motion.rotations import angle_between, quaternion_from_6d, yaw_quaternion
from being_m0_hf.retarget import motion_from_joints
from being_m0_hf.retarget.humanml3d_bones import humanml3d_features
from being_m0_hf.trainers.run.settings import SettingsError, one_line_errors


@dataclass(frozen=True)
class WayBack:
    """Features of a motion, and one way from them to a motion with rotations."""

    features: str
    way: str
    size: int
    encode: Callable[[Motion], Tensor]
    decode: Callable[[Tensor], Motion]


def heading_root(features: Tensor) -> Motion:
    """The rotations in H3D-263 as joint rotations; the pelvis turns with the heading and never tilts."""
    joints = _positions(features)
    turn = torch.cat((features.new_zeros(1), features[:-1, 0])).double().cumsum(dim=0)
    return _motion(yaw_quaternion(-2 * turn), features, joints)


def fitted_root(features: Tensor) -> Motion:
    """The rotations in H3D-263 as joint rotations, and the pelvis turned as hips and spine lie about it."""
    joints = _positions(features)
    around = [JOINT_INDEX[name] for name in ("left_hip", "right_hip", "spine1")]
    seen = joints[:, around] - joints[:, :1]
    ours = CANONICAL_SKELETON.offsets[around].double().expand_as(seen)
    return _motion(roma.rotmat_to_unitquat(roma.rigid_vectors_registration(ours, seen)), features, joints)


def from_positions(features: Tensor) -> Motion:
    """Inverse kinematics from the positions in H3D-263."""
    return motion_from_joints(_positions(features), MODEL_FPS)


WAYS = (
    WayBack("D135", "as they are", D135_SIZE, Motion.to_d135, Motion.from_d135),
    WayBack("H3D-263", "rotations inside, pelvis fitted to positions", H3D_SIZE, h3d_features, fitted_root),
    WayBack("H3D-263", "rotations inside, pelvis by heading", H3D_SIZE, h3d_features, heading_root),
    WayBack("H3D-263", "inverse kinematics from positions", H3D_SIZE, h3d_features, from_positions),
    WayBack(
        "H3D-263 as HumanML3D's files have it", "rotations inside, taken for joint rotations", H3D_SIZE,
        lambda motion: humanml3d_features(motion.joints()), fitted_root,
    ),
)  # fmt: skip


def measure(way: WayBack, clips: list[Motion]) -> dict[str, float]:
    """Mean errors and time of the clips that the way brings back, and how many those are."""
    joints, rotations, seconds, frames = [], [], 0.0, 0
    for truth in clips:
        features = way.encode(truth)
        start = time.perf_counter()
        try:
            found = way.decode(features)
        except MotionError:
            continue
        seconds += time.perf_counter() - start
        frames += len(features)
        turn = float(h3d_heading(truth.joints())[0]) if way.size == H3D_SIZE else 0.0
        truth = truth.crop(0, found.num_frames)
        found = _laid_on(found, truth, turn)
        joints.append(1000 * float((found.joints() - truth.joints()).norm(dim=-1).mean()))
        rotations.append(float(torch.rad2deg(angle_between(found.rotations, truth.rotations)).mean()))
    if not joints:
        raise SettingsError(f"{way.features}, {way.way}: brings no clip back; take more clips")
    count = len(joints)
    return {
        "joints_mm": sum(joints) / count,
        "rotations_deg": sum(rotations) / count,
        "seconds": seconds / count,
        "frames_per_second": frames / seconds,
        "clips": count,
    }


def table(clips: list[Motion]) -> str:
    """All ways, in Markdown."""
    head = [
        "features",
        "numbers a frame",
        "way back",
        "joints, mm",
        "rotations, degrees",
        "s a clip",
        "frames/s",
        "clips",
    ]
    lines = [" | ".join(head), " | ".join(["---"] * len(head))]
    for way in WAYS:
        row = measure(way, clips)
        figures = [_rounded(row[name]) for name in ("joints_mm", "rotations_deg", "seconds")]
        figures.append(f"{row['frames_per_second']:.0f}")
        lines.append(" | ".join([way.features, str(way.size), way.way, *figures, f"{row['clips']} of {len(clips)}"]))
    return "".join(f"| {line} |\n" for line in lines)


def _rounded(number: float) -> str:
    return f"{number:.3g}" if number >= 0.001 else "< 0.001"  # below it stands only float32's rounding


def _positions(features: Tensor) -> Tensor:
    return joints_from_humanml3d(features.numpy())[0]


def _motion(pelvis: Tensor, features: Tensor, joints: Tensor) -> Motion:
    body = quaternion_from_6d(features[:, H3D_ROTATIONS].unflatten(1, (-1, 6)))
    return Motion(torch.cat((pelvis[:, None].float(), body), dim=1), joints[:, 0], MODEL_FPS)


def _laid_on(found: Motion, truth: Motion, turn: float) -> Motion:
    """The motion where the true one starts, turned by ``turn``, and as high on average: features do not say these."""
    found = found.moved(turn, truth.translation[0, [0, 2]])
    rise = (truth.translation - found.translation)[:, 1].mean()
    return found.replace(translation=found.translation + torch.tensor([0.0, float(rise), 0.0]))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", default="runs/cache", help="that training/prepare_data.py wrote (runs/cache)")
    parser.add_argument("--split", default="val", help="of the cache (val)")
    parser.add_argument("--clips", type=number_of(1), default=40, help="at most, spread over the split (40)")
    arguments = parser.parse_args(argv)
    found = cached_clips(arguments.cache, arguments.split)
    chosen = found[:: max(1, len(found) // arguments.clips)][: arguments.clips]
    if not chosen:
        raise SettingsError(f"{arguments.cache}: split {arguments.split!r} has no clips")
    print(table([Motion.from_d135(features) for features in chosen]), end="")


if __name__ == "__main__":
    with one_line_errors():
        main()
