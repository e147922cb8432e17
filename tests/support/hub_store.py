"""What a local Hub holds: repositories with commits, large files by their sha256, and people with tokens."""

import hashlib
from dataclasses import dataclass, field

#: As on the Hub: larger files, and these kinds whatever their size, are kept as large files (LFS).
LARGE_FROM_BYTES = 200_000
LARGE_SUFFIXES = (".safetensors", ".parquet", ".npz", ".png", ".glb")
MAIN = "main"


@dataclass(frozen=True)
class StoredFile:
    """One file of one commit.

    Args:
        content: its bytes.
        large: whether it is kept as a large file, and served through a redirect.
    """

    content: bytes
    large: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def git_oid(self) -> str:
        """Git's name of the blob: of the content, or of the pointer that stands for a large file."""
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.content)}\n"
        blob = pointer.encode() if self.large else self.content
        return hashlib.sha1(b"blob %d\0" % len(blob) + blob).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.git_oid


@dataclass
class Repository:
    """Commits of one repository, oldest first; a revision is a branch or the whole name of a commit."""

    private: bool = False
    details: dict = field(default_factory=dict)
    commits: dict[str, dict[str, StoredFile]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commit(MAIN, {}, "initial commit")

    def files(self, revision: str = MAIN) -> dict[str, StoredFile]:
        """Path -> file. Raises KeyError for an unknown revision."""
        return self.commits[self.sha(revision)]

    def sha(self, revision: str = MAIN) -> str:
        """Name of the commit. Raises KeyError for an unknown revision."""
        return revision if revision in self.commits else self.branches[revision]

    def commit(self, branch: str, files: dict[str, StoredFile], message: str) -> str:
        """Put a new commit on a branch; returns its name."""
        parent = self.branches.get(branch, "")
        listing = "".join(f"{path} {file.git_oid}\n" for path, file in sorted(files.items()))
        sha = hashlib.sha1(f"{parent}\n{message}\n{len(self.commits)}\n{listing}".encode()).hexdigest()
        self.commits[sha], self.branches[branch], self.messages[sha] = dict(files), sha, message
        return sha


@dataclass
class HubStore:
    """Everything the server knows.

    Args:
        people: token -> the namespaces it may write to, the person's own first.
        readers: tokens of ``people`` that may only read.
        repositories: (kind, "owner/name") -> repository; the kind is "model", "dataset" or "space".
        large_files: sha256 -> content.
        parts: sha256 -> number -> content, of large files that are on their way.
    """

    people: dict[str, list[str]] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)
    repositories: dict[tuple[str, str], Repository] = field(default_factory=dict)
    large_files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def may_write(self, token: str, repo_id: str) -> bool:
        return repo_id.split("/")[0] in self.people.get(token, []) and token not in self.readers

    def may_read(self, token: str, repository: Repository, repo_id: str) -> bool:
        return not repository.private or repo_id.split("/")[0] in self.people.get(token, [])

    @staticmethod
    def is_large(path: str, size: int) -> bool:
        return size > 0 and (size > LARGE_FROM_BYTES or path.endswith(LARGE_SUFFIXES))
