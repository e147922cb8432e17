"""Train the text-motion evaluator, which measures how well motions fit their texts.

    accelerate launch training/train_evaluator.py --config training/configs/evaluator_mini.yaml
    python training/train_evaluator.py --config training/configs/evaluator_mini.yaml steps=500 output_dir=runs/try

Reads the samples that training/prepare_data.py writes. Interrupted, the same command goes on where it stopped.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ..evaluation.metrics.embeddings import PairedEmbeddings
from ..evaluation.metrics.retrieval import full_retrieval, pool_retrieval
from ..models import TextMotionEvaluatorConfig, TextMotionEvaluatorModel
from ..models.being_m0 import build_text_tokenizer
from ..models.text_motion_evaluator import TextMotionEncoder
from ..text.mirror import mirror_name, mirror_text
from ..training_data.feature_cache import MotionCache
from .allowed_values import SettingsError, amount, positive, share, text, whole
from .batches import Batch, Draw
from .loop import TrainingRun
from .settings import LoopSettings, read_settings
from .word_dropout import drop_words
from .word_vectors import word_vectors

#: Texts whose content words overlap more than this are no negatives of each other (TMR's filter has the same share).
SAME_TEXT = 0.8
#: Words that say who moves, or nothing.
FILLERS = frozenset(
    "a an the person man woman someone somebody human figure character he she they his her their is are and then to of "
    "in on with as it its while".split()
)
SIDE_WORDS = frozenset("left right leftward rightward leftwards rightwards clockwise counterclockwise".split())
#: A batch is cut from this many batches sorted by length: less padding, and length alone gives no pair away.
LENGTH_CHOICE = 4
#: Of a feature that hardly changes, and of how a joint moves from frame to frame.
MIN_STD = 0.02
WORD_STD = 0.5  # of the word embeddings at the start, as without the warm start
POOL_SHUFFLES = 5
#: What a model to start with must have in common with the settings.
SIZES = (
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "num_motion_layers",
    "num_text_layers",
    "embedding_size",
)


@dataclass
class EvaluatorSettings(LoopSettings):
    """Settings of an evaluator run; the model's own are those of `TextMotionEvaluatorConfig`.

    Args:
        cache_dir: what training/prepare_data.py wrote.
        warm_start_words: start the word embeddings from all-MiniLM-L6-v2's.
        start_from: folder of a trained evaluator of these sizes whose weights and text tokenizer this run starts with.
        word_dropout: in each caption, a random share of the words, at most this one, is left out, never a side.
        hard_negatives: whether `cache_dir` is one of training/draw_hard_negatives.py, whose motions shall be farther
            from their texts than the recordings.
        evaluate_samples: validation samples to embed, at most.
    """

    cache_dir: str = text("runs/cache")
    text_vocab_size: int = whole(4096, 257)
    warm_start_words: bool = False
    start_from: str = ""
    word_dropout: float = share(0.0)
    hard_negatives: bool = False
    hidden_size: int = whole(128, highest=65_536)
    intermediate_size: int = whole(256, highest=1_000_000)
    num_attention_heads: int = whole(4, highest=1000)
    num_motion_layers: int = whole(2, highest=1000)
    num_text_layers: int = whole(2, highest=1000)
    embedding_size: int = whole(128, highest=65_536)
    dropout: float = amount(0.1, highest=0.99)
    temperature: float = positive(0.1)
    joint_velocities: bool = False
    evaluate_samples: int = whole(512, 2)


@dataclass(frozen=True)
class Meaning:
    """What two texts are compared by: the action a row is labelled with, or else the content words."""

    action: str
    style: str
    words: frozenset[str]

    @classmethod
    def of(cls, row: dict, text: str) -> "Meaning":
        words = frozenset(text.lower().replace(".", " ").replace(",", " ").split()) - FILLERS
        return cls(row["action"], row["style"], words)

    def mirrored(self, text: str) -> "Meaning":
        """The meaning of the mirrored text."""
        action = mirror_name(self.action)
        return Meaning.of({"action": action, "style": self.style}, text)

    def same_as(self, other: "Meaning") -> bool:
        """Whether the texts say (nearly) the same. A text that names a side never means one that names the other."""
        sides, other_sides = self.words & SIDE_WORDS, other.words & SIDE_WORDS
        if sides and other_sides and sides != other_sides:
            return False
        if self.action and (self.action, self.style) == (other.action, other.style):
            return True
        if not self.words or not other.words:
            return False
        return len(self.words & other.words) >= SAME_TEXT * len(self.words | other.words)


class HardNegatives:
    """Generated motions of the captions of a cache's samples (`training/draw_hard_negatives.py`)."""

    def __init__(self, folder: str | Path, split: str):
        if not (Path(folder) / f"{split}_hard_negatives.jsonl").is_file():
            raise SettingsError(
                f"cache_dir {folder} holds no hard negatives; "
                f"run training/draw_hard_negatives.py output_dir={folder} first"
            )
        self.cache = MotionCache(Path(folder), f"{split}_hard_negatives")
        self.of_sample: dict[int, list[int]] = {}
        for index, row in enumerate(self.cache.rows):
            self.of_sample.setdefault(row["sample"], []).append(index)

    def __call__(self, samples: list[int]) -> list[torch.Tensor]:
        """Features (frames, 135) of all hard negatives of some samples."""
        return [self.cache[index] for sample in samples for index in self.of_sample.get(sample, [])]


