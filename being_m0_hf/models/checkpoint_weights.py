"""Loading weights: all of them, none left over, and none that could run code."""

import os
from pathlib import Path

from .shipped_checkpoints import resolve_checkpoint

#: Names of weights in a message; more than these are only counted.
MOST_NAMES = 3
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


class WholeWeightsMixin:
    """For transformers' models: `from_pretrained` that knows the shipped names and fills no gap with noise."""

    #: How names of weights begin that may be in a checkpoint, for another model.
    _others_weights: str | None = None
    #: Setting of the configuration -> how names of weights begin that a checkpoint lacks when the setting is changed in
    #: loading it: levels that are about to be fitted, for example.
    _added_by: dict[str, str] = {}

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike, *args, output_loading_info: bool = False, **kwargs
    ):
        """As in transformers; "being-m0-mini" is the checkpoint inside the package and needs no network.

        Raises:
            ValueError: weights are missing, left over or of another size than the configuration says; or they are
                pickled, which could run code.
            OSError: there is no such checkpoint.
        """
        name = pretrained_model_name_or_path
        if name is not None:
            pretrained_model_name_or_path = resolve_checkpoint(name)
            refuse_pickled_weights(pretrained_model_name_or_path)
        loaded, info = super().from_pretrained(
            pretrained_model_name_or_path, *args, output_loading_info=True, use_safetensors=True, **kwargs
        )
        if cls._others_weights:
            own = [key for key in info["unexpected_keys"] if not key.startswith(cls._others_weights)]
            info = info | {"unexpected_keys": own}
        for setting, prefix in cls._added_by.items():
            if setting in kwargs:
                info = info | {"missing_keys": [key for key in info["missing_keys"] if not key.startswith(prefix)]}
        check_weights(name, info)
        return (loaded, info) if output_loading_info else loaded


def refuse_pickled_weights(folder: str | os.PathLike) -> None:
    """Raises ValueError where a local folder has pickled weights and no safetensors."""
    folder = Path(folder)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        pickled = next((file for pattern in PICKLED for file in folder.glob(pattern)), None)
        if pickled is not None:
            raise ValueError(f"{pickled} is a pickle, which could run code; save the model as safetensors")


def check_weights(name: str | os.PathLike, info: dict) -> None:
    """Raises ValueError where the weights of a checkpoint are not those of its configuration."""
    kinds = {"missing": "missing_keys", "left over": "unexpected_keys", "of another size": "mismatched_keys"}
    wrong = [f"{_listed(info[key])} {what}" for what, key in kinds.items() if info.get(key)]
    wrong += [" ".join(message.split()) for message in info.get("error_msgs") or []]
    if wrong:
        raise ValueError(f"the weights in {str(name)!r} do not fit its config.json: {', '.join(wrong)}")


def _listed(keys) -> str:
    names = sorted(key if isinstance(key, str) else key[0] for key in keys)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


__all__ = ["WholeWeightsMixin"]
