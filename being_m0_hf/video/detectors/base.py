"""What all detectors have in common."""

from typing import Protocol

from numpy.typing import NDArray

from ...io.keypoints import Frame

DETECTORS = ("blazepose", "vitpose")


class PeopleFollower(Protocol):
    """Sees the frames of one video in their order."""

    def see(self, picture: NDArray) -> Frame:
        """Everybody in the picture (height, width, 3) of RGB bytes, keypoints in its pixels."""
        ...


class PeopleDetector(Protocol):
    """Models that are loaded once and serve many videos."""

    #: Of its keypoints, a name of `being_m0_hf.io.keypoints.LAYOUTS`.
    layout: str

    def follow(self, most_people: int) -> PeopleFollower:
        """What sees the frames of one video, at most so many people in each."""
        ...


def load_detector(name: str = "blazepose") -> PeopleDetector:
    """A detector by its name.

    Args:
        name: ``blazepose`` (offline, after ``being-m0 film --fetch-detector``) or ``vitpose`` (transformers, from the
            Hugging Face Hub).

    Raises:
        ValueError: no such detector, or its library or its files are not there; the message says what to do.
    """
    if name == "blazepose":
        from .blazepose import BlazePose

        return BlazePose()
    if name == "vitpose":
        from .vitpose import VitPose

        return VitPose.from_pretrained()
    raise ValueError(f"there is no detector {name[:40]!r}; there are {', '.join(DETECTORS)}")


__all__ = ["DETECTORS", "PeopleDetector", "PeopleFollower", "load_detector"]
