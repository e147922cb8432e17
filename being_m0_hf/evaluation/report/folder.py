"""The folder of an evaluation: whose it is, and files that are whole or not there."""

import json
import math
from pathlib import Path

from ...models import checkpoint_files
from ...models.shipped_checkpoints import resolve_checkpoint
from ...pipelines.text_to_motion import RANKER_FOLDER
from ...utils.atomic_files import write_whole


def claim_folder(folder: Path, identity: dict) -> None:
    """Results of another model or other settings must not be mixed in.

    Raises:
        ValueError: they would be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.json"
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != identity:
        raise ValueError(f"{folder} holds results of other settings ({path}); choose another output folder")
    write_json(path, identity)


def weights_fingerprint(model: str, ranker: bool = True) -> str:
    """Hash of a local model's weights and of its ranker's, which chooses among what the model makes; empty for the Hub.

    With it a folder is not continued after more training.

    Args:
        ranker: False where nothing is chosen.
    """
    folder = Path(resolve_checkpoint(model))
    return checkpoint_files.weights_fingerprint((folder, folder / RANKER_FOLDER) if ranker else (folder,))


def write_json(path: Path, content: dict) -> None:
    """Whole or not at all; NaN and infinity, which JSON has not, become null."""
    write_whole(path, (json.dumps(finite(content), indent=2) + "\n").encode())


def finite(value: object) -> object:
    """The same dictionaries and lists with None in place of NaN and infinity."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
