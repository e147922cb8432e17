"""Memory of this process: at most so far, and now."""

import resource
import sys
from pathlib import Path


def peak_memory() -> int:
    """Bytes that this process had in memory at most."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def memory_now() -> int:
    """Bytes that this process has in memory now; at most, where the system does not tell."""
    told = Path("/proc/self/statm")
    if not told.is_file():
        return peak_memory()
    return int(told.read_text().split()[1]) * resource.getpagesize()
