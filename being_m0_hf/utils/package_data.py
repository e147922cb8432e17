"""Word lists and numbers that the package brings as YAML files."""

from importlib import resources
from typing import Any

import yaml

#: libyaml where PyYAML has it: ten times as fast, and the word lists are read before the first sentence.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_package_yaml(package: str | None, *path: str) -> Any:
    """What a YAML file of the package says, as plain dictionaries, lists, texts and numbers.

    Args:
        package: the folder's package, ``__package__`` in the file that asks.
        path: names of folders and of the file below it, for example ``"actions", "dance.yaml"``.
    """
    return yaml.load(resources.files(package or "").joinpath(*path).read_text(encoding="utf-8"), _Loader)
