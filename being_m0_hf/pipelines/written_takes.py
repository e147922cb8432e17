"""Takes of written actions, which a small language model does less well: shown as they were written, and marked.

A checkpoint may have a file of takes beside its weights: performances of written actions (`choreography`), in several
lengths that were verified (`training/tools/write_takes.py`). Where a sentence is known as exactly one of these actions,
a take is the motion. `Motion.source` says so, and so does `understand` of what is known before.
"""

import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..motion import MODEL_FPS, Motion
from ..motion.motion import MIN_FRAMES
from ..text.mirror import mirror_name
from ..understanding import Understanding
from ..understanding.same_actions import same_as
from ..utils.atomic_files import whole_file
from .packed_motion import pack, unpack
from .reordered_steps import reordered

TAKES_FILE = "written_takes.safetensors"
#: Frames of the time steps in which lengths are told: 0.2 s.
STEP_FRAMES = 4
#: A take may be played so much slower and faster to be as long as asked.
SLOWEST, FASTEST = 0.75, 1.6
#: How fast a sentence is played that says how, where no length is asked for.
TEMPOS = {"slow": 0.8, "fast": 1.25, "": 1.0}


@dataclass(frozen=True, eq=False)
class Take:
    """One performance.

    Args:
        packed: (bytes,) the motion in few bytes: see `packed_motion`.
        lengths: time steps of a length -> which step of the take comes when: holds and cycles are cut or repeated. Its
            own length is the first one.
    """

    packed: Tensor
    lengths: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, motion: Motion) -> "Take":
        """A motion at 20 fps as a take of its own length, in whole time steps."""
        steps = motion.num_frames // STEP_FRAMES
        return cls(pack(motion.canonicalized().crop(0, steps * STEP_FRAMES)), {steps: tuple(range(steps))})

    @property
    def steps(self) -> int:
        """How many time steps it has."""
        return next(iter(self.lengths))

    def motion(self, way: Sequence[int]) -> Motion:
        """Time steps of it, one after the other."""
        return reordered(unpack(self.packed), way, STEP_FRAMES)


@dataclass(frozen=True)
class WrittenAction:
    """The takes of one action.

    Args:
        side: the side that they are of; "" where the action has none.
    """

    takes: tuple[Take, ...]
    side: str = ""


@dataclass(frozen=True)
class ChosenTake:
    """Which take is shown for a sentence.

    Args:
        action: its name.
        mirrored: whether left and right are exchanged.
        take: of this action.
        steps: of the take's lengths, the one that is played.
        frames: how many frames it becomes by its tempo.
    """

    action: str
    mirrored: bool
    take: Take
    steps: int
    frames: int

    @property
    def source(self) -> str:
        """What `Motion.source` says of it: the side that is seen, not the one that it was written for."""
        shown = mirror_name(self.action) if self.mirrored else self.action
        return f'written action "{shown.replace("_", " ")}"'

    def motion(self, text: str | None = None) -> Motion:
        """The take as a motion at 20 fps."""
        motion = self.take.motion(self.take.lengths[self.steps])
        motion = motion.mirrored() if self.mirrored else motion
        return at_length(motion, self.frames).replace(text=text, source=self.source)


