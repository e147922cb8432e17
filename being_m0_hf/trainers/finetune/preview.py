"""What a sentence gave before, and what it gives now: one picture."""

from pathlib import Path

from ...motion import Motion
from ...pipelines.text_to_motion import MotionPipeline
from ...rendering import contact_sheets
from ...utils.atomic_files import whole_file
from .recordings import Recorded

#: At most so many seconds are shown.
SECONDS = 4.0


def preview_motion(pipeline: MotionPipeline, clip: Recorded) -> Motion:
    """What the model makes of the clip's first sentence, about as long as the clip."""
    step = 1 / pipeline.processor.steps_per_second
    seconds = max(step, min(clip.motion.seconds, SECONDS, pipeline.processor.max_seconds))
    pipeline.model.eval()
    return pipeline(clip.texts[0][0], seconds=seconds, seed=0)


def draw_preview(clip: Recorded, before: Motion, after: Motion, path: Path) -> None:
    """The picture: two rows. The recording itself stays with its owner."""
    titles = [f"{when}: {clip.texts[0][0]}" for when in ("before", "after")]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial, open(partial, "wb") as file:
        contact_sheets([before, after], titles=titles).save(file, "PNG")
