"""Train the motion language model on top of a frozen motion tokenizer.

    accelerate launch training/train_lm.py --config training/configs/lm_mini.yaml
    python training/train_lm.py --config training/configs/lm_mini.yaml steps=500 output_dir=runs/try

Reads the samples that training/prepare_data.py writes and the tokenizer that training/train_tokenizer.py trained.
Interrupted, the same command goes on where it stopped.
"""

from dataclasses import replace
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env

from ...models import BeingM0ForConditionalGeneration
from ...training_data.feature_cache import MotionCache, open_caches
from ...training_data.token_cache import TokenCache
from ...utils.user_files import read_user_text
from ..data_share import kept_samples
from ..lora import with_lora, without_lora
from ..own_backbone import load_motion_tokenizer
from ..run.loop import TrainingRun
from ..run.settings import read_settings
from .batches import BatchMaker
from .build import build_model
from .samples import SampleSource
from .settings import LanguageModelSettings


@torch.no_grad()
def validation_losses(model: BeingM0ForConditionalGeneration, source: SampleSource) -> dict[str, float]:
    """`text_loss` and `motion_loss`, means over all labels of samples of a source, the same ones each time."""
    settings, generator, layout = source.settings, torch.Generator().manual_seed(0), model.layout
    sums, counts = torch.zeros(2), torch.zeros(2)
    indices = sorted(source.draw(settings.evaluate_samples, generator), key=source.tokens.num_steps)
    for start in range(0, len(indices), settings.batch_size):
        batch = [source.sample(index, generator) for index in indices[start : start + settings.batch_size]]
        batch = source.processor.collate(batch)
        outputs = model(**{name: tensor.to(model.device) for name, tensor in batch.items()})
        labels = batch["labels"][:, 1:]
        motion = (labels >= layout.code_offset) | (labels == layout.motion_end_id)
        number = torch.stack((((labels >= 0) & ~motion).sum(), motion.sum()))
        losses = torch.stack((outputs.text_loss, outputs.motion_loss)).float().cpu()
        sums += torch.where(number > 0, losses * number, 0.0)
        counts += number
    text, motion_loss = (sums / counts).tolist()
    return {"text_loss": text, "motion_loss": motion_loss}


def train_language_model(settings: LanguageModelSettings) -> None:
    """One run, from where it stopped if it did; the model and its processor are then in output_dir.

    Raises:
        OSError: no cache, motion tokenizer or model to start from.
        SettingsError: settings that do not fit the data.
    """
    folder, output = Path(settings.cache_dir), Path(settings.output_dir)
    caches = {
        "train": open_caches(folder, settings.more_caches, "train_samples", settings.balance, settings.drawn_twice),
        "val": MotionCache(folder, "val_samples"),
    }
    motion_tokenizer = load_motion_tokenizer(settings.model or settings.motion_tokenizer)
    codes = Path(settings.codes_dir or output)
    for each in (output, codes):
        each.mkdir(parents=True, exist_ok=True)
    captions = read_user_text(folder / "text_only.txt").splitlines()
    sentences = [caption["text"] for row in caches["train"].rows for caption in row["captions"]] + captions
    train = caches["train"]
    some = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
    model, processor = build_model(settings, sentences, motion_tokenizer, (train[index] for index in some.tolist()))
    sources = {}
    on_cpu = parse_flag_from_env("ACCELERATE_USE_CPU")  # PartialState by itself does not ask
    with PartialState(cpu=on_cpu).main_process_first():  # the others read what it wrote
        for split, cache in caches.items():
            tokens = TokenCache(cache, codes / f"{split}_codes.safetensors", motion_tokenizer)
            sources[split] = SampleSource(cache, tokens, processor, settings)
        processor.save_pretrained(output)
    if settings.data_share != 1:
        samples = [row["id"] for row in caches["train"].rows]
        sources["train"].keep(kept_samples(samples, settings.data_share, settings.seed))
    sources["val"].settings = replace(settings, mask_description=False)  # measured, whether it is learned or not
    if settings.lora_rank:
        model = with_lora(model, settings.lora_rank)

    def evaluate(model: BeingM0ForConditionalGeneration) -> dict[str, float]:
        return validation_losses(model, sources["val"])

    make_batch = BatchMaker(sources["train"], captions, settings)
    TrainingRun(settings, model, make_batch, evaluate, without_lora).run()


def main(argv: list[str] | None = None) -> None:
    train_language_model(read_settings(LanguageModelSettings, __doc__, argv))
