"""The demo page: text in, a moving body and its files out. Needs the ``demo`` extra (Gradio)."""

from .app import build_demo, launch_demo
from .viewer import MotionViewer

__all__ = ["MotionViewer", "build_demo", "launch_demo"]
