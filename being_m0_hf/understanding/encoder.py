"""A sentence encoder of a few megabytes: what a sentence means as a direction, without a network and in microseconds.

A sentence is the weighted sum of its word pieces' vectors; how long a vector is says how much its piece matters. The
vectors were distilled from all-MiniLM-L6-v2 (Apache-2.0) by ``training/tools/train_sentence_encoder.py`` and are kept
as 8-bit numbers. Word order, sides, counts and negation do not show in it: those are read by rule (`facts.py`).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import embedding_bag, normalize

#: The encoder that ships with the package.
OWN_ENCODER = Path(__file__).parent / "encoder"
WEIGHTS_FILE, TOKENIZER_FILE = "encoder.safetensors", "tokenizer.json"
#: Pieces of a sentence that are read; prompts are shorter.
MOST_PIECES = 128


@dataclass(frozen=True)
class SentenceEncoder:
    """Word pieces and their vectors.

    Args:
        tokenizer: lower-cased word pieces, without special ones.
        vectors: (pieces, width) float32.
    """

    tokenizer: Tokenizer
    vectors: Tensor

    @classmethod
    def load(cls, folder: str | os.PathLike = OWN_ENCODER) -> "SentenceEncoder":
        """From a folder with ``encoder.safetensors`` (``vectors`` int8, ``scales`` float16) and ``tokenizer.json``."""
        stored = load_file(Path(folder) / WEIGHTS_FILE)
        tokenizer = Tokenizer.from_file(str(Path(folder) / TOKENIZER_FILE))
        return cls(tokenizer, stored["vectors"].float() * stored["scales"].float()[:, None])

    def save(self, folder: str | os.PathLike) -> None:
        """Write it as `load` reads it, each vector rounded to 255 steps of its own size."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        scales = (self.vectors.abs().amax(dim=1) / 127).clamp_min(1e-6).half()
        vectors = (self.vectors / scales.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        save_file({"vectors": vectors, "scales": scales}, folder / WEIGHTS_FILE)
        self.tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)

    def pieces(self, text: str) -> list[int]:
        """Numbers of the word pieces that the encoder knows in a text."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids[:MOST_PIECES]

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(texts, width) vectors of length 1; zeros where no word is known."""
        encoded = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        pieces = [each.ids[:MOST_PIECES] for each in encoded]
        offsets = torch.tensor([0, *map(len, pieces)][:-1], dtype=torch.long).cumsum(0)
        flat = torch.tensor([piece for each in pieces for piece in each], dtype=torch.long)
        return normalize(embedding_bag(flat, self.vectors, offsets, mode="sum"), dim=-1)


@cache
def sentence_encoder() -> SentenceEncoder:
    """The encoder that ships with the package, loaded once."""
    return SentenceEncoder.load()
