"""What a checkpoint folder is, and which of its files may leave this machine.

A training folder also holds optimizer state, logs, and codes of the recordings it was trained on. So nothing is sent
because it lies there: each kind has a list of names, and everything else stays.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..utils.user_files import read_user_json

WEIGHTS = ("model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json")
TEXT_TOKENIZER = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "chat_template.jinja",
)  # fmt: skip
#: What people read of any kind.
ABOUT = ("README.md", "LICENSE", "preview.png", ".eval_results/*.yaml")
RANKER = tuple(f"ranker/{name}" for name in ("config.json", *WEIGHTS, *TEXT_TOKENIZER))


@dataclass(frozen=True)
class CheckpointKind:
    """A kind of checkpoint.

    Args:
        name: as people call it.
        files: patterns of the files that may leave; ``*`` stands for anything within one name.
        needed: of each group, one file must be there.
        code: whether the modules that `trust_remote_code` loads go along.
    """

    name: str
    files: tuple[str, ...]
    needed: tuple[tuple[str, ...], ...]
    code: bool = True

    def allows(self, path: str) -> bool:
        """Whether a file (path in the folder, with ``/``) may leave."""
        return matches(path, self.files)


_OWN_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
MODEL = CheckpointKind(
    "model",
    (
        "config.json",
        "generation_config.json",
        "processor_config.json",
        "actions.json",
        "written_takes.safetensors",
        *WEIGHTS,
        *TEXT_TOKENIZER,
        *RANKER,
        *ABOUT,
    ),
    (_OWN_WEIGHTS, ("processor_config.json",), ("tokenizer.json",)),
)
TOKENIZER = CheckpointKind("tokenizer", ("config.json", *WEIGHTS, *ABOUT), (_OWN_WEIGHTS,))
EVALUATOR = CheckpointKind(
    "evaluator", ("config.json", *WEIGHTS, *TEXT_TOKENIZER, *ABOUT), (_OWN_WEIGHTS, ("tokenizer.json",))
)
LIFTER = CheckpointKind("lifter", ("config.json", *WEIGHTS, *ABOUT), (_OWN_WEIGHTS,))
IMAGE_MODEL = CheckpointKind(
    "image_model",
    ("config.json", "preprocessor_config.json", *WEIGHTS, *ABOUT),
    (_OWN_WEIGHTS, ("preprocessor_config.json",)),
)
ADAPTER = CheckpointKind(
    "adapter",
    ("adapter_config.json", "adapter_model.safetensors", "generation_config.json", *ABOUT),
    (("adapter_model.safetensors",),),
    code=False,
)
#: By ``model_type`` in config.json.
KIND_OF_MODEL_TYPE = {
    "being_m0": MODEL,
    "being_m0_motion_tokenizer": TOKENIZER,
    "being_m0_text_motion_evaluator": EVALUATOR,
    "hummuss": LIFTER,
    "smplest_x": IMAGE_MODEL,
}
#: Everything that a checkpoint of any kind may hold, but for code.
CHECKPOINT_FILES = tuple(
    sorted({path for kind in (MODEL, TOKENIZER, EVALUATOR, LIFTER, IMAGE_MODEL, ADAPTER) for path in kind.files})
)


def checkpoint_kind(folder: str | os.PathLike) -> CheckpointKind | None:
    """The kind of a checkpoint folder, None for anything else.

    Raises:
        ValueError: its configuration is damaged.
    """
    folder = Path(folder)
    if (folder / "adapter_config.json").is_file():
        return ADAPTER
    if not (folder / "config.json").is_file():
        return None
    return KIND_OF_MODEL_TYPE.get(read_json(folder / "config.json").get("model_type"))


def read_json(path: Path) -> dict:
    """An object in a JSON file.

    Raises:
        ValueError: it is something else, or damaged.
    """
    value = read_user_json(path)
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: it holds no JSON object")
    return value


def allowed_files(folder: str | os.PathLike, patterns: Sequence[str]) -> list[str]:
    """Paths of the files in a folder that match, sorted, with ``/`` between folders."""
    folder = Path(folder)
    below = {pattern.rsplit("/", 1)[0] if "/" in pattern else "" for pattern in patterns}
    found = []
    for name in below:
        here = folder / name
        entries = here.iterdir() if here.is_dir() else ()
        found += [entry.relative_to(folder).as_posix() for entry in entries if entry.is_file()]
    return sorted(path for path in found if matches(path, patterns))


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path is what one of the patterns says, folder by folder."""
    steps = path.split("/")
    split = (pattern.split("/") for pattern in patterns)
    return any(
        len(wanted) == len(steps) and all(fnmatchcase(*pair) for pair in zip(steps, wanted, strict=True))
        for wanted in split
    )


def weights_fingerprint(folders: Iterable[Path]) -> str:
    """Hash of the weights in these folders, 16 hexadecimal digits; empty where there are none."""
    files = [file for each in folders for file in sorted(each.glob("*.safetensors"))]
    total = hashlib.sha256()
    for file in files:
        with open(file, "rb") as weights:
            total.update(hashlib.file_digest(weights, "sha256").digest())
    return total.hexdigest()[:16] if files else ""
