"""What other programs call our 22 joints: the namings that .bvh and .glb files can be written in.

| naming  | made for                                                                                              |
|---------|-------------------------------------------------------------------------------------------------------|
| smpl    | our own names, those of SMPL                                                                          |
| unity   | Unity's humanoid: ``HumanBodyBones`` without its spaces; UnityGLTF's and Unity's own tables know them |
| unreal  | Unreal Engine's mannequin                                                                             |
| mixamo  | Mixamo and whatever retargets its animations                                                          |
| rigify  | Blender's Rigify, the bones of its human metarig                                                      |
| lafan1  | Ubisoft's LaFAN1, and what learns from it                                                             |
"""

from ...motion import JOINT_NAMES, MotionError

_MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_SIDES = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
#: Naming -> words for left and right, names of the middle joints, and of the others with {side} in them.
_TABLES: dict[str, tuple[tuple[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "smpl": (("left", "right"), _MIDDLE, tuple(f"{{side}}_{joint}" for joint in _SIDES)),
    "unity": (
        ("Left", "Right"),
        ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head"),
        ("{side}UpperLeg", "{side}LowerLeg", "{side}Foot", "{side}Toes",
         "{side}Shoulder", "{side}UpperArm", "{side}LowerArm", "{side}Hand"),
    ),
    "unreal": (
        ("l", "r"),
        ("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
        ("thigh_{side}", "calf_{side}", "foot_{side}", "ball_{side}",
         "clavicle_{side}", "upperarm_{side}", "lowerarm_{side}", "hand_{side}"),
    ),
    "mixamo": (
        ("Left", "Right"),
        ("mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2", "mixamorig:Neck",
         "mixamorig:Head"),
        ("mixamorig:{side}UpLeg", "mixamorig:{side}Leg", "mixamorig:{side}Foot", "mixamorig:{side}ToeBase",
         "mixamorig:{side}Shoulder", "mixamorig:{side}Arm", "mixamorig:{side}ForeArm", "mixamorig:{side}Hand"),
    ),
    "rigify": (
        ("L", "R"),
        ("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"),
        ("thigh.{side}", "shin.{side}", "foot.{side}", "toe.{side}",
         "shoulder.{side}", "upper_arm.{side}", "forearm.{side}", "hand.{side}"),
    ),
    "lafan1": (
        ("Left", "Right"),
        ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"),
        ("{side}UpLeg", "{side}Leg", "{side}Foot", "{side}Toe",
         "{side}Shoulder", "{side}Arm", "{side}ForeArm", "{side}Hand"),
    ),
}  # fmt: skip
NAMINGS: tuple[str, ...] = tuple(_TABLES)


def joint_names(naming: str) -> tuple[str, ...]:
    """The 22 names, in the order of ``JOINT_NAMES``.

    Raises:
        MotionError: not one of ``NAMINGS``.
    """
    if naming not in _TABLES:
        raise MotionError(f"names {naming!r} are unknown; use one of {', '.join(NAMINGS)}")
    words, middle, sides = _TABLES[naming]
    found = dict(zip(_MIDDLE, middle, strict=True))
    for side, word in zip(("left", "right"), words, strict=True):
        found |= {f"{side}_{joint}": name.format(side=word) for joint, name in zip(_SIDES, sides, strict=True)}
    return tuple(found[joint] for joint in JOINT_NAMES)
