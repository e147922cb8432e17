"""A Hub on this machine for every test of this folder, and folders to push."""

import huggingface_hub.constants
import pytest
from hub_server import TOKEN, LocalHub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The server; this process talks to it as ann, who is logged in, with an empty cache of its own."""
    with LocalHub() as server:
        server.add_person("ann", TOKEN, organizations=("studio",))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        for name, value in hub_constants(server, tmp_path).items():
            monkeypatch.setattr(huggingface_hub.constants, name, value)
        yield server


def hub_constants(server, folder):
    """What huggingface_hub reads from its environment when it is imported, which was long ago."""
    return {
        "ENDPOINT": server.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": server.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": str(folder / "cache"),
        "HF_TOKEN_PATH": str(folder / "no-token"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_OFFLINE": False,
    }
