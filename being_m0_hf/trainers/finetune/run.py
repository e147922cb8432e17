"""Fine-tune a model on somebody's own motions: `being-m0 finetune`.

Everything on the way is kept in ``work/`` of the output folder, so that the same command goes on after a kill and gives
what it would have given. What is for others lies beside it: see `written.py`.
"""

import time
from dataclasses import replace
from pathlib import Path

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from ...pipelines.text_to_motion import MotionPipeline, load_pipeline
from ...training_data.feature_cache import MotionCache
from ...utils.atomic_files import write_whole
from ..lora import base_name, motion_rows, with_adapters
from ..run.loop import TrainingRun
from .best import KeepBest
from .decoder import DECODER, train_decoder
from .preview import draw_preview, preview_motion
from .recordings import Recorded, read_recordings, write_samples
from .replay import Replay, known_sentences
from .samples import MixedBatches, loss_on, open_samples
from .settings import FinetuneSettings, is_finished, keep_settings
from .written import Outcome, write_result

#: Without a clip to spare for validation it stops here: about where ten clips do.
STEPS_UNSEEN = 60


def finetune(settings: FinetuneSettings) -> Path:
    """The whole way; returns the output folder.

    Raises:
        OSError, MotionError: no such recordings or model.
        SettingsError: recordings that cannot teach, or an output folder that holds something else.
    """
    started, output = time.monotonic(), Path(settings.output_dir)
    if is_finished(settings):
        print(f"{output} is finished; give another folder for another try, or delete it to do it again")
        return output
    pipeline = load_pipeline(settings.model)
    clips = prepared_clips(settings)
    held_out = [clip for clip in clips if clip.held_out]
    print(f"{len(clips)} clips, {sum(clip.motion.seconds for clip in clips):.0f} s, {len(held_out)} for validation")
    shown = (held_out or clips)[0]
    before = preview_motion(pipeline, shown)
    model, losses = train(settings, pipeline, clips)
    draw_preview(shown, before, preview_motion(pipeline, shown), output / "preview.png")
    outcome = Outcome(
        clips=len(clips),
        seconds=sum(clip.motion.seconds for clip in clips),
        held_out=len(held_out),
        losses=tuple(losses),
        sentence=shown.texts[0][0],
        minutes=(time.monotonic() - started) / 60,
    )
    write_result(settings, pipeline, model, outcome)
    write_whole(settings.work / "finished.json", b"{}")
    print(f"{output}: {outcome.line()}")
    return output


def prepared_clips(settings: FinetuneSettings) -> list[Recorded]:
    """The user's clips, and their samples in the work folder."""
    clips, left_out = read_recordings(settings)
    keep_settings(settings)
    for line in left_out:
        print(f"left out {line}")
    folder = settings.work / "samples"
    if not (folder / "train_samples.jsonl").is_file():
        write_samples(clips, settings, folder)
    return clips


def train(
    settings: FinetuneSettings, pipeline: MotionPipeline, clips: list[Recorded]
) -> tuple[PreTrainedModel | PeftModel, list[tuple[int, float]]]:
    """Train the pipeline's model in place.

    Returns:
        The model, or the adapter around it; and (step, validation loss) from step 0 on, [] where no clip is held out.
    """
    model, processor = pipeline.model, pipeline.processor
    replay = None
    if settings.replay:
        path = settings.work / "replay.safetensors"
        sentences = known_sentences(
            settings.replay_motions, [text for clip in clips for text in clip.plain_texts], settings.seed
        )
        replay = Replay(path, model, processor, sentences, settings.seed)
    if settings.tokenizer:
        train_decoder(settings, model.motion_tokenizer, replay)
    own, unseen = open_samples(settings, model, processor, "train"), None
    if len(MotionCache(settings.work / "samples", "val_samples")):
        unseen = open_samples(settings, model, processor, "val")
    model.name_or_path = base_name(settings.model)  # which the adapter then names as its base
    model.requires_grad_(settings.full)
    torch.manual_seed(settings.seed)
    rows = motion_rows(model) if getattr(model.config, "untrained_rows", False) else None
    trained = model
    if settings.full:
        model.config.untrained_rows = False
    else:
        whole = [DECODER] if settings.tokenizer else None
        trained = with_adapters(model, settings.rank, modules_to_save=whole, trainable_token_indices=rows)
    model.motion_tokenizer.requires_grad_(False)
    folder = settings.work / "training"
    best = KeepBest(folder, settings.patience)
    first = [(0, loss_on(trained.eval(), unseen))] if unseen else []

    def evaluate(model: PreTrainedModel | PeftModel) -> dict[str, float]:
        if unseen is None:
            return {}
        loss = loss_on(model, unseen)
        best.consider(model, loss)
        return {"motion_loss": loss}

    steps = settings.steps if unseen else min(settings.steps, STEPS_UNSEEN)
    loop = replace(settings, output_dir=str(folder), steps=steps)
    TrainingRun(loop, trained, MixedBatches(own, replay, settings), evaluate, enough=best.enough, save=False).run()
    if unseen:
        best.restore(trained)
    return trained.eval(), first + best.losses()
