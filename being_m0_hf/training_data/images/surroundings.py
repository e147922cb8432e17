"""What is behind and before drawn people, and what a camera makes of it; pictures (n, 3, height, width), 0 to 255."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .chance import Chance

#: Shares of pictures with a floor, with a person beside, with things before the person, not sharp, and coarse.
FLOORED, ACCOMPANIED, OCCLUDED, BLURRED, COARSE = 0.6, 0.25, 0.35, 0.4, 0.15
#: Things behind and before a person, at most.
THINGS_BEHIND, THINGS_BEFORE = 5, 2
#: Of the people beside: how many are behind, and how far off, in widths of the crop.
BEHIND, NEAREST_BESIDE, FARTHEST_BESIDE = 0.65, 0.35, 0.9
#: Cells of the noise that backgrounds are cut from, fine and coarse.
COARSE_CELLS, FINE_CELLS = 9, 40
#: A Gaussian of one pixel.
BELL = (0.0545, 0.2442, 0.4026, 0.2442, 0.0545)


def draw_backgrounds(number: int, height: int, width: int, chance: Chance) -> Tensor:
    """Soft patches of colour, coarse and fine, with a few straight edges."""
    low = chance.uniform(0, 60, number, 1, 1, 1)
    high = low + 20 + (236 - low) * chance.uniform(0, 1, number, 1, 1, 1)
    picture = low + (high - low) * _patches(number, height, width, COARSE_CELLS, chance)
    fine = _patches(number, height, width, FINE_CELLS, chance) - 0.5
    picture = picture + fine * chance.uniform(0, 60, number, 1, 1, 1) * chance.whether(0.5, number, 1, 1, 1)
    level = torch.where(chance.whether(FLOORED, number), chance.uniform(0.4, 1, number) * height, height)
    rows = torch.arange(height, device=chance.device)
    floor = (rows >= level[:, None])[:, None, :, None]
    picture = torch.where(
        floor, _colours(number, chance) + 0.5 * fine * chance.uniform(0, 60, number, 1, 1, 1), picture
    )
    return draw_things(picture, chance.whole(0, THINGS_BEHIND + 1, number), THINGS_BEHIND, chance)


def draw_things(pictures: Tensor, number: Tensor, most: int, chance: Chance) -> Tensor:
    """Boxes, discs and bars over pictures, ``number`` (n,) on each, at most ``most``."""
    count, _, height, width = pictures.shape
    x, y = torch.arange(width, device=chance.device) + 0.5, (torch.arange(height, device=chance.device) + 0.5)[:, None]
    for index in range(most):
        left, top = (chance.uniform(-0.1, 1, count, 1, 1) * side for side in (width, height))
        across, down = (chance.uniform(0.06, 0.4, count, 1, 1) * side for side in (width, height))
        round_one = chance.whether(0.3, count, 1, 1)
        lean = torch.where(round_one, 0.0, chance.uniform(-0.2, 0.2, count, 1, 1) * width)
        v = (y - top) / down
        u = (x - left - lean * v) / across
        disc = (u - 0.5).square() + (v - 0.5).square() <= 0.25
        box = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        shown = torch.where(round_one, disc, box) & (index < number)[:, None, None]
        pictures = torch.where(shown[:, None], _colours(count, chance), pictures)
    return pictures


def with_people_beside(people: Tensor, pictures: Tensor, chance: Chance) -> Tensor:
    """Cut-out people (n, 4, height, width) over pictures, the last channel 1 where they are; some have another of them
    beside, behind or before themselves, larger or smaller.
    """
    count, _, _, width = people.shape
    side = torch.where(chance.whether(0.5, count), 1.0, -1.0) * chance.uniform(NEAREST_BESIDE, FARTHEST_BESIDE, count)
    size = chance.uniform(0.75, 1.3, count)
    nothing = torch.zeros(count, device=chance.device)
    # where each pixel comes from, in a grid that goes from -1 to 1
    down = chance.uniform(-0.2, 0.2, count)
    turn = torch.stack((1 / size, nothing, -2 * side / size, nothing, 1 / size, down), 1).reshape(count, 2, 3)
    grid = F.affine_grid(turn, list(people.shape), align_corners=False)
    others = F.grid_sample(people.roll(1, 0), grid, mode="nearest", align_corners=False)
    there = chance.whether(ACCOMPANIED, count)[:, None, None] & (others[:, 3] > 0.5)
    behind = chance.whether(BEHIND, count)[:, None, None]
    own = people[:, 3] > 0.5
    for mask, colours in ((there & behind, others), (own, people), (there & ~behind, others)):
        pictures = torch.where(mask[:, None], colours[:, :3], pictures)
    return pictures


def finish_pictures(pictures: Tensor, chance: Chance) -> Tensor:
    """What stands before a person, blur, contrast, brightness, strength of colours, a sensor's noise; uint8."""
    count = len(pictures)
    number = chance.whole(1, THINGS_BEFORE + 1, count) * chance.whether(OCCLUDED, count)
    pictures = draw_things(pictures, number, THINGS_BEFORE, chance)
    coarse = F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2.0, mode="bilinear")
    pictures = torch.where(chance.whether(COARSE, count, 1, 1, 1), coarse, pictures)
    blurred = _blurred(pictures)
    pictures = pictures + (blurred - pictures) * chance.uniform(0, 1, count, 1, 1, 1) * chance.whether(
        BLURRED, count, 1, 1, 1
    )
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * chance.uniform(0, 1.1, count, 1, 1, 1)
    pictures = (pictures - 128) * chance.uniform(0.8, 1.2, count, 1, 1, 1) + 128 * chance.uniform(
        0.8, 1.2, count, 3, 1, 1
    )
    pictures = pictures + chance.normal(1, *pictures.shape) * chance.uniform(0, 8, count, 1, 1, 1)
    return pictures.clamp(0, 255).byte()


def _patches(number: int, height: int, width: int, cells: int, chance: Chance) -> Tensor:
    """Noise from 0 to 1, of one cell to ``cells`` on each side of a picture."""
    noise = chance.uniform(0, 1, number, 3, cells, cells)
    zoom = chance.uniform(1 / cells, 1, number, 2)
    turn = torch.zeros(number, 2, 3, device=chance.device)
    turn[:, 0, 0], turn[:, 1, 1] = zoom.unbind(1)
    grid = F.affine_grid(turn, [number, 3, height, width], align_corners=False)
    return F.grid_sample(noise, grid, padding_mode="border", align_corners=False)


def _blurred(pictures: Tensor) -> Tensor:
    padded = F.pad(pictures, (2, 2, 2, 2), mode="replicate")
    height, width = pictures.shape[2:]
    rows = sum(share * padded[:, :, place : place + height] for place, share in enumerate(BELL))
    return sum(share * rows[..., place : place + width] for place, share in enumerate(BELL))


def _colours(number: int, chance: Chance) -> Tensor:
    return chance.uniform(0, 256, number, 3, 1, 1)