@dataclass(frozen=True)
class WrittenTakes:
    """The takes beside a checkpoint.

    Args:
        actions: name -> takes.
    """

    actions: Mapping[str, WrittenAction] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.actions)

    def choose(self, found: Understanding, frames: int | None, seed: int, counted: bool = False) -> ChosenTake | None:
        """The take for a sentence; None where the model shall make its motion.

        That is the case unless the sentence is known as exactly one action that there are takes of, on its side, once,
        and a length that can be made of them.

        Args:
            found: what the sentence was taken for.
            frames: that are asked for, at 20 fps; None for as long as a take lasts.
            seed: chooses among the takes.
            counted: it will be done as often as is said (`counted_takes.py`), whatever that is.
        """
        if not found.is_known or len(found.actions) != 1 or found.actions[0].facts.negated:
            return None
        (said,) = found.actions
        facts = said.facts
        names = (said.name, mirror_name(said.name), *sorted(same_as(said.name)))
        name = next((each for each in names if each in self.actions), None)
        if name is None:
            return None
        action = self.actions[name]
        if facts.count not in (None, 1) and not counted:
            return None
        if facts.side and facts.side != "both" and not action.side:
            return None
        if facts.side == "both" and action.side:
            return None
        rng = random.Random(f"{name} {seed}")
        fitting = [(take, length) for take in action.takes if (length := _length(take, frames)) is not None]
        if not fitting:
            return None
        take, length = rng.choice(fitting)
        frames = frames or round(length * STEP_FRAMES / TEMPOS[facts.speed])
        return ChosenTake(name, bool(facts.side) and facts.side not in (action.side, "both"), take, length, frames)

    @classmethod
    def load(cls, folder: str | os.PathLike) -> "WrittenTakes":
        """Those of a checkpoint; none where it has no file of them.

        Raises:
            ValueError: the file is damaged.
        """
        path = Path(folder) / TAKES_FILE
        if not path.is_file():
            return cls()
        try:
            with safe_open(path, framework="pt") as file:
                listed = json.loads(file.metadata()["actions"])
                actions = {
                    name: WrittenAction(
                        tuple(
                            _take(file.get_tensor(f"{name}.{number}"), file.get_tensor(f"{name}.{number}.lengths"))
                            for number in range(entry["takes"])
                        ),
                        entry["side"],
                    )
                    for name, entry in listed.items()
                }
        except Exception as error:  # safetensors' own kinds of errors, a missing name, no JSON
            reason = " ".join(str(error).split())[:200]
            raise ValueError(
                f"{path} is damaged ({reason}); write it again with training/tools/write_takes.py"
            ) from error
        return cls(actions)

    def save(self, folder: str | os.PathLike) -> Path:
        """Write what `load` reads: ``NAME.0``, a packed motion, and ``NAME.0.lengths``, all lengths back to back, each
        as its number of steps and those steps."""
        arrays: dict[str, Tensor] = {}
        for name, action in self.actions.items():
            for number, take in enumerate(action.takes):
                arrays[f"{name}.{number}"] = take.packed
                flat = [step for length, way in take.lengths.items() for step in (length, *way)]
                arrays[f"{name}.{number}.lengths"] = torch.tensor(flat, dtype=torch.uint8)
        listed = {name: {"takes": len(action.takes), "side": action.side} for name, action in self.actions.items()}
        path = Path(folder) / TAKES_FILE
        with whole_file(path) as partial:
            save_file(arrays, partial, {"actions": json.dumps(listed)})
        return path


def at_length(motion: Motion, frames: int) -> Motion:
    """The motion played slower or faster, so that it has so many frames."""
    frames = max(frames, MIN_FRAMES)
    if frames == motion.num_frames:
        return motion
    slower = motion.resample(motion.fps * (frames - 1 + 1e-3) / (motion.num_frames - 1))
    return slower.replace(fps=MODEL_FPS).crop(0, frames)


def _length(take: Take, frames: int | None) -> int | None:
    """The length of a take, in time steps, that comes nearest to so many frames; None where none is near enough."""
    if frames is None:
        return take.steps
    steps = frames / STEP_FRAMES
    able = [length for length in take.lengths if SLOWEST <= length / steps <= FASTEST]
    return min(able, key=lambda length: abs(length - steps), default=None)


def _take(packed: Tensor, flat: Tensor) -> Take:
    if packed.dtype != torch.uint8:
        raise ValueError("its takes are tokens, as the first versions wrote them")
    numbers, lengths = flat.tolist(), {}
    while numbers:
        count, *rest = numbers
        lengths[count], numbers = tuple(rest[:count]), rest[count:]
        if len(lengths[count]) != count or max(lengths[count]) >= next(iter(lengths)):
            raise ValueError("a length says steps that the take has not")
    if not lengths:
        raise ValueError("a take has no length")
    return Take(packed, lengths)
