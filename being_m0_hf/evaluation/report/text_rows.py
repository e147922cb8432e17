"""The table of retrieval and distribution metrics, with the rows that say what its numbers are worth.

A number of a model alone says nothing: *real* is what the evaluator makes of the motions that people recorded,
*shuffled text* and *random motion* are what it makes of nonsense, and *mirrored text* shows whether it sees left and
right at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...text.mirror import mirror_text
from ..evaluator import Evaluator
from ..generation import random_motion
from ..held_out import HeldOut
from ..metrics.distribution import MULTIMODALITY_PAIRS
from ..metrics.embeddings import PairedEmbeddings
from ..metrics.guo_protocol import Estimate, GuoSizes, guo_protocol
from ..metrics.retrieval import full_retrieval


@dataclass(frozen=True)
class Row:
    """What a row is measured from.

    Args:
        passes: texts and motions, once for each generation pass.
        texts: the sentences, where known.
    """

    passes: Sequence[PairedEmbeddings]
    texts: Sequence[str] = ()


@dataclass(frozen=True)
class TextTable:
    """Rows by name: Guo's metrics, and retrieval among all motions.

    Args:
        guo: for each row its estimates.
        full: for each row R@1 to R@10 and MedR among all motions; those of equal sentences count as right.
        pairs: for each row, the number of pairs behind it.
        sizes: of pools and draws.
    """

    guo: dict[str, dict[str, Estimate]]
    full: dict[str, dict[str, float]]
    pairs: dict[str, int]
    sizes: GuoSizes

    def to_dict(self) -> dict:
        """Ready for JSON."""
        return {
            "sizes": vars(self.sizes),
            "rows": {
                name: {
                    "pairs": self.pairs[name],
                    "guo": {figure: vars(estimate) for figure, estimate in row.items()},
                    "full_set": self.full[name],
                }
                for name, row in self.guo.items()
            },
        }


def text_table(
    encoder: Evaluator,
    held_out: HeldOut,
    generated: Sequence[Sequence[Tensor]] = (),
    multimodal: Sequence[Sequence[Tensor]] = (),
    repeats: int = 20,
    seed: int = 0,
) -> TextTable:
    """All rows for held-out pairs.

    Args:
        encoder: the evaluator.
        held_out: real motions and their texts.
        generated: one list of features for each generation pass, one motion for each text; the repeats take the passes
            in turn. Without any there is no row of the model.
        multimodal: for some texts, several generated motions each, for MultiModality.
        repeats: of the protocol.
        seed: of pools, draws and nonsense.
    """
    text, motion = encoder.texts(held_out.texts), encoder.motions(held_out.features)
    mirrored = [mirror_text(sentence) for sentence in held_out.texts]
    sided = torch.tensor([new != old for new, old in zip(mirrored, held_out.texts, strict=True)])
    noise = torch.Generator().manual_seed(seed)
    nonsense = encoder.motions([random_motion(len(clip), noise) for clip in held_out.features])
    # by one place in a random order: no text keeps its own motion
    order = torch.randperm(len(text), generator=noise)
    others = torch.empty_like(order)
    others[order] = order.roll(1)
    mirrored_text = encoder.texts(mirrored)
    texts = held_out.texts
    some = sided.nonzero().flatten().tolist()
    rows = {
        "real": Row([PairedEmbeddings(text, motion)], texts),
        "real, texts with a side": Row([PairedEmbeddings(text[some], motion[some])], [texts[i] for i in some]),
        "mirrored text, texts with a side": Row(
            [PairedEmbeddings(mirrored_text[some], motion[some])], [mirrored[i] for i in some]
        ),
        "mirrored text": Row([PairedEmbeddings(mirrored_text, motion)], mirrored),
        "shuffled text": Row([PairedEmbeddings(text[others], motion)], [texts[i] for i in others.tolist()]),
        "random motion": Row([PairedEmbeddings(text, nonsense)], texts),
    }
    if generated:
        rows["ours"] = Row([PairedEmbeddings(text, encoder.motions(features)) for features in generated], texts)
    samples = torch.stack([encoder.motions(of_one) for of_one in multimodal]) if multimodal else None
    return rows_to_table(rows, motion, repeats, seed, samples)


def same_texts(texts: Sequence[str]) -> Tensor:
    """(N, N) whether two texts are the same sentence: a motion found by the other one's is no mistake."""
    plain = [" ".join(text.lower().rstrip(".").split()) for text in texts]
    number = {text: index for index, text in enumerate(plain)}
    ids = torch.tensor([number[text] for text in plain])
    return ids[:, None] == ids


def rows_to_table(
    rows: dict[str, Row], real: Tensor, repeats: int = 20, seed: int = 0, samples: Tensor | None = None
) -> TextTable:
    """The table of rows that are embedded already; ``samples`` (texts, samples, D) belong to the row ``ours``.

    Rows with fewer than two pairs are left out.
    """
    rows = {name: row for name, row in rows.items() if len(row.passes[0]) > 1}
    each = MULTIMODALITY_PAIRS if samples is None else samples.shape[1]
    guo, full = {}, {}
    for name, row in rows.items():
        passes = row.passes
        guo[name] = guo_protocol(
            (lambda repeat, passes=passes: passes[repeat % len(passes)]) if len(passes) > 1 else passes[0],
            real,
            GuoSizes.fitting(len(passes[0]), repeats, each),
            seed,
            samples if name == "ours" else None,
        )
        full[name] = full_retrieval(passes[0], same=same_texts(row.texts) if row.texts else None)
    counts = {name: len(row.passes[0]) for name, row in rows.items()}
    return TextTable(guo, full, counts, GuoSizes.fitting(max(counts.values()), repeats, each))


def table_of_embeddings(embeddings: dict[str, Tensor], repeats: int = 20, seed: int = 0) -> TextTable:
    """The table of embeddings that a user brought (`load_embeddings`): real, shuffled text and, if there, ours."""
    text, motion = embeddings["text"], embeddings["motion"]
    rows = {
        "real": Row([PairedEmbeddings(text, motion)]),
        "shuffled text": Row([PairedEmbeddings(text.roll(1, 0), motion)]),
    }
    if "generated" in embeddings:
        rows["ours"] = Row([PairedEmbeddings(text, embeddings["generated"])])
    return rows_to_table(rows, motion, repeats, seed, embeddings.get("multimodal"))
