"""Motion files as other programs write them: a Motion under other names, axes, units and zero poses."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import roma
import torch

from being_m0_hf.bodies import mannequin
from being_m0_hf.io import body_to_glb
from being_m0_hf.motion import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, Motion

Z_UP = roma.rotvec_to_unitquat(torch.tensor([torch.pi / 2, 0.0, 0.0], dtype=torch.float64))
MIXAMO = {
    "pelvis": "mixamorig:Hips", "spine1": "mixamorig:Spine", "spine2": "mixamorig:Spine1", "spine3": "mixamorig:Spine2",
    "neck": "mixamorig:Neck", "head": "mixamorig:Head",
} | {
    f"{side.lower()}_{ours}": f"mixamorig:{side}{theirs}"
    for side in ("Left", "Right")
    for ours, theirs in (
        ("hip", "UpLeg"), ("knee", "Leg"), ("ankle", "Foot"), ("foot", "ToeBase"),
        ("collar", "Shoulder"), ("shoulder", "Arm"), ("elbow", "ForeArm"), ("wrist", "Hand"),
    )
}  # fmt: skip


def straight_pose(**angles: float) -> torch.Tensor:
    """(22, 4) world rotations of a zero pose: each named chain turned about z by degrees, mirrored on the right."""
    turns = roma.identity_quat(dtype=torch.float64).repeat(NUM_JOINTS, 1)
    chains = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle", "foot")}
    for chain, degrees in angles.items():
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turn = roma.rotvec_to_unitquat(torch.tensor([0.0, 0.0, sign * degrees], dtype=torch.float64).deg2rad())
            for joint in chains[chain]:
                turns[JOINT_INDEX[f"{side}_{joint}"]] = turn
    return turns


def no_pose(motion: Motion) -> torch.Tensor:
    """(22, 4) world rotations of a zero pose that shows nobody: every bone points along x."""
    turns = roma.identity_quat(dtype=torch.float64).repeat(NUM_JOINTS, 1)
    offsets = motion.skeleton.offsets.double()
    for joint in range(NUM_JOINTS):
        children = [child for child in range(NUM_JOINTS) if PARENTS[child] == joint]
        if children:
            bone = offsets[children].mean(dim=0) if joint not in (0, 9) else torch.tensor([0.0, 1, 0]).double()
            bone = bone / bone.norm()
            axis = torch.linalg.cross(bone, torch.tensor([1.0, 0, 0]).double())
            angle = torch.atan2(axis.norm(), bone[0])
            turns[joint] = roma.rotvec_to_unitquat(axis / axis.norm().clamp(min=1e-9) * angle)
        else:
            turns[joint] = turns[PARENTS[joint]]
    return turns


def foreign_bvh(
    motion: Motion,
    names: Mapping[str, str] = MIXAMO,
    zero_pose: torch.Tensor | None = None,
    order: str = "ZXY",
    unit: float = 100.0,
    axes: torch.Tensor | None = None,
    root_turn: torch.Tensor | None = None,
    positions: bool = False,
    spacer: bool = False,
) -> str:
    """BVH text.

    Args:
        names: SMPL joint -> name; joints without a name are left out, their children hang from the joint above.
        zero_pose: (22, 4) world rotations of the zero pose; the T-pose when None.
        order: of the rotation channels.
        unit: file units per metre.
        axes: (4,) turns everything, zero pose too, into other axes.
        root_turn: (4,) turns only the animation, as exporters do that keep the zero pose.
        positions: whether every joint has position channels.
        spacer: whether a joint of no length and no turn stands between pelvis and hips.
    """
    zero = straight_pose() if zero_pose is None else zero_pose
    identity = roma.identity_quat(dtype=torch.float64)
    axes = identity if axes is None else axes
    places, matrices = motion.replace(rotations=motion.rotations.double()).pose()
    turns = roma.quat_product(
        roma.rotmat_to_unitquat(matrices.double()), roma.quat_conjugation(zero).expand(motion.num_frames, -1, 4)
    )
    if root_turn is not None:
        turns = roma.quat_product(root_turn.expand_as(turns), turns)
        places = roma.quat_action(root_turn.expand_as(turns), places.double())
    around = axes.expand_as(turns)
    turns = roma.quat_product(roma.quat_product(around, turns), roma.quat_conjugation(around))
    places = roma.quat_action(around, places.double())
    rest = [torch.zeros(3, dtype=torch.float64)]
    for joint in range(1, NUM_JOINTS):
        bone = roma.quat_action(zero[PARENTS[joint]], motion.skeleton.offsets[joint].double())
        rest.append(rest[PARENTS[joint]] + roma.quat_action(axes, bone))

    lines, columns = ["HIERARCHY"], []

    def children(joint: int) -> list[int]:
        below = [child for child in range(NUM_JOINTS) if PARENTS[child] == joint]
        return [kept for child in below for kept in ([child] if JOINT_NAMES[child] in names else children(child))]

    def write(joint: int, parent: int | None, indent: str) -> None:
        offset = (rest[joint] - (rest[parent] if parent is not None else rest[joint])) * unit
        moves = positions or parent is None
        channels = (["Xposition", "Yposition", "Zposition"] if moves else []) + [f"{axis}rotation" for axis in order]
        lines.append(f"{indent}{'ROOT' if parent is None else 'JOINT'} {names[JOINT_NAMES[joint]]}")
        lines.append(f"{indent}{{\n{indent}  OFFSET {' '.join(f'{value:.6f}' for value in offset.tolist())}")
        lines.append(f"{indent}  CHANNELS {len(channels)} {' '.join(channels)}")
        if moves:
            place = places[:, joint] - (places[:, parent] if parent is not None else 0.0)
            if parent is not None:
                place = roma.quat_action(roma.quat_conjugation(turns[:, parent]), place)
            columns.append(place * unit)
        local = turns[:, joint]
        if parent is not None:
            local = roma.quat_product(roma.quat_conjugation(turns[:, parent]), local)
        columns.append(roma.unitquat_to_euler(order, local, degrees=True))
        for child in children(joint):
            if spacer and JOINT_NAMES[child].endswith("_hip"):
                lines.append(f"{indent}  JOINT spacer_{child}\n{indent}  {{\n{indent}    OFFSET 0 0 0")
                lines.append(f"{indent}    CHANNELS 3 Zrotation Yrotation Xrotation")
                columns.append(torch.zeros(motion.num_frames, 3))
                write(child, joint, indent + "    ")
                lines.append(f"{indent}  }}")
            else:
                write(child, joint, indent + "  ")
        if not children(joint):
            lines.append(f"{indent}  End Site\n{indent}  {{\n{indent}    OFFSET 0.0 {0.1 * unit} 0.0\n{indent}  }}")
        lines.append(f"{indent}}}")

    write(0, None, "")
    rows = torch.cat([column.double() for column in columns], dim=1)
    lines += ["MOTION", f"Frames: {motion.num_frames}", f"Frame Time: {1 / motion.fps:.6f}"]
    lines += [" ".join(f"{value:.5f}" for value in row) for row in rows.tolist()]
    return "\n".join(lines) + "\n"


def four_legged_bvh(motion: Motion) -> str:
    """A body whose legs stand forward from its trunk at a right angle, all the time."""
    zero = straight_pose()
    legs = [index for name, index in JOINT_INDEX.items() if name.split("_")[-1] in ("hip", "knee", "ankle", "foot")]
    zero[legs] = roma.rotvec_to_unitquat(torch.tensor([-torch.pi / 2, 0.0, 0.0], dtype=torch.float64))
    local = roma.quat_product(roma.quat_conjugation(zero[[max(parent, 0) for parent in PARENTS]]), zero)
    return foreign_bvh(motion.replace(rotations=local.float().repeat(motion.num_frames, 1, 1)), zero_pose=zero)


def foreign_glb(motion: Motion, names: Mapping[str, str], above: Mapping[str, list[float]]) -> bytes:
    """A GLB with other joint names, its skeleton below a node of the transform ``above``, as converters leave it."""
    data = body_to_glb(mannequin(), motion)
    size = struct.unpack_from("<I", data, 12)[0]
    document, binary = json.loads(data[20 : 20 + size]), data[20 + size :]
    for node in document["nodes"][:NUM_JOINTS]:
        node["name"] = names[node["name"]]
    document["scenes"][0]["nodes"][0] = len(document["nodes"])
    document["nodes"].append({"name": "Armature", "children": [0], **above})
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(binary), len(text), 0x4E4F534A)
    return header + text + binary


def amass_npz(motion: Motion, path: Path, axes: torch.Tensor = Z_UP, **extra: np.ndarray) -> Path:
    """An AMASS file without bones of its own, ``axes`` (4,) turned; ``extra`` arrays replace or join the usual ones."""
    frames = motion.num_frames
    turn = axes.expand(frames, 4)
    rotations = motion.rotations.double()
    rotations[:, 0] = roma.quat_product(turn, rotations[:, 0])
    poses = np.zeros((frames, 156))
    poses[:, :66] = roma.unitquat_to_rotvec(rotations).flatten(1).numpy()
    arrays = {
        "poses": poses,
        "trans": roma.quat_action(turn, motion.translation.double()).numpy(),
        "mocap_framerate": np.array(motion.fps),
    }
    np.savez_compressed(path, **(arrays | extra))
    return path
