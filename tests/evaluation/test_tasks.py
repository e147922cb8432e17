"""Tasks that begin with a motion, measured: what is said of it, and seams of edits beside the recording."""

from dataclasses import dataclass

import pytest
import torch
from moving_body import KNOWN
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.captioner import caption
from being_m0_hf.evaluation.kept_outcomes import append_outcomes, read_outcomes
from being_m0_hf.evaluation.tasks.descriptions import evaluate_descriptions
from being_m0_hf.evaluation.tasks.edits import evaluate_edits, evaluate_joins, peak_jerk, seam_jerk
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.text.mirror import mirror_text

EDITS = {
    "continue", "in-between, no text", "another take of a time", "another take of an arm", "a text for an arm",
    "another take of the body",
}  # fmt: skip


@pytest.fixture(scope="module")
def pipeline():
    model = tiny_model(max_steps=20)
    model.config.tasks = ["text-to-motion", "fill"]
    return MotionPipeline(model, tiny_processor(max_steps=20))


def test_a_jump_of_five_centimetres_is_seen_where_it_is(make_motion):
    motion = make_motion(60, seed=3)
    moved = motion.translation.clone()
    moved[30:, 0] += 0.05
    jumped = motion.replace(translation=moved)
    assert seam_jerk(jumped, 30) > seam_jerk(motion, 30) + 100
    assert seam_jerk(jumped, 50) == pytest.approx(seam_jerk(motion, 50), rel=0.01)
    assert peak_jerk(jumped, 10, 40) > 2 * peak_jerk(motion, 10, 40)


def test_edits_of_a_model_keep_the_rest(pipeline, make_motion, tmp_path):
    clips = [("walk", make_motion(64, seed=0, turn=0.5), "a person walks forward")]
    report = evaluate_edits(pipeline, clips, path=tmp_path / "edits.jsonl", progress=False)
    rows = report.to_dict()
    assert set(rows) == EDITS
    assert all(row["kept, mm"] < 0.1 and torch.isfinite(torch.tensor(row["ratio"])) for row in rows.values())
    assert rows["another take of an arm"]["kept tokens"] > 0.5
    again = evaluate_edits(None, clips, path=tmp_path / "edits.jsonl", progress=False)  # all of it is known
    assert again == report
    with pytest.raises(ValueError, match="expected at least 3"):
        evaluate_edits(pipeline, [("short", make_motion(30, seed=1), "walks")], progress=False)


def test_joins_are_looked_at_where_texts_meet(pipeline):
    report = evaluate_joins(pipeline, [("a person walks", "a person waves")], progress=False)
    assert report.names() == ["sequence", "timeline"] and report.ratio("timeline") > 0


def test_descriptions_are_judged_on_both_levels_and_in_the_mirror(tmp_path):
    def captioned(motion):
        told = caption(motion)
        texts = {"body": told.body[0]} | {part: said[0] for part, said in told.parts.items()}
        return {who: (text, "captioner") for who, text in texts.items()}

    def exchanged(motion):
        return {who: (mirror_text(text), "exchanged") for who, (text, _) in captioned(motion).items()}

    clips = [(name, KNOWN[name]) for name in ("raise", "turn")]
    right = evaluate_descriptions(captioned, clips, tmp_path / "told.jsonl", progress=False)
    found = right.to_dict()
    assert found["clips"] == 4 and found["body"]["sentences"] == 4 and found["parts"]["sentences"] == 24
    assert found["body"]["all claims hold"] == found["parts"]["all claims hold"] == 1.0
    assert right.exchanged_parts() == (0, 2) and right.mirror_pairs() == (0, 2)
    assert (
        evaluate_descriptions(exchanged, clips, tmp_path / "told.jsonl", progress=False) == right
    )  # all of it is known
    wrong = evaluate_descriptions(exchanged, clips, progress=False)
    assert wrong.to_dict()["body"]["true of the other side only"] == 4
    assert wrong.exchanged_parts() == (2, 2)
    always = dict.fromkeys(("body", *PART_NAMES), ("a person turns left", "stuck"))
    same = evaluate_descriptions(lambda motion: always, clips, progress=False)
    assert same.mirror_pairs() == (2, 2)


@dataclass
class Row:
    name: str


def test_a_line_that_a_kill_cut_off_is_measured_again(tmp_path):
    path = tmp_path / "outcomes.jsonl"
    assert read_outcomes(path) == read_outcomes(None) == []
    append_outcomes(path, [Row("first"), Row("second")])
    path.write_bytes(path.read_bytes()[:-5])
    assert read_outcomes(path) == [{"name": "first"}]
    append_outcomes(path, [Row("second")])
    assert read_outcomes(path) == [{"name": "first"}, {"name": "second"}]


def test_a_motion_of_which_a_kill_left_half_is_measured_again(pipeline, tmp_path):
    path, texts = tmp_path / "joins.jsonl", [("a person walks", "a person waves")]
    first = evaluate_joins(pipeline, texts, path=path, progress=False)
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    assert evaluate_joins(pipeline, texts, path=path, progress=False) == first
    assert evaluate_joins(None, texts, path=path, progress=False) == first
