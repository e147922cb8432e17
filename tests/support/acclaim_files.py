"""ASF and AMC files: a small skeleton in Acclaim's form."""

ASF = """:version 1.10
:units
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
{bones}:hierarchy
  begin
    root lfemur rfemur thorax
    lfemur ltibia
    ltibia lfoot
    rfemur rtibia
    rtibia rfoot
    thorax upperneck lhumerus rhumerus
    upperneck head
    lhumerus lradius
    lradius lhand
    rhumerus rradius
    rradius rhand
  end
"""
_BONES = {
    "thorax": (0, 1, 0, 9), "upperneck": (0, 1, 0, 2), "head": (0, 1, 0, 2),
    "lfemur": (0.1, -1, 0, 8), "ltibia": (0, -1, 0, 8), "lfoot": (0, -0.2, 1, 2),
    "rfemur": (-0.1, -1, 0, 8), "rtibia": (0, -1, 0, 8), "rfoot": (0, -0.2, 1, 2),
    "lhumerus": (1, 0, 0, 6), "lradius": (1, 0, 0, 5), "lhand": (1, 0, 0, 1),
    "rhumerus": (-1, 0, 0, 6), "rradius": (-1, 0, 0, 5), "rhand": (-1, 0, 0, 1),
}  # fmt: skip


def asf_and_amc() -> tuple[str, str]:
    """A small skeleton in Acclaim's form, and eight frames of it."""
    bones = "".join(
        f"  begin\n id {number}\n name {name}\n direction {x} {y} {z}\n length {length}\n"
        " axis 0 0 0 XYZ\n dof rx ry rz\n end\n"
        for number, (name, (x, y, z, length)) in enumerate(_BONES.items())
    )
    frames = [
        f"{frame + 1}\nroot 0 16 {frame} 0 0 0\n" + "".join(f"{name} {frame} 0 {frame / 2}\n" for name in _BONES)
        for frame in range(8)
    ]
    return ASF.format(bones=bones), ":FULLY-SPECIFIED\n:DEGREES\n" + "".join(frames)
