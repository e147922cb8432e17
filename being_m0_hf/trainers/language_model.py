"""Train the motion language model on top of a frozen motion tokenizer.

    accelerate launch training/train_lm.py --config training/configs/lm_mini.yaml
    python training/train_lm.py --config training/configs/lm_mini.yaml steps=500 output_dir=runs/try

Reads the samples that training/prepare_data.py writes and the tokenizer that training/train_tokenizer.py trained.
Interrupted, the same command goes on where it stopped.
"""

import inspect
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env
from transformers import AutoTokenizer

from ..models import BeingM0Config, BeingM0ForConditionalGeneration, BeingM0Processor
from ..models.being_m0 import TokenLayout, build_text_tokenizer
from ..models.being_m0.configuration_being_m0 import BACKBONES
from ..models.motion_tokenizer import MotionTokenizerModel
from ..training_data.feature_cache import MotionCache
from ..training_data.part_mixing import compose, pick_taken, some_parts
from ..training_data.token_cache import TokenCache
from .allowed_values import SettingsError, amount, choice, positive, share, text, whole
from .batches import Batch, Draw
from .data_share import kept_samples
from .loop import NUM_ITEMS, TrainingRun
from .lora import with_lora, without_lora
from .settings import LoopSettings, read_settings
from .word_dropout import drop_words
from .word_vectors import word_vectors

#: Tokens of a description and of markers, which a row of captions has as well; few descriptions are longer.
TEXT_ROOM = 32
#: Settings that say which part of the samples, rows or words.
SHARES = ("no_text", "length_known", "part_text", "composed", "word_dropout", "corruption", "text_only")


@dataclass
class LanguageModelSettings(LoopSettings):
    """Settings of a language model run.

    Args:
        cache_dir, motion_tokenizer: what the two earlier scripts wrote.
        codes_dir: where to keep the samples' codes, output_dir by default; runs with the same tokenizer and cache may
            share them.
        preset: a name of `BACKBONES`; `backbone` changes fields of its configuration.
        text_vocab_size: of the text tokenizer trained on the captions.
        warm_start_words: start the word embeddings from all-MiniLM-L6-v2's.
        text_weight: loss weight of the description's tokens.
        mask_description: leave the description's tokens out of the loss; `text_only` must then be 0.
        data_share: share of the training recordings to learn from, a random one (`trainers/data_share.py`). The text
            tokenizer and the captions without motion stay those of all the data, so that losses can be compared.
        lora_rank: of adapters in the linear layers, which then stay as they start; embeddings and head are trained. 0
            trains everything. The saved model is a whole one either way.
        no_text: share of samples with an empty description, which guidance needs.
        length_known: share of samples whose prompt tells the length.
        part_text: share of samples that also carry texts of some body parts; a quarter of them carry nothing else.
        composed: share of samples with parts of another sample, which only their texts tell (part_mixing.py).
        word_dropout: in each description, a random share of the words, at most this one, is left out, never one that
            names a side: nobody knows all words, and the others must do.
        corruption: in each sample, a random share of the motion tokens, at most this one, is replaced in what the model
            reads (not in what it shall say) by random codes of the same part. Generated tokens are never quite right
            either, and a model that cannot trust every token reads the text (T2M-GPT, Zhang et al. 2023, section 3.2).
        pack_to: tokens of a row into which samples are packed, without padding between them; 0 pads each sample.
        attention: "sdpa", "eager", "flash_attention_2" or "flex_attention".
        text_only: share of rows that hold captions without motion, as many as a row has room for.
        start_from: folder of a trained model whose weights and text tokenizer this run starts with.
        guidance_scale, temperature, top_p: saved as the model's generation defaults.
    """

    cache_dir: str = text("runs/cache")
    motion_tokenizer: str = text("runs/tokenizer_mini")
    codes_dir: str = ""
    preset: str = choice("being-m0-mini", *(name for name in BACKBONES if name != "being-m0-mini"))
    backbone: dict = field(default_factory=dict)
    text_vocab_size: int = whole(4096, 257)
    max_steps: int = whole(64, highest=100_000)
    warm_start_words: bool = False
    text_weight: float = amount(0.2)
    mask_description: bool = False
    data_share: float = positive(1.0, highest=1.0)
    lora_rank: int = whole(0, 0, highest=65_536)
    no_text: float = share(0.1)
    length_known: float = share(0.85)
    part_text: float = share(0.25)
    composed: float = share(0.0)
    word_dropout: float = share(0.0)
    corruption: float = share(0.0)
    text_only: float = share(0.1)
    start_from: str = ""
    pack_to: int = whole(0, 0)
    attention: str = choice("sdpa", "eager", "flash_attention_2", "flex_attention")
    guidance_scale: float = amount(1.0, highest=100.0)
    temperature: float = amount(1.0, highest=100.0)
    top_p: float = positive(1.0, highest=1.0)
    evaluate_samples: int = whole(256)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mask_description and self.text_only:
            raise SettingsError(
                f"text_only is {self.text_only:g}, but mask_description leaves captions nothing to teach; set it to 0"
            )