class PairSource:
    """Batches of motions, each with one of its captions, and the mirrored captions as texts that fit none.

    A caption with left and right exchanged is the hardest negative there is, and the one that matters: without it a
    model of this size reads "left hand" as "hand".
    """

    def __init__(
        self,
        cache: MotionCache,
        tokenizer: PreTrainedTokenizerBase,
        batch_size: int,
        word_dropout: float = 0.0,
        hard_negatives: HardNegatives | None = None,
    ):
        self.cache = cache
        self.hard_negatives = hard_negatives
        self.tokenizer = tokenizer
        self.batch_size = batch_size
        self.word_dropout = word_dropout
        self.weights = torch.tensor([row["weight"] for row in cache.rows], dtype=torch.double)

    def __call__(self, draw: Draw) -> Batch:
        """A process's share of the batch; what fits no text is looked for in this share alone."""
        generator, rows = draw.generator(), draw.rows(self.batch_size)
        together = self.batch_size * draw.shares
        count = min(together * LENGTH_CHOICE, int((self.weights > 0).sum()))
        drawn = torch.multinomial(self.weights, count, generator=generator)
        drawn = sorted(drawn.tolist(), key=lambda index: self.cache.rows[index]["frames"])
        start = int(torch.rand((), generator=generator) * (max(0, count - together) + 1))
        picks = drawn[start : start + together][rows.start : rows.stop]
        return self.batch(picks, draw.row_generator(rows.start))

    def batch(self, picks: list[int], generator: torch.Generator) -> Batch:
        texts = [draw_caption(self.cache.rows[index], generator) for index in picks]
        meanings = [Meaning.of(self.cache.rows[index], text) for index, text in zip(picks, texts, strict=True)]
        if self.word_dropout:
            texts = [drop_words(text, self.word_dropout, generator) for text in texts]
        sided = [(mirror_text(text), own) for text, own in zip(texts, meanings, strict=True)]
        sided = [(mirrored, own) for (mirrored, own), text in zip(sided, texts, strict=True) if mirrored != text]
        tokens = self.tokenizer(texts + [mirrored for mirrored, _ in sided], padding=True, return_tensors="pt")
        columns = meanings + [own.mirrored(mirrored) for mirrored, own in sided]
        same = [[meaning.same_as(column) for column in columns] for meaning in meanings]
        features, num_frames = padded([self.cache[index] for index in picks])
        batch = {
            "features": features,
            "num_frames": num_frames,
            "input_ids": tokens["input_ids"],
            "attention_mask": tokens["attention_mask"],
            "not_negative": torch.tensor(same),
        }
        if self.hard_negatives:
            batch["hard_negative_features"], batch["hard_negative_frames"] = padded(self.hard_negatives(picks))
        return batch


