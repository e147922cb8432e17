"""`being-m0 push`: what goes up from a folder, and sending it."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import get_token
from huggingface_hub.utils import HFValidationError, validate_repo_id

from ..models.checkpoint_files import ADAPTER, CheckpointKind, allowed_files, checkpoint_kind, matches, read_json
from ..models.remote_code import write_remote_code
from ..models.shipped_checkpoints import resolve_checkpoint
from ..utils.hub_upload import NO_TOKEN, HubFile, upload_files
from ..utils.machine_traces import refuse_machine_traces
from .adapter_base import adapter_config
from .data_set_files import DATA_SET_FILES, is_data_set
from .eval_results import eval_result_files
from .folder_card import CARD, checkpoint_folder_card, own_card
from .space_files import PACKAGE_PATTERNS, SPACE_FILES, is_space, package_files

UNKNOWN_FOLDER = (
    "{folder} is nothing that can be pushed: it holds neither config.json of a Being-M0 model, tokenizer or evaluator, "
    "nor adapter_config.json, nor a data set of `being-m0 data build`, nor app.py and README.md of a Space"
)


@dataclass(frozen=True)
class PushPlan:
    """What would be sent where.

    Args:
        folder: on this machine.
        kind: "model", "adapter", "tokenizer", "evaluator", "data set" or "Space".
        repo_id: "owner/name".
        repo_type: as the Hub calls it: "model", "dataset" or "space".
        files: that go up.
        is_stale: of a path on the Hub that is not among them, whether it is left from an earlier push.
        stays: entries of the folder of which nothing leaves.
    """

    folder: Path
    kind: str
    repo_id: str
    repo_type: str
    files: tuple[HubFile, ...]
    is_stale: Callable[[str], bool]
    stays: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


def plan_push(
    folder: str | os.PathLike,
    repo_id: str,
    data: str | None = None,
    report: str | os.PathLike | None = None,
    base: str | None = None,
) -> PushPlan:
    """What goes up from a folder: the files that its kind is made of, its code, its card, and nothing else.

    Args:
        folder: a model, an adapter, a motion tokenizer, an evaluator, a data set or a Space; or the name of a
            checkpoint that ships.
        repo_id: "owner/name" on the Hub.
        data: for the card, the data set that a checkpoint learned from: a folder, or a name on the Hub.
        report: for the card, the folder that `being-m0 evaluate` wrote about it.
        base: name on the Hub of the model that an adapter is for, where the adapter names a folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: a name that is not owner/name; a folder of no known kind, or half of one; a text in it that tells
            of this machine.
    """
    folder = Path(resolve_checkpoint(folder))
    check_name(repo_id)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; give one that training, finetune or data build wrote")
    checkpoint = checkpoint_kind(folder)
    if checkpoint is not None:
        kind, repo_type, patterns = checkpoint.name, "model", checkpoint.files
        files = _checkpoint_files(checkpoint, folder)
    elif is_data_set(folder):
        kind, repo_type, patterns = "data set", "dataset", DATA_SET_FILES
        files = _listed(folder, patterns)
    elif is_space(folder):
        kind, repo_type, patterns = "Space", "space", SPACE_FILES
        files = _listed(folder, patterns) + package_files()
    else:
        raise ValueError(UNKNOWN_FOLDER.format(folder=folder))
    made: list[HubFile] = []
    if checkpoint is None:
        if data or report or base:
            raise ValueError(f"{folder} is a {kind}: --data, --report and --base are for models and adapters")
        card = own_card(folder, repo_id)
    else:
        if checkpoint is ADAPTER:
            config, base = adapter_config(folder, base)
            made.append(config)
        elif base:
            raise ValueError(f"{folder} is a {kind}: --base is for adapters")
        card = checkpoint_folder_card(folder, checkpoint, repo_id, data, Path(report) if report else None, base)
    made += [HubFile(CARD, card.text.encode()), *eval_result_files(card.results)]
    names = {file.path for file in made}
    files = [*made, *(file for file in files if file.path not in names)]
    # not the package's own code
    refuse_machine_traces((file for file in files if matches(file.path, patterns)), folder)
    sent = {file.path.split("/")[0] for file in files}
    stays = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir() if entry.name not in sent)
    stale = (*patterns, *PACKAGE_PATTERNS) if kind == "Space" else patterns
    return PushPlan(folder, kind, repo_id, repo_type, tuple(files), lambda path: matches(path, stale), tuple(stays))


def push(plan: PushPlan, private: bool = False) -> str:
    """Send it; returns the address on the Hub.

    Raises:
        PermissionError: no token, or one that may not write there.
        ValueError: the Hub does not take the card, or the repository is public and should not be.
        ConnectionError: the network or the Hub failed; the same call goes on where it stopped.
    """
    return upload_files(
        plan.files,
        plan.repo_id,
        plan.repo_type,
        private=private,
        is_stale=plan.is_stale,
        message=f"Upload {plan.kind} with being-m0 push",
    )


def check_name(repo_id: str) -> None:
    """Raises ValueError for what is not "owner/name", or not a name that the Hub takes."""
    if repo_id.count("/") != 1 or not all(repo_id.split("/")):
        raise ValueError(f"{repo_id!r} is not owner/name, for example your-name/{Path(repo_id).name or 'my-model'}")
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ValueError(f"{repo_id!r} is no name on the Hub: {error}") from None


def check_token() -> None:
    """Raises PermissionError where nobody is logged in."""
    if get_token() is None:
        raise PermissionError(NO_TOKEN)


def _listed(folder: Path, patterns: tuple[str, ...]) -> list[HubFile]:
    return [HubFile(path, folder / path) for path in allowed_files(folder, patterns)]


def _checkpoint_files(kind: CheckpointKind, folder: Path) -> list[HubFile]:
    """Files of a checkpoint, with the code for `trust_remote_code` fresh from this package."""
    files = _listed(folder, kind.files)
    names = {file.path for file in files}
    for group in kind.needed:
        if names.isdisjoint(group):
            raise ValueError(f"{folder} is no whole {kind.name}: it has no {group[0]}; save all of it there first")
    if kind.code and "auto_map" in read_json(folder / "config.json"):
        with tempfile.TemporaryDirectory() as place:
            files += [HubFile(path.name, path.read_bytes()) for path in write_remote_code(place)]
    return files
