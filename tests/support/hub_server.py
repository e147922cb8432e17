"""A Hub on this machine, as huggingface_hub 2.4 speaks to one: a real server of the standard library, in a thread.

    with LocalHub() as hub:
        hub.add_person("ann", token="hf_ann")
        ...                                    # HF_ENDPOINT=hub.url for whoever shall talk to it
        hub.files("ann/my-model")              # path -> bytes, as they arrived
        hub.fail("PUT", "/lfs/", status=503)   # the next such request fails; status=0 drops the connection

Served are: who am I, creating repositories and branches, checking a card's YAML, preupload, the LFS batch with single
and multipart uploads and their verification, commits, information, trees (in pages), paths, refs, and downloads with
HEAD, ETag, redirects to a store that refuses tokens, and ranges; on top of it private repositories and tokens without
rights. Xet, the Hub's newer way to send large files, is a protocol of its own with a closed server: clients must have
HF_HUB_DISABLE_XET=1 where large files travel.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from hub_answers import HubError
from hub_downloads import DownloadAnswers
from hub_store import HubStore, Repository
from hub_uploads import UploadAnswers

#: Of the person that tests push as.
TOKEN = "hf_" + "annsOwnToken" * 3
_REPOSITORY = r"(?P<id>[\w.-]+/[\w.-]+)"
_API = rf"/api/(?P<kind>model|dataset|space)s/{_REPOSITORY}"
_FILES = rf"/(?:(?P<kind>dataset|space)s/)?{_REPOSITORY}"


@dataclass
class Fault:
    """What shall go wrong with requests whose path contains ``part``: ``status`` is answered, 0 hangs up."""

    method: str
    part: str
    status: int
    times: int
    headers: dict[str, str]


class LocalHub:
    """The server. ``store`` is what it holds, ``requests`` every (method, path, token) it was asked, in order."""

    def __init__(self) -> None:
        self.store = HubStore()
        self.requests: list[tuple[str, str, str]] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (HubHandler,), {"hub": self, "store": self.store})
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        handler = self._server.RequestHandlerClass
        handler.url = self.url
        handler.store_url = self.url.replace("127.0.0.1", "localhost")  # large files come from another host

    def __enter__(self) -> "LocalHub":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_person(self, name: str, token: str, organizations: tuple[str, ...] = (), reads_only: bool = False) -> None:
        """Somebody with an account, who writes to their own namespace and to those of their organizations."""
        self.store.people[token] = [name, *organizations]
        if reads_only:
            self.store.readers.add(token)

    def repository(self, repo_id: str, kind: str = "model") -> Repository:
        return self.store.repositories[kind, repo_id]

    def files(self, repo_id: str, kind: str = "model") -> dict[str, bytes]:
        """Path -> content on the main branch."""
        return {path: file.content for path, file in self.repository(repo_id, kind).files().items()}

    def fail(self, method: str, part: str, status: int, times: int = 1, **headers: str) -> None:
        """Let the next requests of this method whose path contains ``part`` fail; status 0 drops the connection."""
        self.faults.append(Fault(method, part, status, times, headers))

    @contextmanager
    def asked(self) -> Iterator[list[tuple[str, str, str]]]:
        """The requests made inside the block."""
        before, during = len(self.requests), []
        yield during
        during += self.requests[before:]


class HubHandler(UploadAnswers, DownloadAnswers):
    """Answers one request; `ROUTES` says which method of this class for which path."""

    hub: LocalHub

    def handle_any(self) -> None:
        self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        self.query = parse_qs(address.query)
        self.token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        with self.hub.lock:
            self.hub.requests.append((self.command, self.path, self.token))
            fault = self._fault()
            if fault is not None and fault.status == 0:
                self.close_connection = True
                self.connection.close()
                return
            try:
                if fault is not None:
                    raise HubError(fault.status, message="asked to fail")
                self._route(address.path)
            except HubError as error:
                self.send_json(error.body, error.status, error.headers | (fault.headers if fault else {}))

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def _fault(self) -> Fault | None:
        for fault in self.hub.faults:
            if fault.times and fault.method == self.command and fault.part in self.path:
                fault.times -= 1
                return fault
        return None

    def _route(self, path: str) -> None:
        for method, pattern, name in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and self.command in method:
                words = {key: unquote(value) for key, value in match.groupdict().items() if value is not None}
                getattr(self, name)(**words)
                return
        raise HubError(404, message=f"the local Hub has no {self.command} {path}")


#: Methods, path, and the method of `HubHandler` that answers.
ROUTES = (
    ("GET", "/api/whoami-v2", "who_am_i"),
    ("POST", "/api/repos/create", "create_repository"),
    ("POST", "/api/validate-yaml", "validate_yaml"),
    ("POST", rf"{_API}/branch/(?P<revision>.+)", "create_branch"),
    ("POST", rf"{_API}/preupload/(?P<revision>.+)", "preupload"),
    ("POST", rf"{_API}/commit/(?P<revision>.+)", "commit"),
    ("POST", rf"{_API}/paths-info/(?P<revision>.+)", "paths_information"),
    ("POST", rf"{_FILES}\.git/info/lfs/objects/batch", "large_file_batch"),
    ("PUT", r"/lfs/(?P<oid>\w{64})", "receive_large_file"),
    ("POST", r"/lfs/(?P<oid>\w{64})/complete", "complete_large_file"),
    ("POST", r"/lfs/(?P<oid>\w{64})/verify", "verify_large_file"),
    ("GET", rf"{_API}/refs", "refs"),
    ("GET", rf"{_API}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.+))?", "tree"),
    ("GET", rf"{_API}(?:/revision/(?P<revision>.+))?", "information"),
    ("HEAD GET", rf"{_FILES}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "download"),
    ("HEAD GET", r"/store/(?P<oid>\w{64})", "from_the_store"),
)
