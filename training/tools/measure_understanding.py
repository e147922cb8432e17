"""How well a checkpoint's sentences are understood.

    python training/tools/measure_understanding.py being_m0_hf/checkpoints/being-m0-mini --set tune --list

``--list`` prints each sentence with its answer. The sets `final` and `fresh` are for reporting: look at
their shares, not at their list.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf.evaluation.understanding.measure import SETS, measure
from being_m0_hf.understanding import Reader, known_actions, read_action_list


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--set", choices=SETS, default="tune")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    report = measure(Reader(known_actions(read_action_list(arguments.checkpoint))), arguments.set)
    if arguments.list:
        for asked, found in report.read:
            names = ", ".join(action.name for action in found.actions)
            print(f"{asked.kind:<11} {asked.text:<60} {found.certainty:.2f} {found.line()} [{names}]")
    print(f"{len(report.read)} sentences of the set {arguments.set}")
    for what, share in report.table():
        print(f"  {what:<40} {share:.0%}")


if __name__ == "__main__":
    main()
