"""The side of the local Hub that reads: information, trees, downloads with their redirects."""

from urllib.parse import parse_qs

from hub_answers import Answers, HubError
from hub_store import MAIN, StoredFile

TREE_PAGE = 1000


class DownloadAnswers(Answers):
    """Public repositories are for everybody."""

    store_url: str

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
            following = f"{self.url}{address}?recursive={deep}&cursor={start + TREE_PAGE}"
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
            self.send_bytes(b"", 302, about | {"Location": f"{self.store_url}/store/{file.sha256}"})
        else:
            self.send_range(file.content, about)

    def from_the_store(self, oid: str) -> None:
        if self.token:
            raise HubError(400, message="a token must not go to the store")
        self.send_range(self.store.large_files[oid], {"ETag": f'"{oid}"'})


def described(path: str, file: StoredFile) -> dict:
    """A file as trees and paths list it."""
    row = {"type": "file", "path": path, "size": len(file.content), "oid": file.git_oid}
    large = {"lfs": {"oid": file.sha256, "size": len(file.content), "pointerSize": 130}}
    return row | large if file.large else row
