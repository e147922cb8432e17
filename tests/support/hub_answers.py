"""What every answer of the local Hub needs: its errors, who may do what, and sending."""

import json
import re
from http.server import BaseHTTPRequestHandler

from hub_store import HubStore, Repository, StoredFile


class HubError(Exception):
    """An answer that is no success; the code is the one by which huggingface_hub tells errors apart."""

    def __init__(self, status: int, code: str = "", message: str = "", **body):
        self.status, self.body = status, {"error": message or code} | body
        self.headers = {"X-Error-Message": message or code} | ({"X-Error-Code": code} if code else {})


class Answers(BaseHTTPRequestHandler):
    """One request, with its body in ``content``, its ``query`` and its ``token``."""

    store: HubStore
    url: str
    content: bytes
    query: dict[str, list[str]]
    token: str
    protocol_version = "HTTP/1.1"

    def to_read(self, kind: str, repo_id: str) -> Repository:
        repository = self.store.repositories.get((kind, repo_id))
        if repository is None or not self.store.may_read(self.token, repository, repo_id):
            raise HubError(404 if self.token else 401, "RepoNotFound", "Repository not found")
        return repository

    def to_write(self, kind: str, repo_id: str) -> Repository:
        repository = self.to_read(kind, repo_id)
        if not self.token:
            raise HubError(401, message="Invalid username or password.")
        if not self.store.may_write(self.token, repo_id):
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
