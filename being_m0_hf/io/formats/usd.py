"""``.usd``, ``.usda``, ``.usdc`` and ``.usdz``: a UsdSkel skeleton, its animation and, where wanted, the skinned body.

For Omniverse, Houdini, Maya, Blender and Apple's viewers. Y up, facing +z; metres or centimetres, which the file says
(``metersPerUnit``). The rest and bind pose is the T-pose with the soles on the ground. USD's names are words of
letters, digits and underscores: "mixamorig:Hips" is written as "mixamorig_Hips". Time codes are frames. The text is
the default prim's documentation.
Written with Pixar's library (``pip install 'being-m0-hf[export]'``).
UsdSkel: https://openusd.org/release/api/usd_skel_page_front.html
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ...bodies import Body
from ...motion import NUM_JOINTS, PARENTS, Motion
from ...motion.rotations import without_flips
from .bvh import PER_METRE
from .joint_names import joint_names

USD_SUFFIXES = (".usd", ".usda", ".usdc", ".usdz")


def motion_to_usd(
    motion: Motion, body: Body, suffix: str, names: str = "smpl", units: str = "m", skin: bool = True
) -> bytes:
    """The motion as a USD file.

    Args:
        motion: what to write.
        body: the body that moves; it is refitted to the motion's bones when they differ.
        suffix: one of ``USD_SUFFIXES``; .usd is binary, as .usdc.
        names: what the joints are called: one of ``NAMINGS``.
        units: "m" or "cm".
        skin: write the body's mesh, and not its skeleton alone.
    """
    from pxr import UsdUtils

    body = body.fitted_to(motion.skeleton)
    stage = _stage(motion, units)
    joints = _paths(joint_names(names))
    scale = PER_METRE[units]
    skeleton = _add_skeleton(stage, body, joints, scale)
    _add_animation(stage, motion, skeleton, joints, scale)
    if skin:
        _add_mesh(stage, body, skeleton, scale)
    _add_extent(stage, motion, scale)
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder) / f"motion{'.usdc' if suffix == '.usdz' else suffix}"
        stage.GetRootLayer().Export(str(layer))
        if suffix == ".usdz":
            package = Path(folder) / "motion.usdz"
            UsdUtils.CreateNewUsdzPackage(str(layer), str(package))
            layer = package
        return layer.read_bytes()


def _stage(motion: Motion, units: str) -> Any:
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1 / PER_METRE[units])
    stage.SetTimeCodesPerSecond(motion.fps)
    stage.SetFramesPerSecond(motion.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(motion.num_frames - 1)
    root = UsdSkel.Root.Define(stage, "/Motion").GetPrim()
    if motion.text is not None:
        root.SetDocumentation(motion.text)
    stage.SetDefaultPrim(root)
    return stage


def _paths(names: tuple[str, ...]) -> list[str]:
    """Every joint's way from the root, as UsdSkel names joints; parents come before their children."""
    from pxr import Tf

    paths: list[str] = []
    for joint, name in enumerate(names):
        name = Tf.MakeValidIdentifier(name)
        paths.append(f"{paths[PARENTS[joint]]}/{name}" if joint else name)
    return paths


def _add_skeleton(stage: Any, body: Body, joints: list[str], scale: float) -> Any:
    from pxr import UsdSkel, Vt

    offsets = body.skeleton.offsets.double().numpy() * scale
    offsets[0, 1] = body.standing_height * scale
    skeleton = UsdSkel.Skeleton.Define(stage, "/Motion/Skeleton")
    skeleton.CreateJointsAttr(joints)
    places = (body.rest_joints.double().numpy() + [0.0, body.standing_height, 0.0]) * scale
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray.FromNumpy(_matrices(offsets)))
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray.FromNumpy(_matrices(places)))
    return skeleton


def _matrices(places: np.ndarray) -> np.ndarray:
    """(J, 4, 4) of places (J, 3), as USD writes them: the translation is the last row."""
    matrices = np.tile(np.eye(4), (len(places), 1, 1))
    matrices[:, 3, :3] = places
    return matrices


def _add_animation(stage: Any, motion: Motion, skeleton: Any, joints: list[str], scale: float) -> None:
    from pxr import Gf, UsdSkel, Vt

    animation = UsdSkel.Animation.Define(stage, "/Motion/Skeleton/Animation")
    animation.CreateJointsAttr(joints)
    animation.CreateScalesAttr(Vt.Vec3hArray(NUM_JOINTS, Gf.Vec3h(1, 1, 1)))
    places = motion.skeleton.offsets.numpy() * np.float32(scale)
    rotations = without_flips(motion.rotations).numpy()
    translations, turns = animation.CreateTranslationsAttr(), animation.CreateRotationsAttr()
    for frame in range(motion.num_frames):
        places[0] = motion.translation[frame].numpy() * scale
        translations.Set(Vt.Vec3fArray.FromNumpy(places), frame)
        turns.Set(Vt.QuatfArray.FromNumpy(rotations[frame]), frame)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])


def _add_mesh(stage: Any, body: Body, skeleton: Any, scale: float) -> None:
    from pxr import Gf, UsdGeom, UsdSkel, Vt

    vertices = ((body.vertices.numpy() + [0.0, body.standing_height, 0.0]) * scale).astype(np.float32)
    mesh = UsdGeom.Mesh.Define(stage, "/Motion/Body")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(vertices))
    mesh.CreateExtentAttr([Gf.Vec3f(*map(float, corner)) for corner in (vertices.min(0), vertices.max(0))])
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(body.faces.numpy().ravel().astype(np.int32)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray(len(body.faces), 3))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(body.vertex_normals().numpy()))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDisplayColorAttr([Gf.Vec3f(*body.color)])
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    indices = body.joint_indices.numpy().astype(np.int32)
    binding.CreateJointIndicesPrimvar(False, indices.shape[1]).Set(Vt.IntArray.FromNumpy(indices.ravel()))
    weights = body.joint_weights.numpy().astype(np.float32)
    binding.CreateJointWeightsPrimvar(False, weights.shape[1]).Set(Vt.FloatArray.FromNumpy(weights.ravel()))
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))


def _add_extent(stage: Any, motion: Motion, scale: float) -> None:
    """A box that the body does not leave, so that viewers need not pose it to know what they will see."""
    from pxr import Gf, UsdGeom

    joints = motion.joints().numpy()
    low, high = (joints.min((0, 1)) - 0.3) * scale, (joints.max((0, 1)) + 0.3) * scale
    root = UsdGeom.Boundable(stage.GetPrimAtPath("/Motion"))
    root.CreateExtentAttr([Gf.Vec3f(*map(float, corner)) for corner in (low, high)])
