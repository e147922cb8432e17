"""``.fbx``: skeleton, animation and, where wanted, the skinned body, for Unity, Unreal, Maya, MotionBuilder, Blender.

Binary FBX 7.4. Centimetres, as those programs expect, or metres: the file says which (``UnitScaleFactor``), and each
importer scales by it. Y up, facing +z. The joints' own transforms are the T-pose with the soles on the ground; local
axes are the world's. One key a frame, rotations as Euler angles in FBX's own order (X, then Y, then Z, about the
parent's axes) without jumps between frames. Under Unreal's names a joint "root" on the ground is above the pelvis:
Unreal takes a character's way from the joint at the top. FBX has no place for text that programs would show.
"""

import numpy as np

from ....bodies import Body
from ....motion import PARENTS, Motion
from ....motion.rotations import smooth_euler
from ..bvh import PER_METRE
from ..joint_names import joint_names
from .binary import CREATION_TIME, FILE_ID, Node, fbx_bytes, node, raw_property
from .scene import Scene, properties
from .skin import skin_objects

#: FBX counts time in these; a second has many divisors, so that frames of all usual rates are whole.
_TICKS = 46_186_158_000
_TIME_MODES = {120.0: 1, 100.0: 2, 60.0: 3, 50.0: 4, 48.0: 5, 30.0: 6, 25.0: 10, 24.0: 11}
_OTHER_RATE = 14
_LINEAR = 4
_AXES = "XYZ"
_CREATOR = "being-m0-hf"


def motion_to_fbx(motion: Motion, body: Body, names: str = "smpl", units: str = "cm", skin: bool = True) -> bytes:
    """The motion as an FBX.

    Args:
        motion: what to write.
        body: the body that moves; it is refitted to the motion's bones when they differ.
        names: what the joints are called: one of ``NAMINGS``.
        units: "cm" or "m".
        skin: write the body's mesh, and not its skeleton alone.
    """
    body = body.fitted_to(motion.skeleton)
    scale = PER_METRE[units]
    scene = Scene()
    top = _add_top(scene, scale) if names == "unreal" else []
    joints = _add_joints(scene, body, joint_names(names), scale, top)
    _add_animation(scene, motion, joints, top, scale)
    places = (body.rest_joints.double().numpy() + [0.0, body.standing_height, 0.0]) * scale
    skin_objects(scene, body, joints, top, places, scale, with_mesh=skin)
    return fbx_bytes(
        [
            *_head(),
            _settings(motion, units),
            node("Documents", below=[node("Count", 1), _document()]),
            node("References"),
            _definitions(scene),
            node("Objects", below=scene.objects),
            node("Connections", below=scene.connections),
            _takes(motion),
        ]
    )


def ticks(motion: Motion) -> np.ndarray:
    """(T,) when each frame is shown."""
    return np.round(np.arange(motion.num_frames) * (_TICKS / motion.fps)).astype("<i8")


def _add_joints(scene: Scene, body: Body, names: tuple[str, ...], scale: float, top: list[np.int64]) -> list[np.int64]:
    offsets = body.skeleton.offsets.double().numpy() * scale
    offsets[0] = [0.0, body.standing_height * scale, 0.0]
    joints: list[np.int64] = []
    for joint, name in enumerate(names):
        parent = joints[PARENTS[joint]] if joint else top[0] if top else np.int64(0)
        joints.append(_add_joint(scene, name, offsets[joint], parent, scale))
    return joints


def _add_top(scene: Scene, scale: float) -> list[np.int64]:
    """The mannequin's joints on the ground: the root, and the two for IK targets below it, which nothing moves here.

    With the pelvis alone below it, Blender would take the root for a bone that ends there, and not let the pelvis move.
    """
    root = _add_joint(scene, "root", np.zeros(3), np.int64(0), scale)
    return [root, *(_add_joint(scene, name, np.zeros(3), root, scale) for name in ("ik_foot_root", "ik_hand_root"))]


def _add_joint(scene: Scene, name: str, place: np.ndarray, parent: np.int64, scale: float) -> np.int64:
    at_rest = properties(
        ("InheritType", "enum", "", "", 1),
        ("Lcl Translation", "Lcl Translation", "", "A", *map(float, place)),
        ("Lcl Rotation", "Lcl Rotation", "", "A", 0.0, 0.0, 0.0),
        ("Lcl Scaling", "Lcl Scaling", "", "A", 1.0, 1.0, 1.0),
    )
    content = (node("Version", 232), at_rest, node("Shading", True), node("Culling", "CullingOff"))
    joint = scene.add("Model", name, "Model", "LimbNode", *content, under=[parent])
    size = properties(("Size", "double", "Number", "", 0.1 * scale))
    scene.add("NodeAttribute", name, "NodeAttribute", "LimbNode", size, node("TypeFlags", "Skeleton"), under=[joint])
    return joint