class SampleSource:
    """Draws training samples by weight, with one of their captions and one of their codings."""

    def __init__(
        self, cache: MotionCache, tokens: TokenCache, processor: BeingM0Processor, settings: LanguageModelSettings
    ):
        self.rows = cache.rows
        self.tokens = tokens
        self.processor = processor
        self.settings = settings
        self.weights = torch.tensor([row["weight"] for row in self.rows], dtype=torch.double)

    def sample(self, index: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        settings, row = self.settings, self.rows[index]
        chance = torch.rand(5, generator=generator).tolist()
        codes = self.tokens.get(index, _pick(len(self.tokens.shifts), generator))[: settings.max_steps]
        text, parts = "", None
        if chance[0] >= settings.no_text:
            captions = row["captions"]
            weights = torch.tensor([caption.get("weight", 1.0) for caption in captions])
            text = captions[int(torch.multinomial(weights, 1, generator=generator))]["text"]
            if settings.word_dropout:
                text = drop_words(text, settings.word_dropout, generator)
            if row["parts"] and chance[1] < settings.part_text:
                parts = some_parts(row["parts"][_pick(len(row["parts"]), generator)], generator)
                text = text if chance[3] < 0.75 else ""
            if row["parts"] and chance[4] < settings.composed:
                codes, parts = self._composed(row, codes, parts or {}, generator)
        sample = self.processor.training_sample(
            text,
            codes,
            parts=parts,
            length_known=chance[2] < settings.length_known,
            text_weight=settings.text_weight,
            mask_description=settings.mask_description,
        )
        if settings.corruption:
            share = settings.corruption * torch.rand((), generator=generator)
            sample["input_ids"] = corrupted(sample["input_ids"], float(share), self.processor.layout, generator)
        return sample

    def _composed(
        self, row: dict, codes: torch.Tensor, parts: dict[str, str], generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, str]]:
        """The codes with parts of another sample, and the texts of parts that are true of them then."""
        taken = pick_taken(row["category"], generator)
        others = [
            each
            for each in self.draw(8, generator)
            if self.tokens.num_steps(each) > len(codes) and self.rows[each]["parts"]
        ]
        if not others:
            return codes, parts
        texts = self.rows[others[0]]["parts"]
        other = self.tokens.get(others[0], _pick(len(self.tokens.shifts), generator))
        told = texts[_pick(len(texts), generator)]
        made = compose(codes, other, told, taken, self.processor.part_names, generator)
        return made.codes, {name: text for name, text in parts.items() if name not in taken} | made.parts

    def keep(self, kept: torch.Tensor) -> None:
        """Draw only these samples from now on: (samples,) bool."""
        self.weights = torch.where(kept, self.weights, 0.0)

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        if count == 0:
            return []  # which torch.multinomial refuses
        return torch.multinomial(self.weights, count, replacement=True, generator=generator).tolist()


