"""Settings of every trainer: no value that nothing can be done with, no type but the declared one, one line each."""

import dataclasses
import math
from typing import get_origin

import pytest

from being_m0_hf.trainers.evaluator import EvaluatorSettings
from being_m0_hf.trainers.finetune.settings import FinetuneSettings
from being_m0_hf.trainers.hard_negatives import HardNegativeSettings
from being_m0_hf.trainers.language_model import LanguageModelSettings
from being_m0_hf.trainers.motion_tokenizer import TokenizerSettings
from being_m0_hf.trainers.residual_levels import FitSettings
from being_m0_hf.trainers.run.allowed_values import SettingsError
from being_m0_hf.trainers.run.settings import LoopSettings, read_settings
from training.studies.run_ablations import AblationSettings
from training.studies.study_tokenizers import StudySettings

KINDS = (
    LoopSettings, TokenizerSettings, LanguageModelSettings, EvaluatorSettings, HardNegativeSettings, FitSettings,
    StudySettings, AblationSettings, FinetuneSettings,
)  # fmt: skip
FIELDS = [(kind, field) for kind in KINDS for field in dataclasses.fields(kind)]
#: For each type, values that no setting of that type may have, and values of other types.
NEVER = {
    int: (-1, 10**400, math.nan, 1.5, True, "3", None, [1]),
    float: (-1.0, math.nan, math.inf, -math.inf, 10**400, True, "fast", None, [0.1]),
    bool: (0, 1, "yes", None),
    str: (3, None, True, ["a"], "a\0b", "a\nb", "\ud800"),
    list: ((), "a", None, 3, [None], [[1]]),
    dict: ([], "a", None, 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_hold(kind):
    needed = {"data": "recordings"} if kind is FinetuneSettings else {}
    assert kind(**needed) == kind(**vars(kind(**needed)))


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=[f"{kind.__name__}-{field.name}" for kind, field in FIELDS])
def test_each_setting_refuses_what_cannot_be(kind, field):
    for value in NEVER[get_origin(field.type) or field.type]:
        if value == -1 and getattr(field.metadata.get("allowed"), "lowest", None) == -1:
            continue  # where it stands for all of them
        with pytest.raises(SettingsError) as raised:
            kind(**({"data": "recordings"} if kind is FinetuneSettings else {}) | {field.name: value})
        text = str(raised.value)
        assert text.startswith(f"{field.name} is ") and "expected" in text and "\n" not in text and len(text) < 300


@pytest.mark.parametrize(
    "word",
    [
        "optimizer=evil", "gradient_accumulation_steps=0", "steps=-1", "steps=0", "batch_size=0",
        "learning_rate=.nan", "log_every=0", "checkpoint_every=0", "seed=-1", "seed=99999999999",
        "mixed_precision=fp4", "schedule=steep", "log_with=printer", "steps={a: 1}", "steps=[1]", "1=2",
        "output_dir=''", "steps=2026-99-99",
    ],
)  # fmt: skip
def test_the_command_line_refuses_them_in_one_line(word, tmp_path, capsys):
    (tmp_path / "run.yaml").write_text("steps: 7\n")
    with pytest.raises(SystemExit) as raised:
        read_settings(LanguageModelSettings, "what it does", ["--config", str(tmp_path / "run.yaml"), word])
    error = capsys.readouterr().err
    assert raised.value.code == 2 and len(error.splitlines()) == 1 and word.partition("=")[0] in error


@pytest.mark.parametrize("content", [b"- 1\n", b"steps", b"\xff\xfe", b"steps: 1\nsteps: 2\n", b"{", b"steps: *a"])
def test_a_file_of_another_kind_is_one_line_that_names_it(content, tmp_path, capsys):
    (tmp_path / "run.yaml").write_bytes(content)
    with pytest.raises(SystemExit):
        read_settings(LoopSettings, "what it does", ["--config", str(tmp_path / "run.yaml")])
    error = capsys.readouterr().err
    assert "run.yaml" in error and len(error.splitlines()) == 1
