"""Motions from sentences, saved for Blender and as a picture.

    python examples/generate.py [MODEL]

MODEL is a folder or an id on the Hub; the model that ships with the package without it.
"""

import sys

import being_m0_hf
from being_m0_hf.rendering import contact_sheet

pipeline = being_m0_hf.load_pipeline(*sys.argv[1:])
sentences = ["a person waves with the left hand", "someone runs forward"]
motions = pipeline(sentences, seconds=2, seed=1)
for name, motion in zip(("wave", "run"), motions, strict=True):
    being_m0_hf.save_motion(motion, f"{name}.glb")
    contact_sheet(motion, f"{name}.png")
    print(f"{name}.glb: {motion.seconds:g} s, {motion.num_frames} frames; positions {tuple(motion.joints().shape)}")
