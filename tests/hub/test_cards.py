"""Cards: valid, true to the run, executable, and those that ship are what their templates and facts give."""

import json
import re
import shutil

import pytest
import yaml
from huggingface_hub import EvalResult, ModelCard, SpaceCard, parse_eval_result_entries
from readme_commands import code_blocks
from tiny_models import (
    tiny_encoder,
    tiny_image_model,
    tiny_image_processor,
    tiny_model,
    tiny_motion_tokenizer,
    tiny_processor,
)

from being_m0_hf import MotionPipeline
from being_m0_hf.cli.main import main
from being_m0_hf.evaluation.report.pages import model_index
from being_m0_hf.hub.card_facts import trained_seconds
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.models.checkpoint_card import CardFacts, checkpoint_card
from being_m0_hf.models.checkpoint_files import ADAPTER, EVALUATOR, IMAGE_MODEL, LIFTER, MODEL, TOKENIZER
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.utils.card_templates import KINDS, template_folder
from being_m0_hf.utils.licences import data_licence, licence_of, licence_that_follows
from training.tools.write_cards import cards

CC_BY_NC = "CC BY-NC 4.0 (c) 2022 Bandai Namco Research Inc."
CMU = "CMU mocap: free for all uses, no direct resale"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A small one of each kind of checkpoint."""
    root = tmp_path_factory.mktemp("models")
    MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder()).save_pretrained(root / "model")
    tiny_motion_tokenizer().save_pretrained(root / "tokenizer")
    tiny_encoder().save_pretrained(root / "evaluator")
    lifter = HumMussConfig.named("hummuss", causal=True, hidden_size=8, num_blocks=1, state_size=4)
    HumMussForPoseLifting(lifter).save_pretrained(root / "lifter")
    tiny_image_model().save_pretrained(root / "image_model")
    tiny_image_processor().save_pretrained(root / "image_model")
    (root / "adapter").mkdir()
    (root / "adapter" / "adapter_config.json").write_text('{"base_model_name_or_path": "ann/base"}')
    return root


# --- templates


def test_every_kind_has_a_template():
    assert all((template_folder() / f"{kind}.md").is_file() for kind in KINDS)


@pytest.mark.parametrize(
    "kind", [MODEL, TOKENIZER, EVALUATOR, LIFTER, IMAGE_MODEL, ADAPTER], ids=lambda kind: kind.name
)
def test_a_card_with_nothing_known_and_one_with_everything(folders, kind):
    rows = [EvalResult("text-to-motion", "ann/data", "data", "fid", 0.5, dataset_split="val", metric_name="FID")]
    everything = CardFacts(
        "SUMMARY", licence_of(CC_BY_NC), "ann/base", ("ann/data",), rows, "a person bows", 3, "NOTE", "DATA",
        "TRAINING", "RESULTS", "", "CITATION", ("LIMIT",), {"steps": 7}, "153 s", "2 cores", "ENERGY", "bow", ("new",),
    )  # fmt: skip
    for facts in (CardFacts(), everything):
        text = checkpoint_card(kind, folders / kind.name, "ann/thing", facts)
        card = ModelCard(text)  # which parses the block, the model-index too
        assert "{{" not in text and "{%" not in text and "\n\n\n" not in text and " None" not in card.text
        assert card.data.library_name and card.data.pipeline_tag and "being-m0" in card.data.tags
    assert card.data.license == "cc-by-nc-4.0" and card.data.base_model == "ann/base"
    assert card.data.datasets == ["ann/data"] and card.data.eval_results == rows
    for words in ("SUMMARY", "DATA", "TRAINING", "RESULTS", "CITATION", "LIMIT", "| steps | 7 |", "153 s", "ENERGY"):
        assert words in card.text


def test_what_ships_is_what_template_and_facts_give():
    """python -m training.tools.write_cards writes them."""
    for path, text in cards().items():
        assert path.read_text(encoding="utf-8") == text


def test_figures_of_the_shipped_cards_stand_in_their_text():
    for name in ("being-m0-mini", "being-m0-evaluator"):
        card = ModelCard.load(SHIPPED_FOLDER / name / "README.md")
        assert card.data.eval_results and card.data.license == "cc-by-nc-4.0"
        results = card.text.split("## Results")[1].split("| figure | value |")[0]
        for row in card.data.eval_results:
            assert re.search(rf"(?<![\d.])({row.metric_value:g}|{round(100 * row.metric_value)} ?%)", results), row


def test_the_space_says_what_it_needs():
    data = SpaceCard(cards()[next(path for path in cards() if path.parent.name == "space")]).data
    assert data.sdk == "gradio" and data.app_file == "app.py" and data.license == "apache-2.0"


# --- licences


@pytest.mark.parametrize(
    ("sources", "licence"),
    [
        ([CMU], "apache-2.0"),
        ([CMU, CC_BY_NC], "cc-by-nc-4.0"),
        (["CC BY 4.0", "MIT"], "cc-by-4.0"),
        (["CC-BY-SA-4.0"], "cc-by-sa-4.0"),
        (["CC BY-NC 4.0", "CC BY-SA 4.0"], "cc-by-nc-sa-4.0"),
        (["Creative Commons Attribution Non-Commercial"], "cc-by-nc-4.0"),
        (["CC0 1.0"], "apache-2.0"),
        (["for research purposes only", "MIT"], "other"),
        (["MIT", ""], "unknown"),
        ([], "unknown"),
        (["whatever my friend says"], "unknown"),
    ],
)
def test_the_licence_of_weights_follows_from_the_data(sources, licence):
    assert licence_that_follows(sources).id == licence


def test_the_licence_of_data():
    assert data_licence([CC_BY_NC]).card_fields() == {"license": "cc-by-nc-4.0"}
    assert data_licence(["CC0 1.0"]).id == "cc0-1.0"
    assert data_licence([CC_BY_NC, CMU]).card_fields()["license_name"] == "licences-of-the-sources"
    assert data_licence([""]).id == "unknown" and data_licence([]).id == "other"


# --- from the run


def test_a_trained_folders_card_tells_how_it_was_trained(hub, folders, tmp_path, capsys):
    folder = shutil.copytree(folders / "tokenizer", tmp_path / "codes")
    rows = [
        {"step": 10, "kind": "train", "loss": 1.0, "seconds": 300.0},
        {"step": 20, "kind": "train", "loss": 0.9, "seconds": 600.0},
        {"step": 30, "kind": "train", "loss": 0.8, "seconds": 200.0},  # a new start: its clock begins anew
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"step": 4')
    (folder / "checkpoint").mkdir()
    settings = {"learning_rate": 0.0005, "output_dir": "/home/ann/runs/codes", "cache": "runs/cache", "steps": 30}
    last = {"step": 30, "settings": settings | {"log_every": 1}, "gpus": 0, "cores": 2}
    (folder / "checkpoint" / "step.json").write_text(json.dumps(last))
    assert main(["push", str(folder), "ann/codes"]) == 0
    card = hub.files("ann/codes")["README.md"].decode()
    assert "| learning_rate | 0.0005 |" in card and "| steps | 30 |" in card
    assert "ann/runs" not in card and "runs/cache" not in card and "log_every" not in card
    assert "It took 13 minutes on 2 processor cores, measured." in " ".join(card.split())
    assert "10 W for each it is about 0.0044 kWh, an estimate" in card


def test_time_of_several_starts_adds_up():
    assert trained_seconds([{"kind": "train", "seconds": second} for second in (10, 30, 5, 20)]) == 50
    assert trained_seconds([{"kind": "validation"}]) == 0


@pytest.mark.slow
def test_figures_of_a_report_and_the_data_they_belong_to(hub, folders, tmp_path, capsys):
    report, data = tmp_path / "report", tmp_path / "moves"
    report.mkdir()
    summary = {"text": {"rows": {"ours": {"guo": {"R@1": {"mean": 0.25}, "FID": {"mean": 0.5}}}}}}
    (report / "model-index.yaml").write_text(model_index("model", "moves", "val", summary))
    (data / "data").mkdir(parents=True)
    (data / "data" / "train-00000-of-00001.parquet").write_bytes(b"PAR1")
    sources = {"mine": {"clips": 3, "licences": [CC_BY_NC]}}
    (data / "stats.json").write_text(json.dumps({"clips": {"train": 3}, "sources": sources}))
    (data / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# moves\n")
    assert main(["push", str(data), "ann/moves"]) == 0

    words = ["--report", str(report), "--data", "ann/moves"]
    assert main(["push", str(folders / "model"), "ann/model", *words]) == 0
    arrived = hub.files("ann/model")
    card = ModelCard(arrived["README.md"].decode())
    assert card.data.datasets == ["ann/moves"] and card.data.license == "cc-by-nc-4.0"
    assert {row.metric_name: row.metric_value for row in card.data.eval_results} == {"R@1": 0.25, "FID": 0.5}
    entries = parse_eval_result_entries(yaml.safe_load(arrived[".eval_results/ann--moves.yaml"]))
    assert [(row.dataset_id, row.task_id, row.value) for row in entries] == [
        ("ann/moves", "r_1", 0.25),
        ("ann/moves", "fid", 0.5),
    ]
    # a folder's data has no place on the Hub, but a licence
    assert main(["push", str(folders / "model"), "ann/other", "--data", str(data)]) == 0
    card = ModelCard(hub.files("ann/other")["README.md"].decode())
    assert card.data.datasets is None and card.data.license == "cc-by-nc-4.0" and CC_BY_NC in card.text
    assert str(tmp_path) not in str(card)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "nowhere"], "nowhere is no data set"),
        (["--data", "ann/nothing"], "cannot be had from the Hub"),
        (["--report", "nowhere"], "nowhere is no report"),
    ],
)
def test_no_such_data_or_report(hub, folders, capsys, words, said):
    assert main(["push", str(folders / "tokenizer"), "ann/codes", *words]) == 2
    assert said in capsys.readouterr().err


# --- examples


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["model", "tokenizer", "evaluator", "lifter", "image_model"])
def test_the_examples_run_with_what_was_pushed(hub, folders, tmp_path, monkeypatch, capsys, kind):
    monkeypatch.chdir(tmp_path)
    assert main(["push", str(folders / kind), f"ann/{kind}"]) == 0
    card = hub.files(f"ann/{kind}")["README.md"].decode()
    for example in code_blocks(card, "python"):
        assert f'"ann/{kind}"' in example
        if "trust_remote_code" not in example:  # that one runs where the package is not: test_elsewhere.py
            exec(compile(example, kind, "exec"), {})
    assert kind != "model" or (tmp_path / "motion.glb").read_bytes()[:4] == b"glTF"
