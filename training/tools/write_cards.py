"""Write the cards of the checkpoints that ship, and of the Space: the templates of hub_cards/, filled with its facts.

python -m training.tools.write_cards            write them
python -m training.tools.write_cards --check    say which differ, and write nothing
"""

import argparse
import sys
from pathlib import Path

import yaml
from huggingface_hub import SpaceCardData

from being_m0_hf.hub.card_facts import read_facts
from being_m0_hf.models.checkpoint_card import checkpoint_card
from being_m0_hf.models.checkpoint_files import checkpoint_kind
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.utils.card_templates import render_card

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "hub_cards" / "facts"


def cards() -> dict[Path, str]:
    """File -> what shall stand in it."""
    found = {}
    for folder in sorted(path for path in SHIPPED_FOLDER.iterdir() if path.is_dir()):
        facts = read_facts(FACTS / f"{folder.name}.yaml")
        found[folder / "README.md"] = checkpoint_card(checkpoint_kind(folder), folder, folder.name, facts)
    block = yaml.safe_load((FACTS / "space.yaml").read_text(encoding="utf-8"))
    found[ROOT / "space" / "README.md"] = render_card("space", SpaceCardData(**block))
    return found


def main(argv: list[str] | None = None) -> None:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a card differs")
    arguments = parser.parse_args(argv)
    differing = [path for path, text in cards().items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in differing:
        print(path.relative_to(ROOT))
        if not arguments.check:
            path.write_text(cards()[path], encoding="utf-8")
    sys.exit(1 if differing and arguments.check else 0)


if __name__ == "__main__":
    main()
