"""One commit on the Hugging Face Hub from a list of files, and one line for whatever may go wrong.

What is there already is not sent again: a push that was interrupted goes on when the same command is given again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError

NO_TOKEN = (
    "there is no token of the Hugging Face Hub; run `hf auth login`, or set HF_TOKEN to one that may write "
    "(https://huggingface.co/settings/tokens)"
)
AGAIN = "run the same command again: it goes on where it stopped"


@dataclass(frozen=True)
class HubFile:
    """A file that goes up.

    Args:
        path: in the repository, with ``/`` between folders.
        content: a file on this machine, or the bytes themselves.
    """

    path: str
    content: Path | bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def read(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def upload_files(
    files: Sequence[HubFile],
    repo_id: str,
    repo_type: str = "model",
    private: bool | None = None,
    is_stale: Callable[[str], bool] = lambda path: False,
    message: str = "Upload with being-m0-hf",
    description: str | None = None,
    token: str | bool | None = None,
    revision: str | None = None,
    create_pr: bool = False,
) -> str:
    """Make the repository if it is not there, and put the files on it in one commit.

    Args:
        files: what goes up; nothing else does.
        repo_id: "owner/name"; "name" alone is one of the token's owner.
        repo_type: "model", "dataset" or "space".
        private: whether a new repository is; with True, one that is there already and public is left alone.
        is_stale: says of a path in the repository that is not among ``files`` whether it is one of an earlier push.
        message, description: of the commit.
        token: instead of the one of ``hf auth login``.
        revision: branch, made if it is not there.
        create_pr: open a pull request instead.

    Returns:
        The repository's address.

    Raises:
        PermissionError: no token, or one that may not write there.
        ValueError: the Hub does not take the card or the name, or the repository is public and should not be.
        ConnectionError: the network or the Hub failed.
    """
    if not isinstance(token, str) and get_token() is None:
        raise PermissionError(NO_TOKEN)
    hub = HfApi(token=token)
    with hub_errors(repo_id):
        sdk = "gradio" if repo_type == "space" else None
        place = hub.create_repo(repo_id, repo_type=repo_type, private=private or None, exist_ok=True, space_sdk=sdk)
        repo_id = place.repo_id
        there = hub.repo_info(repo_id, repo_type=repo_type)
        if private and not there.private:
            raise ValueError(
                f"{repo_id} is there already and public; make it private in its settings, or push to another name"
            )
        if revision is not None and not create_pr and not revision.startswith("refs/pr"):
            hub.create_branch(repo_id, repo_type=repo_type, branch=revision, exist_ok=True)
            there = hub.repo_info(repo_id, repo_type=repo_type, revision=revision)
        sent = {file.path for file in files}
        left = [
            one.rfilename
            for one in getattr(there, "siblings", None) or ()
            if one.rfilename not in sent and is_stale(one.rfilename)
        ]
        hub.create_commit(
            repo_id,
            [CommitOperationDelete(path) for path in left]
            + [CommitOperationAdd(one.path, one.content) for one in files],
            commit_message=message,
            commit_description=description,
            repo_type=repo_type,
            revision=revision,
            create_pr=create_pr,
        )
    return str(place)


@contextmanager
def hub_errors(repo_id: str) -> Iterator[None]:
    """What the Hub's library raises, as errors of Python with one line that says what to do."""
    try:
        yield
    except (KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:  # which HTTP library fails, and how, differs between versions of huggingface_hub
        raise _one_line(repo_id, error) from None


def _one_line(repo_id: str, error: Exception) -> Exception:
    answer: BaseException | None = error
    while answer is not None and not isinstance(answer, HfHubHTTPError):
        answer = answer.__cause__  # an upload that fails in a thread is wrapped once more
    if answer is None:
        if isinstance(error, ValueError):
            return error
        what = " ".join(f"{type(error).__name__}: {error.__cause__ or error}".split())
        return ConnectionError(f"{repo_id} could not be pushed, the Hub cannot be reached ({what}); {AGAIN}")
    status = answer.response.status_code if answer.response is not None else 0
    said = " ".join((answer.server_message or "").split())
    said = f" ({said})" if said else ""
    if status == 401:
        return PermissionError(f"{repo_id}: the Hub does not know this token{said}; run `hf auth login` again")
    if status in (402, 403):
        return PermissionError(
            f"{repo_id}: this token may not write there{said}; give a name of your own, or a token that may write"
        )
    if status == 404:
        return ValueError(f"{repo_id} is not on the Hub, or this token may not see it{said}; check the name")
    if status in (409, 412):
        return ConnectionError(f"{repo_id} changed meanwhile{said}; {AGAIN}")
    if status == 429:
        return ConnectionError(
            f"{repo_id}: the Hub takes no more requests for now{said}; wait some minutes, then {AGAIN}"
        )
    if status >= 500:
        return ConnectionError(f"{repo_id}: the Hub has a fault of its own ({status}); {AGAIN}")
    return ValueError(f"{repo_id} was not taken by the Hub: {status}{said}")
