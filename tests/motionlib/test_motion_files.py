"""A folder of motion files as a source: a file may hold several clips, and what it cannot give is named."""

import pytest
from foreign_files import MIXAMO
from foreign_gltf import Actor, Gltf

from being_m0_hf.motion import MotionError
from being_m0_hf.motionlib.sources.motion_files import MotionFilesSource
from being_m0_hf.motionlib.sources.source import SourceOptions


def test_every_animation_is_a_clip_and_what_is_left_out_is_named(make_motion, tmp_path):
    walk, wave = make_motion(frames=30, seed=1), make_motion(frames=24, seed=2)
    actor = Actor({"Walk": walk, "Pose": walk.crop(0, 4), "Wave": wave}, MIXAMO)
    gltf = Gltf([actor])
    pose = gltf.document["animations"][1]
    times = gltf.add([[0.0], [1 / 30], [1 / 30], [1 / 30]])  # two frames
    for sampler in pose["samplers"]:
        sampler["input"] = times
    (tmp_path / "scene.glb").write_bytes(gltf.glb())
    source = MotionFilesSource(SourceOptions(folder=tmp_path, name="mine"))
    found = []
    with pytest.raises(MotionError, match=r"Pose: the motion has 2 frames"):
        for clip in source.read("scene.glb"):
            found.append(clip)
    assert {clip.id: clip.motion.num_frames for clip in found} == {"mine/scene.glb/Walk": 30, "mine/scene.glb/Wave": 24}
