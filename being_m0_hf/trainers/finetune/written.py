"""What a fine-tuning leaves for others: adapter or model, generation defaults, card and licence.

`ADAPTER_FILES` beside each other are all that an adapter is; the picture is drawn before (`preview.py`). Nothing of the
user's machine and none of the recordings stand in them.
"""

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import ModelCard
from peft import PeftModel
from transformers import PreTrainedModel

from ...models.checkpoint_card import CardFacts, checkpoint_card
from ...models.checkpoint_files import ADAPTER, MODEL
from ...models.shipped_checkpoints import checkpoint_folder
from ...pipelines.adapters import TRIGGER
from ...pipelines.text_to_motion import RANKER_FOLDER, MotionPipeline
from ...understanding import write_action_list
from ...utils.atomic_files import write_whole
from ...utils.licences import Licence, licence_that_follows
from ..lora import base_name
from .settings import FinetuneSettings


@dataclass(frozen=True)
class Outcome:
    """How it went.

    Args:
        clips, seconds: of the recordings.
        held_out: how many of the clips were for validation.
        losses: (step, loss) on those, from before the first step on.
        sentence: of the preview.
        minutes: it took, since the last start.
    """

    clips: int
    seconds: float
    held_out: int
    losses: tuple[tuple[int, float], ...]
    sentence: str
    minutes: float

    def line(self) -> str:
        """One line."""
        if not self.losses:
            return f"trained on {self.clips} clips, too few to hold one out, in {self.minutes:.1f} minutes"
        step, loss = min(self.losses, key=lambda row: row[1])
        return (
            f"validation loss {self.losses[0][1]:.3f} before, {loss:.3f} after {step} steps, "
            f"in {self.minutes:.1f} minutes"
        )


def write_result(
    settings: FinetuneSettings, pipeline: MotionPipeline, model: PreTrainedModel | PeftModel, outcome: Outcome
) -> None:
    """All files but the preview; the card last."""
    output, base = Path(settings.output_dir), checkpoint_folder(settings.model)
    if isinstance(model, PeftModel):
        # else PEFT asks the Hub about the base's vocabulary
        model.save_pretrained(str(output), save_embedding_layers=False)
    else:
        model.save_pretrained(output)
        pipeline.processor.save_pretrained(output)
        if (base / RANKER_FOLDER).is_dir():
            shutil.copytree(base / RANKER_FOLDER, output / RANKER_FOLDER, dirs_exist_ok=True)
        if pipeline.listed:
            write_action_list(output, pipeline.listed)
    defaults = copy.deepcopy(pipeline.model.generation_config)
    if settings.trigger:
        setattr(defaults, TRIGGER, settings.trigger)
    defaults.save_pretrained(output)
    licence = licence_that_follows([_licence_on_the_card(base), *([settings.licence] if settings.licence else [])])
    write_whole(output / "LICENSE", licence_text(settings, licence).encode())
    kind, name = (MODEL if settings.full else ADAPTER), output.resolve().name
    card = checkpoint_card(kind, output, name, card_facts(settings, outcome, licence))
    write_whole(output / "README.md", card.encode())


def _licence_on_the_card(base: Path) -> str:
    """The base's licence in its card's own words; "" where it has none."""
    try:
        data = ModelCard.load(base / "README.md").data
    except (OSError, ValueError):
        return ""
    return data.license_name or data.license or ""


def licence_text(settings: FinetuneSettings, licence: Licence) -> str:
    """Who says what may be done with the weights."""
    base = base_name(settings.model)
    recordings = f"The recordings that they learned from: {settings.licence}.\n" if settings.licence else ""
    return (
        f"{licence.name or licence.id}\n\n"
        f"These weights were made from those of {base}; its terms and acknowledgements, which stand on its card, hold "
        f"for them as well.\n{recordings}\n{licence.note}\n"
    )


def card_facts(settings: FinetuneSettings, outcome: Outcome, licence: Licence) -> CardFacts:
    """What the card says besides what the files do."""
    held_out = f", {outcome.held_out} of them for validation only" if outcome.held_out else ", none held out"
    losses = "\n".join(f"| {step} | {loss:.3f} |" for step, loss in outcome.losses)
    replayed = f"; {settings.replay:.0%} of each batch are motions of the base model itself" if settings.replay else ""
    decoder = " The motion tokenizer's decoder was trained as well." if settings.tokenizer else ""
    return CardFacts(
        licence=licence,
        base_model=base_name(settings.model),
        prompt=outcome.sentence.replace('"', "'"),
        seconds=4,
        trigger=settings.trigger,
        training_data=f"{outcome.clips} clips, {outcome.seconds:.0f} s in all{held_out}.",
        training=f"Fine-tuned from {base_name(settings.model)}{replayed}.{decoder} {outcome.line().capitalize()}.",
        results=f"| step | validation loss |\n|---|---|\n{losses}" if losses else "",
        settings={
            "trained": "all weights" if settings.full else f"LoRA, rank {settings.rank}",
            "batch": settings.batch_size,
            "learning rate": f"{settings.learning_rate:g}",
            "seed": settings.seed,
        },
    )
