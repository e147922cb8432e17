"""Edits of recorded motion: are seams as smooth as the recording is there, and does the rest stay as it was?

Every clip is continued from its middle and has its middle filled. At each seam the mean jerk of the joints over half a
second is put beside that of the recording at the same frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from tqdm.auto import tqdm

from ...motion import Motion
from ..metrics.shares import mean

#: Frames at 20 fps on either side of a seam that are looked at.
REACH = 5
#: Real jerk below this (m/s^3) is standing still: a ratio to it would say nothing.
STILL = 5.0


@dataclass(frozen=True)
class SeamReport:
    """Means over the clips.

    Args:
        edits: name -> (jerk at its seams, jerk of the recordings there), m/s^3.
        kept_mm: name -> how far joints are off where nothing was asked for, beside a shift and turn on the floor.
    """

    edits: dict[str, tuple[float, float]]
    kept_mm: dict[str, float]

    def ratio(self, name: str) -> float:
        """Jerk at the seams over that of the recordings at the same frames."""
        made, real = self.edits[name]
        return made / real


def seam_jerk(motion: Motion, frame: int) -> float:
    """Mean jerk of the joints over the frames around one, m/s^3; 20 fps."""
    joints = motion.joints()
    jerk = joints.diff(n=3, dim=0).norm(dim=-1) * motion.fps**3
    return float(jerk[max(0, frame - REACH) : frame + REACH].mean())


def evaluate_seams(pipeline, clips: Sequence[tuple[Motion, str]], seed: int = 0, progress: bool = True) -> SeamReport:
    """Continue and fill clips with their own sentence.

    Args:
        pipeline: a `MotionPipeline` that has learned to fill in.
        clips: motions of at least 3 s at 20 fps, each with its sentence.
        seed: of the edits.
        progress: show a bar.

    Raises:
        ValueError: a clip that is too short, or none that moves.
    """
    jerks: dict[str, list[tuple[float, float]]] = {"continue": [], "fill": [], "fill an arm": []}
    kept: dict[str, list[float]] = {name: [] for name in jerks}
    for real, text in tqdm(clips, desc="seams", unit="clip", disable=not progress):
        if real.seconds < 3:
            raise ValueError(f"a clip lasts {real.seconds:.2f} s, expected at least 3")
        middle = real.num_frames // 2 // 4 * 4
        first, last = middle - 12, middle + 12
        start, end = first / real.fps, last / real.fps
        longer = pipeline.continue_(real.crop(0, middle), text, seconds=1.0, seed=seed)
        edits = {
            "continue": (longer, [middle], [slice(0, middle)]),
            "fill": (pipeline.fill(real, start, end, text, seed=seed), [first, last], _outside(first, last)),
            "fill an arm": (
                pipeline.fill(real, start, end, text, parts=["left_arm"], seed=seed),
                [first, last],
                _outside(first, last),
            ),
        }
        for name, (motion, seams, pieces) in edits.items():
            pairs = [(seam_jerk(motion, seam), seam_jerk(real, seam)) for seam in seams]
            jerks[name] += [pair for pair in pairs if pair[1] > STILL]
            kept[name] += [_off(motion, real, piece) for piece in pieces]
    if not jerks["continue"]:
        raise ValueError("no clip moves where it was edited; give others")
    means = {name: (mean(made for made, _ in pairs), mean(real for _, real in pairs)) for name, pairs in jerks.items()}
    return SeamReport(means, {name: mean(values) for name, values in kept.items()})


def _outside(first: int, last: int) -> list[slice]:
    return [slice(0, first), slice(last, None)]


def _off(motion: Motion, real: Motion, piece: slice) -> float:
    """Mean distance of joints in some frames, mm, both from the same place and heading."""
    places: list[Tensor] = []
    for each in (motion, real):
        whole = each.replace(rotations=each.rotations[piece], translation=each.translation[piece])
        places.append(whole.canonicalized().joints())
    frames = min(map(len, places))
    return 1000 * float((places[0][:frames] - places[1][:frames]).norm(dim=-1).mean())


__all__ = ["SeamReport", "evaluate_seams", "seam_jerk"]
