"""The command ``being-m0 mmcp``: the model for programs that speak the Motion Model Context Protocol, as Blender's
add-on Proscenium does."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...utils.imports import need_library
from ...utils.progress import status_line
from ..options import whole_number

if TYPE_CHECKING:
    from ...pipelines.text_to_motion import MotionPipeline

DESCRIPTION = """\
Serve the model by MMCP, the Motion Model Context Protocol (https://animatica.ai/mmcp), until Ctrl-C: segments of text
in, a glTF animation of our skeleton out. In Blender install the add-on Proscenium and give it the address.

  being-m0 mmcp --port 8000
"""


def add_mmcp_command(commands: argparse._SubParsersAction, options: dict) -> argparse.ArgumentParser:
    """Adds ``mmcp`` to the command line; it still lacks the options of the model."""
    parser = commands.add_parser("mmcp", help="serve the model to Blender, by MMCP", description=DESCRIPTION, **options)
    parser.add_argument("--port", type=whole_number(1, 65535), default=8000, help="port of the server (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets everybody ask (127.0.0.1: this machine)")
    return parser


def run_mmcp(arguments: argparse.Namespace, load: Callable[[str, list[str]], "MotionPipeline"]) -> None:
    """Serve until Ctrl-C."""
    need_library("motionmcp", "mmcp", "being-m0 mmcp")
    need_library("fastapi", "mmcp", "being-m0 mmcp")
    from motionmcp import serve

    from .backbone import MotionBackbone

    backbone = MotionBackbone(load(arguments.model, arguments.adapter))
    with status_line(f"Serving MMCP at http://{arguments.host}:{arguments.port}, Ctrl-C ends"):
        serve(backbone, host=arguments.host, port=arguments.port, log_level="warning", title="Being-M0")
