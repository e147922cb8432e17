"""What a file holds beside the motion itself, and which suffix has which of it."""

from dataclasses import dataclass
from pathlib import Path

from ..motion import Motion, MotionError
from ..motion.loops import in_place, looped
from ..motion.motion import MAX_FPS, MIN_FPS
from ..rendering.animation import MAX_GIF_FPS, PICTURE_SUFFIXES, PREVIEW_FPS
from ..utils.imports import need_library
from .formats.amass import LAYOUTS
from .formats.bvh import PER_METRE
from .formats.joint_names import joint_names
from .formats.usd import USD_SUFFIXES

#: Frames per second that the SMPL-X add-on of Blender asks for at least.
SMPLX_FPS = 30.0
UNITS: tuple[str, ...] = tuple(PER_METRE)
#: Suffix -> units that its files come in, the usual one first. The others are metres by their own definition.
UNITS_OF = {".bvh": ("cm", "m"), ".fbx": ("cm", "m")} | {suffix: ("m", "cm") for suffix in USD_SUFFIXES}
NAMED_SUFFIXES = (".glb", ".fbx", ".bvh", *USD_SUFFIXES)
SKIN_SUFFIXES = (".glb", ".fbx", *USD_SUFFIXES)
#: Suffix -> the library that writes it, of the extra "export".
LIBRARIES = {".mp4": "av"} | {suffix: "pxr" for suffix in USD_SUFFIXES}


@dataclass(frozen=True)
class SaveOptions:
    """What ``save_motion`` writes beside the motion itself.

    Args:
        names: what the joints of a .glb, .fbx, .bvh or .usd are called: one of ``NAMINGS``.
        fps: frames per second of the file; the motion is resampled to it. Its own rate when None, 20 of a .gif.
        layout: of a .npz: "amass" (SMPL+H) or "smplx", which Blender's SMPL-X add-on reads, at 30 fps unless ``fps``
            says otherwise.
        units: "cm" or "m", of the lengths in a .fbx or .bvh (centimetres when None) or .usd (metres when None). Other
            formats are metres by their definition.
        in_place: the pelvis stays above where it starts.
        loop: a piece of the motion that repeats without a jump: the last frame has the pose of the first.
        skin: the body's mesh in a .glb, .fbx or .usd, and not its skeleton alone.
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
        if suffix == ".gif" and (self.fps or 0) > MAX_GIF_FPS:
            raise MotionError(f"{path}: a GIF shows at most {MAX_GIF_FPS:g} frames per second, fps is {self.fps:g}")
        if not self.skin and suffix not in SKIN_SUFFIXES:
            raise MotionError(f"{path}: only {_listed(SKIN_SUFFIXES)} files have a skin to leave out")
        if suffix in LIBRARIES:
            try:
                need_library(LIBRARIES[suffix], "export", f"writing {suffix} files")
            except ValueError as error:
                raise MotionError(f"{path}: {error}") from None

    def unit_of(self, path: Path) -> str:
        """The unit of that file's lengths."""
        return self.units or UNITS_OF.get(path.suffix.lower(), ("m",))[0]

    def prepared(self, motion: Motion, suffix: str) -> Motion:
        """The motion as a file of that suffix is to hold it: at its frame rate, cut to a cycle, without travel."""
        usual = PREVIEW_FPS if suffix == ".gif" else SMPLX_FPS if self.layout == "smplx" else motion.fps
        motion = motion.resample(self.fps or usual)
        if self.loop:
            motion = looped(motion, travels=not self.in_place)
            if suffix in PICTURE_SUFFIXES:  # they are played from their last frame to their first
                motion = motion.crop(0, motion.num_frames - 1)
        return in_place(motion) if self.in_place else motion


def _listed(suffixes: tuple[str, ...]) -> str:
    return f"{', '.join(suffixes[:-1])} and {suffixes[-1]}"
