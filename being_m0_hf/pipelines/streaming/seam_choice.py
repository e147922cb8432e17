"""What is liked between two motions: no jerk. What leads over lasts some tenths of a second, of which no text tells."""

from ...motion import Motion


def roughness(motion: Motion, first: int, last: int) -> float:
    """The strongest acceleration of any joint between two frames, m/s²."""
    joints = motion.joints()[max(0, first - 1) : last + 1]
    return float(joints.diff(n=2, dim=0).norm(dim=-1).max()) * motion.fps**2


__all__ = ["roughness"]
