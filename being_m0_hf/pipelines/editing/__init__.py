"""Motions described, continued and filled in: the tasks that begin with a motion."""

from .editor import MotionEditor

__all__ = ["MotionEditor"]
