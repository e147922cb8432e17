"""The command ``being-m0 convert``: a motion file of any program onto the 22 SMPL joints, or whose joint is whose."""

import argparse
from pathlib import Path

from .options import number_above_zero

CONVERT_DESCRIPTION = """\
Read a motion file of any program, retarget it to the 22 SMPL joints, and write it as .glb, .bvh, .npz or .json.

  being-m0 convert walk.bvh -o walk.glb
  being-m0 convert walk.bvh > joints.yaml                        (which of its joints moves which of ours)
  being-m0 convert walk.bvh --joint-map joints.yaml -o walk.glb  (after a correction)

Read are .bvh, .glb, .gltf, .amc (with its .asf beside it), .npz (AMASS), .npy (HumanML3D) and .json.
"""


def add_convert_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``convert`` to the command line."""
    convert = commands.add_parser(
        "convert", help="a motion file of another program, retargeted", description=CONVERT_DESCRIPTION, **options
    )
    convert.add_argument("file", type=Path, help="the motion file")
    convert.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write; without it the joint map is printed"
    )
    convert.add_argument("--joint-map", type=Path, metavar="FILE", help="a corrected joint map")
    convert.add_argument(
        "--fps", type=number_above_zero, metavar="N", help="frames a second, where the file's own are wrong"
    )
    convert.set_defaults(run=run_convert)


def run_convert(arguments: argparse.Namespace) -> None:
    """Write the motion and print the file's name, or print the joint map."""
    from ..io import check_save_path, save_motion
    from ..retarget import find_joint_map, import_motion, read_joint_map, read_rig

    if arguments.output is None:
        rig = read_rig(arguments.file)
        print(f"# joints of {arguments.file.name}: {', '.join(rig.names)}")
        print(find_joint_map(rig), end="")
        return
    check_save_path(arguments.output)
    joint_map = read_joint_map(arguments.joint_map) if arguments.joint_map else None
    print(save_motion(import_motion(arguments.file, joint_map, arguments.fps), arguments.output))
