"""What scores are performed on: recorded stands, seats and walks, steps planned on a stand, written whole bodies."""

from .recordings import Bases

__all__ = ["Bases"]
