"""A motion as the viewer in the browser takes it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from being_m0_hf.motion import CANONICAL_SKELETON, Motion


@dataclass(frozen=True)
class ShownMotion:
    """A motion and what is said about it around the stage.

    Args:
        caption: by default the motion's own text.
        seed: that it was made with, if it was.
        part_texts: what was asked of body parts, by part name.
        told: what the sentence was taken for (``workshop.told_of``).
        recipe: how the motion came about (``workshop.Recipe``), for who edits it or sends a link.
        said: what it was asked for, and what was asked of it afterwards: its files are named after that.
        grows: the recipe with which a live motion began; what it is told on the way changes its own.
        spoken: what each of several texts was taken for, and from when on it holds (``workshop.told_in_time``).
    """

    motion: Motion
    caption: str | None = None
    seed: int | None = None
    part_texts: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Any] | None = None
    recipe: str = ""
    said: tuple[str, ...] = ()
    grows: str = ""
    spoken: Sequence[Mapping[str, Any]] = ()


def clip_payload(shown: ShownMotion) -> dict[str, Any]:
    """What the viewer needs to play a motion on its body, which has the canonical skeleton.

    Returns:
        text, seed, partTexts, told, recipe, grows, spoken, fps, frames and two base64 strings of little-endian float32:
        rotations (T, 22, 4) quaternions x, y, z, w and translation (T, 3) metres.
        A 10 s clip at 20 fps is about 100 kB.
    """
    motion = shown.motion.on_skeleton(CANONICAL_SKELETON)
    return {
        "text": motion.text if shown.caption is None else shown.caption,
        "seed": shown.seed,
        "partTexts": dict(shown.part_texts),
        "told": dict(shown.told) if shown.told else None,
        "recipe": shown.recipe,
        "grows": shown.grows,
        "spoken": [dict(each) for each in shown.spoken],
        "fps": motion.fps,
        "frames": motion.num_frames,
        "rotations": _base64_floats(motion.rotations),
        "translation": _base64_floats(motion.translation),
    }


def growing_payload(shown: ShownMotion, pieces: Sequence[Motion]) -> dict[str, Any]:
    """As `clip_payload`, for a motion that is still written.

    ``growing`` is true, and rotations and translation are lists of strings, one a piece; Gradio sends the new ones.
    """
    clips = [clip_payload(replace(shown, motion=piece)) for piece in pieces]
    arrays = {name: [clip[name] for clip in clips] for name in ("rotations", "translation")}
    return clips[0] | arrays | {"frames": sum(clip["frames"] for clip in clips), "growing": True}


def _base64_floats(values: Tensor) -> str:
    return base64.b64encode(values.detach().cpu().numpy().astype("<f4").tobytes()).decode("ascii")
