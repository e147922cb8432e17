"""One sentence for the whole body, and texts of their own for some parts.

python examples/part_texts.py [MODEL]
"""

import sys

import being_m0_hf
from being_m0_hf.motion import JOINT_INDEX

pipeline = being_m0_hf.load_pipeline(*sys.argv[1:])
walk = pipeline("a person walks forward", seconds=2, seed=1)
waving = pipeline("a person walks forward", parts={"left arm": "the left hand waves"}, seconds=2, seed=1)
being_m0_hf.save_motion(waving, "walk_and_wave.glb")
moved = (waving.joints() - walk.joints()).norm(dim=-1).mean(dim=0)
for joint in ("left_wrist", "right_wrist", "left_ankle"):
    print(f"{joint} is {100 * float(moved[JOINT_INDEX[joint]]):.1f} cm elsewhere, on average")
