"""Scores as motions with texts: what training reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..motion import Motion
from ..text.mirror import mirror_all_parts, mirror_text
from .bases import Bases
from .bases.steps import with_hops, with_steps
from .engine.body import Body
from .engine.perform import Performed, perform
from .judge.gate import refusals
from .score.score import Score
from .score.vary import varied
from .score.wordings import drawn, drawn_parts
from .walks.operators import apply_operators

#: Sentences of one performance.
SENTENCES = 12


@dataclass(frozen=True)
class Performance:
    """One performance of a score, or its mirror image.

    Args:
        id: ``choreography/salute-03``, with ``+mirror`` for the mirror image.
        motion: at 20 fps on the canonical bones.
        texts: sentences about all of it, each once.
        parts: part -> what it does, in some wordings.
        score: the score's name.
        seed: number of the performance; 0 is the score as written.
        mirrored: whether left and right are exchanged.
        refused: why it is not good enough; empty where it is.
    """

    id: str
    motion: Motion
    texts: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]
    score: str
    seed: int = 0
    mirrored: bool = False
    refused: tuple[str, ...] = field(default=())


def performed(score: Score, bases: Bases, seed: int = 0) -> tuple[Performed, Body]:
    """A score performed once, and the body it was performed on (a walk: after its operators)."""
    changed, gain = varied(score, seed)
    base = bases.base(changed, seed)
    base = apply_operators(base, changed.operators, seed)
    base = with_hops(with_steps(base, changed.steps), changed.hop)
    return perform(changed, base, seed, gain, travels=not score.still or bool(score.steps)), base


def performances(
    score: Score, bases: Bases, seeds: Iterable[int] = range(24), keep_refused: bool = False
) -> Iterator[Performance]:
    """Performances of a score that pass the gate, each followed by its mirror image.

    Args:
        bases: recordings; ``Bases(Path("data"))`` of a folder with ``cmu/``.
        seeds: numbers of the performances. The same number gives the same motion and texts, always.
        keep_refused: give those too that do not pass, with their reasons and no mirror image.
    """
    for seed in seeds:
        made, base = performed(score, bases, seed)
        why = tuple(refusals(score, made, base))
        if why and not keep_refused:
            continue
        name = f"choreography/{score.name}-{seed:02d}"
        motion = made.body.motion(score.text).canonicalized()
        texts, parts = drawn(score, seed, SENTENCES), drawn_parts(score, seed)
        yield Performance(name, motion, texts, parts, score.name, seed, refused=why)
        if score.mirror and not why:
            other_texts = tuple(mirror_text(text) for text in texts)
            other_parts = {part: tuple(said) for part, said in mirror_all_parts(parts).items()}
            mirror = motion.mirrored().replace(text=mirror_text(score.text))
            yield Performance(f"{name}+mirror", mirror, other_texts, other_parts, score.name, seed, True)
