"""The cards' templates: Jinja in Markdown, one for each kind of thing that goes to the Hub.

They lie in ``hub_cards/`` of the repository, where people look for them; an installed package has a copy of that folder
inside (`setup.py`).
"""

from pathlib import Path

from huggingface_hub import CardData
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PACKAGE = Path(__file__).resolve().parents[1]
KINDS = ("model", "adapter", "tokenizer", "evaluator", "lifter", "data_set", "space")


class TemplatesMissing(FileNotFoundError):
    """This code came with a checkpoint, without its package."""


def template_folder() -> Path:
    """Where the templates are.

    Raises:
        TemplatesMissing: nowhere.
    """
    for folder in (_PACKAGE / "hub_cards", _PACKAGE.parent / "hub_cards"):
        if (folder / "model.md").is_file():
            return folder
    raise TemplatesMissing("the templates of cards come with the package being-m0-hf, which is not installed here")


def render_card(kind: str, data: CardData, **values: object) -> str:
    """A card: the template of its kind, filled.

    Args:
        kind: one of ``KINDS``.
        data: the block between the dashes.
        values: what the template names.

    Raises:
        jinja2.UndefinedError: the template names something that is not given.
    """
    loader = FileSystemLoader(template_folder())
    environment = Environment(  # Markdown: nothing is escaped
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    card = environment.get_template(f"{kind}.md").render(card_data=data.to_yaml(), **values)
    return _single_blank_lines(card)


def _single_blank_lines(text: str) -> str:
    """Sections that are left out leave their blank lines behind; code keeps its own."""
    lines: list[str] = []
    for line in text.rstrip().split("\n"):
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
