"""How far the checks of generated motion can be trusted: their verdicts on real, labelled clips.

    python training/tools/calibrate_checks.py --data path/to/data --out calibration.md
    python training/tools/calibrate_checks.py --data path/to/data --kinds bow kick --failures runs/wrong_verdicts

For every kind the table gives the share of clips that show it (by label, description or annotation) and pass, and the
share of clips that show something else and pass all the same. Which clips show what stands in
training/configs/check_labels.yaml. ``--failures`` lists and draws the wrong verdicts.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import yaml
from tqdm.auto import tqdm

from being_m0_hf.evaluation import CHECKS, BodyTrack, CheckResult, run_check
from being_m0_hf.motion import MODEL_FPS, Motion
from being_m0_hf.motion.body_track import SIDES
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.schema import Clip
from being_m0_hf.rendering import contact_sheets
from being_m0_hf.training_data.action_labels import segments

LABELS_FILE = Path(__file__).parents[1] / "configs" / "check_labels.yaml"

#: CMU clips of one plain action each: what they do not name, they do not show.
PLAIN = re.compile(
    r"walk|brisk walk|walk/stride|walk, (veer|90|exagg).*|slow walk.*|(walk)?straight|quickwalk|sadwalk"
    r"|run|run/jog.*|run, (veer|90).*|run (left|right|turn|stop|quick|jump|duck|to|side).*|cartwheels?|picking up ball"
    r"|jump|high jump|forward jump|sit on .*|drink soda|punch/strike|boxing|soccer - kick ball|climb .*|laugh"
    r"|wash windows|mop floor",
    re.IGNORECASE,
)
#: A side with fewer clips than this also counts the mirrored clips of the other side.
ENOUGH = 50
#: Bandai contents that mix several actions.
MIXED = ("dance-short", "slash", "call", "respond")


@dataclass(frozen=True)
class Labels:
    """Which clips show a kind, and which may or may not; the fields are explained in check_labels.yaml."""

    bandai: tuple[str, ...] = ()
    cmu: str | None = None
    actions: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    also_bandai: tuple[str, ...] = ()
    also_cmu: str | None = None
    unlike_styles: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def show(self, clip: Clip) -> bool:
        """Whether the whole clip shows the kind."""
        if clip.labels.get("content", ""):
            return (
                clip.labels.get("content", "") in self.bandai
                and clip.labels.get("style", "") not in self.unlike_styles
                and not self.mislabelled(clip)
            )
        return (
            self.cmu is not None
            and re.fullmatch(self.cmu, clip.labels.get("description", ""), re.IGNORECASE) is not None
        )

    def show_something_else(self, clip: Clip) -> bool:
        """Whether the clip is of one plain action that is not this kind and does not contain it."""
        if self.show(clip) or self.mislabelled(clip) or any(part.trial == clip.id for part in self.parts()):
            return False
        if clip.labels.get("content", ""):
            return clip.labels.get("content", "") not in (*self.bandai, *self.also_bandai, *MIXED)
        if PLAIN.fullmatch(clip.labels.get("description", "")) is None:
            return False
        return (
            self.also_cmu is None or re.search(self.also_cmu, clip.labels.get("description", ""), re.IGNORECASE) is None
        )

    def mislabelled(self, clip: Clip) -> bool:
        return clip.id.removeprefix("bandai/") in self.wrong

    def parts(self) -> Iterator["Part"]:
        """The annotated parts of clips that show the kind."""
        for trial, rows in segments().items():
            yield from (Part(trial, row.start, row.end) for row in rows if row.action in self.actions)
        for name in self.clips:
            trial, _, times = name.partition("@")
            start, end = times.split("-") if times else (0.0, float("inf"))
            yield Part(f"cmu/{trial}", float(start), float(end))


@dataclass(frozen=True)
class Part:
    """Seconds ``start`` to ``end`` of a clip."""

    trial: str
    start: float
    end: float

    def cut(self, motion: Motion) -> Motion:
        return motion.crop(
            round(self.start * motion.fps), min(motion.num_frames, round(min(self.end, 1e4) * motion.fps))
        )


@dataclass(frozen=True)
class Verdict:
    """What the check says of a clip that shows the kind (``shown``) or something else."""

    name: str
    shown: bool
    track: BodyTrack
    result: CheckResult

    @property
    def right(self) -> bool:
        return self.result.passed == self.shown


def read_labels(path: Path = LABELS_FILE) -> dict[str, Labels]:
    """Labels by kind; an entry with ``{side}`` becomes two."""
    labels = {}
    for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for side in SIDES if "{side}" in name else ("",):
            filled = {
                key: value.replace("{side}", side)
                if isinstance(value, str)
                else tuple(v.replace("{side}", side) for v in value)
                for key, value in entry.items()
            }
            labels[name.replace("{side}", side)] = Labels(**filled)
    return labels


@dataclass(frozen=True)
class MeasuredClip:
    """A clip and what is measured of it, once for all checks."""

    clip: Clip
    track: BodyTrack

    @property
    def label(self) -> str:
        return self.clip.labels.get("content", "") or self.clip.labels.get("description", "")

    @property
    def name(self) -> str:
        return f"{self.clip.id} ({self.label})"


def shown_tracks(labels: Labels, recordings: dict[str, MeasuredClip]) -> Iterator[tuple[str, BodyTrack]]:
    for recording in recordings.values():
        if labels.show(recording.clip):
            yield recording.name, recording.track
    for part in labels.parts():
        if part.trial in recordings:
            yield f"{part.trial} from {part.start} s", BodyTrack(part.cut(recordings[part.trial].clip.motion))


def other_tracks(
    labels: Labels, recordings: dict[str, MeasuredClip], per_label: int
) -> Iterator[tuple[str, BodyTrack]]:
    """At most ``per_label`` clips of each other label, so that no frequent one decides the rate."""
    seen = Counter()
    for recording in recordings.values():
        if labels.show_something_else(recording.clip) and seen[recording.label] < per_label:
            seen[recording.label] += 1
            yield recording.name, recording.track


def verdicts(
    kind: str, labels: dict[str, Labels], recordings: dict[str, MeasuredClip], per_label: int
) -> list[Verdict]:
    own, opposite = labels.get(kind, Labels()), labels.get(CHECKS[kind].opposite)
    shown = list(shown_tracks(own, recordings))
    if opposite is not None and len(shown) < ENOUGH:
        other_side = shown_tracks(opposite, recordings)
        shown += [(f"{name} mirrored", BodyTrack(track.motion.mirrored())) for name, track in other_side]
    found = [Verdict(name, True, track, run_check(kind, track)) for name, track in shown]
    others = other_tracks(own, recordings, per_label)
    return found + [Verdict(name, False, track, run_check(kind, track)) for name, track in others]


def table_row(kind: str, found: list[Verdict]) -> str:
    shown = [verdict.result.passed for verdict in found if verdict.shown]
    others = [verdict.result.passed for verdict in found if not verdict.shown]
    return f"| {kind} | {np.mean(shown):.0%} of {len(shown)} | {np.mean(others):.1%} of {len(others)} |"


def pair_rows(recordings: list[MeasuredClip], most: int = 600) -> list[str]:
    """Pair checks: on Bandai, where one manner has runs and walks, and on CMU's own words for speed."""

    def of(contents: tuple[str, ...], styles: tuple[str, ...] = ()) -> list[MeasuredClip]:
        found = (one for one in recordings if one.clip.labels.get("content", "") in contents)
        return [one for one in found if not styles or one.clip.labels.get("style", "") in styles]

    def described(pattern: str) -> list[MeasuredClip]:
        return [one for one in recordings if re.fullmatch(pattern, one.clip.labels.get("description", ""))]

    old = of(("walk",), ("old", "elderly", "tired", "exhausted"))
    young = of(("walk",), ("youthful", "childish", "active", "normal"))
    runs_and_walks = product(of(("run", "dash")), of(("walk",)))
    sets = {
        "run_faster_than_walk": [
            (run, walk)
            for run, walk in runs_and_walks
            if run.clip.labels.get("style", "") == walk.clip.labels.get("style", "")
        ],
        "fast_walk_faster_than_slow": list(product(described("brisk walk|QuickWalk"), described("slow walk|SadWalk"))),
        "old_walks_older_than_young": list(product(old, young)),
    }
    rows = []
    for kind, pairs in sets.items():
        pairs = pairs[:: max(1, len(pairs) // most)]
        right = np.mean([run_check(kind, first.track, second.track).passed for first, second in pairs])
        wrong = np.mean([run_check(kind, second.track, first.track).passed for first, second in pairs])
        rows.append(f"| {kind} | {right:.0%} of {len(pairs)} pairs | {wrong:.1%} of {len(pairs)} (exchanged) |")
    return rows


def save_wrong(folder: Path, kind: str, found: list[Verdict], most: int = 12) -> None:
    """A list of the wrong verdicts, and a contact sheet of the first ones."""
    folder.mkdir(parents=True, exist_ok=True)
    wrong = [verdict for verdict in found if not verdict.right]
    titles = [f"{'missed' if verdict.shown else 'false alarm'}: {verdict.name}" for verdict in wrong]
    lines = [f"{title}: {verdict.result.reason}\n" for title, verdict in zip(titles, wrong, strict=True)]
    (folder / f"{kind}.txt").write_text("".join(lines), encoding="utf-8")
    if wrong:
        motions = [verdict.track.motion for verdict in wrong[:most]]
        contact_sheets(motions, folder / f"{kind}.png", titles=titles[:most])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the data set that prepare_data.py reads")
    parser.add_argument("--out", type=Path, default=Path("calibration.md"), help="Markdown table to write")
    parser.add_argument("--kinds", nargs="*", help="only these kinds, without the pairs")
    parser.add_argument("--per-label", type=int, default=60, help="clips of each other label that must fail")
    parser.add_argument("--failures", type=Path, help="folder for lists and contact sheets of wrong verdicts")
    arguments = parser.parse_args()
    clips = tqdm(read_clips(arguments.data, fps=MODEL_FPS), desc="reading clips", unit="clip")
    recordings = {clip.id: MeasuredClip(clip, BodyTrack(clip.motion)) for clip in clips}
    labels = read_labels()
    lines = ["| kind | passes on clips that show it | passes on other clips |", "|---|---|---|"]
    for kind in tqdm(arguments.kinds or [kind for kind in CHECKS if not CHECKS[kind].pair], desc="checks"):
        found = verdicts(kind, labels, recordings, arguments.per_label)
        lines.append(table_row(kind, found))
        if arguments.failures:
            save_wrong(arguments.failures, kind, found)
    if not arguments.kinds:
        lines += pair_rows(list(recordings.values()))
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
