"""Takes of written actions, which a small language model does less well: shown as they were written, and marked.

A checkpoint may have a file of takes beside its weights: performances of written actions (`choreography`), in several
lengths that were verified (`training/tools/write_takes.py`). Which one is shown for a sentence: `shown_takes.py`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...motion import Motion
from ...text.mirror import mirror_name
from ...understanding.same_actions import same_as
from ...utils.atomic_files import whole_file
from .packed_motion import pack, unpack
from .reordered_steps import reordered

TAKES_FILE = "written_takes.safetensors"
#: Frames of the time steps in which lengths are told: 0.2 s.
STEP_FRAMES = 4


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
class WrittenTakes:
    """The takes beside a checkpoint.

    Args:
        actions: name -> takes.
    """

    actions: Mapping[str, WrittenAction] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.actions)

    def name_of(self, action: str) -> str | None:
        """The name of the takes that show an action: its own, of the other side, or of one that looks the same."""
        names = (action, mirror_name(action), *sorted(same_as(action)))
        return next((each for each in names if each in self.actions), None)

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
