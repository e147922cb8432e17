"""How far a request is, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Status:
    """Where a request is.

    Args:
        doing: what happens to it: "Writing the timeline", or "Waiting, 2 before you".
        share: of all its work that is done, 0 to 1; None while it waits.
        what: of it is being done: "a person sits down"; "" where nobody says.
    """

    doing: str
    share: float | None = None
    what: str = ""

    @property
    def line(self) -> str:
        """For people: "Writing the timeline, 45 %: a person sits down"; what may be long comes last."""
        done = f"{self.doing}, {100 * self.share:.0f} %" if self.share else self.doing
        return f"{done}: {self.what}" if self.what else done


Tell = Callable[[Status], None]


def nobody(status: Status) -> None:
    """Hears nothing."""


def step_of(tell: Tell, number: int, count: int) -> Tell:
    """What hears the status of one of several steps that follow each other: ``tell`` hears that of all."""

    def heard(status: Status) -> None:
        if status.share is not None:
            status = replace(status, share=(number + status.share) / count)
        tell(status)

    return heard if count > 1 else tell


def all_at_once(tell: Tell, count: int, doing: str) -> list[Tell]:
    """What hears the status of each of several that are made at the same time; ``tell`` hears how far all are."""
    shares: list[float | None] = [None] * count

    def heard(number: int, status: Status) -> None:
        if status.share is not None:
            shares[number] = status.share
        begun = [share for share in shares if share is not None]
        if begun:
            tell(Status(doing, sum(begun) / count))
        elif number == 0:  # the others wait for the first one, not for somebody else
            tell(status)

    if count == 1:
        return [tell]
    return [lambda status, number=number: heard(number, status) for number in range(count)]


__all__ = ["Status", "Tell", "all_at_once", "nobody", "step_of"]
