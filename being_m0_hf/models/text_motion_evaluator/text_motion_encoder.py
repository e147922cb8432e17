"""Sentences and motions into the evaluator's common space."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ..publishing import PublishingMixin
from ..shipped_checkpoints import checkpoint_folder
from .modeling_text_motion_evaluator import TextMotionEvaluatorModel

BATCH = 64


@dataclass(frozen=True)
class TextMotionEncoder(PublishingMixin):
    """A loaded evaluator with its text tokenizer."""

    model: TextMotionEvaluatorModel
    tokenizer: PreTrainedTokenizerBase

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike) -> "TextMotionEncoder":
        """The evaluator that `training/train_evaluator.py` saved, one that came with the package, or one on the Hub.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is damaged or of another kind.
        """
        name, wanted = folder, "give a folder that training/train_evaluator.py wrote, or owner/name on the Hub"
        try:
            folder = checkpoint_folder(name)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"no evaluator {str(name)!r}: {error}; {wanted}") from None
        if not (folder / "config.json").is_file():
            raise FileNotFoundError(f"no evaluator in {folder}: {wanted}")
        try:
            model = TextMotionEvaluatorModel.from_pretrained(folder)
            tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
            if tokenizer.pad_token is None:  # without which texts make no batch, as would show only later
                raise ValueError("its tokenizer has no padding token")
        except Exception as error:  # what transformers and tokenizers raise differs with what is wrong in the files
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise ValueError(f"evaluator {str(folder)!r} is damaged or of another kind: {reason}") from error
        return cls(model.float().eval(), tokenizer)

    @property
    def name_or_path(self) -> str:
        """What it was loaded from."""
        return self.model.name_or_path

    def save_pretrained(self, folder: str | os.PathLike, **options) -> None:
        """Write the model and its tokenizer to a folder; ``options`` as in transformers."""
        self.model.save_pretrained(folder, **options)
        self.tokenizer.save_pretrained(folder)

    @torch.no_grad()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """(texts, embedding_size)."""
        batches = []
        for start in range(0, len(texts), BATCH):
            tokens = self.tokenizer(list(texts[start : start + BATCH]), padding=True, return_tensors="pt")
            batches.append(self.model.embed_text(tokens["input_ids"], tokens["attention_mask"]))
        return torch.cat(batches)

    @torch.no_grad()
    def motions(self, features: Sequence[Tensor]) -> Tensor:
        """(motions, embedding_size) of SMPL-D135 features (frames, 135) at 20 fps; batches hold similar lengths."""
        order = sorted(range(len(features)), key=lambda index: len(features[index]))
        embeddings = torch.empty(len(features), self.model.config.embedding_size)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            padded = torch.nn.utils.rnn.pad_sequence([features[index] for index in batch], batch_first=True)
            lengths = torch.tensor([len(features[index]) for index in batch])
            embeddings[batch] = self.model.embed_motion(padded, lengths)
        return embeddings

    def similarity(self, texts: Sequence[str], features: Sequence[Tensor]) -> Tensor:
        """Cosine of each text with its own motions, which are beside each other: (texts, motions of a text)."""
        text = F.normalize(self.texts(texts), dim=-1)
        motion = F.normalize(self.motions(features), dim=-1).unflatten(0, (len(texts), -1))
        return (motion @ text[..., None]).squeeze(-1)
