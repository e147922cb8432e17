"""What to ask for when following is measured (``prompts.yaml``): wordings like the training text's, and held-out ones.

Training text must not contain a held-out sentence (a test compares them); the seen ones are in its style, so most of
them occur in it.
"""

from dataclasses import dataclass

from being_m0_hf.utils.package_data import read_package_yaml

from ...motion.body_track import SIDES


@dataclass(frozen=True)
class Prompts:
    """The wordings of one kind.

    Args:
        seconds: length to ask for.
        seen: sentences in the style of the training text.
        held_out: other people's words for the same thing.
    """

    seconds: float
    seen: tuple[str, ...]
    held_out: tuple[str, ...]

    def texts(self, wording: str) -> tuple[str, ...]:
        return self.seen if wording == "seen" else self.held_out


@dataclass(frozen=True)
class PairPrompts:
    """The wordings of a pair kind: the n-th of ``first`` is compared with the n-th of ``second``."""

    first: Prompts
    second: Prompts


def _read_prompts() -> dict[str, Prompts | PairPrompts]:
    blocks = read_package_yaml(__package__, "prompts.yaml")
    prompts: dict[str, Prompts | PairPrompts] = {}
    for kind, block in blocks.items():
        if "first" in block:
            prompts[kind] = PairPrompts(_prompts(block["first"]), _prompts(block["second"]))
        elif "{side}" in kind:
            for side, other in (SIDES, SIDES[::-1]):
                prompts[kind.format(side=side)] = _prompts(block, side=side, other=other)
        else:
            prompts[kind] = _prompts(block)
    return prompts


def _prompts(block: dict, **sides: str) -> Prompts:
    """The wordings of a block; ``{side}`` and ``{other}`` in them become the names given."""
    seen, held_out = (tuple(text.format(**sides) for text in block[name]) for name in ("seen", "held_out"))
    return Prompts(float(block["seconds"]), seen, held_out)


#: Every kind's wordings, in the order of the reports.
PROMPTS = _read_prompts()


def held_out_texts() -> set[str]:
    """Every held-out sentence, in lower case: what training text must not contain."""
    texts: set[str] = set()
    for prompts in PROMPTS.values():
        parts = (prompts.first, prompts.second) if isinstance(prompts, PairPrompts) else (prompts,)
        texts.update(text.lower() for part in parts for text in part.held_out)
    return texts
