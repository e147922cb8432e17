"""``RigAnimation``: what any foreign motion file says, before anyone knows that it is a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import roma
import torch
from torch import Tensor

from ...motion import MotionError

#: More than this is no recording of one person; it would only fill the memory.
MAX_JOINTS = 2000
MAX_FRAMES = 500_000  # an hour at 120 fps
MAX_ANGLES = 10_000_000  # frames x joints: 20 minutes of 70 joints at 120 fps, two gigabytes while it is read


@dataclass(frozen=True, eq=False)
class RigAnimation:
    """An animated skeleton in a file's own names, axes and units.

    Args:
        names: one per joint; end sites of a BVH or ASF are joints named ``<parent>_end``.
        parents: index of each joint's parent, -1 for a root; parents come before their children.
        rest_offsets: (J, 3) place of each joint in its parent's frame in the zero (or bind) pose, file units.
        rest_rotations: (J, 4) local quaternions (x, y, z, w) of that pose.
        rotations: (T, J, 4) local quaternions of the animation.
        positions: (T, J, 3) local places of the animation, file units; rest offsets where the file animates none.
        fps: frames per second.
        up: "y" where the format fixes the up axis (glTF), None where it must be found out.
        ids: one number per joint, by which its file knows it (a glTF's node); 0, 1, 2 ... where empty.
        known: SMPL joint -> joint, where the file itself says who is who (VRM).
        mirrored: joints that a negative scale turns into their mirror image.
        animation: the name of the animation, where files hold several.
        other_animations: the names of the others.
        owners: what the file calls the skeleton that each joint belongs to (a glTF's armature); empty where nothing.

    Raises:
        MotionError: shapes that do not fit together, no frames, too much data, NaN.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_offsets: Tensor
    rest_rotations: Tensor
    rotations: Tensor
    positions: Tensor
    fps: float
    up: str | None = None
    ids: tuple[int, ...] = ()
    known: dict[str, int] = field(default_factory=dict)
    mirrored: frozenset[int] = frozenset()
    animation: str = ""
    other_animations: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        joints, frames = len(self.names), len(self.rotations)
        check_size(joints, frames)
        object.__setattr__(self, "ids", self.ids or tuple(range(joints)))
        if len(self.parents) != joints or any(parent >= joint for joint, parent in enumerate(self.parents)):
            raise MotionError("the skeleton's joints do not form a tree")
        shapes = {
            "rest_offsets": (joints, 3),
            "rest_rotations": (joints, 4),
            "rotations": (frames, joints, 4),
            "positions": (frames, joints, 3),
        }
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values.shape != shape:
                raise MotionError(f"{name} have shape {tuple(values.shape)}, expected {shape}")
            if not torch.isfinite(values).all() or values.abs().max() > 1e9:
                raise MotionError("the file holds NaN, infinity or absurdly large numbers; cut or repair those frames")

    @property
    def num_frames(self) -> int:
        return len(self.rotations)

    def world(self) -> tuple[Tensor, Tensor]:
        """World positions (T, J, 3) and rotations (T, J, 4) of the animation, in file axes and units."""
        return _compose(self.parents, self.positions, self.rotations)

    def rest_world(self) -> tuple[Tensor, Tensor]:
        """World positions (J, 3) and rotations (J, 4) of the rest pose."""
        positions, rotations = _compose(self.parents, self.rest_offsets[None], self.rest_rotations[None])
        return positions[0], rotations[0]

    def way_up(self, joint: int) -> list[int]:
        """The joint, its parent and so on to the root."""
        way = [joint]
        while self.parents[way[-1]] >= 0:
            way.append(self.parents[way[-1]])
        return way

    def below(self, joint: int) -> list[int]:
        """The joint and all that hang from it, parents first."""
        found = {joint}
        for other, parent in enumerate(self.parents):
            if parent in found:
                found.add(other)
        return sorted(found)

    def thinned(self, most: int) -> "RigAnimation":
        """At most that many frames, spread over the clip: enough to see what kind of skeleton it is."""
        if self.num_frames <= most:
            return self
        frames = torch.linspace(0, self.num_frames - 1, most).round().long()
        return replace(self, rotations=self.rotations[frames], positions=self.positions[frames])

    def crop(self, start: int) -> "RigAnimation":
        """The clip without the frames before ``start``."""
        return replace(self, rotations=self.rotations[start:], positions=self.positions[start:])

    def subset(self, joints: Sequence[int], world: tuple[Tensor, ...] | None = None) -> "RigAnimation":
        """The clip with only those joints, parents first; each hangs from its nearest ancestor among them.

        Names that come twice get a number, so that a name means one joint. ``world`` is what ``world()`` and
        ``rest_world()`` give, for those who take many subsets.
        """
        joints = list(joints)
        number = {joint: index for index, joint in enumerate(joints)}
        places, turns, rest_places, rest_turns = world or (*self.world(), *self.rest_world())
        rest_places, rest_turns = rest_places[None], rest_turns[None]
        parents = []
        for joint in joints:
            above = self.parents[joint]
            while above >= 0 and above not in number:
                above = self.parents[above]
            parents.append(number.get(above, -1))
        positions, rotations = local_parts(places[:, joints], turns[:, joints], parents)
        rest_offsets, rest_rotations = local_parts(rest_places[:, joints], rest_turns[:, joints], parents)
        return replace(
            self,
            names=_single([self.names[joint] for joint in joints]),
            parents=tuple(parents),
            rest_offsets=rest_offsets[0],
            rest_rotations=rest_rotations[0],
            rotations=rotations,
            positions=positions,
            ids=tuple(self.ids[joint] for joint in joints),
            known={name: number[joint] for name, joint in self.known.items() if joint in number},
            mirrored=frozenset(number[joint] for joint in self.mirrored if joint in number),
            owners=tuple(self.owners[joint] for joint in joints) if self.owners else (),
        )


def _single(names: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for name in names:
        same, count = name, 1
        while same in found:
            count += 1
            same = f"{name} ({count})"
        found[same] = count
    return tuple(found)


def local_parts(places: Tensor, turns: Tensor, parents: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Local positions and rotations from world ones (T, J, 3) and (T, J, 4)."""
    above = [max(parent, 0) for parent in parents]
    back = roma.quat_conjugation(turns[:, above])
    positions = roma.quat_action(back, places - places[:, above])
    rotations = roma.quat_product(back, turns)
    for joint, parent in enumerate(parents):
        if parent < 0:
            positions[:, joint], rotations[:, joint] = places[:, joint], turns[:, joint]
    return positions, rotations


def check_size(joints: int, frames: int) -> None:
    """Raise ``MotionError`` for a clip that is empty or absurdly large; ask before allocating."""
    if joints < 1 or frames < 1:
        raise MotionError("the file holds no joints" if joints < 1 else "the file holds no frames of motion")
    if joints > MAX_JOINTS or frames > MAX_FRAMES or joints * frames > MAX_ANGLES:
        raise MotionError(f"{joints} joints x {frames} frames are too many for one clip; cut it into shorter ones")


def _compose(parents: tuple[int, ...], positions: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
    places: list[Tensor] = []
    turns: list[Tensor] = []
    for joint, parent in enumerate(parents):
        place, turn = positions[:, joint], rotations[:, joint]
        if parent >= 0:
            place = places[parent] + roma.quat_action(turns[parent], place)
            turn = roma.quat_product(turns[parent], turn)
        places.append(place)
        turns.append(turn)
    return torch.stack(places, dim=1), torch.stack(turns, dim=1)