def _add_animation(scene: Scene, motion: Motion, joints: list[np.int64], top: list[np.int64], scale: float) -> None:
    times = ticks(motion)
    ends = {"LocalStart": 0, "LocalStop": times[-1], "ReferenceStart": 0, "ReferenceStop": times[-1]}
    span = [(name, "KTime", "Time", "", np.int64(time)) for name, time in ends.items()]
    stack = scene.add("AnimationStack", "motion", "AnimStack", "", properties(*span))
    layer = scene.add("AnimationLayer", "motion", "AnimLayer", "", under=[stack])
    places = motion.translation.double().numpy() * scale
    tracks = [(joints[0], "T", "Lcl Translation", places)]
    if top:
        tracks = [
            (top[0], "T", "Lcl Translation", places * [1.0, 0.0, 1.0]),
            (joints[0], "T", "Lcl Translation", places * [0.0, 1.0, 0.0]),
        ]
    angles = smooth_euler(motion.rotations, "xyz")
    tracks += [(joint, "R", "Lcl Rotation", angles[:, number]) for number, joint in enumerate(joints)]
    for joint, name, target, values in tracks:
        start = [(f"d|{axis}", "Number", "", "A", float(value)) for axis, value in zip(_AXES, values[0], strict=True)]
        curves = scene.add("AnimationCurveNode", name, "AnimCurveNode", "", properties(*start), under=[layer])
        scene.connect(curves, joint, target)
        for axis, column in zip(_AXES, values.T, strict=True):
            scene.add("AnimationCurve", "", "AnimCurve", "", *_curve(times, column), under=[curves], to=f"d|{axis}")


def _curve(times: np.ndarray, values: np.ndarray) -> list[Node]:
    return [
        node("Default", float(values[0])),
        node("KeyVer", 4008),
        node("KeyTime", times),
        node("KeyValueFloat", np.ascontiguousarray(values, dtype="<f4")),
        # one set of flags for all keys
        node("KeyAttrFlags", np.array([_LINEAR], dtype="<i4")),
        node("KeyAttrDataFloat", np.zeros(4, dtype="<f4")),
        node("KeyAttrRefCount", np.array([len(times)], dtype="<i4")),
    ]


def _head() -> list[Node]:
    stamp = {
        "Version": 1000,
        "Year": 1970,
        "Month": 1,
        "Day": 1,
        "Hour": 10,
        "Minute": 0,
        "Second": 0,
        "Millisecond": 0,
    }
    return [
        node("FBXHeaderExtension", below=[
            node("FBXHeaderVersion", 1003),
            node("FBXVersion", 7400),
            node("EncryptionType", 0),
            node("CreationTimeStamp", below=[node(name, value) for name, value in stamp.items()]),
            node("Creator", _CREATOR),
        ]),
        node("FileId", raw_property(FILE_ID)),
        node("CreationTime", CREATION_TIME),
        node("Creator", _CREATOR),
    ]  # fmt: skip


def _settings(motion: Motion, units: str) -> Node:
    whole = [("UpAxis", 1), ("UpAxisSign", 1), ("FrontAxis", 2), ("FrontAxisSign", 1), ("CoordAxis", 0),
             ("CoordAxisSign", 1), ("OriginalUpAxis", 1), ("OriginalUpAxisSign", 1)]  # fmt: skip
    centimetres = 100.0 / PER_METRE[units]
    rows = [(name, "int", "Integer", "", value) for name, value in whole]
    rows += [(name, "double", "Number", "", centimetres) for name in ("UnitScaleFactor", "OriginalUnitScaleFactor")]
    rows += [
        ("TimeMode", "enum", "", "", _TIME_MODES.get(motion.fps, _OTHER_RATE)),
        ("TimeSpanStart", "KTime", "Time", "", np.int64(0)),
        ("TimeSpanStop", "KTime", "Time", "", np.int64(ticks(motion)[-1])),
        ("CustomFrameRate", "double", "Number", "", motion.fps),
    ]
    return node("GlobalSettings", below=[node("Version", 1000), properties(*rows)])


def _document() -> Node:
    rows = [("SourceObject", "object", "", ""), ("ActiveAnimStackName", "KString", "", "", "motion")]
    return node("Document", np.int64(1_000_000), "", "Scene", below=[properties(*rows), node("RootNode", np.int64(0))])


def _definitions(scene: Scene) -> Node:
    counts = {"GlobalSettings": 1}
    for each in scene.objects:
        counts[each.name] = counts.get(each.name, 0) + 1
    kinds = [node("ObjectType", name, below=[node("Count", count)]) for name, count in counts.items()]
    return node("Definitions", below=[node("Version", 100), node("Count", sum(counts.values())), *kinds])


def _takes(motion: Motion) -> Node:
    span = (np.int64(0), np.int64(ticks(motion)[-1]))
    take = [node("FileName", "motion.tak"), node("LocalTime", *span), node("ReferenceTime", *span)]
    return node("Takes", below=[node("Current", "motion"), node("Take", "motion", below=take)])
