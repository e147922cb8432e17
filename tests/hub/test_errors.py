"""What can go wrong between a folder and the Hub is one line that says what to do, and never shows a token."""

import shutil

import huggingface_hub.constants
import pytest
from hub_server import TOKEN
from tiny_models import tiny_motion_tokenizer

from being_m0_hf.cli.main import main

READER = "hf_" + "mayOnlyRead" * 3
STRANGER = "hf_" + "nobodyKnowsMe" * 3


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "codes"
    tiny_motion_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def refused(capsys):
    """Push, expect a refusal, and return its one line."""

    def run(*words):
        assert main(["push", *map(str, words)]) == 2
        printed = capsys.readouterr()
        assert not any(token in printed.out + printed.err for token in (TOKEN, READER, STRANGER))
        *progress, line = printed.err.strip().splitlines()
        assert line.startswith("being-m0: ") and all("Sending" in each for each in progress)
        return line

    return run


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("codes", "not owner/name, for example your-name/codes"),
        ("ann/", "not owner/name"),
        ("ann/codes/2", "not owner/name"),
        ("ann/my codes", "is no name on the Hub"),
        ("ann/--codes", "is no name on the Hub"),
        ("https://huggingface.co/ann/codes", "not owner/name"),
    ],
)
def test_names(hub, refused, tokenizer_folder, name, said):
    assert said in refused(tokenizer_folder, name)
    assert not hub.requests


def test_no_such_folder(hub, refused, tmp_path):
    assert "there is no folder" in refused(tmp_path / "nowhere", "ann/codes")


def test_folders_that_are_nothing(hub, refused, tmp_path):
    assert "nothing that can be pushed" in refused(tmp_path, "ann/codes")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    assert "nothing that can be pushed" in refused(tmp_path, "ann/codes")
    (tmp_path / "config.json").write_text("{")
    assert "config.json: not JSON" in refused(tmp_path, "ann/codes")


def test_half_a_checkpoint(hub, refused, tokenizer_folder, tmp_path):
    shutil.copy(tokenizer_folder / "config.json", tmp_path)
    assert "is no whole tokenizer: it has no model.safetensors" in refused(tmp_path, "ann/codes")


def test_nobody_is_logged_in(hub, refused, tokenizer_folder, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    assert "run `hf auth login`" in refused(tokenizer_folder, "ann/codes")
    assert not hub.requests


@pytest.mark.parametrize(
    ("token", "name", "said"),
    [
        (TOKEN, "ben/codes", "may not write there"),
        (READER, "ann/codes", "may not write there"),
        (STRANGER, "ann/codes", "does not know this token"),
    ],
)
def test_rights(hub, refused, tokenizer_folder, monkeypatch, token, name, said):
    hub.add_person("ann", READER, reads_only=True)
    monkeypatch.setenv("HF_TOKEN", token)
    assert said in refused(tokenizer_folder, name)


@pytest.mark.parametrize(
    ("status", "part", "said"),
    [
        (0, "/repos/create", "the Hub cannot be reached"),
        (0, "/commit/", "the Hub cannot be reached"),
        (409, "/commit/", "changed meanwhile"),
        (412, "/commit/", "changed meanwhile"),
        (429, "/commit/", "takes no more requests for now"),
        (500, "/commit/", "a fault of its own (500)"),
        (404, "/commit/", "check the name"),
    ],
)
def test_what_fails_goes_on_with_the_same_command(hub, refused, tokenizer_folder, capsys, status, part, said):
    hub.fail("POST", part, status)
    line = refused(tokenizer_folder, "ann/codes")
    assert said in line and (status == 404 or "the same command again" in line)
    with hub.asked() as asked:
        assert main(["push", str(tokenizer_folder), "ann/codes"]) == 0
    sent_again = [path for method, path, _ in asked if method == "PUT"]
    assert len(sent_again) == (0 if part == "/commit/" else 1)  # what had arrived is not sent twice
    assert "model.safetensors" in hub.files("ann/codes")


def test_the_network_is_gone(hub, refused, tokenizer_folder, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "the Hub cannot be reached" in refused(tokenizer_folder, "ann/codes")


def test_an_upload_that_the_store_refuses(hub, refused, tokenizer_folder):
    hub.fail("PUT", "/lfs/", 403)
    assert "may not write" in refused(tokenizer_folder, "ann/codes")
    assert main(["push", str(tokenizer_folder), "ann/codes"]) == 0


@pytest.mark.slow
def test_a_short_fault_is_not_noticed(hub, tokenizer_folder):
    hub.fail("POST", "/preupload/", 503)
    assert main(["push", str(tokenizer_folder), "ann/codes"]) == 0


@pytest.mark.slow
def test_private_is_private(hub, refused, tokenizer_folder):
    assert main(["push", str(tokenizer_folder), "ann/codes", "--private"]) == 0
    assert hub.repository("ann/codes").private
    assert main(["push", str(tokenizer_folder), "ann/open"]) == 0
    before = hub.repository("ann/open").sha()
    assert "there already and public" in refused(tokenizer_folder, "ann/open", "--private")
    assert hub.repository("ann/open").sha() == before


def test_a_card_that_the_hub_does_not_take(hub, refused, tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "codes")
    (folder / "README.md").write_text("---\nlicense: other\n---\n# codes\n")
    assert "license_name" in refused(folder, "ann/codes")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "Trained in /home/ann/runs/codes.\n"),
        ("README.md", f"Load it with {READER}\n"),
        ("README.md", r"Trained in C:\Users\ann\runs"),
        ("LICENSE", "see /tmp/licence.txt"),
        (".eval_results/checks.yaml", "- source: /Users/ann/report"),
    ],
)
def test_texts_that_tell_of_this_machine_stay(hub, refused, tokenizer_folder, tmp_path, name, text):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "codes")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    line = refused(folder, "ann/codes")
    assert f"{name} must not leave this machine" in line
    assert not hub.requests


def test_the_folders_own_place_is_a_trace(hub, refused, tokenizer_folder, tmp_path):
    folder = shutil.copytree(tokenizer_folder, tmp_path / "codes")
    (folder / "README.md").write_text(f"See {tmp_path}/other.\n")
    assert "must not leave" in refused(folder, "ann/codes")
