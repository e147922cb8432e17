"""What is measured on a GPU runs, in toy shapes on the CPU."""

import json
import time

import pytest
import torch

from training.benchmarks import gpu_generation, gpu_training
from training.benchmarks.gpu_measures import Measurements


def rows(path) -> dict[str, dict]:
    return {row["what"]: row for row in json.loads(path.read_text())["rows"]}


def tiny(module, part: str, path) -> dict[str, dict]:
    assert module.main(["--device", "cpu", "--tiny", "--only", part, "-o", str(path)]) == 0
    return rows(path)


def test_training(tmp_path):
    found = tiny(gpu_training, "whole", tmp_path / "training.json")
    plain = found["GPT2-medium whole, plain"]
    assert plain["tokens_per_second"] > 0 and 0 < plain["of_matrix_rate"] < 1
    assert found["product of bf16 matrices"]["tflops"] > 0


def test_generation(tmp_path):
    found = tiny(gpu_generation, "7b", tmp_path / "generation.json")
    assert len(found) == 5 and all(row["frames_per_second"] > 0 for row in found.values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_one_line(capsys):
    assert gpu_generation.main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_failures_and_late_work_are_rows(tmp_path):
    measures = Measurements("cpu", tmp_path / "rows.json", time.monotonic() + 60)
    assert measures.measure("wrong", lambda: {"figure": 1 / 0}, 5) is None
    assert measures.measure("late", lambda: time.sleep(5) or {}, 0.1) is None
    assert measures.measure("right", lambda: {"figure": 1.5}, 5) == {"figure": 1.5}
    measures.until = time.monotonic()
    measures.measure("too late", lambda: {"figure": 1.5}, 5)
    found = rows(tmp_path / "rows.json")
    assert found["wrong"]["failed"].startswith("ZeroDivisionError") and found["late"]["failed"].startswith("Timeout")
    assert found["right"]["figure"] == 1.5 and found["too late"]["failed"] == "no time left"
