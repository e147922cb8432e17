"""Settings of an evaluator's training."""

from dataclasses import dataclass

from ..run.allowed_values import SettingsError, amount, positive, several, share, text, whole
from ..run.settings import LoopSettings


@dataclass
class EvaluatorSettings(LoopSettings):
    """Settings of an evaluator run; the model's own are those of `TextMotionEvaluatorConfig`.

    Args:
        cache_dir: what training/prepare_data.py wrote.
        more_caches: further caches, each as "folder=share" with its share of the pairs that are drawn; not with
            hard_negatives, which belong to one cache.
        warm_start_words: start the word embeddings from all-MiniLM-L6-v2's.
        start_from: folder of a trained evaluator of these sizes whose weights and text tokenizer this run starts with.
        word_dropout: in each caption, a random share of the words, at most this one, is left out, never a side.
        hard_negatives: whether `cache_dir` is one of training/draw_hard_negatives.py, whose motions shall be farther
            from their texts than the recordings.
        evaluate_samples: validation samples to embed, at most.
    """

    cache_dir: str = text("runs/cache")
    more_caches: list[str] = several([], filled=False)
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

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hard_negatives and self.more_caches:
            raise SettingsError("hard_negatives belong to cache_dir alone; leave more_caches out")
