"""Adapters (LoRA, by PEFT) on a loaded model: where their base is, and several at once with weights."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..models.being_m0 import BeingM0ForConditionalGeneration
from ..models.checkpoint_files import read_json
from ..models.shipped_checkpoints import checkpoint_folder, resolve_checkpoint
from ..utils.imports import need_library

ADAPTER_CONFIG = "adapter_config.json"
#: In an adapter's generation_config.json: the words that ask for its style.
TRIGGER = "trigger"
#: Adapters as `load_pipeline` takes them: names, "name:0.7" for one with a weight, or name -> weight.
Adapters = str | os.PathLike | Iterable[str | os.PathLike] | Mapping[str, float]


def named_adapters(adapters: Adapters) -> dict[str, float]:
    """Adapters by name with their weights.

    Raises:
        ValueError: one twice.
    """
    if isinstance(adapters, Mapping):
        return {os.fspath(name): float(weight) for name, weight in adapters.items()}
    named: dict[str, float] = {}
    for each in [adapters] if isinstance(adapters, str | os.PathLike) else adapters:
        name, weight = split_weight(os.fspath(each))
        if name in named:
            raise ValueError(f"adapter {name!r} is given twice; give it once, with a weight: {name}:{weight:g}")
        named[name] = weight
    return named


def split_weight(word: str) -> tuple[str, float]:
    """``"my-style:0.7"`` -> ("my-style", 0.7); 1 where none is given."""
    name, colon, weight = word.rpartition(":")
    if colon and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", weight):
        return name, float(weight)
    return word, 1.0


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no model."""
    return (folder / ADAPTER_CONFIG).is_file() and not (folder / "config.json").is_file()


def base_name_of(adapter: Path) -> str:
    """What the adapter in a folder calls the model that it is for.

    Raises:
        ValueError: it does not say.
    """
    base = read_adapter_config(adapter).get("base_model_name_or_path")
    if not base:
        raise ValueError(f"{adapter}: does not say which model it is for; load that model and give this as adapters=")
    return base


def base_folder(adapter: Path) -> Path:
    """The model that the adapter in a folder is for: a shipped one, a folder beside the adapter's, or one of the Hub.

    Raises:
        FileNotFoundError: it is not here and not on the Hub.
    """
    base = base_name_of(adapter)
    beside = adapter.resolve().parent / base
    if resolve_checkpoint(base) == base and not os.path.isdir(base) and beside.is_dir():
        return beside
    try:
        return checkpoint_folder(base)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{adapter} is an adapter for {base}, which is not here: load that model and give the adapter beside it, "
            f"as adapters= or --model and --adapter ({error})"
        ) from None


def read_adapter_config(folder: Path) -> dict:
    """The values of an adapter's adapter_config.json.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is damaged.
    """
    path = folder / ADAPTER_CONFIG
    if not path.is_file():
        raise FileNotFoundError(f"no adapter in {folder}; give a folder that being-m0 finetune wrote, or a Hub id")
    return read_json(path)


def brings_layers(folder: Path) -> bool:
    """Whether an adapter has layers or embeddings that stand in for the model's, and so cannot be mixed with others.

    Raises:
        FileNotFoundError, ValueError: as `read_adapter_config`.
    """
    config = read_adapter_config(folder)
    return bool(config.get("modules_to_save") or config.get("trainable_token_indices"))


def add_adapters(model: BeingM0ForConditionalGeneration, adapters: Mapping[str, float]) -> tuple[str, ...]:
    """Put adapters on the model, in place, all at work at once: what they change adds up, each times its weight.

    Generation defaults that lie beside an adapter (guidance, temperature, top-p) become the model's.

    Args:
        adapters: folder or Hub id -> weight; 0 switches one off, 1 is as it was trained.

    Returns:
        Of each adapter the words that ask for its style, "" where any sentence does.

    Raises:
        FileNotFoundError: no such adapter.
        ValueError: one that does not fit the model, or that cannot be mixed with the others.
    """
    if not adapters:
        return ()
    need_library("peft", "train", "an adapter")
    folders = {adapter: checkpoint_folder(adapter) for adapter in adapters}
    for adapter, folder in folders.items():
        if brings_layers(folder) and len(adapters) > 1:
            raise ValueError(
                f"adapter {adapter!r} brings whole layers (decoder or embeddings), which cannot be mixed; give it alone"
            )
    names = {adapter: f"adapter_{number}" for number, adapter in enumerate(adapters)}
    for adapter, name in names.items():
        try:
            model.load_adapter(str(folders[adapter]), adapter_name=name)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise ValueError(f"adapter {adapter!r} does not fit the model, or is damaged: {error}") from error
    model.set_adapter(list(names.values()))
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in model.modules():
        if isinstance(module, BaseTunerLayer) and hasattr(module, "set_scale"):
            for adapter, name in names.items():
                module.set_scale(name, adapters[adapter])
    return tuple(_take_defaults(model, folder) for folder in folders.values())


def with_trigger(text: str, trigger: str) -> str:
    """The sentence with the words of the style: "a person walks, giant style"."""
    return text if trigger.lower() in text.lower() else f"{text.rstrip(' .!,;')}, {trigger}"


def _take_defaults(model: BeingM0ForConditionalGeneration, folder: Path) -> str:
    """Set the generation defaults that lie in the adapter's folder; the words of its style."""
    path = folder / "generation_config.json"
    defaults = read_json(path) if path.is_file() else {}
    for name in ("guidance_scale", "temperature", "top_p"):
        if defaults.get(name) is not None:
            setattr(model.generation_config, name, defaults[name])
    return str(defaults.get(TRIGGER) or "")
