"""What a file holds beside the motion itself, and which suffix has which of it."""

from dataclasses import dataclass
from pathlib import Path

from ..motion import Motion, MotionError
from ..motion.loops import in_place, looped
from ..motion.motion import MAX_FPS, MIN_FPS
from .formats.amass import LAYOUTS
from .formats.bvh import PER_METRE
from .formats.joint_names import joint_names

#: Frames per second that the SMPL-X add-on of Blender asks for at least.
SMPLX_FPS = 30.0
UNITS: tuple[str, ...] = tuple(PER_METRE)
#: Suffix -> units that its files come in, the usual one first. The others are metres by their own definition.
UNITS_OF = {".bvh": ("cm", "m"), ".fbx": ("cm", "m")}
NAMED_SUFFIXES = (".glb", ".bvh", ".fbx")
SKIN_SUFFIXES = (".glb", ".fbx")


@dataclass(frozen=True)
class SaveOptions:
    """What ``save_motion`` writes beside the motion itself.

    Args:
        names: what the joints of a .glb, .fbx or .bvh are called: one of ``NAMINGS`` (``formats/joint_names.py``).
        fps: frames per second of the file; the motion is resampled to it. Its own rate when None.
        layout: of a .npz: "amass" (SMPL+H) or "smplx", which Blender's SMPL-X add-on reads, at 30 fps unless ``fps``
            says otherwise.
        units: "cm" or "m" in a .fbx or .bvh, centimetres when None. Other formats are metres by their definition.
        in_place: the pelvis stays above where it starts.
        loop: a piece of the motion that repeats without a jump: the last frame has the pose of the first.
        skin: the body's mesh in a .glb or .fbx, and not its skeleton alone.
    """

    names: str = "smpl"
    fps: float | None = None
    layout: str = "amass"
    units: str | None = None
    in_place: bool = False
    loop: bool = False
    skin: bool = True

    def check(self, path: Path) -> None:
        """Raise ``MotionError`` for options that a file of that suffix does not have."""
        suffix = path.suffix.lower()
        joint_names(self.names)
        if self.names != "smpl" and suffix not in NAMED_SUFFIXES:
            raise MotionError(
                f"{path}: joints have names in {_listed(NAMED_SUFFIXES)} files only; leave out names {self.names!r}"
            )
        if self.layout not in LAYOUTS:
            raise MotionError(f"layout {self.layout!r} is unknown; use one of {', '.join(LAYOUTS)}")
        if self.layout != "amass" and suffix != ".npz":
            raise MotionError(f"{path}: only .npz files have layouts; leave out layout {self.layout!r}")
        if self.fps is not None and not MIN_FPS <= self.fps <= MAX_FPS:
            raise MotionError(f"fps is {self.fps}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second")
        if self.units not in (None, *UNITS):
            raise MotionError(f"units {self.units!r} are unknown; use one of {', '.join(UNITS)}")
        if self.units not in (None, *UNITS_OF.get(suffix, ("m",))):
            raise MotionError(f"{path}: {suffix} files are in metres by definition; leave out units {self.units!r}")
        if not self.skin and suffix not in SKIN_SUFFIXES:
            raise MotionError(f"{path}: only {_listed(SKIN_SUFFIXES)} files have a skin to leave out")

    def unit_of(self, path: Path) -> str:
        """The unit of that file's lengths."""
        return self.units or UNITS_OF.get(path.suffix.lower(), ("m",))[0]

    def prepared(self, motion: Motion) -> Motion:
        """The motion as the file is to hold it: at its frame rate, cut to a cycle, without travel."""
        motion = motion.resample(self.fps or (SMPLX_FPS if self.layout == "smplx" else motion.fps))
        if self.loop:
            motion = looped(motion, travels=not self.in_place)
        return in_place(motion) if self.in_place else motion


def _listed(suffixes: tuple[str, ...]) -> str:
    return f"{', '.join(suffixes[:-1])} and {suffixes[-1]}"
