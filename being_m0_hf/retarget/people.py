"""Several people in one file: which parts of its skeleton are a person each, and which of them is meant."""

from dataclasses import dataclass

from torch import Tensor

from ..io.rigs.rig import RigAnimation
from ..motion import MotionError
from .joint_map import REQUIRED_JOINTS, map_by_names
from .shape_map import MAX_JOINTS, map_by_shape

_LOOKED_AT = 60  # frames; a skeleton is the same in all of them
_MOST_GUESSES = 40  # parts of a skeleton that are looked at; a crowd has fewer, and a file may hold 2,000 joints
_FEWEST_JOINTS = 12  # of two arms, two legs, trunk and head


@dataclass(frozen=True)
class Person:
    """One person of a file: its name there, its joints in the rig, and what decides who is the largest."""

    name: str
    joints: tuple[int, ...]
    rank: tuple[bool, int, float] = (False, 0, 0.0)


def people_in(rig: RigAnimation) -> list[Person]:
    """The people of a rig, the largest first: known by names before guesses, then most joints, then the tallest.

    Empty where no part of the skeleton is a person by itself.
    """
    thin = rig.thinned(_LOOKED_AT)
    world = (*thin.world(), *thin.rest_world())
    by_names = map_by_names(rig.names) is not None or len(rig.known) >= len(REQUIRED_JOINTS)
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(rig.parents):
        children.setdefault(parent, []).append(joint)
    tops: dict[int, list[tuple[int, bool]]] = {}  # joint -> the people at or below it: top joint, known by names
    guesses = 0
    for joint in reversed(range(len(rig.names))):
        inner = [top for child in children.get(joint, []) for top in tops[child]]
        kind = None
        if len(inner) < 2 and (rig.parents[joint] < 0 or len(children.get(joint, ())) > 1) and guesses < _MOST_GUESSES:
            below = rig.below(joint)
            if len(below) >= _FEWEST_JOINTS:
                guesses += 1
                kind = _kind(thin, below, world, by_names)
        tops[joint] = inner if kind is None else [(joint, kind == "names")]
    found = [top for root in children.get(-1, []) for top in tops[root]]
    places = world[0]
    people = []
    for top, is_known in found:
        joints = rig.below(top)
        size = float((places[:, joints].amax(dim=1) - places[:, joints].amin(dim=1)).norm(dim=-1).median())
        people.append(Person(_name(rig, top), tuple(joints), (is_known, len(joints), size)))
    people.sort(key=lambda person: person.rank, reverse=True)
    return _with_single_names(rig, people)


def choose(people: list[Person], name: str | None) -> Person:
    """The person of that name, or of that number from 1 on, as the file lists them; the largest when None.

    Raises:
        MotionError: nobody is called so; the message names who there is.
    """
    if name is None:
        return people[0]
    for person in people:
        if person.name.lower() == name.lower():
            return person
    in_file = sorted(people, key=lambda person: person.joints[0])
    if name.isdecimal() and 1 <= int(name) <= len(people):
        return in_file[int(name) - 1]
    raise MotionError(f"has no person {name[:60]!r}; it has {', '.join(person.name for person in in_file[:20])}")


def _kind(rig: RigAnimation, joints: list[int], world: tuple[Tensor, ...], by_names: bool) -> str | None:
    """Whether those joints are a person by their names, by their shape, or not at all."""
    inside = set(joints)
    if all(rig.known.get(joint) in inside for joint in REQUIRED_JOINTS):
        return "names"
    if by_names and map_by_names(tuple(rig.names[joint] for joint in joints)):
        return "names"
    if len(joints) > MAX_JOINTS:
        return None
    try:
        map_by_shape(rig.subset(joints, world))
    except MotionError:
        return None
    return "shape"


def _name(rig: RigAnimation, top: int) -> str:
    return (rig.owners[top] if rig.owners else "") or rig.names[top]


def _with_single_names(rig: RigAnimation, people: list[Person]) -> list[Person]:
    """Where owners have the same name, the root joints are told apart; then numbers."""
    for other in (lambda person: rig.names[person.joints[0]], None):
        names = [person.name for person in people]
        if len(set(names)) == len(names):
            break
        if other:
            people = [Person(other(person), person.joints, person.rank) for person in people]
        else:
            order = sorted(person.joints[0] for person in people)
            people = [
                Person(f"{person.name} ({order.index(person.joints[0]) + 1})", person.joints, person.rank)
                for person in people
            ]
    return people
