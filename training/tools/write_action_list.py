"""Write a checkpoint's list of actions (``actions.json``) from the samples that it was trained on.

    python training/tools/write_action_list.py runs/cache/train_samples.jsonl being_m0_hf/checkpoints/being-m0-mini

An action is listed when a training sample shows it. Entries of ``text/actions`` that are only sentences for others
(``also_said``, the manners of a walk) are listed with those.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf.text import action_words
from being_m0_hf.understanding import write_action_list


def shown_actions(samples: Path) -> set[str]:
    """The actions that samples show and the package has words for."""
    with samples.open(encoding="utf-8") as lines:
        shown = {json.loads(line)["action"] for line in lines} - {"", None}
    known = action_words.action_words()
    shown |= {also for name in shown & known.keys() for also in known[name].also_said}
    if "walk" in shown:
        shown |= {name for name in known if name.startswith("walk_") and not known[name].templates}
    return {name for name in shown if name in known or action_words.sentences(name) or _has_templates(name)}


def _has_templates(name: str) -> bool:
    try:
        return bool(action_words.templates(name))
    except KeyError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path)
    parser.add_argument("checkpoint", type=Path)
    arguments = parser.parse_args()
    print(write_action_list(arguments.checkpoint, {name: {} for name in shown_actions(arguments.samples)}))


if __name__ == "__main__":
    main()
