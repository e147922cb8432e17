"""A sentence encoder of a few megabytes: what a sentence means as a direction, without a network and in microseconds.

A sentence is the weighted sum of its word pieces' vectors; how long a vector is says how much its piece matters. The
vectors were distilled from all-MiniLM-L6-v2 (Apache-2.0) by ``training/tools/train_sentence_encoder.py``, were then
taught to tell the actions of the shipped list apart by ``training/understanding/teach_naming.py``, and are kept as
8-bit numbers. Word order, sides, counts and negation do not show in it: those are read by rule (`facts.py`).
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
#: Texts whose vectors are added up at a time, and words that are cut at a time: the tokenizer keeps a kilobyte for each
#: while it reads.
TEXTS_AT_A_TIME, WORDS_AT_A_TIME = 256, 1024
#: So few words are cut one by one: the threads of a batch take longer to wake up.
FEW_WORDS = 64


@dataclass(frozen=True)
class SentenceEncoder:
    """Word pieces and their vectors.

    Args:
        tokenizer: lower-cased word pieces, without special ones.
        steps: (pieces, width) int8; kept so, they take a quarter of the memory.
        scales: (pieces,) float16, what a step of each piece is worth.
    """

    tokenizer: Tokenizer
    steps: Tensor
    scales: Tensor

    @classmethod
    def load(cls, folder: str | os.PathLike = OWN_ENCODER) -> "SentenceEncoder":
        """From a folder with ``encoder.safetensors`` (``vectors`` int8, ``scales`` float16) and ``tokenizer.json``."""
        stored = load_file(Path(folder) / WEIGHTS_FILE)
        tokenizer = Tokenizer.from_file(str(Path(folder) / TOKENIZER_FILE))
        return cls(tokenizer, stored["vectors"], stored["scales"])

    @classmethod
    def of_vectors(cls, tokenizer: Tokenizer, vectors: Tensor) -> "SentenceEncoder":
        """Of vectors (pieces, width) float32, each rounded to 255 steps of its own size."""
        scales = (vectors.abs().amax(dim=1) / 127).clamp_min(1e-6).half()
        steps = (vectors / scales.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        return cls(tokenizer, steps, scales)

    def save(self, folder: str | os.PathLike) -> None:
        """Write it as `load` reads it."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_file({"vectors": self.steps, "scales": self.scales}, folder / WEIGHTS_FILE)
        self.tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)

    def vectors_of(self, pieces: Sequence[int]) -> Tensor:
        """(pieces, width) float32 vectors of word pieces."""
        chosen = torch.tensor(pieces, dtype=torch.long)
        return self.steps[chosen].float() * self.scales[chosen].float()[:, None]

    def pieces(self, text: str) -> list[int]:
        """Numbers of the word pieces that the encoder knows in a text."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids[:MOST_PIECES]

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(texts, width) vectors of length 1; zeros where no word is known."""
        read = torch.zeros(len(texts), self.steps.shape[1])
        known = self._pieces_of_words(texts)
        for start in range(0, len(texts), TEXTS_AT_A_TIME):
            some = texts[start : start + TEXTS_AT_A_TIME]
            pieces = [[piece for word in text.split(" ") for piece in known[word]] for text in some]
            read[start : start + len(some)] = self._read([each[:MOST_PIECES] for each in pieces])
        return read

    def _pieces_of_words(self, texts: Sequence[str]) -> dict[str, list[int]]:
        """Each word between spaces -> its pieces. No piece goes over a space, and many sentences have few words."""
        words = list(dict.fromkeys(word for text in texts for word in text.split(" ")))
        if len(words) <= FEW_WORDS:
            return {word: self.tokenizer.encode(word, add_special_tokens=False).ids for word in words}
        found: dict[str, list[int]] = {}
        for start in range(0, len(words), WORDS_AT_A_TIME):
            some = words[start : start + WORDS_AT_A_TIME]
            encoded = self.tokenizer.encode_batch_fast(some, add_special_tokens=False)
            found |= {word: each.ids for word, each in zip(some, encoded, strict=True)}
        return found

    def _read(self, pieces: Sequence[Sequence[int]]) -> Tensor:
        """(texts, width) vectors of texts given as pieces."""
        offsets = torch.tensor([0, *map(len, pieces)][:-1], dtype=torch.long).cumsum(0)
        vectors = self.vectors_of([piece for each in pieces for piece in each])
        return normalize(embedding_bag(torch.arange(len(vectors)), vectors, offsets, mode="sum"), dim=-1)


@cache
def sentence_encoder() -> SentenceEncoder:
    """The encoder that ships with the package, loaded once."""
    return SentenceEncoder.load()
