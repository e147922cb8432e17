"""The scores of the package, and of folders of one's own."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..motion import MotionError
from .score.fields import nearest
from .score.score import Score, load_score
from .walks.operators import check_operators

#: Changes when the same score would become another motion.
ENGINE = 2
#: The scores that come with the package, a folder for each family.
OWN_SCORES = Path(__file__).parent / "scores"


def score_files(folder: Path = OWN_SCORES) -> dict[str, Path]:
    """Name -> file of every score below a folder.

    Raises:
        MotionError: no folder with scores, or a name that two files have.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.yaml")):
        if path.stem in found:
            raise MotionError(f"{path}: {found[path.stem]} has the same name; give one of them another")
        found[path.stem] = path
    if not found:
        raise MotionError(f"{folder} holds no scores; give a folder of .yaml files with --scores")
    return found


def performances_mark(path: Path, count: int) -> str:
    """What changes when another score, another count of performances or another engine makes other motions of it."""
    return hashlib.sha256(f"{ENGINE} {count} ".encode() + path.read_bytes()).hexdigest()[:16]


def load(path: Path) -> Score:
    """The score in a file, its operators checked."""
    score = load_score(path)
    check_operators(score.operators, str(path))
    return score


def load_library(folder: Path = OWN_SCORES, names: Sequence[str] = ()) -> list[Score]:
    """All scores of a folder, or those of some names."""
    files = score_files(folder)
    for name in names:
        if name not in files:
            raise MotionError(f"{folder} has no score {name!r}; {nearest(name, files)}")
    return [load(files[name]) for name in (names or files)]
