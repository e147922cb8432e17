"""The side of the local Hub that writes: people, repositories, cards, uploads, commits."""

import base64
import json
import re

import yaml
from hub_answers import Answers, HubError
from hub_store import MAIN, Repository, StoredFile

#: Larger files go up in parts of this size.
PART_BYTES = 5_000_000


class UploadAnswers(Answers):
    """Whoever writes needs a token that may."""

    def who_am_i(self) -> None:
        if self.token not in self.store.people:
            raise HubError(401, message="Invalid credentials in Authorization header")
        name, *organizations = self.store.people[self.token]
        role = "read" if self.token in self.store.readers else "write"
        groups = [{"name": group} for group in organizations]
        token = {"accessToken": {"displayName": "test", "role": role}}
        self.send_json({"type": "user", "name": name, "orgs": groups, "auth": token})

    def create_repository(self) -> None:
        asked = json.loads(self.content)
        if self.token not in self.store.people:
            raise HubError(401, message="Invalid username or password.")
        owner = asked["organization"] or self.store.people[self.token][0]
        kind, repo_id = asked.get("type") or "model", f"{owner}/{asked['name']}"
        if not self.store.may_write(self.token, repo_id):
            raise HubError(403, message=f"You don't have the rights to create a {kind} under the namespace {owner}")
        url = f"{self.url}/{'' if kind == 'model' else kind + 's/'}{repo_id}"
        if (kind, repo_id) in self.store.repositories:
            raise HubError(409, message=f"You already created this {kind} repo", url=url)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        details = {"sdk": asked["sdk"]} if "sdk" in asked else {}
        self.store.repositories[kind, repo_id] = Repository(private, details)
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

    def preupload(self, kind: str, id: str, revision: str) -> None:
        files = self.at(self.to_write(kind, id), revision)
        answer = []
        for asked in json.loads(self.content)["files"]:
            mode = "lfs" if self.store.is_large(asked["path"], asked["size"]) else "regular"
            known = {"oid": files[asked["path"]].etag} if asked["path"] in files else {}
            answer.append({"path": asked["path"], "uploadMode": mode, "shouldIgnore": False} | known)
        self.send_json({"files": answer})

    def large_file_batch(self, id: str, kind: str = "model") -> None:
        self.to_write(kind, id)
        objects = []
        for asked in json.loads(self.content)["objects"]:
            oid, size, href = asked["oid"], asked["size"], f"{self.url}/lfs/{asked['oid']}"
            answer = {"oid": oid, "size": size}
            if oid not in self.store.large_files:
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
            self.store.parts.setdefault(oid, {})[int(self.query["part"][0])] = self.content
        else:
            self.keep_large_file(oid, self.content)
        self.send_bytes(b"", headers={"ETag": f'"{len(self.content)}"'})

    def complete_large_file(self, oid: str) -> None:
        parts = self.store.parts.pop(oid, {})
        self.keep_large_file(oid, b"".join(parts[number] for number in sorted(parts)))
        self.send_json({})

    def keep_large_file(self, oid: str, content: bytes) -> None:
        if StoredFile(content).sha256 != oid:
            raise HubError(400, message="the content is not that of the oid")
        self.store.large_files[oid] = content

    def verify_large_file(self, oid: str) -> None:
        if len(self.store.large_files.get(oid, b"")) != json.loads(self.content)["size"]:
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
                if value["oid"] not in self.store.large_files:
                    raise HubError(400, message=f"the large file of {value['path']} was not uploaded")
                files[value["path"]] = StoredFile(self.store.large_files[value["oid"]], large=True)
            elif key == "deletedFile":
                if files.pop(value["path"], None) is None:
                    raise HubError(404, "EntryNotFound", "A file with this name doesn't exist")
        if parent is not None and parent != repository.sha(revision):
            raise HubError(412, message="A commit has happened since. Please refresh and try again.")
        sha = repository.commit(revision, files, message)
        self.send_json({"success": True, "commitOid": sha, "commitUrl": f"{self.url}/{id}/commit/{sha}"})
