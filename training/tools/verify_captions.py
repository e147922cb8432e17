"""How much of what the captioner says holds: ``python training/tools/verify_captions.py DATA``."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf.captioner.verification import verify_motions
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.motionlib.schema import LABELLED_SOURCES, Clip
from being_m0_hf.motionlib.sources.cmu_bandai_clips import clip_readers, usable


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure the stated facts of real clips again by independent code, without and with the filter.",
    )
    parser.add_argument("data", type=Path, help="folder that holds cmu/, bandai/ and captions/")
    parser.add_argument(
        "--source", choices=LABELLED_SOURCES, action="append", help="read this source only; may be repeated"
    )
    parser.add_argument("--every", type=int, default=16, help="take every n-th clip")
    parser.add_argument("--first", type=int, default=0, help="number of the first clip taken")
    parser.add_argument("--clips", type=int, default=200, help="take at most so many")
    parser.add_argument("--examples", type=int, default=0, help="print so many facts that do not hold")
    arguments = parser.parse_args()
    readers = list(clip_readers(arguments.data, tuple(arguments.source or LABELLED_SOURCES)).items())
    motions = list(_motions(readers[arguments.first :: arguments.every]))[: arguments.clips]
    report = verify_motions(motions)
    print(f"as measured: {report}")
    for name, statement, fact in report.examples[: arguments.examples]:
        print(f"  {name}: {statement.as_dict()}: {fact.name}, found {fact.found or 'otherwise'}")
    print(f"as captioned: {verify_motions(motions, filtered=True)}")


def _motions(readers: Iterable[tuple[str, Callable[[], Clip]]]) -> Iterator[tuple[str, Motion]]:
    for clip_id, read in readers:
        try:
            yield clip_id, usable(read()).motion
        except MotionError as error:
            print(f"{clip_id} is left out: {error}")


if __name__ == "__main__":
    main()
