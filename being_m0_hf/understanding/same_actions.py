"""Actions of several names that look the same (``same.yaml``): of these, each is a right answer for the others."""

from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml

from ..text.mirror import mirror_name


@cache
def same_as(name: str) -> frozenset[str]:
    """The names of what looks like an action, its own and those of the other side among them."""
    own = {name, mirror_name(name)}
    for row in _rows():
        if own & row:
            return frozenset(own | row)
    return frozenset(own)


@cache
def _rows() -> tuple[frozenset[str], ...]:
    rows = read_package_yaml(__package__, "same.yaml")
    return tuple(frozenset({*names, *map(mirror_name, names)}) for names in rows)
