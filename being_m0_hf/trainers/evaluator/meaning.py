"""Which texts say the same, and so are no negatives of each other."""

from dataclasses import dataclass

from ...text.mirror import mirror_name

#: Texts whose content words overlap more than this are no negatives of each other (TMR's filter has the same share).
SAME_TEXT = 0.8
#: Words that say who moves, or nothing.
FILLERS = frozenset(
    "a an the person man woman someone somebody human figure character he she they his her their is are and then to of "
    "in on with as it its while".split()
)
SIDE_WORDS = frozenset("left right leftward rightward leftwards rightwards clockwise counterclockwise".split())


@dataclass(frozen=True)
class Meaning:
    """What two texts are compared by: the action a row is labelled with, or else the content words."""

    action: str
    style: str
    words: frozenset[str]

    @classmethod
    def of(cls, row: dict, text: str) -> "Meaning":
        words = frozenset(text.lower().replace(".", " ").replace(",", " ").split()) - FILLERS
        return cls(row["action"], row["style"], words)

    def mirrored(self, text: str) -> "Meaning":
        """The meaning of the mirrored text."""
        action = mirror_name(self.action)
        return Meaning.of({"action": action, "style": self.style}, text)

    def same_as(self, other: "Meaning") -> bool:
        """Whether the texts say (nearly) the same. A text that names a side never means one that names the other."""
        sides, other_sides = self.words & SIDE_WORDS, other.words & SIDE_WORDS
        if sides and other_sides and sides != other_sides:
            return False
        if self.action and (self.action, self.style) == (other.action, other.style):
            return True
        if not self.words or not other.words:
            return False
        return len(self.words & other.words) >= SAME_TEXT * len(self.words | other.words)
