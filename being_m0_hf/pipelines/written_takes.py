"""Takes of written actions: what a model was taught and does not do well, shown as it was written, and marked as that.

A small language model does not bring out every action that it was trained on. A checkpoint may have a file of takes
beside its weights: performances of written actions (`choreography`) as tokens of its own tokenizer, in several lengths
that were verified (`training/tools/write_takes.py`). Where a sentence is known as exactly one of these actions, a take
is the motion; of an action that the model usually does, only where all that it drew lack something by far.
`Motion.source` says so, and so does `understand` of what is known before.
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

from ..models.motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from ..motion import MODEL_FPS, Motion
from ..motion.motion import MIN_FRAMES
from ..text.mirror import mirror_name
from ..understanding import Understanding
from ..utils.atomic_files import whole_file
from .postprocess import on_the_floor, planted, postprocess

TAKES_FILE = "written_takes.safetensors"
#: A take may be played so much slower and faster to be as long as asked.
SLOWEST, FASTEST = 0.8, 1.4
#: How fast a sentence is played that says how, where no length is asked for.
TEMPOS = {"slow": SLOWEST, "fast": 1.25, "": 1.0}


@dataclass(frozen=True)
class Take:
    """One performance.

    Args:
        codes: (steps, parts) tokens of the first level, which is the language model's.
        residual_codes: (steps, parts, levels): the first level alone loses small and quick movements.
        lengths: steps of a length -> which step of the take comes when: holds and cycles are cut or repeated. Its own
            length is one of them.
        brisk: its small, quick movements are what it is about, and must not be calmed as resting joints are.
    """

    codes: Tensor
    residual_codes: Tensor
    lengths: Mapping[int, tuple[int, ...]]
    brisk: bool = False

    @torch.no_grad()
    def decoded(self, tokenizer: MotionTokenizerModel, way: Sequence[int]) -> Motion:
        """Steps of it, one after the other, as a motion that is settled as all motions are (`postprocess`), calmed only
        where that does not undo it.
        """
        steps = list(way)
        codes, residual = (each[steps][None].long().to(tokenizer.device) for each in (self.codes, self.residual_codes))
        features = tokenizer.decode(codes, residual).features[0].cpu()
        return Motion.from_d135(planted(on_the_floor(features)) if self.brisk else postprocess(features))


@dataclass(frozen=True)
class WrittenAction:
    """The takes of one action.

    Args:
        side: the side that they are of; "" where the action has none.
        spare: the model usually does it: they are for motions of it that fail.
    """

    takes: tuple[Take, ...]
    side: str = ""
    spare: bool = False


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
        """What `Motion.source` says of it."""
        return f'written action "{self.action.replace("_", " ")}"'

    def motion(self, tokenizer: MotionTokenizerModel, text: str | None = None) -> Motion:
        """The take as a motion at 20 fps."""
        motion = self.take.decoded(tokenizer, self.take.lengths[self.steps])
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

    def choose(
        self, found: Understanding, steps: int | None, seed: int, downsample: int, failed: bool = False
    ) -> ChosenTake | None:
        """The take for a sentence; None where the model shall make its motion.

        That is the case unless the sentence is known as exactly one action that there are takes of, on its side, once,
        and a length that can be made of them.

        Args:
            found: what the sentence was taken for.
            steps: that are asked for; None for as long as a take lasts.
            seed: chooses among the takes.
            downsample: frames of a step.
            failed: the model has made its motion, and it fails: spare takes are shown as well.
        """
        if not found.is_known or len(found.actions) != 1 or found.actions[0].facts.negated:
            return None
        (said,) = found.actions
        facts = said.facts
        name = said.name if said.name in self.actions else mirror_name(said.name)
        action = self.actions.get(name)
        if action is None or (action.spare and not failed):
            return None
        if facts.count not in (None, 1) or (facts.side and facts.side != "both" and not action.side):
            return None
        if facts.side == "both" and action.side:
            return None
        rng = random.Random(f"{name} {seed}")
        fitting = [(take, length) for take in action.takes if (length := _length(take, steps)) is not None]
        if not fitting:
            return None
        take, length = rng.choice(fitting)
        frames = steps * downsample if steps else round(length * downsample / TEMPOS[facts.speed])
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
                            _take(
                                *(file.get_tensor(f"{name}.{number}{what}") for what in ("", ".lengths")),
                                number in entry.get("brisk", ()),
                            )
                            for number in range(entry["takes"])
                        ),
                        entry["side"],
                        entry.get("spare", False),
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
        """Write what `load` reads: ``NAME.0`` (steps, parts, levels) codes, the first level's first, and
        ``NAME.0.lengths``, all lengths back to back, each as its number of steps and those steps."""
        arrays: dict[str, Tensor] = {}
        for name, action in self.actions.items():
            for number, take in enumerate(action.takes):
                codes = torch.cat((take.codes[..., None], take.residual_codes), dim=-1)
                arrays[f"{name}.{number}"] = codes.to(torch.uint16).contiguous()
                flat = [step for length, path in take.lengths.items() for step in (length, *path)]
                arrays[f"{name}.{number}.lengths"] = torch.tensor(flat, dtype=torch.uint8)
        listed: dict[str, dict] = {}
        for name, action in self.actions.items():
            listed[name] = {"takes": len(action.takes), "side": action.side}
            brisk = [number for number, take in enumerate(action.takes) if take.brisk]
            listed[name] |= ({"spare": True} if action.spare else {}) | ({"brisk": brisk} if brisk else {})
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


def _length(take: Take, steps: int | None) -> int | None:
    """The length of a take that comes nearest to so many steps; None where none is near enough."""
    if steps is None:
        return len(take.codes)
    able = [length for length in take.lengths if SLOWEST <= length / steps <= FASTEST]
    return min(able, key=lambda length: abs(length - steps), default=None)


def _take(levels: Tensor, flat: Tensor, brisk: bool) -> Take:
    codes, residual_codes = levels[..., 0].to(torch.int32), levels[..., 1:].to(torch.int32)
    numbers, lengths = flat.tolist(), {}
    while numbers:
        count, *rest = numbers
        lengths[count], numbers = tuple(rest[:count]), rest[count:]
        if len(lengths[count]) != count or max(lengths[count]) >= len(codes):
            raise ValueError("a length says steps that the take has not")
    return Take(codes, residual_codes, lengths, brisk)
