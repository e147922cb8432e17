"""Teach the distilled sentence encoder to name the actions of a checkpoint's list.

    python training/tools/train_sentence_encoder.py --captions captions.jsonl.gz --out runs/encoder
    python training/understanding/teach_naming.py being_m0_hf/checkpoints/being-m0-mini --distilled runs/encoder

The distilled encoder knows what sentences have in common, not what tells actions apart: to it "a man hops on one leg"
is nearer to "a man stands on one leg" than to "hopping". Here the vectors of the word pieces move until the sum of a
sentence's vectors points to its own action and away from all others (a softmax over actions, with some words left out
each time). What is foreign is a thing of its own, so that it stays apart. Vectors are pulled back to where they were:
words that no wording has stay where they are, and must keep their place among the others.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, embedding_bag, normalize
from tqdm.auto import trange

from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.understanding import KnownAction, known_actions, read_action_list
from being_m0_hf.understanding.anchors import plain, strange_sentences, telling_words
from being_m0_hf.understanding.encoder import OWN_ENCODER, SentenceEncoder
from being_m0_hf.understanding.same_actions import same_as

EPOCHS, BATCH, RATE = 6, 256, 2e-3
#: How sharply a direction chooses among actions, the share of words left out, and how strongly vectors are pulled back.
SHARPNESS, LEFT_OUT, PULL = 12.0, 0.25, 1.0


def taught_to_name(
    encoder: SentenceEncoder,
    actions: Sequence[KnownAction],
    left_out: Callable[[str], bool] = lambda text: False,
    seed: int = 0,
) -> SentenceEncoder:
    """The encoder with vectors that tell actions apart.

    Args:
        encoder: the distilled one; it is not changed.
        actions: with the wordings that teach.
        left_out: tells foreign sentences that do not teach.
    """
    meanings = _meanings(encoder, actions, left_out)
    known = [encoder.pieces(text) for text in meanings]
    used = sorted({piece for pieces in known for piece in pieces})
    rows = {piece: row for row, piece in enumerate(used, 1)}
    texts = torch.zeros(len(known), max(map(len, known)), dtype=torch.long)  # 0 stands for no piece
    for text, pieces in zip(texts, known, strict=True):
        text[: len(pieces)] = torch.tensor([rows[piece] for piece in pieces])
    wanted = torch.zeros(len(meanings), 1 + max(max(things) for things in meanings.values()))
    for row, things in zip(wanted, meanings.values(), strict=True):
        row[list(things)] = 1 / len(things)

    vectors = encoder.vectors_of(used)
    first = torch.cat([torch.zeros(1, vectors.shape[1]), vectors])
    taught = SentenceEncoder.of_vectors(encoder.tokenizer, _taught(first, texts, wanted, seed)[1:])
    steps, scales = encoder.steps.clone(), encoder.scales.clone()
    steps[used], scales[used] = taught.steps, taught.scales
    return SentenceEncoder(encoder.tokenizer, steps, scales)


def _meanings(
    encoder: SentenceEncoder, actions: Sequence[KnownAction], left_out: Callable[[str], bool]
) -> dict[str, set[int]]:
    """Plain text -> the numbers of the actions that it means, or one of its own where it is foreign."""
    meanings: dict[str, set[int]] = {}
    for action in actions:
        same = {number for number, other in enumerate(actions) if other.name in same_as(action.name)}
        for text in plain(action.wordings):
            meanings.setdefault(text, set()).update(same)
    things: dict[tuple[str, ...], int] = {}
    for text in plain(strange_sentences(actions, left_out)):
        number = things.setdefault(telling_words(text), len(actions) + len(things))
        meanings.setdefault(text, {number})
    return {text: numbers for text, numbers in meanings.items() if encoder.pieces(text)}


def _taught(first: Tensor, texts: Tensor, wanted: Tensor, seed: int) -> Tensor:
    """Vectors (pieces, width) that begin as `first`, for texts (texts, most pieces) that mean (texts, things)."""
    random = torch.Generator().manual_seed(seed)
    vectors = first.clone().requires_grad_(True)
    things = normalize(wanted.T @ _directions(first, texts), dim=-1).requires_grad_(True)
    sizes = first.norm(dim=-1, keepdim=True).clamp_min(1e-3)
    optimizer = torch.optim.Adam([{"params": [vectors], "lr": RATE}, {"params": [things], "lr": 2.5 * RATE}])
    steps = EPOCHS * -(-len(texts) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, steps)
    for _ in trange(EPOCHS, desc="naming", leave=False):
        for chosen in torch.randperm(len(texts), generator=random).split(BATCH):
            some = texts[chosen] * (torch.rand(texts[chosen].shape, generator=random) > LEFT_OUT)
            empty = ~some.any(dim=1)
            some[empty] = texts[chosen][empty]
            scores = SHARPNESS * _directions(vectors, some) @ normalize(things, dim=-1).T
            moved = (((vectors - first) / sizes) ** 2).sum(dim=-1).mean()
            loss = cross_entropy(scores, wanted[chosen], label_smoothing=0.05) + PULL * moved
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return vectors.detach()


def _directions(vectors: Tensor, texts: Tensor) -> Tensor:
    return normalize(embedding_bag(texts, vectors, mode="sum", padding_idx=0), dim=-1)


def listed_actions(checkpoint: Path) -> tuple[KnownAction, ...]:
    """The actions of a checkpoint's list.

    Raises:
        ValueError: it has none.
    """
    listed = read_action_list(checkpoint)
    if not listed:
        raise ValueError(f"{checkpoint} has no actions.json; training/tools/write_action_list.py writes it")
    return known_actions(listed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--distilled", type=Path, required=True, help="folder of the distilled encoder")
    parser.add_argument("--out", type=Path, default=OWN_ENCODER)
    arguments = parser.parse_args()
    actions = listed_actions(arguments.checkpoint)
    taught_to_name(SentenceEncoder.load(arguments.distilled), actions).save(arguments.out)
    print(f"{len(actions)} actions -> {arguments.out}")


if __name__ == "__main__":
    with one_line_errors():
        main()
