"""Batches of crops: from several data sets in the shares that were asked for, mirrored and recoloured by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from ...models.smplest_x import SMPLestXImageProcessor
from ...motion import CANONICAL_SKELETON, MIRROR_JOINTS
from ...motion.kinematics import forward_kinematics
from ...training_data.images import PersonImages
from ...training_data.images.film_cache import Studio
from ..run.allowed_values import SettingsError
from ..run.batches import Batch, Draw, step_seed
from .settings import ImageModelSettings

Rows = dict[str, Tensor]


def data_sets(settings: ImageModelSettings) -> tuple[list[PersonImages], Tensor]:
    """The data sets of a run and how often each is drawn, summing to 1.

    Raises:
        SettingsError: words that are no weights, or crops of different sizes.
    """
    folders, weights = [], []
    for word in settings.images:
        folder, equals, weight = word.rpartition("=") if settings.sampling == "weighted" else (word, "=", "1")
        try:
            weights.append(float(weight))
        except ValueError:
            equals = ""
        if not equals or not 0 < weights[-1] < 1e9:
            raise SettingsError(f"images has {word!r}, expected folder=weight because sampling is weighted")
        folders.append(folder)
    found = [PersonImages(folder, settings.use_share) for folder in folders]
    sizes = {each.image_size for each in found}
    if len(sizes) > 1:
        raise SettingsError(f"images are of {len(sizes)} sizes in {', '.join(folders)}; make them of one")
    if settings.sampling == "concatenated":
        weights = [float(len(each)) for each in found]
    shares = torch.tensor(weights, dtype=torch.double)
    return found, shares / shares.sum()


@dataclass(frozen=True, eq=False)
class CropBatches:
    """A batch of crops for each draw."""

    sets: Sequence[PersonImages]
    shares: Tensor
    processor: SMPLestXImageProcessor
    size: int
    flip: float = 0.5
    colour: float = 0.2

    def __call__(self, draw: Draw) -> Batch:
        chosen, mirrored, factors = [], [], []
        for row in draw.rows(self.size):
            generator = draw.row_generator(row)
            which = int(torch.multinomial(self.shares, 1, generator=generator))
            chosen.append((which, int(torch.randint(len(self.sets[which]), (1,), generator=generator))))
            mirrored.append(float(torch.rand((), generator=generator)) < self.flip)
            factors.append(1 + self.colour * (2 * torch.rand(3, generator=generator) - 1))
        found = [self.sets[which].rows([number]) for which, number in chosen]
        rows = {name: torch.cat([row[name] for row in found]) for name in found[0]}
        other, turned = mirrored_rows(rows), torch.tensor(mirrored)
        rows = {name: torch.where(_over(turned, rows[name]), other[name], rows[name]) for name in rows}
        rows["images"] = (rows["images"].float() * torch.stack(factors)[:, None, None]).clamp(0, 255)
        return model_inputs(rows, self.processor)


@dataclass(frozen=True, eq=False)
class DrawnBatches:
    """A batch of crops for each draw that nobody has seen before: drawn on the studio's device, where it stays."""

    studio: Studio
    processor: SMPLestXImageProcessor
    size: int

    def __call__(self, draw: Draw) -> Batch:
        return model_inputs(self.studio.pictures(self.size, step_seed(draw.seed, draw.share)), self.processor)


def _over(choice: Tensor, values: Tensor) -> Tensor:
    return choice.reshape(-1, *[1] * (values.ndim - 1))


def mirrored_rows(rows: Rows) -> Rows:
    """Crops and what is true of them, seen in a mirror."""
    width = rows["images"].shape[2]
    keypoints = rows["keypoints"][:, list(MIRROR_JOINTS)] * torch.tensor([-1.0, 1.0]) + torch.tensor([width, 0.0])
    rotations = rows["rotations"][:, list(MIRROR_JOINTS)] * torch.tensor([1.0, -1.0, -1.0, 1.0])
    return {"images": rows["images"].flip(2), "rotations": rotations, "keypoints": keypoints}


def model_inputs(rows: Rows, processor: SMPLestXImageProcessor) -> Batch:
    """What `SMPLestXModel` takes: pixels, rotations, joints about the pelvis, and keypoints."""
    rotations = roma.unitquat_to_rotmat(rows["rotations"])
    offsets = CANONICAL_SKELETON.offsets.to(rotations.device)
    joints, _ = forward_kinematics(rotations, torch.zeros_like(rotations[:, 0, 0]), offsets)
    return {
        "pixel_values": processor.pixel_values(rows["images"]),
        "root_rotation": rotations[:, 0],
        "body_rotations": rotations[:, 1:],
        "joints": joints,
        "keypoints": rows["keypoints"],
    }
