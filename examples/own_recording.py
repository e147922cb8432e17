"""A recording of another program (BVH, GLB, FBX converted to GLB, AMASS, ...) onto the 22 joints of SMPL.

python examples/own_recording.py walk.bvh
"""

import sys

import being_m0_hf
from being_m0_hf.captioner import caption

motion = being_m0_hf.import_motion(sys.argv[1])  # any rig that looks like a person; says in one line what is wrong
print(f"{motion.num_frames} frames at {motion.fps:g} fps, {motion.seconds:.1f} s")
print(*caption(motion, wordings=2).body, sep="\n")  # what it shows, measured and put into words
being_m0_hf.save_motion(motion, "recording.npz")
