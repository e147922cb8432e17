"""Runs inside Blender's own Python (the ``bpy`` package), started by ``tests/io/test_exports_blender.py``.

Usage: python blender_joints.py JOBS.json
JOBS is a list of {file, frames, fps, units, importer, output}: units are those of a .bvh, which does not say them; the
importer of an .fbx is "ufbx" (Blender's new one, built on ufbx) or "python" (its old one).
Each output is an npz with ``joints`` (frames, J, 3), ``rest`` (J, 3), ``names``, ``fps`` and, for a mesh, ``vertices``
(frames, V, 3), all turned back to y up, in metres; or with ``error``, what Blender said.
"""

import json
import sys

import bpy
import numpy as np


def open_file(path: str, units: str, importer: str) -> int:
    """Import the file into the empty scene; returns the first frame of the animation."""
    suffix = path[path.rindex(".") :]
    if suffix in (".glb", ".vrma"):
        bpy.ops.import_scene.gltf(filepath=path)
        return 0
    if suffix == ".bvh":
        scale = 0.01 if units == "cm" else 1.0
        bpy.ops.import_anim.bvh(filepath=path, global_scale=scale, axis_forward="-Z", axis_up="Y", frame_start=1)
        return 1
    if suffix == ".fbx" and importer == "ufbx":
        bpy.ops.wm.fbx_import(filepath=path)
        return 1
    if suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=path, anim_offset=1.0)
        return 1
    bpy.ops.wm.usd_import(filepath=path)
    return 0


def read(job: dict) -> dict:
    """What Blender makes of one file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="io_scene_fbx")
    scene = bpy.context.scene
    scene.render.fps = round(job["fps"])
    first = open_file(job["file"], job["units"], job["importer"])
    armature = next(thing for thing in scene.objects if thing.type == "ARMATURE")
    meshes = [thing for thing in scene.objects if thing.type == "MESH" and thing.find_armature() == armature]
    joints, vertices = [], []
    for frame in range(job["frames"]):
        scene.frame_set(first + frame)
        joints.append([armature.matrix_world @ bone.head for bone in armature.pose.bones])
        for mesh in meshes:
            posed = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
            vertices.append([posed.matrix_world @ vertex.co for vertex in posed.to_mesh().vertices])
    rest = [armature.matrix_world @ bone.head_local for bone in armature.data.bones]
    found = {
        "names": np.array([bone.name for bone in armature.pose.bones]),
        "fps": np.array(scene.render.fps / scene.render.fps_base),
        "joints": y_up(joints),
        "rest": y_up(rest),
    }
    return found | ({"vertices": y_up(vertices)} if vertices else {})


def y_up(points):
    x, y, z = np.moveaxis(np.array(points, dtype=float), -1, 0)
    return np.stack((x, z, -y), axis=-1)


with open(sys.argv[1], encoding="utf-8") as file:
    jobs = json.load(file)
for job in jobs:
    try:
        results = read(job)
    except Exception as error:
        results = {"error": np.array(str(error))}
    np.savez(job["output"], **results)
