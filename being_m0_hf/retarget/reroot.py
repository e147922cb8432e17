"""Skeletons that hang from another joint than the pelvis: the same movement, told from the pelvis.

Trackers of headsets write the head as the root and let the body hang from it; others begin at the chest or a foot.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ..io.rigs.rig import RigAnimation, local_parts


def from_pelvis(rig: RigAnimation, joints: dict[str, str]) -> RigAnimation:
    """The rig hanging from its pelvis, where a part of the body stands above it; else the rig itself.

    Args:
        joints: SMPL joint -> name in the rig.
    """
    pelvis = rig.names.index(joints["pelvis"])
    above = rig.way_up(pelvis)[1:]
    others = {rig.names.index(name) for joint, name in joints.items() if joint != "pelvis"} - {pelvis}
    # a rig without a pelvis of its own may take a joint of the spine for it; the legs must not hang from it twice
    return rerooted(rig, pelvis) if others.intersection(above) else rig


def rerooted(rig: RigAnimation, root: int) -> RigAnimation:
    """The same places in every frame, told from another joint.

    A bone that turned with its upper joint now has the other one above it, which turns with it instead; a joint that
    carries more bones keeps its own turn.
    """
    way = rig.way_up(root)
    parents = list(rig.parents)
    for below, joint in zip(way, way[1:], strict=False):
        parents[joint] = below
    parents[root] = -1
    branching = {parent for joint, parent in enumerate(rig.parents) if joint not in way}
    carries = {joint: above for joint, above in zip(way[1:], way[2:], strict=False) if joint not in branching}
    order = _parents_first(parents, root)
    number = {joint: index for index, joint in enumerate(order)}
    sources = torch.tensor([carries.get(joint, joint) for joint in order])
    new_parents = tuple(number.get(parents[joint], -1) for joint in order)

    def local(places: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
        return local_parts(places[:, order], turns[:, sources], new_parents)

    positions, rotations = local(*rig.world())
    rest_offsets, rest_rotations = local(*(values[None] for values in rig.rest_world()))
    return replace(
        rig,
        names=tuple(rig.names[joint] for joint in order),
        parents=new_parents,
        rest_offsets=rest_offsets[0],
        rest_rotations=rest_rotations[0],
        rotations=rotations,
        positions=positions,
        ids=tuple(rig.ids[joint] for joint in order),
        known={name: number[joint] for name, joint in rig.known.items() if joint in number},
        mirrored=frozenset(number[joint] for joint in rig.mirrored if joint in number),
        owners=tuple(rig.owners[joint] for joint in order) if rig.owners else (),
    )


def _parents_first(parents: list[int], root: int) -> list[int]:
    """All joints, those of the root's tree first."""
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(parents):
        children.setdefault(parent, []).append(joint)
    order = [root, *(joint for joint in children[-1] if joint != root)]
    for joint in order:
        order += children.get(joint, [])
    return order
