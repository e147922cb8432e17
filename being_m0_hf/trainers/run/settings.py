"""Run settings: a dataclass filled from a YAML file and `key=value` words of the command line.

Not by transformers' HfArgumentParser: it reads a YAML file or the command line, not a file that the command line
changes, and takes any type from a file.
"""

import argparse
import contextlib
import dataclasses
import reprlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, get_origin

from safetensors import SafetensorError

from ...utils.standard_streams import one_line, prepare_standard_streams
from ...utils.user_files import parse_user_yaml, read_user_yaml
from .allowed_values import CheckedSettings, SettingsError, amount, choice, positive, seed, share, text, whole

Settings = TypeVar("Settings")


@dataclasses.dataclass
class LoopSettings(CheckedSettings):
    """What every training run shares; see `being_m0_hf/trainers/run/loop.py`.

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
        accept_changes: go on from a checkpoint that other settings made.
    """

    output_dir: str = text("runs/run")
    steps: int = whole(1000)
    batch_size: int = whole(64)
    optimizer: str = choice("adamw", "muon")
    fused_optimizer: bool = False
    schedule: str = choice("cosine", "linear", "constant", "warmup_stable_decay")
    learning_rate: float = amount(1e-4, highest=100.0)
    warmup_steps: int = whole(100, 0)
    final_learning_rate_ratio: float = share(0.02)
    weight_decay: float = amount(0.0, highest=100.0)
    max_grad_norm: float = positive(1.0)
    gradient_accumulation_steps: int = whole(1)
    mixed_precision: str = choice("bf16", "no", "fp16")
    gradient_checkpointing: bool = False
    compile: bool = False
    loader_workers: int = whole(0, 0, highest=1024)
    keep_checkpoints: int = whole(1)
    log_with: str = choice("tensorboard", "wandb", "trackio", "none")
    seed: int = seed()
    log_every: int = whole(20)
    evaluate_every: int = whole(500)
    checkpoint_every: int = whole(250)
    accept_changes: bool = False


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """What a user can put right (a missing file, settings that do not fit) ends the script with one line and 2."""
    prepare_standard_streams()
    try:
        yield
    except SafetensorError as error:
        print(f"weights that cannot be read or written: {one_line(error)}", file=sys.stderr)
        sys.exit(2)
    except (OSError, ValueError) as error:
        print(one_line(error), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from there", file=sys.stderr)
        sys.exit(130)


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
                raise SettingsError(f"{reprlib.repr(word)}: expected key=value")
            values[key] = parse_user_yaml(value, key)
        return kind(**{key: _convert(kind, key, value) for key, value in values.items()})
    except (OSError, ValueError) as error:
        print(one_line(error), file=sys.stderr)
        sys.exit(2)


def read_values(path: Path) -> dict:
    """Values of a YAML file by name.

    Raises:
        UserFileError: no such file, or not YAML.
        SettingsError: it has other than lines of 'key: value'.
    """
    values = read_user_yaml(path)
    if values is None:  # a file of comments
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected lines of 'key: value'")
    return values


def _convert(kind: type[Settings], key: str, value: object) -> object:
    """The value as the type its field declares, where YAML reads another; types are checked by the settings."""
    types = {field.name: field.type for field in dataclasses.fields(kind)}
    if key not in types:
        raise SettingsError(f"unknown setting {reprlib.repr(key)}; known: {', '.join(sorted(types))}")
    expected = get_origin(types[key]) or types[key]
    if expected is str and value is False:
        return "no"  # which YAML reads as false
    if expected is float and isinstance(value, int | str) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            return float(value)  # YAML reads 1e-4 as text
    return value
