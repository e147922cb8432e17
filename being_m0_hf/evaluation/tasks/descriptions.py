"""What is said of recorded motions, on both levels: do its facts hold, are left and right ever exchanged?

Each clip is described as it is and as it is seen in a mirror. A sentence is read back into its claims, and these are
verified on the motion by the captioner's independent code (`captioner.reading`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

from ...captioner.reading import judge
from ...motion import PART_NAMES, Motion
from ...text.mirror import mirror_name, mirror_text, side_words
from ..kept_outcomes import append_outcomes, read_outcomes
from ..metrics.shares import mean

#: For a motion the sentences about "body" and each part, and where each is from.
Teller = Callable[[Motion], Mapping[str, tuple[str, str]]]


@dataclass(frozen=True)
class ToldSentence:
    """One sentence about a clip.

    Args:
        clip: its name.
        mirrored: whether the clip was seen in a mirror.
        part: of `PART_NAMES`; "" for the whole body.
        text: what was said.
        source: who says it, as the teller has it.
        claims: the words of each claim, whether it holds, and whether it would with left and right exchanged.
    """

    clip: str
    mirrored: bool
    part: str
    text: str
    source: str
    claims: tuple[tuple[str, bool, bool], ...]

    @property
    def holds(self) -> bool:
        """Whether all that it claims is true."""
        return all(holds for _, holds, _ in self.claims)

    @property
    def wrong_side(self) -> bool:
        """Whether something that it claims is not true, but would be of the other side."""
        return any(swapped for _, _, swapped in self.claims)

    @property
    def names_another_part(self) -> bool:
        """Whether it speaks of the other side's limb than that which was asked about."""
        side = self.part.split("_")[0]
        return side in ("left", "right") and not {side}.issuperset(side_words(self.text))


@dataclass(frozen=True)
class DescriptionReport:
    """All sentences about all clips."""

    sentences: tuple[ToldSentence, ...]

    def rows(self, body: bool) -> list[ToldSentence]:
        """Sentences about whole bodies, or about parts, that claim something."""
        return [each for each in self.sentences if (each.part == "") == body and each.claims]

    def exchanged_parts(self) -> tuple[int, int]:
        """Pairs of a left and a right limb that are told as if exchanged; and all pairs that are told differently.

        Exchanged: neither sentence holds, and both would of the other limb.
        """
        told = {(each.clip, each.mirrored, each.part): each for each in self.sentences}
        pairs = [
            (each, told[each.clip, each.mirrored, mirror_name(each.part)])
            for each in self.sentences
            if each.part.startswith("left_") and (each.clip, each.mirrored, mirror_name(each.part)) in told
        ]
        apart = [(one, other) for one, other in pairs if mirror_text(one.text) != other.text]
        return sum(one.wrong_side and other.wrong_side for one, other in apart), len(apart)

    def mirror_pairs(self) -> tuple[int, int]:
        """Whole bodies told with the same one side in the mirror as without; and all told with one side in both."""
        sides = {(each.clip, each.mirrored): set(side_words(each.text)) for each in self.sentences if each.part == ""}
        both = [
            (side, sides[clip, True])
            for (clip, mirrored), side in sides.items()
            if not mirrored and len(side) == 1 == len(sides.get((clip, True), ()))
        ]
        return sum(one == other for one, other in both), len(both)

    def to_dict(self) -> dict:
        """Ready for JSON: counts, not only shares."""
        found: dict = {"clips": len({(each.clip, each.mirrored) for each in self.sentences})}
        for name, body in (("body", True), ("parts", False)):
            rows, all_rows = self.rows(body), [each for each in self.sentences if (each.part == "") == body]
            claims = [held for each in rows for _, held, _ in each.claims]
            found[name] = {
                "sentences": len(all_rows),
                "claim something": len(rows),
                "all claims hold": mean(each.holds for each in rows) if rows else 0.0,
                "claims": len(claims),
                "claims hold": mean(claims) if claims else 0.0,
                "true of the other side only": sum(each.wrong_side for each in rows),
                "by": {
                    source: sum(each.source == source for each in all_rows)
                    for source in sorted({e.source for e in all_rows})
                },
            }
        found["parts"]["speak of the other limb"] = sum(each.names_another_part for each in self.sentences)
        found["parts"]["limbs exchanged"], found["parts"]["limbs told differently"] = self.exchanged_parts()
        found["body"]["same side in the mirror"], found["body"]["one side in both"] = self.mirror_pairs()
        return found

    def wrong_words(self, most: int = 25) -> list[tuple[str, int]]:
        """The claims that are most often not true, sides aside, with how often."""
        wrong = [words.lower() for each in self.sentences for words, held, _ in each.claims if not held]
        return Counter(words.replace("left", "<side>").replace("right", "<side>") for words in wrong).most_common(most)


def evaluate_descriptions(
    tell: Teller, clips: Sequence[tuple[str, Motion]], path: str | Path | None = None, progress: bool = True
) -> DescriptionReport:
    """Describe clips and their mirrors, whole and by parts, and judge what was said.

    Args:
        tell: what is measured.
        clips: names and motions.
        path: JSON-lines file of sentences; a clip that it holds is not described again.
        progress: show a bar.
    """
    known = _read(path)
    found: list[ToldSentence] = []
    for name, motion in tqdm(clips, desc="descriptions", unit="clip", disable=not progress, mininterval=10):
        for mirrored in (False, True):
            if (name, mirrored) not in known:
                seen = motion.mirrored() if mirrored else motion
                known[name, mirrored] = judged(tell(seen), name, seen, mirrored)
                append_outcomes(path, known[name, mirrored])
            found += known[name, mirrored]
    return DescriptionReport(tuple(found))


def judged(said: Mapping[str, tuple[str, str]], name: str, motion: Motion, mirrored: bool) -> list[ToldSentence]:
    """What was said about a motion, as it is given, judged."""
    found = []
    for part in ("", *PART_NAMES):
        text, source = said[part or "body"]
        claims = tuple((each.claim.words, each.holds, each.swapped) for each in judge(text, motion, part))
        found.append(ToldSentence(name, mirrored, part, text, source, claims))
    return found


def _read(path: str | Path | None) -> dict[tuple[str, bool], list[ToldSentence]]:
    found: dict[tuple[str, bool], list[ToldSentence]] = {}
    for row in read_outcomes(path):
        each = ToldSentence(**row | {"claims": tuple(tuple(claim) for claim in row["claims"])})
        found.setdefault((each.clip, each.mirrored), []).append(each)
    return {key: rows for key, rows in found.items() if len(rows) == 1 + len(PART_NAMES)}


__all__ = ["DescriptionReport", "Teller", "ToldSentence", "evaluate_descriptions"]
