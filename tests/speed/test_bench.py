"""`being-m0 bench` times every stage; what it times is not judged here."""

import json

import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.cli.main import main
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.speed.clock import in_turn
from being_m0_hf.speed.floor import Machine, bare_loop, seconds_at_best, step_matrices
from being_m0_hf.speed.report import measure
from being_m0_hf.speed.stages import Case


def test_each_stage_has_its_time_and_the_ratios_are_of_the_same_run():
    pipeline = MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder())
    report = measure(pipeline, [Case(1.0, 1), Case(1.0, 2)], rounds=1, load=0.5)
    one, two = report.cases
    assert "ranking" in two.stages and "ranking" not in one.stages
    assert all(taken > 0 for each in report.cases for taken in each.stages.values())
    assert one.stages["sentence to joints"] > one.stages["language model"]
    table = report.to_table()
    assert "best of 2" in table
    assert f"{one.stages['sentence to joints'] / one.bare_loop:.2f}" in table
    again = json.loads(report.to_json())
    assert again["cases"][1]["candidates"] == 2 and again["peak_memory"] > 2**20


def test_floor_counts_every_product_of_a_token_once():
    """Untied or not, embeddings are looked up and not multiplied; of the head only one part's codes are needed."""
    for kind in ("llama", "gpt2"):
        model = tiny_model(kind, tied=False)
        backbone, columns = model.backbone, model.layout.codebook_size
        matrices = step_matrices(backbone, columns)
        inside = sum(each.numel() for name, each in backbone.base_model.named_parameters() if each.ndim == 2)
        tables = sum(
            each.weight.numel() for each in backbone.base_model.modules() if isinstance(each, torch.nn.Embedding)
        )
        assert sum(each.numel() for each in matrices) == inside - tables + columns * 32
    bare_loop(matrices, rows=2, tokens=3)()
    weights = sum(each.numel() for each in matrices)
    assert seconds_at_best(matrices, 2, 10, Machine(1e6, 1e12)) == 10 * 4 * weights / 1e6
    assert seconds_at_best(matrices, 2, 10, Machine(1e12, 1e6)) == 10 * 4 * weights / 1e6


def test_works_take_turns():
    order = []
    in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert "".join(order) == "ababab"


def test_bad_requests_are_one_line(capsys, tmp_path):
    assert main(["bench", "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
