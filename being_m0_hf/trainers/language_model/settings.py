"""Settings of a language model's training."""

from dataclasses import dataclass, field

from ...models.being_m0.configuration_being_m0 import BACKBONES
from ..run.allowed_values import SettingsError, amount, choice, positive, several, share, text, whole
from ..run.settings import LoopSettings
from .tasks import TASKS

#: Settings that say which part of the samples, rows or words.
SHARES = ("balance", "no_text", "length_known", "part_text", "composed", "word_dropout", "corruption", "text_only")


@dataclass
class LanguageModelSettings(LoopSettings):
    """Settings of a language model run.

    Args:
        cache_dir, motion_tokenizer: what the two earlier scripts wrote.
        more_caches: further caches, each as "folder=share" with its share of the samples that are drawn; validation and
            captions without motion are those of cache_dir.
        balance, drawn_twice: draw rare categories more often, and some twice as often; see `balanced` of the cache.
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
        task_shares: task -> share of the samples that ask for it (`tasks.py`): motion_to_text, part_to_text, continue,
            in_between, retake_time, retake_parts, part_text, length, sequence. The rest asks for a motion by its text.
        text_only: share of rows that hold captions without motion, as many as a row has room for.
        model: folder of a whole model to go on with, one that `being-m0 init` gave an own backbone for example: its
            backbone, its tokenizers and `max_steps` hold, not those of `preset`, `motion_tokenizer`, `start_from`.
        start_from: a trained model, folder or name, whose weights and text tokenizer this run starts with; its motion
            tokenizer may be another (see `warm_start`).
        guidance_scale, temperature, top_p: saved as the model's generation defaults.
    """

    cache_dir: str = text("runs/cache")
    more_caches: list[str] = several([], filled=False)
    motion_tokenizer: str = text("runs/tokenizer_mini")
    balance: float = share(0.0)
    drawn_twice: list[str] = several([], filled=False)
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
    task_shares: dict = field(default_factory=dict)
    text_only: float = share(0.1)
    model: str = ""
    start_from: str = ""
    pack_to: int = whole(0, 0)
    attention: str = choice("sdpa", "eager", "flash_attention_2", "flex_attention")
    guidance_scale: float = amount(1.0, highest=100.0)
    temperature: float = amount(1.0, highest=100.0)
    top_p: float = positive(1.0, highest=1.0)
    evaluate_samples: int = whole(256)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_shares(self.task_shares)
        if self.pack_to and self.task_shares:
            raise SettingsError("pack_to: motions that begin in the middle cannot be packed; set it to 0")
        if self.mask_description and self.text_only:
            raise SettingsError(
                f"text_only is {self.text_only:g}, but mask_description leaves captions nothing to teach; set it to 0"
            )


def _check_shares(shares: dict) -> None:
    for task, each in shares.items():
        if task not in TASKS:
            raise SettingsError(f"task_shares has {task!r}; the tasks are {', '.join(TASKS)}")
        if isinstance(each, bool) or not isinstance(each, int | float) or not 0 <= each <= 1:
            raise SettingsError(f"task_shares has {task}: {each!r}, expected a share, 0 to 1")
    if sum(shares.values()) > 1:
        raise SettingsError(f"task_shares add up to {sum(shares.values()):g}, expected at most 1")