class BatchMaker:
    """Batches of samples of similar length, with a share of captions that have no motion."""

    def __init__(self, source: SampleSource, captions: list[str], settings: LanguageModelSettings):
        self.source = source
        self.captions = captions
        self.settings = settings

    def __call__(self, draw: Draw) -> Batch:
        settings, generator = self.settings, draw.generator()
        together = settings.batch_size * draw.shares
        without_motion = round(together * settings.text_only)
        count = together - without_motion
        # draw more than needed, sort by length, take neighbours: little padding
        pool = sorted(self.source.draw(8 * count, generator), key=self.source.tokens.num_steps)
        start = _pick(len(pool) - count + 1, generator)
        chosen = pool[start : start + count]
        picks, room = iter(chosen), self._room(chosen)
        # rows of captions alone are spread evenly, so that every share has some of them
        spread = [(row + 1) * without_motion // together > row * without_motion // together for row in range(together)]
        places = [None if captions_alone else next(picks) for captions_alone in spread]
        samples = [self._row(places[row], draw.row_generator(row), room) for row in draw.rows(settings.batch_size)]
        batch = self.source.processor.collate(samples, settings.pack_to)
        labels = batch["labels"][:, 1:]
        batch[NUM_ITEMS] = (batch["loss_weights"][:, 1:] * (labels != -100)).sum()
        return batch

    def _room(self, chosen: list[int]) -> int:
        """Tokens in a row of captions: about as many as the longest row of motion has, in all processes the same."""
        layout = self.source.processor.layout
        if not chosen:
            return layout.max_steps * layout.num_parts // 2
        return max(self.source.tokens.num_steps(index) for index in chosen) * layout.num_parts + TEXT_ROOM

    def _row(self, index: int | None, generator: torch.Generator, room: int) -> dict[str, torch.Tensor]:
        """The sample of that index, or for None captions one after another."""
        return self._captions_row(room, generator) if index is None else self.source.sample(index, generator)

    def _captions_row(self, room: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """Captions alone, one after another until the row is full: they teach words."""
        drawn: list[dict[str, torch.Tensor]] = []
        while sum(len(sample["input_ids"]) for sample in drawn) < room:
            drawn.append(caption_sample(self.source.processor, self.captions[_pick(len(self.captions), generator)]))
        return {name: torch.cat([sample[name] for sample in drawn])[:room] for name in drawn[0]}


def corrupted(ids: torch.Tensor, share: float, layout: TokenLayout, generator: torch.Generator) -> torch.Tensor:
    """The sequence (length,) with a share of its motion codes replaced by random ones of the same part."""
    codes = ids - layout.code_offset
    chosen = (codes >= 0) & (torch.rand(ids.shape, generator=generator) < share)
    noise = torch.randint(layout.codebook_size, ids.shape, generator=generator)
    return torch.where(chosen, layout.code_offset + codes // layout.codebook_size * layout.codebook_size + noise, ids)


def caption_sample(processor: BeingM0Processor, caption: str) -> dict[str, torch.Tensor]:
    """A caption alone, which ends where a motion would begin."""
    ids = torch.tensor(processor.prompt_ids(caption)[: processor.layout.max_steps * 2])
    labels = ids.clone()
    labels[:2] = -100
    return {"input_ids": ids, "labels": labels, "loss_weights": torch.ones(len(ids))}


def _pick(count: int, generator: torch.Generator) -> int:
    return int(torch.randint(count, (1,), generator=generator))


def build_model(
    settings: LanguageModelSettings, sentences: list[str], motion_tokenizer: MotionTokenizerModel
) -> tuple[BeingM0ForConditionalGeneration, BeingM0Processor]:
    """The language model and its processor, fresh (its text tokenizer learned from the sentences) or trained before."""
    if settings.start_from:
        text_tokenizer = AutoTokenizer.from_pretrained(settings.start_from)
    else:
        text_tokenizer = build_text_tokenizer(sentences, settings.text_vocab_size)
    processor = BeingM0Processor.for_motion_tokenizer(
        text_tokenizer, motion_tokenizer.config, max_steps=settings.max_steps
    )
    words = processor.layout.text_vocab_size
    motion_tokenizer.config.name_or_path = ""  # a folder of this machine is nobody's business in a checkpoint
    config = BeingM0Config.preset(
        settings.preset,
        text_vocab_size=words,
        max_steps=settings.max_steps,
        motion_tokenizer_config=motion_tokenizer.config,
        backbone=settings.backbone,
    )
    torch.manual_seed(settings.seed)
    model = BeingM0ForConditionalGeneration(config)
    model.motion_tokenizer.load_state_dict(motion_tokenizer.state_dict())
    if settings.start_from:
        trained = BeingM0ForConditionalGeneration.from_pretrained(settings.start_from)
        model.backbone.load_state_dict(trained.backbone.state_dict())
    elif settings.warm_start_words:
        width = model.get_input_embeddings().weight.shape[1]
        model.set_text_embeddings(word_vectors(processor.tokenizer, words, width))
    generation = model.generation_config
    generation.do_sample = True
    generation.guidance_scale = settings.guidance_scale
    generation.temperature, generation.top_p = settings.temperature, settings.top_p
    choose_attention(model, settings)
    return model, processor


def choose_attention(model: BeingM0ForConditionalGeneration, settings: LanguageModelSettings) -> None:
    """The kind of attention that the settings want.

    Raises:
        SettingsError: the backbone or this machine has no such attention, or packed rows would run into each other.
    """
    backbone = model.backbone
    try:
        backbone.set_attn_implementation(settings.attention)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"attention {settings.attention}: {' '.join(str(error).split())}") from None
    if settings.pack_to and "position_ids" not in inspect.signature(backbone.base_model.forward).parameters:
        kind = backbone.config.model_type
        raise SettingsError(f"pack_to: a {kind} knows no positions to keep packed samples apart; set pack_to to 0")


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
    caches = {split: MotionCache(folder, f"{split}_samples") for split in ("train", "val")}
    motion_tokenizer = MotionTokenizerModel.from_pretrained(settings.motion_tokenizer)
    codes = Path(settings.codes_dir or output)
    for each in (output, codes):
        each.mkdir(parents=True, exist_ok=True)
    captions = (folder / "text_only.txt").read_text(encoding="utf-8").splitlines()
    sentences = [caption["text"] for row in caches["train"].rows for caption in row["captions"]] + captions
    model, processor = build_model(settings, sentences, motion_tokenizer)
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
