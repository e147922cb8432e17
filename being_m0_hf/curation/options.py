"""How videos are made into clips: what a user may choose."""

from dataclasses import dataclass

from ..motion import MotionError

#: What may be left out, in the order in which it happens; keypoints and lifting cannot.
SKIPPABLE = ("shots", "clean", "refine")


@dataclass(frozen=True)
class CurationOptions:
    """How a folder of videos is curated.

    Args:
        folder: videos, and keypoint files beside them or alone; "" where there are only images.
        images: a folder of still images; their poses are held. "" for none.
        name: of the collection; the folder's name by default.
        licence: of all videos of which ``licences`` says nothing.
        licences: a CSV file with the licence of each video, see `read_licences`; "" for none.
        skip: steps of `SKIPPABLE` that are left out.
        lifter: a checkpoint that lifts keypoints, or sees bodies in pictures, by its name; the shipped one by default.
        agree_with: another such checkpoint, which looks at the same people; where the two disagree, clips are flagged.
            "" for none.
        physics: whether MuJoCo tells which motions no floor holds up, see `needed_forces`; they weigh less.
        detector: finds people in videos without a keypoint file, see `being_m0_hf.video.load_detector`.
        most_people: videos in which more people are seen at once are crowds, and left out.
        shortest: seconds that somebody must be seen without a long gap.
        smallest: pixels that a person must be tall.
        fps, size, layout: of keypoint files that do not say them, see `read_keypoints`.
        focal: focal length of the cameras, in longer sides of the picture; 0 for that of phones.
    """

    folder: str = ""
    images: str = ""
    name: str = ""
    licence: str = ""
    licences: str = ""
    skip: tuple[str, ...] = ()
    lifter: str = "hummuss-mini"
    agree_with: str = ""
    physics: bool = False
    detector: str = "blazepose"
    most_people: int = 4
    shortest: float = 1.0
    smallest: float = 40.0
    fps: float | None = None
    size: tuple[float, float] | None = None
    layout: str | None = None
    focal: float = 0.0

    def __post_init__(self) -> None:
        unknown = [step for step in self.skip if step not in SKIPPABLE]
        if unknown:
            raise MotionError(f"--skip {unknown[0]}: no such step; what may be left out is {', '.join(SKIPPABLE)}")
        if not self.folder and not self.images:
            raise MotionError("nothing to curate; give a folder of videos, or --images and a folder of images")


__all__ = ["SKIPPABLE", "CurationOptions"]
