"""Run settings: a dataclass filled from a YAML file and `key=value` words of the command line."""

import argparse
import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, get_origin

import yaml

Settings = TypeVar("Settings")


@dataclasses.dataclass
class LoopSettings:
    """What every training run shares; see `being_m0_hf/trainers/loop.py`.

    Args:
        output_dir: where checkpoints, logs and the final model go.
        steps: optimizer steps in all.
        batch_size: samples per process and micro-batch.
        optimizer: "adamw" or "muon".
        fused_optimizer: AdamW's fused kernel.
        schedule: "cosine", "linear", "constant" or "warmup_stable_decay".
        mixed_precision: "no", "bf16" or "fp16".
        gradient_checkpointing: keep the layers' inputs alone and compute the rest again: less memory, a third slower.
        compile: with `torch.compile`.
        loader_workers: processes that make batches ahead; 0 makes them between the steps.
        keep_checkpoints: how many, the newest included.
        log_with: "tensorboard", "wandb", "trackio" or "none"; `log.jsonl` is written in any case.
        log_every, evaluate_every, checkpoint_every: in steps.
    """

    output_dir: str = "runs/run"
    steps: int = 1000
    batch_size: int = 64
    optimizer: str = "adamw"
    fused_optimizer: bool = False
    schedule: str = "cosine"
    learning_rate: float = 1e-4
    warmup_steps: int = 100
    final_learning_rate_ratio: float = 0.02
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    gradient_accumulation_steps: int = 1
    mixed_precision: str = "bf16"
    gradient_checkpointing: bool = False
    compile: bool = False
    loader_workers: int = 0
    keep_checkpoints: int = 1
    log_with: str = "tensorboard"
    seed: int = 0
    log_every: int = 20
    evaluate_every: int = 500
    checkpoint_every: int = 250


class SettingsError(ValueError):
    """Settings that do not fit the data."""


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """What a user can put right (a missing file, settings that do not fit) ends the script with one line and 2."""
    try:
        yield
    except (OSError, SettingsError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)


def read_settings(kind: type[Settings], description: str, argv: list[str] | None = None) -> Settings:
    """Settings from `--config FILE` and `key=value` words. Exits with 2 and one line on a mistake."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="YAML file, see training/configs/")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="settings that replace those of the file")
    arguments = parser.parse_args(argv)
    try:
        values = read_values(arguments.config)
        for word in arguments.overrides:
            key, equals, value = word.partition("=")
            if not equals:
                raise ValueError(f"{word!r}: expected key=value")
            values[key] = _parse(value, word)
        return kind(**{key: _convert(kind, key, value) for key, value in values.items()})
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def read_values(path: Path) -> dict:
    """Values of a YAML file by name.

    Raises:
        OSError: no such file.
        SettingsError: it is not YAML, or has other than lines of 'key: value'.
    """
    values = _parse(path.read_text(encoding="utf-8"), path) or {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected lines of 'key: value'")
    return values


def _parse(yaml_text: str, origin: str | Path) -> object:
    try:
        return yaml.safe_load(yaml_text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{origin}: not YAML: {' '.join(str(error).split())}") from None


def _convert(kind: type[Settings], key: str, value: object) -> object:
    """The value as the type its field declares."""
    types = {field.name: field.type for field in dataclasses.fields(kind)}
    if key not in types:
        raise ValueError(f"unknown setting {key!r}; known: {', '.join(sorted(types))}")
    expected = get_origin(types[key]) or types[key]
    if expected is str and value is False:
        return "no"  # which YAML reads as false
    if expected is float and isinstance(value, int | str):
        with contextlib.suppress(ValueError):
            return float(value)  # YAML reads 1e-4 as text
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise ValueError(f"{key} is {value!r}, expected {expected.__name__}")
    return value
