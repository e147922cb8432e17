"""The commands ``being-m0 convert`` and ``convert-checkpoint``: what other programs wrote and other people published.

Motion files of any program go onto the 22 SMPL joints, official weights into a checkpoint folder.
"""

import argparse
import sys
from pathlib import Path

from .options import add_save_options, number_above_zero, save_options

CONVERT_DESCRIPTION = """\
Read a motion file of any program, retarget it to the 22 SMPL joints, and write it as .glb, .fbx, .usd, .bvh, .vrma,
.npz, .json, .gif or .mp4.

  being-m0 convert walk.bvh -o walk.glb
  being-m0 convert walk.bvh > joints.yaml                        (which of its joints moves which of ours)
  being-m0 convert walk.bvh --joint-map joints.yaml -o walk.glb  (after a correction)
  being-m0 convert dance.glb --animation Idle -o idle.bvh --names unity

Read are .bvh, .glb, .gltf, .vrm, .vrma, .amc (with its .asf beside it), .npz (AMASS, smplx, AIST++), .npy (joints,
HumanML3D, KIT-ML, Motion-X) and .json. One line says what was understood of the file.
"""

CHECKPOINT_DESCRIPTION = """\
Make a checkpoint folder of the official weights of SMPLest-X, for transformers and the Hub. The file is read as tensors
alone: nothing in it is run. The weights stay under their own licence (S-Lab, non-commercial), which the folder's card
says.

  being-m0 convert-checkpoint smplest_x_h.pth.tar -o smplest-x
"""


def add_convert_checkpoint_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``convert-checkpoint`` to the command line."""
    convert = commands.add_parser(
        "convert-checkpoint", help="official weights of SMPLest-X, for the Hub", description=CHECKPOINT_DESCRIPTION,
        **options,
    )  # fmt: skip
    convert.add_argument("file", type=Path, help="the official .pth.tar")
    convert.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder to write")
    convert.set_defaults(run=run_convert_checkpoint)


def run_convert_checkpoint(arguments: argparse.Namespace) -> None:
    """Write the folder, say whose the weights are, and print the folder's name."""
    from ..models.smplest_x.official_weights import convert_official
    from ..utils.progress import status_line

    if arguments.output.exists() and not arguments.output.is_dir():
        raise ValueError(f"{arguments.output}: is a file; -o takes a folder")
    with status_line(f"Converting {arguments.file.name}"):
        convert_official(arguments.file, arguments.output)
    print("the weights are under the S-Lab License 1.0: not for commercial use", file=sys.stderr)
    print(arguments.output)


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
        "--fps", type=number_above_zero, metavar="N", help="frames a second, where the file's own are wrong or missing"
    )
    convert.add_argument(
        "--person", metavar="NAME", help="who is meant, where the file holds several people: a name, or a number from 1"
    )
    convert.add_argument(
        "--animation", metavar="NAME", help="which animation of several: a name, or a number from 1 (the longest)"
    )
    add_save_options(convert, "--output-fps")
    convert.set_defaults(run=run_convert)


def run_convert(arguments: argparse.Namespace) -> None:
    """Write the motion, say on stderr what was understood, and print the file's name; or print the joint map."""
    from ..io import SaveOptions, check_save_path, save_motion
    from ..retarget import find_joint_map, import_file, read_joint_map, read_rig

    which = {"fps": arguments.fps, "person": arguments.person, "animation": arguments.animation}
    if arguments.output is None:
        rig = read_rig(arguments.file, **which)
        print(f"# joints of {arguments.file.name}: {', '.join(rig.names)}")
        try:
            print(find_joint_map(rig), end="")
        except ValueError as error:
            raise ValueError(f"{arguments.file}: {error}") from None
        return
    options = save_options(arguments)
    check_save_path(arguments.output, SaveOptions(**options))
    joint_map = read_joint_map(arguments.joint_map) if arguments.joint_map else None
    found = import_file(arguments.file, joint_map, **which)
    path = save_motion(found.motion, arguments.output, **options)
    print(f"{arguments.file.name}: {found.understanding.line(found.motion)}", file=sys.stderr)
    print(path)
