"""`push_to_hub` of our classes: a checkpoint that loads as the folder did, with its code and a card.

transformers' own pushes every file of a temporary folder and leaves an empty card; and a model alone loses what it was
loaded beside: without its ranker and its processor, `load_pipeline(id)` would give other motions, or none.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, ModelCardData, hf_hub_download, snapshot_download

from ..utils.card_templates import TemplatesMissing
from ..utils.hub_upload import HubFile, upload_files
from ..utils.licences import UNKNOWN, Licence, licence_of
from ..utils.machine_traces import refuse_machine_traces
from .checkpoint_card import CardFacts, checkpoint_card
from .checkpoint_files import ABOUT, WEIGHTS, CheckpointKind, allowed_files, checkpoint_kind
from .remote_code import write_remote_code
from .shipped_checkpoints import resolve_checkpoint

CARD = "README.md"
#: A card with one of these says nothing: transformers' own, and ours of a processor that no model has joined yet.
EMPTY_CARDS = ("[More Information Needed]", "No model is here yet.")
_PUSH_OPTIONS = ("repo_id", "commit_message", "commit_description", "private", "token", "revision", "create_pr", "tags")


class PublishingMixin:
    """For classes with `save_pretrained` and `name_or_path`, what they were loaded from."""

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str | None = None,
        commit_description: str | None = None,
        private: bool | None = None,
        token: bool | str | None = None,
        revision: str | None = None,
        create_pr: bool = False,
        max_shard_size: int | str = "50GB",
        tags: Sequence[str] | None = None,
    ) -> str:
        """Upload to the Hub, as transformers' `push_to_hub`, so that `load_pipeline(repo_id)` works.

        What belongs to the checkpoint that this came from goes along where the repository has none of its own: the
        ranker, and the processor beside a model. A card that is there stays; a missing one is written.

        Args:
            repo_id: "owner/name", or "name" for one of the token's owner.
            commit_message, commit_description: of the commit.
            private: whether a new repository is; one that is there and public is refused then.
            token: instead of the one of `hf auth login`.
            revision: branch to push to.
            create_pr: open a pull request instead.
            max_shard_size: of one file of weights.
            tags: for the card.

        Returns:
            The repository's address.

        Raises:
            PermissionError: no token, or one that may not write there.
            ValueError: the name or the card is not taken, or a text tells of this machine.
            ConnectionError: the network or the Hub failed; call it again.
        """
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / repo_id.rsplit("/", 1)[-1]
            self.save_pretrained(folder, max_shard_size=max_shard_size)
            write_remote_code(folder)
            source = source_folder(self)
            there = paths_on_the_hub(repo_id, token, revision)
            files = pushed_files(folder, source, there, repo_id, tags or ())
            refuse_machine_traces(files, folder)
            return upload_files(
                files,
                repo_id,
                private=private,
                message=commit_message or f"Upload {type(self).__name__}",
                description=commit_description,
                token=token,
                revision=revision,
                create_pr=create_pr,
            )


class TransformersPublishingMixin(PublishingMixin):
    """The same for transformers' classes, whose `save_pretrained` can push, too."""

    def save_pretrained(self, save_directory: str | os.PathLike, *args, push_to_hub: bool = False, **kwargs):
        """As in transformers. With ``push_to_hub``, `push_to_hub` follows, to ``repo_id`` or the folder's name."""
        options = {name: kwargs.pop(name) for name in _PUSH_OPTIONS if push_to_hub and name in kwargs}
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        if push_to_hub:
            self.push_to_hub(options.pop("repo_id", Path(save_directory).name), **options)
        return saved


def source_folder(loaded: PublishingMixin) -> Path | None:
    """The folder of the checkpoint that a model or a processor was loaded from; None for a new one."""
    name = loaded.name_or_path
    if not name:
        return None
    folder = Path(resolve_checkpoint(name))
    if folder.is_dir():
        return folder
    try:
        return Path(snapshot_download(str(name), ignore_patterns=["*.py", "model*.safetensors"]))
    except (OSError, ValueError):
        return None  # it was moved, or deleted


def paths_on_the_hub(repo_id: str, token: bool | str | None, revision: str | None) -> set[str]:
    """Files of the repository, none for a new one; a card that says nothing does not count."""
    try:
        found = set(HfApi(token=token).list_repo_files(repo_id, revision=revision))
        if CARD in found:
            card = Path(hf_hub_download(repo_id, CARD, revision=revision, token=token)).read_text(encoding="utf-8")
            found -= {CARD} if any(mark in card for mark in EMPTY_CARDS) else set()
        return found
    except (OSError, ValueError):
        return set()  # whatever is wrong, the upload meets it again and says so


def pushed_files(folder: Path, source: Path | None, there: set[str], name: str, tags: Sequence[str]) -> list[HubFile]:
    """What was saved in ``folder``; what the repository lacks of the source's; and a card if there is none."""
    kind = checkpoint_kind(folder)
    if kind is not None and source is not None:  # a processor alone is no reason to send somebody's model along
        for path in allowed_files(source, [each for each in kind.files if each not in (*WEIGHTS, *ABOUT)]):
            if path not in there and not (folder / path).exists():
                (folder / path).parent.mkdir(exist_ok=True)
                shutil.copyfile(source / path, folder / path)
    if CARD not in there:
        card = _processor_card(name, source) if kind is None else _card(kind, folder, source, name, tags)
        (folder / CARD).write_text(card, encoding="utf-8")
    return [HubFile(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]


def _card(kind: CheckpointKind, folder: Path, source: Path | None, name: str, tags: Sequence[str]) -> str:
    facts = CardFacts(licence=source_licence(source), tags=tags)
    if source is not None:
        facts.training = f"Saved from a model that was loaded from `{source.name}`."
    try:
        return checkpoint_card(kind, folder, name, facts)
    except TemplatesMissing:  # this is remote code
        if source is None or not (source / CARD).is_file():
            raise
        return (source / CARD).read_text(encoding="utf-8")


def _processor_card(name: str, source: Path | None) -> str:
    data = ModelCardData(library_name="transformers", tags=["being-m0"], **source_licence(source).card_fields())
    return f"---\n{data.to_yaml()}\n---\n\n# {name}\n\nThe processor of a Being-M0 model. {EMPTY_CARDS[1]}\n"


def source_licence(folder: Path | None) -> Licence:
    """The licence that the card in a folder names."""
    card = folder / CARD if folder is not None else None
    if card is None or not card.is_file():
        return UNKNOWN
    try:
        data = ModelCard.load(card).data
    except ValueError:
        return UNKNOWN
    return licence_of(data.license_name or data.license or "")
