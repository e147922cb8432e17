"""How well held-out motions and texts find each other during training."""

import torch
from transformers import PreTrainedTokenizerBase

from ...evaluation.metrics.embeddings import PairedEmbeddings
from ...evaluation.metrics.retrieval import full_retrieval, pool_retrieval
from ...models import TextMotionEvaluatorModel
from ...models.text_motion_evaluator import TextMotionEncoder
from ...text.mirror import mirror_text
from ...training_data.feature_cache import MotionCache, draw_caption
from .pairs import HardNegatives

POOL_SHUFFLES = 5


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
