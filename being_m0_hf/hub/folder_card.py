"""The card that goes up with a folder: the folder's own under its name on the Hub, or a new one."""

import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard

from ..models.checkpoint_card import checkpoint_card
from ..models.checkpoint_files import CheckpointKind
from ..utils.licences import UNKNOWN
from ..utils.user_files import read_user_text
from .card_facts import run_facts, with_data, with_report

CARD = "README.md"
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class FolderCard:
    """A card, and the figures on it."""

    text: str
    results: tuple[EvalResult, ...] = ()


def checkpoint_folder_card(
    folder: Path,
    kind: CheckpointKind,
    repo_id: str,
    data: str | None = None,
    report: Path | None = None,
    base: str | None = None,
) -> FolderCard:
    """README.md of a checkpoint for the Hub; the folder's own file stays as it is.

    Args:
        repo_id: "owner/name", by which its examples shall load it.
        data: data set that it learned from, a folder or a name on the Hub.
        report: folder of an evaluation, whose figures shall stand on the card.
        base: name on the Hub of the model that an adapter is for.

    Raises:
        ValueError: no such data, no such report, or a card whose block is damaged.
    """
    facts = run_facts(folder)
    facts.base_model = base
    if report is not None:
        facts = with_report(facts, report)
    path = folder / CARD
    if not (path.is_file() and path.stat().st_size):
        facts = with_data(facts, data) if data else facts
        return FolderCard(checkpoint_card(kind, folder, repo_id, facts), tuple(facts.eval_results))
    text = named(read_user_text(path), repo_id)
    try:
        card = ModelCard(text)
    except Exception as error:  # what is raised differs with what is wrong in the block
        raise ValueError(f"{path}: its block between the dashes is damaged: {' '.join(str(error).split())}") from None
    facts.eval_results = facts.eval_results or card.data.eval_results or []
    facts = with_data(facts, data) if data else facts
    if data or report is not None:
        card.data.eval_results = list(facts.eval_results) or None
        card.data.model_name = card.data.model_name or repo_id.split("/")[-1]
        card.data.datasets = list(facts.datasets) or card.data.datasets
    if data and card.data.license in (None, UNKNOWN.id):
        for field, value in facts.licence.card_fields().items():
            setattr(card.data, field, value)
    if base and card.data.base_model != base:
        before, card.data.base_model = card.data.base_model, base
        card.text = card.text.replace(f"`{before}`", f"`{base}`")
    if str(card.data) != str(ModelCard(text).data):
        text = str(card)
    return FolderCard(text, tuple(facts.eval_results))


def own_card(folder: Path, repo_id: str) -> FolderCard:
    """README.md of a data set or a Space.

    Raises:
        ValueError: it has none.
    """
    path = folder / CARD
    if not path.is_file() or not path.stat().st_size:
        raise ValueError(f"{folder} has no README.md; every data set and every Space needs one")
    return FolderCard(named(read_user_text(path), repo_id))


def named(card: str, repo_id: str) -> str:
    """A card whose examples load ``repo_id`` instead of the title, which is the name in the folder."""
    title = _TITLE.search(card)
    card = re.sub(r'load_dataset\("[^"]*"', f'load_dataset("{repo_id}"', card)
    if title is None:
        return card
    name = re.escape(title[1].strip())
    card = re.sub(rf'"{name}"', f'"{repo_id}"', card)
    return _FENCED.sub(lambda block: re.sub(rf"(?<![\w/.-]){name}(?![\w/.-])", repo_id, block[0]), card)
