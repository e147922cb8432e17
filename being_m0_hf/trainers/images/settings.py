"""Settings of an image model's training."""

from dataclasses import dataclass

from ...models.smplest_x.configuration_smplest_x import SIZES
from ..run.allowed_values import amount, choice, positive, several, share, text, whole
from ..run.settings import LoopSettings

SAMPLINGS = ("balanced", "weighted", "concatenated")


@dataclass
class ImageModelSettings(LoopSettings):
    """Settings of a run of SMPLest-X.

    Args:
        images: folders of crops, see `PersonImages`; with ``weighted`` sampling as ``folder=weight``.
        drawn_from: a training cache whose recordings are photographed anew for every batch, on the device that trains,
            instead of reading ``images``: for a graphics card, which draws faster than it learns.
        recordings_share: of how many of these recordings, spread over all of them.
        validation_images: another such folder, to measure on; none by default.
        sampling: ``balanced`` draws from each data set equally often, ``weighted`` by the weights that were given,
            ``concatenated`` by how many crops it has.
        use_share: how much of each data set to use, from its beginning.
        size: a name of `SIZES`.
        start_from: folder of a model of the same size that this run begins with.
        flip: share of crops that are mirrored.
        colour: by which share colours and brightness change.
        pixel_mean, pixel_deviation: see `SMPLestXImageProcessor`.
        cut_scale: how much larger than what the model sees the first, bilinear cut of a picture is.
        evaluate_samples: crops to measure on.
    """

    images: list[str] = several(["runs/images/train"])
    drawn_from: str = ""
    recordings_share: float = share(1.0)
    validation_images: str = ""
    sampling: str = choice(*SAMPLINGS)
    use_share: float = share(1.0)
    size: str = choice("smplest-x-tiny", *(name for name in SIZES if name != "smplest-x-tiny"))
    start_from: str = ""
    flip: float = share(0.5)
    colour: float = share(0.2)
    pixel_mean: float = amount(0.5)
    pixel_deviation: float = positive(0.25)
    cut_scale: int = whole(2)
    evaluate_samples: int = whole(600)
    batch_size: int = whole(32)
    output_dir: str = text("runs/image_model")