def padded(motions: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """(motions, frames, 135) and how many frames of each are real."""
    frames = torch.tensor([len(motion) for motion in motions])
    return torch.nn.utils.rnn.pad_sequence(motions, batch_first=True), frames


def draw_caption(row: dict, generator: torch.Generator) -> str:
    """One caption of a row, by weight."""
    weights = torch.tensor([caption.get("weight", 1.0) for caption in row["captions"]])
    return row["captions"][int(torch.multinomial(weights, 1, generator=generator))]["text"]


class Validation:
    """Retrieval on held-out clips, with their texts and with left and right exchanged in the texts; and in how many
    cases a recording is nearer to its text than all of its hard negatives.
    """

    def __init__(
        self,
        cache: MotionCache,
        tokenizer: PreTrainedTokenizerBase,
        samples: int,
        hard_negatives: HardNegatives | None = None,
    ):
        self.tokenizer = tokenizer
        generator = torch.Generator().manual_seed(0)
        picks = torch.randperm(len(cache), generator=generator)[:samples].tolist()
        self.features = [cache[index] for index in picks]
        self.texts = [draw_caption(cache.rows[index], generator) for index in picks]
        self.mirrored = [mirror_text(text) for text in self.texts]
        self.pool = min(32, len(picks))
        self.hard_negatives = [hard_negatives([pick]) for pick in picks] if hard_negatives else []

    def __call__(self, model: TextMotionEvaluatorModel) -> dict[str, float]:
        encoder = TextMotionEncoder(model, self.tokenizer)
        motion = encoder.motions(self.features)
        figures = {}
        for name, texts in (("", self.texts), ("mirrored ", self.mirrored)):
            pairs = PairedEmbeddings(encoder.texts(texts), motion)
            generator = torch.Generator().manual_seed(0)
            rounds = [pool_retrieval(pairs, generator, self.pool) for _ in range(POOL_SHUFFLES)]
            figures |= {name + key: sum(one[key] for one in rounds) / len(rounds) for key in rounds[0]}
            if not name:
                figures |= {f"full {key}": value for key, value in full_retrieval(pairs).items()}
        if self.hard_negatives:
            figures["beats hard negatives"] = self.beaten(encoder)
        return figures

    def beaten(self, encoder: TextMotionEncoder) -> float:
        """Share of recordings that are nearer to their text than each of their hard negatives; all have as many."""
        motions = [
            motion
            for own, negatives in zip(self.features, self.hard_negatives, strict=True)
            for motion in (own, *negatives)
        ]
        nearest = encoder.similarity(self.texts, motions).argmax(dim=1)
        return float((nearest == 0).float().mean())


def check_start(settings: EvaluatorSettings) -> None:
    """Whether this run can start with the evaluator in `start_from`; nothing is written before.

    Raises:
        OSError: there is none.
        SettingsError: it has other sizes, or other words than an earlier start of this run.
    """
    start, folder = settings.start_from, Path(settings.output_dir)
    trained = TextMotionEvaluatorConfig.from_pretrained(start)
    for name in SIZES:
        found, expected = getattr(trained, name), getattr(settings, name)
        if found != expected:
            raise SettingsError(f"start_from {start}: {name} is {found}, expected {expected}")
    if trained.joint_velocities and not settings.joint_velocities:
        raise SettingsError(f"start_from {start}: it sees joint_velocities; set joint_velocities to true")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(start)
    if trained.text_vocab_size != len(tokenizer):
        raise SettingsError(f"start_from {start}: has {trained.text_vocab_size} words, its tokenizer {len(tokenizer)}")
    if (folder / "tokenizer.json").is_file():
        if PreTrainedTokenizerFast.from_pretrained(folder).get_vocab() != tokenizer.get_vocab():
            raise SettingsError(f"start_from {start}: has other words than {folder}; choose another output_dir")


def build_tokenizer(settings: EvaluatorSettings, train: MotionCache) -> PreTrainedTokenizerBase:
    """The text tokenizer beside the model, from an earlier start of this run, or trained on the captions."""
    folder = Path(settings.output_dir)
    if (folder / "tokenizer.json").is_file():
        return PreTrainedTokenizerFast.from_pretrained(folder)
    if settings.start_from:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(settings.start_from)
        tokenizer.save_pretrained(folder)
        return tokenizer
    captions = {caption["text"] for row in train.rows for caption in row["captions"]}
    tokenizer = build_text_tokenizer(captions, settings.text_vocab_size)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)  # any token: padding is masked
    tokenizer.save_pretrained(folder)
    return tokenizer


