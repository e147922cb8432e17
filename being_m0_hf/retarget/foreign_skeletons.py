"""Files of foreign skeletons: which reader, which person of several, which animation of several."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..io.rigs.asf_amc import AMC_FPS, rig_from_asf_amc
from ..io.rigs.bvh import rig_from_bvh
from ..io.rigs.gltf import GltfFile
from ..io.rigs.rig import RigAnimation
from ..motion import MotionError
from ..utils.user_files import read_user_bytes
from .people import Person, choose, people_in

#: Larger files are no single clip; reading them would take longer than anyone waits.
MAX_FILE_BYTES = 200_000_000
GLTF_SUFFIXES = (".glb", ".gltf", ".vrm", ".vrma")


@dataclass(frozen=True, eq=False)
class Take:
    """One person in one animation of a file."""

    rig: RigAnimation
    person: str = ""
    other_people: tuple[str, ...] = ()


def read_take(path: Path, fps: float | None, person: str | None, animation: str | None) -> Take:
    """The person and animation that are meant; the largest and the longest where nothing is said.

    Raises:
        MotionError: damaged files, or names that the file does not have.
    """
    if path.suffix.lower() not in GLTF_SUFFIXES:
        if animation is not None:
            raise MotionError("holds one animation without a name; leave out --animation")
        rig = _RIG_READERS[path.suffix.lower()](path, fps)
        people = people_in(rig)
        _check_person(people, person)
        chosen = choose(people, person) if people else None
        return Take(_of_person(rig, chosen), *_names(people, chosen))
    gltf = open_gltf(path)
    rig = gltf.rig(animation, fps)
    people = people_in(rig)
    _check_person(people, person)
    chosen = choose(people, person) if people else None
    alone = _of_person(rig, chosen)
    if chosen and animation is None and rig.other_animations and (own := gltf.animations(alone.ids)):
        # the longest of all may move somebody else
        alone = alone if own[0] == alone.animation else _of_person(gltf.rig(own[0], fps), chosen)
    return Take(_only_own_animations(gltf, alone), *_names(people, chosen))


def all_takes(path: Path, fps: float | None = None) -> Iterator[tuple[str, Take | MotionError]]:
    """Every person in every animation of the file, under a name that tells them apart; "" where there is one only.

    Poses, in which nothing moves, come as the error that says so.
    """
    gltf = open_gltf(path) if path.suffix.lower() in GLTF_SUFFIXES else None
    rig = gltf.rig(None, fps) if gltf else _RIG_READERS[path.suffix.lower()](path, fps)
    people = people_in(rig)
    for chosen in people or [None]:
        who = chosen.name if chosen and len(people) > 1 else ""
        first = _of_person(rig, chosen)
        names = gltf.animations(first.ids) if gltf else [""]
        if not names:
            yield who, MotionError(f"no animation moves the person {who}")
        for name in names:
            what = name if len(names) > 1 else ""
            label = " ".join(part for part in (who, what) if part)
            try:
                alone = first if name == first.animation else _of_person(gltf.rig(name, fps), chosen)
                yield label, Take(alone, *_names(people, chosen))
            except MotionError as error:
                yield label, error


def open_gltf(path: Path) -> GltfFile:
    """The glTF at that path, with the .bin files beside it."""
    return GltfFile(read_user_bytes(path, MAX_FILE_BYTES), path.parent)


def _of_person(rig: RigAnimation, person: Person | None) -> RigAnimation:
    """The rig with the joints of that person only; the whole one where it is nobody else's."""
    everyone = person is None or len(person.joints) == len(rig.names)
    return (
        rig
        if everyone and len(set(rig.names)) == len(rig.names)
        else rig.subset(range(len(rig.names)) if person is None else person.joints)
    )


def _only_own_animations(gltf: GltfFile, rig: RigAnimation) -> RigAnimation:
    if not rig.other_animations:
        return rig
    own = gltf.animations(rig.ids)
    return replace(rig, other_animations=tuple(name for name in own if name != rig.animation))


def _names(people: list[Person], chosen: Person | None) -> tuple[str, tuple[str, ...]]:
    """Who was taken and who was not; nothing where there is one person only."""
    if chosen is None or len(people) < 2:
        return "", ()
    return chosen.name, tuple(person.name for person in people if person is not chosen)


def _check_person(people: list[Person], person: str | None) -> None:
    if person is not None and not people:
        raise MotionError("no part of its skeleton is a person by itself; leave out --person")


def _read_bvh(path: Path, fps: float | None) -> RigAnimation:
    return rig_from_bvh(read_user_bytes(path, MAX_FILE_BYTES), fps)


def _read_amc(path: Path, fps: float | None) -> RigAnimation:
    skeleton = read_user_bytes(_skeleton_beside(path), MAX_FILE_BYTES)
    return rig_from_asf_amc(skeleton, read_user_bytes(path, MAX_FILE_BYTES), fps or AMC_FPS)


def _skeleton_beside(path: Path) -> Path:
    """``cmu_02.asf`` for ``cmu_02_01.amc``; else the only skeleton of the folder is meant."""
    found = sorted(other for other in path.parent.iterdir() if other.suffix.lower() == ".asf")
    matching = [other for other in found if f"{path.stem}_".startswith(f"{other.stem}_")]
    if matching:
        return max(matching, key=lambda other: len(other.stem))
    if len(found) == 1:
        return found[0]
    raise MotionError("needs its skeleton beside it: the .asf file of the same subject")


_RIG_READERS: dict[str, Callable[[Path, float | None], RigAnimation]] = {".bvh": _read_bvh, ".amc": _read_amc}
RIG_SUFFIXES: tuple[str, ...] = (*_RIG_READERS, *GLTF_SUFFIXES)
