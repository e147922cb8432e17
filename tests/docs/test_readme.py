"""The README, docs and the cards say what is true: commands run, examples work, links lead somewhere."""

import re
import shlex
import shutil
import subprocess
from dataclasses import fields

import pytest
import yaml
from huggingface_hub import DatasetCard, ModelCard
from readme_commands import README, code_blocks, opening_commands
from scripts import run_script

from being_m0_hf.cli.main import build_parser
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.motionlib.schema import Clip, clip_to_row
from being_m0_hf.motionlib.shards import ShardWriter
from being_m0_hf.trainers.language_model import LanguageModelSettings
from being_m0_hf.trainers.motion_tokenizer import TokenizerSettings

ROOT = README.parent
CARDS = ROOT / "hub_cards"
TEXT = README.read_text(encoding="utf-8")
#: Every page that people read, by its path in the repository.
PAGES = {
    str(page.relative_to(ROOT)): page.read_text(encoding="utf-8")
    for page in (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
}
PYTHON_EXAMPLES = [(page, code) for page, text in PAGES.items() for code in code_blocks(text, "python")]
#: Their examples run, one after the other, with the model that ships; what stands on two pages runs once.
RUN = ("README.md", "docs/usage.md", "docs/evaluation.md")
#: Settings that every run has, whether its file names them or not.
SHARED_SETTINGS = {field.name for field in fields(LanguageModelSettings)} & {
    field.name for field in fields(TokenizerSettings)
}
#: What may stand between `command` and a new one on the same line.
SEPARATORS = ("&&", ";", "|")


def commands(program: str, text: str = "\n".join(PAGES.values())) -> list[list[str]]:
    """The words behind each call of a program in the shell blocks."""
    found = []
    for line in "\n".join(code_blocks(text, "bash")).splitlines():
        words = shlex.split(line)
        for index, word in enumerate(words):
            if word == program or word.endswith(f"/{program}"):
                rest = words[index + 1 :]
                end = next((place for place, other in enumerate(rest) if other in SEPARATORS), len(rest))
                found.append(rest[:end])
    return found


# --- the two commands


def test_the_first_command_sets_everything_up_and_writes_a_motion():
    command = opening_commands(TEXT)["generate"]
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -r requirements.txt -e . && ")
    assert commands("being-m0", f"```bash\n{command}\n```")[0][-2:] == ["-o", "wave.glb"]


def test_the_second_command_starts_a_script_that_is_there():
    shell, script = shlex.split(opening_commands(TEXT)["test"])
    assert shell == "bash"
    subprocess.run([shell, "-n", ROOT / script], check=True)


@pytest.fixture
def ci_run(tmp_path):
    """``.ci/run`` in a folder of its own, with a README of its own and tools that note their calls."""
    for name in (".ci/run", "tests/readme_commands.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    def run(first: str, second: str, fails: str = "none") -> subprocess.CompletedProcess:
        for tool in ("ruff", "mypy"):
            path = tmp_path / ".venv" / "bin" / tool
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#!/bin/sh\necho {tool} "$@" >> calls\n[ "{tool} $*" != "{fails}" ]\n')
            path.chmod(0o755)
        blocks = "".join(f"```bash\n{command}\n```\n" for command in (first, second))
        (tmp_path / "README.md").write_text(f"# Title\n{blocks}```bash\nfalse\n```\n", encoding="utf-8")
        return subprocess.run([tmp_path / ".ci" / "run"], cwd=tmp_path.parent, capture_output=True, text=True)

    return run


def test_ci_runs_the_readme_s_own_commands(ci_run, tmp_path):
    result = ci_run("printf glTF > wave.glb; echo $CI > first", "cat first; echo 3 passed")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2:] == ["true", "3 passed"]
    assert (tmp_path / "calls").read_text().splitlines() == ["ruff check .", "ruff format --check .", "mypy"]


@pytest.mark.parametrize("check", ["ruff check .", "ruff format --check .", "mypy "])
def test_ci_fails_when_a_check_of_the_code_fails(check, ci_run, tmp_path):
    assert ci_run("printf glTF > wave.glb", "touch tested", fails=check).returncode != 0
    assert not (tmp_path / "tested").exists()


@pytest.mark.parametrize(
    "first, second",
    [
        ("false", "true"),
        ("true", "true"),
        ("echo nothing > wave.glb", "true"),
        ("printf glTF > wave.glb", "exit 5"),
    ],
)
def test_ci_fails_when_a_command_of_the_readme_fails(first, second, ci_run):
    assert ci_run(first, second).returncode != 0


# --- examples


@pytest.mark.parametrize(("page", "code"), PYTHON_EXAMPLES)
def test_python_examples_compile(page, code):
    compile(code, page, "exec")


@pytest.mark.slow
def test_the_python_examples_run_with_the_shipped_model(make_motion, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ShardWriter(tmp_path / "my-motions", "train") as writer:
        writer.append(clip_to_row(Clip("walk", make_motion(), "recordings")))
    names: dict = {"__name__": "__main__"}
    for code in dict.fromkeys(code for wanted in RUN for page, code in PYTHON_EXAMPLES if page == wanted):
        exec(compile(code, "example", "exec"), names)
        names["being_m0_hf"].save_motion(names["motion"].crop(0, 20), "walk.npz")
    assert (tmp_path / "wave.glb").read_bytes()[:4] == b"glTF"
    assert names["motion"].seconds == pytest.approx(4.0)
    assert next(iter(names["stream"]))["features"].shape[1] == names["decoded"].shape[1] == 135


def test_the_readme_can_be_read_at_once_and_docs_have_a_contents_page():
    assert len(TEXT.splitlines()) <= 160
    contents = PAGES["docs/README.md"]
    assert [page for page in PAGES if page.startswith("docs/") and f"({page[5:]})" not in contents] == [
        "docs/README.md"
    ]


def test_being_m0_commands_are_valid():
    calls = commands("being-m0")
    told = {"generate", "demo", "info", "data", "convert", "evaluate", "train", "finetune", "push"}
    assert {call[0] for call in calls} >= told
    for call in calls:
        build_parser().parse_args(call)


@pytest.mark.parametrize(
    "script",
    [
        "prepare_data.py",
        "train_tokenizer.py",
        "fit_residual_levels.py",
        "prepare_written.py",
        "prepare_reaches.py",
        "train_lm.py",
        "train_evaluator.py",
        "studies/run_ablations.py",
        "studies/study_tokenizers.py",
    ],
)
def test_training_commands_name_options_and_settings_that_exist(script, capsys):
    assert run_script(f"training/{script}", "--help") == 0
    help_text = capsys.readouterr().out
    calls = commands(script)
    assert calls
    for call in calls:
        config = ROOT / call[call.index("--config") + 1] if "--config" in call else None
        assert config is None or config.is_file()
        for word in call:
            if word.startswith("--"):
                assert word in help_text
            elif "=" in word:
                written = yaml.safe_load(config.read_text(encoding="utf-8"))
                assert word.partition("=")[0] in written.keys() | SHARED_SETTINGS


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths_lead_somewhere(page):
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]) if "://" not in link]
    folders = "being_m0_hf|training|hub_cards|space|tests|examples|docs"
    paths = [ROOT / path for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", PAGES[page])]
    local = [(ROOT / page).parent / link for link in links if link] + paths
    assert local or page == "CHANGELOG.md"
    assert [path for path in local if not path.exists()] == []


# --- cards


def test_the_model_card_states_the_licence_and_both_acknowledgements():
    card = ModelCard.load(SHIPPED_FOLDER / "being-m0-mini" / "README.md")
    assert card.data.license == "cc-by-nc-4.0"
    assert card.data.library_name == "transformers"
    words = " ".join(card.text.split())
    assert "created with funding from NSF EIA-0196217." in words
    assert "(c) 2022 Bandai Namco Research Inc., CC BY-NC 4.0; converted from BVH to 22 SMPL joints." in words


def test_the_data_card_names_licences_and_acknowledges_its_sources():
    card = DatasetCard.load(CARDS / "being-m0-motionlib.md")
    assert card.data.configs[0]["data_files"][0]["split"] == "train"
    words = " ".join(card.text.split())
    assert "created with funding from NSF EIA-0196217." in words
    assert "(c) 2022 Bandai Namco Research Inc." in words and "CC BY-NC 4.0" in words
