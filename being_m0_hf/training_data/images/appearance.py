"""How drawn people and their light look: all by chance, so that a model learns shapes and not colours."""

import torch
from torch import Tensor

from ...bodies import Body
from ...motion import JOINT_INDEX
from .chance import Chance

#: Skin from light to dark, and hair, RGB 0 to 255.
SKINS = ((241, 204, 177), (224, 172, 138), (198, 134, 96), (141, 85, 54), (88, 54, 36))
HAIRS = ((24, 20, 18), (70, 48, 30), (150, 110, 60), (205, 180, 130), (120, 120, 122))
#: What of a body has a colour of its own.
REGIONS = ("shirt", "trousers", "shins", "forearms", "shoes", "skin", "hair")
#: Shares of people whose shins and whose forearms are bare.
BARE_SHINS, BARE_FOREARMS = 0.25, 0.5


def _joints(*names: str) -> list[int]:
    both = [name.replace("*", side) for name in names for side in (("left", "right") if "*" in name else ("",))]
    return [JOINT_INDEX[name] for name in both]


JOINTS_OF = {
    "trousers": _joints("pelvis", "*_hip"),
    "shins": _joints("*_knee"),
    "forearms": _joints("*_elbow"),
    "shoes": _joints("*_ankle", "*_foot"),
    "skin": _joints("head", "neck", "*_wrist"),
}
HEAD = JOINT_INDEX["head"]


def regions_of(body: Body) -> Tensor:
    """(V,) index into `REGIONS` of what each vertex belongs to: by the joint that moves it most, hair by its place."""
    joint = body.joint_indices.gather(1, body.joint_weights.argmax(1, keepdim=True))[:, 0]
    regions = torch.zeros_like(joint)  # the shirt
    for name, joints in JOINTS_OF.items():
        regions[torch.isin(joint, torch.tensor(joints))] = REGIONS.index(name)
    above, behind = (body.vertices - body.rest_joints[HEAD])[:, 1], body.vertices[:, 2] < body.rest_joints[HEAD, 2]
    crown = above > 0.8 * above.max()
    regions[(joint == HEAD) & (crown | (behind & (above > 0.02)))] = REGIONS.index("hair")
    return regions


def draw_colours(regions: Tensor, number: int, chance: Chance) -> Tensor:
    """Colours (number, V, 3), 0 to 255, of people with regions (V,): clothes with or without sleeves and legs."""
    shirt, trousers, shoes = chance.uniform(10, 245, 3, number, 3)
    skin = _one_of(SKINS, number, chance) * chance.uniform(0.9, 1.1, number, 1)
    colours = {
        "shirt": shirt,
        "trousers": trousers,
        "shins": torch.where(chance.whether(BARE_SHINS, number, 1), skin, trousers),
        "forearms": torch.where(chance.whether(BARE_FOREARMS, number, 1), skin, shirt),
        "shoes": shoes * chance.uniform(0.2, 1, number, 1),
        "skin": skin,
        "hair": _one_of(HAIRS, number, chance),
    }
    palette = torch.stack([colours[name] for name in REGIONS], 1)
    uneven = chance.normal(1, number, len(regions), 1) * chance.uniform(0, 12, number, 1, 1)  # cloth is
    return (palette[:, regions] + uneven).clamp(0, 255)


def draw_lights(number: int, chance: Chance) -> tuple[Tensor, Tensor]:
    """Unit vectors (number, 3) towards the light, in a camera's axes, and (number,) how bright the shadows are.

    Light comes from before, above or the sides.
    """
    across, above, before = chance.normal(1, 3, number)
    towards = torch.stack((across, above - 1, -before.abs() - 0.3), 1)
    return torch.nn.functional.normalize(towards, dim=1), chance.uniform(0.3, 0.7, number)


def _one_of(colours: tuple[tuple[int, ...], ...], number: int, chance: Chance) -> Tensor:
    return torch.tensor(colours, dtype=torch.float32, device=chance.device)[chance.whole(0, len(colours), number)]
