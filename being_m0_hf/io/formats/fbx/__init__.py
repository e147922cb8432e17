"""Autodesk's FBX, written by ourselves: the container, the scene in it, skeleton and animation, the skin."""

from .animation import motion_to_fbx

__all__ = ["motion_to_fbx"]
