"""Is it said what is known and what is not? Sentences with answers (``sentences.yaml``), read and counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml

from ...text.mirror import mirror_name
from ...understanding import Reader, Understanding, Verdict
from ...understanding.same_actions import same_as
from ..metrics.shares import mean

SETS = ("tune", "calibrate", "final", "fresh")
#: Reasons for which a sentence is no action that one person can do.
NOT_POSSIBLE = ("several", "impossible", "no_action", "things", "gibberish", "code", "language", "symbols")


@dataclass(frozen=True)
class AskedSentence:
    """A sentence with its answer.

    Args:
        text: as people type it.
        kind: "known", "other" (an action that the list lacks), "negation", or one of `NOT_POSSIBLE`.
        actions: that may be meant, of any list.
    """

    text: str
    kind: str
    actions: tuple[str, ...] = ()

    def means(self, name: str) -> bool:
        """Whether an action is meant, or one that looks the same, its side aside."""
        return not same_as(name).isdisjoint(self.actions)


@cache
def _sentences() -> dict[str, dict[str, dict[str, list[str]] | list[str]]]:
    return read_package_yaml(__package__, "sentences.yaml")


def read_sentences(name: str, listed: Collection[str]) -> list[AskedSentence]:
    """The sentences of a set (one of `SETS`) for a list of actions: what is known depends on it."""
    known = {same for name in listed for same in same_as(name)}
    found = []
    for kind, rows in _sentences()[name].items():
        answers = rows if isinstance(rows, dict) else dict.fromkeys(rows, [])
        for text, actions in answers.items():
            of_list = "known" if known.intersection(actions) else "other"
            found.append(AskedSentence(text, of_list if kind == "actions" else kind, tuple(actions)))
    return found


def known_rows(rows: Sequence[AskedSentence]) -> list[AskedSentence]:
    """Those whose certainty is a matter of meaning: one action, known or not."""
    return [row for row in rows if row.kind in ("known", "other")]


@dataclass(frozen=True)
class UnderstandingReport:
    """How a set of sentences was read.

    Args:
        read: each sentence with what it was taken for.
    """

    read: tuple[tuple[AskedSentence, Understanding], ...]

    def share_named(self) -> float:
        """Of the known sentences, those whose nearest action is right, its side included, whatever the certainty."""
        return mean(_right(asked, found) for asked, found in self.read if asked.kind == "known")

    def share_known(self) -> float:
        """Of the known sentences, those that are called known."""
        return mean(found.verdict is Verdict.KNOWN for asked, found in self.read if asked.kind == "known")

    def share_flagged(self, kinds: Sequence[str]) -> float:
        """Of the sentences of some kinds, those that are not simply called known."""
        return mean(not found.is_clear for asked, found in self.read if asked.kind in kinds)

    def wrong_unflagged(self) -> float:
        """Of all sentences, those that are called known and are not, or as another action."""
        return mean(found.is_clear and not _right(asked, found) for asked, found in self.read)

    def table(self) -> list[tuple[str, float]]:
        """Rows for people: what, share."""
        kinds = dict.fromkeys(asked.kind for asked, _ in self.read if asked.kind != "known")
        return [
            ("known action named, side included", self.share_named()),
            ("known action called known", self.share_known()),
            *((f"flagged: {kind.replace('_', ' ')}", self.share_flagged([kind])) for kind in kinds),
            ("flagged: all that is not known", self.share_flagged(list(kinds))),
            ("wrong and unflagged, of all", self.wrong_unflagged()),
        ]


def measure(reader: Reader, name: str) -> UnderstandingReport:
    """Read all sentences of a set."""
    rows = read_sentences(name, [action.name for action in reader.actions])
    return UnderstandingReport(tuple((row, reader(row.text)) for row in rows))


def _right(asked: AskedSentence, found: Understanding) -> bool:
    return any(_is_meant(action.name, asked.actions) for action in found.actions)


def _is_meant(name: str, meant: Collection[str]) -> bool:
    """Whether an action is meant, its side included, or another one that looks the same."""
    return name in meant or not (same_as(name) - {mirror_name(name)}).isdisjoint(meant)
