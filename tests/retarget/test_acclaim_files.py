"""ASF and AMC files of odd kinds: bones that frames leave out, bones that stretch, decimal commas."""

import pytest
import torch
from acclaim_files import asf_and_amc

from being_m0_hf.io.rigs.asf_amc import rig_from_asf_amc
from being_m0_hf.motion import MotionError


def rig(skeleton: str, frames: str):
    return rig_from_asf_amc(skeleton.encode(), frames.encode())


def without(frames: str, bone: str, numbers: range) -> str:
    """The frames of those numbers without that bone."""
    kept, frame = [], 0
    for line in frames.splitlines():
        frame = int(line) if line.isdigit() else frame
        if not (line.startswith(bone) and frame in numbers):
            kept.append(line)
    return "\n".join(kept)


def test_a_bone_that_later_frames_leave_out_stays_as_it_was():
    skeleton, frames = asf_and_amc()
    whole, cut = rig(skeleton, frames), rig(skeleton, without(frames, "lhand", range(4, 9)))
    hand = whole.names.index("lhand")
    assert torch.equal(cut.rotations[:3, hand], whole.rotations[:3, hand])
    assert torch.equal(cut.rotations[3:, hand], whole.rotations[2, hand].expand(5, 4))
    first = rig(skeleton, without(frames, "lhand", range(1, 4)))
    assert torch.equal(first.rotations[:3, hand], whole.rotations[3, hand].expand(3, 4))


def test_fingers_may_be_absent_but_not_a_body():
    skeleton, frames = asf_and_amc()
    assert rig(skeleton, without(frames, "lhand", range(0, 99))).num_frames == 8
    with pytest.raises(MotionError, match="belongs to another ASF"):
        rig(skeleton, "\n".join(line for line in frames.splitlines() if line[0] not in "lrtuh"))


@pytest.mark.parametrize("whole", [False, True])
def test_a_bone_may_stretch(whole):
    """The degree of freedom "l": a length is added, or written as a whole."""
    skeleton, frames = asf_and_amc()
    skeleton = skeleton.replace(" name lfemur\n", " name lfemur\n", 1)
    head, tail = skeleton.split("name lfemur", 1)
    skeleton = head + "name lfemur" + tail.replace("dof rx ry rz", "dof rx ry rz l", 1)
    frames = "\n".join(
        f"{line} {8.5 if whole else 0.5}" if line.startswith("lfemur") else line for line in frames.splitlines()
    )
    clip = rig(skeleton, frames)
    lengths = clip.positions[:, clip.names.index("ltibia")].norm(dim=-1)
    assert torch.allclose(lengths, torch.full((8,), 8.5, dtype=torch.float64))


def test_decimal_commas():
    skeleton, frames = asf_and_amc()
    commas = rig(skeleton.replace(".", ","), frames.replace(".", ","))
    assert torch.allclose(commas.positions, rig(skeleton, frames).positions)
