"""What no body can do, whatever a text asks: used where one of several motions is chosen."""

from itertools import groupby

from torch import Tensor

from ..motion import Motion
from ..motion.motion import MODEL_FPS

#: A body whose lowest joint is higher than this (m) touches nothing; an ankle stands at about 0.08.
CLEAR_OF_FLOOR = 0.2
#: Seconds that a jump or a flip lasts at most; what hangs longer floats.
LONGEST_FLIGHT = 0.9


def floating(features: Tensor) -> float:
    """The share of a motion (frames, 135) that hangs in the air for longer than anybody can jump, 0 to 1.

    A body that climbs floats by this measure, too; that tells nothing where all that are compared climb.
    """
    lowest = Motion.from_d135(features).joints()[..., 1].amin(dim=1)
    spells = [len(list(spell)) for clear, spell in groupby((lowest > CLEAR_OF_FLOOR).tolist()) if clear]
    return sum(frames for frames in spells if frames > LONGEST_FLIGHT * MODEL_FPS) / len(lowest)
