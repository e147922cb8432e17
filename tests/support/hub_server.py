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

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from hub_store import MAIN, HubStore, Repository, StoredFile

#: Of the person that tests push as.
TOKEN = "hf_" + "annsOwnToken" * 3
#: Larger files go up in parts of this size.
PART_BYTES = 5_000_000
TREE_PAGE = 1000
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


class HubError(Exception):
    """An answer that is no success; the code is the one by which huggingface_hub tells errors apart."""

    def __init__(self, status: int, code: str = "", message: str = "", **body):
        self.status, self.body = status, {"error": message or code} | body
        self.headers = {"X-Error-Message": message or code} | ({"X-Error-Code": code} if code else {})


class LocalHub:
    """The server. ``store`` is what it holds, ``requests`` every (method, path, token) it was asked, in order."""

    def __init__(self) -> None:
        self.store = HubStore()
        self.requests: list[tuple[str, str, str]] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self.parts: dict[str, dict[int, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (HubHandler,), {"hub": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.store_url = self.url.replace("127.0.0.1", "localhost")  # large files come from another host

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


class HubHandler(BaseHTTPRequestHandler):
    """Answers one request; `ROUTES` says which method of this class for which path."""

    hub: LocalHub
    protocol_version = "HTTP/1.1"

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

    # people and repositories

    def who_am_i(self) -> None:
        if self.token not in self.hub.store.people:
            raise HubError(401, message="Invalid credentials in Authorization header")
        name, *organizations = self.hub.store.people[self.token]
        role = "read" if self.token in self.hub.store.readers else "write"
        groups = [{"name": group} for group in organizations]
        token = {"accessToken": {"displayName": "test", "role": role}}
        self.send_json({"type": "user", "name": name, "orgs": groups, "auth": token})

    def create_repository(self) -> None:
        asked = json.loads(self.content)
        if self.token not in self.hub.store.people:
            raise HubError(401, message="Invalid username or password.")
        owner = asked["organization"] or self.hub.store.people[self.token][0]
        kind, repo_id = asked.get("type") or "model", f"{owner}/{asked['name']}"
        if not self.hub.store.may_write(self.token, repo_id):
            raise HubError(403, message=f"You don't have the rights to create a {kind} under the namespace {owner}")
        url = f"{self.hub.url}/{'' if kind == 'model' else kind + 's/'}{repo_id}"
        if (kind, repo_id) in self.hub.store.repositories:
            raise HubError(409, message=f"You already created this {kind} repo", url=url)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        details = {"sdk": asked["sdk"]} if "sdk" in asked else {}
        self.hub.store.repositories[kind, repo_id] = Repository(private, details)
        self.send_json({"url": url, "name": repo_id})

    def create_branch(self, kind: str, id: str, revision: str) -> None:
        repository = self.to_write(kind, id)
        if revision in repository.branches:
            raise HubError(409, message="Reference already exists")
        start = json.loads(self.content or b"{}").get("startingPoint") or MAIN
        repository.branches[revision] = repository.sha(start)
        self.send_json({})

    def validate_yaml(self) -> None:
        """Of the Hub's checks: the block must be there and be YAML, and names of licences and data sets well formed."""
        text = json.loads(self.content)["content"]
        block = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
        if block is None:
            self.send_json({"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
            return
        try:
            data = yaml.safe_load(block[1])
        except yaml.YAMLError as error:
            raise HubError(400, message="bad YAML", errors=[{"message": str(error)}], warnings=[]) from None
        wrong = []
        for key, names in (("datasets", data.get("datasets")), ("base_model", data.get("base_model"))):
            for name in [names] if isinstance(names, str) else names or []:
                if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
                    wrong.append({"message": f'"{key}" with value "{name}" is not valid'})
        if data.get("license") == "other" and not data.get("license_name"):
            wrong.append({"message": '"license_name" is required when "license" is "other"'})
        if wrong:
            raise HubError(400, message="invalid metadata", errors=wrong, warnings=[])
        self.send_json({"errors": [], "warnings": []})

    # uploads

    def preupload(self, kind: str, id: str, revision: str) -> None:
        files = self.at(self.to_write(kind, id), revision)
        answer = []
        for asked in json.loads(self.content)["files"]:
            mode = "lfs" if self.hub.store.is_large(asked["path"], asked["size"]) else "regular"
            known = {"oid": files[asked["path"]].etag} if asked["path"] in files else {}
            answer.append({"path": asked["path"], "uploadMode": mode, "shouldIgnore": False} | known)
        self.send_json({"files": answer})

    def large_file_batch(self, id: str, kind: str = "model") -> None:
        self.to_write(kind, id)
        objects = []
        for asked in json.loads(self.content)["objects"]:
            oid, size, href = asked["oid"], asked["size"], f"{self.hub.url}/lfs/{asked['oid']}"
            answer = {"oid": oid, "size": size}
            if oid not in self.hub.store.large_files:
                upload = {"href": href}
                if size > PART_BYTES:
                    count = -(-size // PART_BYTES)
                    parts = {str(number): f"{href}?part={number}" for number in range(1, count + 1)}
                    upload = {"href": f"{href}/complete", "header": {"chunk_size": str(PART_BYTES)} | parts}
                answer["actions"] = {"upload": upload, "verify": {"href": f"{href}/verify"}}
            objects.append(answer)
        self.send_json({"transfer": "basic", "objects": objects})

    def receive_large_file(self, oid: str) -> None:
        if "part" in self.query:
            self.hub.parts.setdefault(oid, {})[int(self.query["part"][0])] = self.content
        else:
            self.keep_large_file(oid, self.content)
        self.send_bytes(b"", headers={"ETag": f'"{len(self.content)}"'})

    def complete_large_file(self, oid: str) -> None:
        parts = self.hub.parts.pop(oid, {})
        self.keep_large_file(oid, b"".join(parts[number] for number in sorted(parts)))
        self.send_json({})

    def keep_large_file(self, oid: str, content: bytes) -> None:
        if StoredFile(content).sha256 != oid:
            raise HubError(400, message="the content is not that of the oid")
        self.hub.store.large_files[oid] = content

    def verify_large_file(self, oid: str) -> None:
        if len(self.hub.store.large_files.get(oid, b"")) != json.loads(self.content)["size"]:
            raise HubError(404, message="no such large file")
        self.send_json({})

    def commit(self, kind: str, id: str, revision: str) -> None:
        repository = self.to_write(kind, id)
        files, message, parent = dict(self.at(repository, revision)), "", None
        for line in self.content.splitlines():
            entry = json.loads(line)
            key, value = entry["key"], entry["value"]
            if key == "header":
                message, parent = value["summary"], value.get("parentCommit")
            elif key == "file":
                files[value["path"]] = StoredFile(base64.b64decode(value["content"]))
            elif key == "lfsFile":
                if value["oid"] not in self.hub.store.large_files:
                    raise HubError(400, message=f"the large file of {value['path']} was not uploaded")
                files[value["path"]] = StoredFile(self.hub.store.large_files[value["oid"]], large=True)
            elif key == "deletedFile":
                if files.pop(value["path"], None) is None:
                    raise HubError(404, "EntryNotFound", "A file with this name doesn't exist")
        if parent is not None and parent != repository.sha(revision):
            raise HubError(412, message="A commit has happened since. Please refresh and try again.")
        sha = repository.commit(revision, files, message)
        self.send_json({"success": True, "commitOid": sha, "commitUrl": f"{self.hub.url}/{id}/commit/{sha}"})

    # looking and downloading

    def information(self, kind: str, id: str, revision: str = MAIN) -> None:
        repository = self.to_read(kind, id)
        files = self.at(repository, revision)
        names = [{"rfilename": path} for path in sorted(files)]
        answer = {"_id": id, "id": id, "modelId": id, "sha": repository.sha(revision), "private": repository.private}
        answer |= {"siblings": names, "tags": [], "downloads": 0, "likes": 0, "disabled": False, "gated": False}
        self.send_json(answer | repository.details)

    def refs(self, kind: str, id: str) -> None:
        branches = self.to_read(kind, id).branches.items()
        found = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": sha} for name, sha in branches]
        self.send_json({"branches": found, "tags": [], "converts": []})

    def tree(self, kind: str, id: str, revision: str, folder: str = "") -> None:
        files = self.at(self.to_read(kind, id), revision)
        below = f"{folder}/" if folder else ""
        inside = {path: file for path, file in files.items() if path.startswith(below)}
        if folder and not inside:
            raise HubError(404, "EntryNotFound", f"{folder} does not exist on {revision}")
        rows, folders = [], set()
        deep = self.query.get("recursive", ["false"])[0].lower() == "true"
        for path, file in sorted(inside.items()):
            steps = path.removeprefix(below).split("/")
            folders |= {
                below + "/".join(steps[:depth]) for depth in range(1, len(steps) if deep else min(2, len(steps)))
            }
            if deep or len(steps) == 1:
                rows.append(described(path, file))
        rows = [{"type": "directory", "path": name, "size": 0, "oid": "0" * 40} for name in sorted(folders)] + rows
        start = int(self.query.get("cursor", ["0"])[0])
        headers = {}
        if start + TREE_PAGE < len(rows):
            address = self.path.split("?")[0]
            following = f"{self.hub.url}{address}?recursive={deep}&cursor={start + TREE_PAGE}"
            headers["Link"] = f'<{following}>; rel="next"'
        self.send_json(rows[start : start + TREE_PAGE], headers=headers)

    def paths_information(self, kind: str, id: str, revision: str) -> None:
        files = self.at(self.to_read(kind, id), revision)
        rows = []
        for path in parse_qs(self.content.decode())["paths"]:
            path = path.strip("/")
            if path in files:
                rows.append(described(path, files[path]))
            elif any(name.startswith(f"{path}/") for name in files):
                rows.append({"type": "directory", "path": path, "size": 0, "oid": "0" * 40})
        self.send_json(rows)

    def download(self, id: str, revision: str, path: str, kind: str = "model") -> None:
        repository = self.to_read(kind, id)
        files = self.at(repository, revision)
        about = {"X-Repo-Commit": repository.sha(revision), "Accept-Ranges": "bytes"}
        if path not in files:
            error = HubError(404, "EntryNotFound", "Entry not found")
            error.headers |= about
            raise error
        file = files[path]
        about["ETag"] = f'"{file.etag}"'
        if file.large:
            about |= {"X-Linked-ETag": f'"{file.sha256}"', "X-Linked-Size": str(len(file.content))}
            self.send_bytes(b"", 302, about | {"Location": f"{self.hub.store_url}/store/{file.sha256}"})
        else:
            self.send_range(file.content, about)

    def from_the_store(self, oid: str) -> None:
        if self.token:
            raise HubError(400, message="a token must not go to the store")
        self.send_range(self.hub.store.large_files[oid], {"ETag": f'"{oid}"'})

    # rights, and answers

    def to_read(self, kind: str, repo_id: str) -> Repository:
        repository = self.hub.store.repositories.get((kind, repo_id))
        if repository is None or not self.hub.store.may_read(self.token, repository, repo_id):
            raise HubError(404 if self.token else 401, "RepoNotFound", "Repository not found")
        return repository

    def to_write(self, kind: str, repo_id: str) -> Repository:
        repository = self.to_read(kind, repo_id)
        if not self.token:
            raise HubError(401, message="Invalid username or password.")
        if not self.hub.store.may_write(self.token, repo_id):
            raise HubError(403, message=f"You don't have the rights to write to {repo_id}")
        return repository

    def at(self, repository: Repository, revision: str) -> dict[str, StoredFile]:
        try:
            return repository.files(revision)
        except KeyError:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}") from None

    def send_json(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_bytes(json.dumps(body).encode(), status, {"Content-Type": "application/json"} | (headers or {}))

    def send_range(self, content: bytes, headers: dict[str, str]) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked is None:
            self.send_bytes(content, 200, headers)
            return
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        headers = headers | {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        self.send_bytes(content[first : last + 1], 206, headers)

    def send_bytes(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        pass


def described(path: str, file: StoredFile) -> dict:
    """A file as trees and paths list it."""
    row = {"type": "file", "path": path, "size": len(file.content), "oid": file.git_oid}
    large = {"lfs": {"oid": file.sha256, "size": len(file.content), "pointerSize": 130}}
    return row | large if file.large else row


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
