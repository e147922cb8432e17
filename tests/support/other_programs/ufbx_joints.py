"""Runs in a process of its own, started by ``test_exports_external.py``: what the library ufbx reads of an FBX.

Usage: python ufbx_joints.py motion.fbx fps output.npz
Writes ``joints`` (frames, J, 3) in the file's unit, ``names``, ``metres`` of that unit, ``fps`` and ``warnings``.
"""

import gc
import os
import sys

import numpy as np
import ufbx

gc.disable()  # ufbx 0.0.5 crashes where Python frees a scene that was evaluated; it is all kept until the end
path, fps, output = sys.argv[1], float(sys.argv[2]), sys.argv[3]
scene = ufbx.load_file(path)
animation, kept, joints = scene.anim, [], []
names = [each.name for each in scene.nodes]
for frame in range(round(scene.anim_stacks[0].time_end * fps) + 1):
    now = scene.evaluate(animation, frame / fps)
    nodes = list(now.nodes)
    matrices = [each.node_to_world for each in nodes]
    joints.append([(matrix.c3.x, matrix.c3.y, matrix.c3.z) for matrix in matrices])
    kept += [now, nodes, matrices]
np.savez(
    output,
    joints=np.array(joints),
    names=np.array(names),
    metres=np.array(scene.settings.unit_meters),
    fps=np.array(scene.settings.frames_per_second),
    warnings=np.array([each.description for each in scene.metadata.warnings], dtype=str),
)
os._exit(0)