def build_model(
    settings: EvaluatorSettings, train: MotionCache, tokenizer: PreTrainedTokenizerBase
) -> TextMotionEvaluatorModel:
    """A model with the training set's statistics, or with all that a trained one has."""
    config = TextMotionEvaluatorConfig(
        text_vocab_size=len(tokenizer),
        hidden_size=settings.hidden_size,
        intermediate_size=settings.intermediate_size,
        num_attention_heads=settings.num_attention_heads,
        num_motion_layers=settings.num_motion_layers,
        num_text_layers=settings.num_text_layers,
        embedding_size=settings.embedding_size,
        dropout=settings.dropout,
        temperature=settings.temperature,
        joint_velocities=settings.joint_velocities,
    )
    model = TextMotionEvaluatorModel(config)
    trained = TextMotionEvaluatorModel.from_pretrained(settings.start_from) if settings.start_from else None
    if trained is None or trained.config.joint_velocities != settings.joint_velocities:
        every = max(1, len(train) // 500)
        described = torch.cat([model.describe(train[index]) for index in range(0, len(train), every)])
        model.set_statistics(described.mean(dim=0), described.std(dim=0).clamp_min(MIN_STD))
    if trained is not None:
        start_with(model, trained)
    return model


def start_with(model: TextMotionEvaluatorModel, trained: TextMotionEvaluatorModel) -> None:
    """Weights of a trained model. What it was not shown, the model begins to look at from nothing."""
    shown = trained.frames_in.in_channels
    state = trained.state_dict()
    for name in ("description_mean", "description_std"):
        state[name] = torch.cat((state[name], getattr(model, name)[shown:]))
    missing = model.frames_in.in_channels - shown
    state["frames_in.weight"] = torch.nn.functional.pad(state["frames_in.weight"], (0, 0, 0, missing))
    model.load_state_dict(state)


def warm_start(model: TextMotionEvaluatorModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Word embeddings from all-MiniLM-L6-v2's."""
    rows, width = model.words.weight.shape
    vectors = word_vectors(tokenizer, rows, width)
    model.words.weight.data.copy_(vectors * (WORD_STD / vectors.std()))


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(EvaluatorSettings, __doc__, argv)
    if settings.start_from:
        check_start(settings)
    train = MotionCache(settings.cache_dir, "train_samples")
    validation = MotionCache(settings.cache_dir, "val_samples")
    hard_negatives = {
        split: HardNegatives(settings.cache_dir, split) if settings.hard_negatives else None
        for split in ("train", "val")
    }
    torch.manual_seed(settings.seed)
    tokenizer = build_tokenizer(settings, train)
    model = build_model(settings, train, tokenizer)
    resumes = (Path(settings.output_dir) / "checkpoint").exists()
    if settings.warm_start_words and not settings.start_from and not resumes:
        warm_start(model, tokenizer)
    figures = Validation(validation, tokenizer, settings.evaluate_samples, hard_negatives["val"])
    pairs = PairSource(train, tokenizer, settings.batch_size, settings.word_dropout, hard_negatives["train"])
    TrainingRun(settings, model, pairs, figures).run()
