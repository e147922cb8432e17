"""What a motion is asked to be, as a whole and part by part."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..motion.body_parts import ARMS, PARTS
from ..motion.features import decode_d135
from ..motion.rotations import angle_between

#: What a body does of which only some parts are told something.
STANDING = "a person stands still"


@dataclass(frozen=True)
class MotionRequest:
    """A motion to draw.

    Args:
        text: what the body does; may be empty.
        parts: texts by part name.
        steps: its length in time steps; None for the model to choose.
        seed: of the draw.
        held: (steps, parts) motion codes that are given, -1 where they shall be drawn.
        before: (frames, 135) features of the motion that the held codes are of: where the text does not tell otherwise,
            what is drawn shall stay near it.
    """

    text: str
    parts: Mapping[str, str]
    steps: int | None
    seed: int
    held: Tensor | None = None
    before: Tensor | None = None

    def sentence(self) -> str:
        """Everything that is said: "a person walks, the left arm waves"."""
        said = [(name.replace("_", " "), text.strip()) for name, text in self.parts.items()]
        clauses = [text if text.lower().startswith("the ") else f"the {name} {text}" for name, text in said]
        return ", ".join(filter(None, (self.text.strip(), *clauses)))

    def change(self, features: Tensor) -> float:
        """How much the parts that no text tells anything differ from `before`: mean angle of their joints, radians."""
        joints = [joint for part in PARTS if part.name not in self.parts for joint in part.joints]
        if self.before is None or not joints:
            return 0.0
        now, then = (decode_d135(each)[0][:, joints] for each in (features, self.before))
        return float(angle_between(now, then).mean())

    def whole_body(self) -> "MotionRequest":
        """The request for the motion whose other parts stay when parts are drawn anew: the text alone; without one what
        the root's text says of "the body", or standing.
        """
        if self.text.strip():
            return replace(self, parts={})
        if "root" in self.parts:
            root = self.parts["root"]
            return replace(self, text=re.sub(r"\bthe body\b", "a person", root), parts={"root": root})
        return replace(self, text=STANDING, parts={})


def parts_to_draw(told: Iterable[str], names: Sequence[str]) -> list[str]:
    """Which of all parts are drawn anew when some are told something: they, and with one below the arms (see `ARMS`)
    all of those.
    """
    told = set(told)
    below = told - set(ARMS)
    return [name for name in names if name in told or (below and name not in ARMS)]
