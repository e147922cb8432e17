"""Which model an adapter is for, said so that it means the same on every machine."""

import json
import re
from pathlib import Path

from ..models.checkpoint_files import read_json
from ..models.shipped_checkpoints import SHIPPED_FOLDER
from ..utils.hub_upload import HubFile

ADAPTER_CONFIG = "adapter_config.json"
_NAME = "base_model_name_or_path"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def adapter_config(folder: Path, base: str | None) -> tuple[HubFile, str]:
    """adapter_config.json as it shall go up, and the base that it names.

    Args:
        base: name on the Hub instead of the one in the file.

    Raises:
        ValueError: the base is a folder of this machine, which nobody else has.
    """
    config = read_json(folder / ADAPTER_CONFIG)
    named = base or config.get(_NAME) or ""
    shipped = named and "/" not in named and (SHIPPED_FOLDER / named / "config.json").is_file()
    if not shipped and (not _HUB_ID.fullmatch(named) or Path(named).exists()):
        raise ValueError(
            f"{folder} is an adapter for {named or 'no model by name'}, which is not on the Hub: push that model, then "
            "give its name with --base owner/name"
        )
    if base is None:
        return HubFile(ADAPTER_CONFIG, folder / ADAPTER_CONFIG), named
    return HubFile(ADAPTER_CONFIG, json.dumps(config | {_NAME: base}, indent=2, sort_keys=True).encode()), named
