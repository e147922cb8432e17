"""The list of actions that is written beside a checkpoint's weights."""

import json

from being_m0_hf.understanding import Reader, known_actions
from training.tools.write_action_list import action_list


def test_recorded_and_written_actions_of_all_caches_are_listed(tmp_path):
    for name, action in (("recorded", "walk"), ("written", "salute"), ("foreign", "no such action")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train_samples.jsonl").write_text(json.dumps({"action": action}) + "\n")
    listed = action_list([tmp_path / name for name in ("recorded", "written", "foreign")])
    assert listed["walk"] == {} and len(listed["salute"]["wordings"]) >= 8
    assert "no such action" not in listed and "dig" not in listed
    found = Reader(known_actions(listed))("someone gives a soldier's salute")
    assert found.actions[0].name == "salute"
