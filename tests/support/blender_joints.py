"""Runs inside Blender's own Python (the ``bpy`` package), started by ``test_exports_external.py``.

Usage: python blender_joints.py motion.glb|motion.bvh frames fps output.npz
Writes ``joints`` (frames, 22, 3), ``names`` and, for a mesh, ``vertices`` (frames, V, 3), turned back to y up.
"""

import sys

import bpy
import numpy as np

path, frames, fps, output = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.fps = round(fps)
if path.endswith(".glb"):
    bpy.ops.import_scene.gltf(filepath=path)
    first = 0
else:
    bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01, axis_forward="-Z", axis_up="Y", frame_start=1)
    first = 1
armature = next(thing for thing in scene.objects if thing.type == "ARMATURE")
meshes = [thing for thing in scene.objects if thing.type == "MESH" and thing.find_armature() == armature]
names = [bone.name for bone in armature.pose.bones]
rest_heads = np.array([armature.matrix_world @ bone.head_local for bone in armature.data.bones])

joints, vertices = [], []
for frame in range(frames):
    scene.frame_set(first + frame)
    joints.append([armature.matrix_world @ bone.head for bone in armature.pose.bones])
    for mesh in meshes:
        posed = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
        vertices.append([posed.matrix_world @ vertex.co for vertex in posed.to_mesh().vertices])


def y_up(points):
    x, y, z = np.moveaxis(np.array(points, dtype=float), -1, 0)
    return np.stack((x, z, -y), axis=-1)


results = {"names": np.array(names), "joints": y_up(joints), "rest": y_up(rest_heads)}
if vertices:
    results["vertices"] = y_up(vertices)
np.savez(output, **results)
