"""Operators that change a recorded walk."""
