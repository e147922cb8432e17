"""transformers' own classes learn the names of the checkpoints inside the package."""

import functools
import os
from pathlib import Path

from .shipped_checkpoints import SHIPPED_FOLDER, resolve_checkpoint


def knows_shipped_names(kind: type) -> type:
    """Let ``kind.from_pretrained`` of transformers find the shipped checkpoints by name, without asking the network.

    What ships is loaded by the package's own classes: its folder holds no code, whatever ``trust_remote_code`` says.
    """
    original = kind.from_pretrained.__func__
    if getattr(original, "_knows_shipped_names", False):
        return kind

    @functools.wraps(original)
    def from_pretrained(cls, pretrained_model_name_or_path, *args, **kwargs):
        if isinstance(pretrained_model_name_or_path, str | os.PathLike):
            pretrained_model_name_or_path = resolve_checkpoint(pretrained_model_name_or_path)
            if SHIPPED_FOLDER in Path(pretrained_model_name_or_path).resolve().parents:
                kwargs.pop("trust_remote_code", None)
        return original(cls, pretrained_model_name_or_path, *args, **kwargs)

    from_pretrained._knows_shipped_names = True
    kind.from_pretrained = classmethod(from_pretrained)
    return kind
