"""The model as a server of the Motion Model Context Protocol."""

from .command import add_mmcp_command, run_mmcp

__all__ = ["add_mmcp_command", "run_mmcp"]
