"""Pictures of an evaluation: contact sheets of what was generated, and moving samples."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from being_m0_hf.motion import Motion
from being_m0_hf.rendering import animate, contact_sheets

from ..following.parts import PartCase, PartOutcome
from ..following.sentences import Outcome
from ..held_out import HeldOut


class PictureBook:
    """Keeps a few motions of every kind, failures before successes, and draws them."""

    def __init__(self, rows: int = 10):
        self.rows = rows
        self.kept: dict[str, list[tuple[bool, str, Motion]]] = defaultdict(list)

    def add(self, outcome: Outcome, motions: tuple[Motion, ...]) -> None:
        """Take in one verdict; what `evaluate_following` calls."""
        title = f"{outcome.text} (seed {outcome.seed})  {outcome.reason}"
        self._add(outcome.kind, outcome.passed, title, motions)

    def add_part(self, case: PartCase, outcome: PartOutcome, motion: Motion) -> None:
        """Take in one verdict; what `evaluate_parts` calls."""
        texts = "; ".join(case.parts.values())
        title = f"{case.text}; {texts} (seed {outcome.seed})  {outcome.reason}"
        self._add(f"parts_{case.name}", outcome.passed, title, [motion])

    def save(self, folder: Path) -> None:
        """One PNG for each sheet."""
        folder.mkdir(parents=True, exist_ok=True)
        for sheet, kept in self.kept.items():
            titles = [title for _, title, _ in kept]
            name = sheet.replace(", ", "-").replace(" ", "_")
            contact_sheets([motion for _, _, motion in kept], folder / f"{name}.png", titles=titles)

    def _add(self, sheet: str, passed: bool, title: str, motions: Sequence[Motion]) -> None:
        kept = self.kept[sheet]
        kept += [(passed, f"{'passes' if passed else 'FAILS'}: {title}", motion) for motion in motions]
        kept.sort(key=lambda entry: entry[0])
        del kept[self.rows :]


def save_samples(folder: Path, held_out: HeldOut, generated: Sequence[Tensor], count: int) -> None:
    """For some texts, spread evenly over the set, a sheet with the recorded and the generated motion, and two GIFs."""
    folder.mkdir(parents=True, exist_ok=True)
    step = max(1, len(held_out) // max(1, count))
    for number, index in enumerate(range(0, len(held_out), step)[:count], start=1):
        text = held_out.texts[index]
        real, ours = Motion.from_d135(held_out.features[index]), Motion.from_d135(generated[index])
        titles = [f"recorded: {text}", f"generated: {text}"]
        contact_sheets([real, ours], folder / f"{number:02d}.png", titles=titles)
        animate(real, folder / f"{number:02d}-recorded.gif")
        animate(ours, folder / f"{number:02d}-generated.gif")
