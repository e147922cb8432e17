"""Keypoint files of detectors: whose joint is whose, who is who, and one line for what is none."""

import json

import numpy as np
import pytest
from filmed_people import alphapose_file, coco_people, mmpose_file

from being_m0_hf.io.keypoints import LAYOUTS, h36m_keypoints, read_keypoints, tracking
from being_m0_hf.motion.h36m_joints import H36M_NAMES
from being_m0_hf.utils.user_files import UserFileError


@pytest.fixture
def write(tmp_path):
    def write(value, name="keypoints.json"):
        path = tmp_path / name
        path.write_text(json.dumps(value))
        return path

    return write


def openpose_folder(folder, people):
    """One file a frame, BODY_25, nobody has a name."""
    names = LAYOUTS["body25"].points
    coco = LAYOUTS["coco17"].points
    for index, frame in enumerate(people.transpose(1, 0, 2, 3)):
        rows = []
        for points in frame:
            place = dict(zip(coco, points, strict=True))
            body = [place.get(name, np.zeros(3)) for name in names]
            rows.append({"person_id": [-1], "pose_keypoints_2d": np.stack(body).flatten().tolist()})
        (folder / f"clip_{index}_keypoints.json").write_text(json.dumps({"version": 1.3, "people": rows}))
    return folder


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_layout_gives_the_same_body(layout):
    """A standing body: left joints stay left, the spine lies between hips and neck, the crown is highest."""
    names = LAYOUTS[layout].points
    heights = {"ankle": 400.0, "knee": 300.0, "hip": 200.0, "shoulder": 60.0, "elbow": 120.0, "wrist": 180.0}
    points = np.zeros((len(names), 3))
    for index, name in enumerate(names):
        side = 30.0 if "left" in name else -30.0 if "right" in name else 0.0
        joint = name.split("_")[-1]
        height = {"nose": 10.0, "neck": 60.0, "pelvis": 200.0, "head": -20.0, "thorax": 55.0, "spine": 110.0}
        points[index] = side, heights.get(joint, height.get(name, 8.0)), 0.8
    place = dict(zip(H36M_NAMES, h36m_keypoints(points[None], LAYOUTS[layout])[0], strict=True))
    for joint in heights:
        assert place[f"left_{joint}"].tolist() == [30.0, heights[joint], 0.8]
        assert place[f"right_{joint}"].tolist() == [-30.0, heights[joint], 0.8]
    order = [place[name][1] for name in ("head", "nose", "thorax", "spine", "pelvis")]
    assert order == sorted(order) and place["pelvis"].tolist() == [0.0, 200.0, 0.8]


def test_what_is_missing_stays_missing():
    points = coco_people(4)[0]
    points[:, LAYOUTS["coco17"].points.index("left_wrist")] = 0
    points[:, LAYOUTS["coco17"].points.index("right_hip")] = 0
    joints = dict(zip(H36M_NAMES, h36m_keypoints(points, LAYOUTS["coco17"])[0], strict=True))
    for name in ("left_wrist", "right_hip", "pelvis", "spine"):
        assert (joints[name] == 0).all()
    assert joints["left_hip"][2] == 0.9


def test_files_of_all_detectors_say_the_same(write, tmp_path):
    people = coco_people(12, number=2)
    (tmp_path / "openpose").mkdir()
    own = {
        "fps": 25, "size": [1280, 720], "layout": "coco17",
        "frames": [{"people": [{"id": who, "keypoints": points.tolist()} for who, points in enumerate(frame)]}
                   for frame in people.transpose(1, 0, 2, 3)],
    }  # fmt: skip
    files = {
        "mmpose": write(mmpose_file(people), "mmpose.json"),
        "mmpose with meta": write({"meta_info": {}, "instance_info": mmpose_file(people)}, "meta.json"),
        "alphapose": write(alphapose_file(people), "alphapose.json"),
        "openpose": openpose_folder(tmp_path / "openpose", people),
        "own": write(own, "own.json"),
    }
    expected = [h36m_keypoints(track, LAYOUTS["coco17"]) for track in people]
    for name, path in files.items():
        found = read_keypoints(path, size=(1280, 720))
        assert len(found.people) == 2, name
        for person in found.people:
            misses = [np.abs(person.keypoints - other).max() for other in expected]
            assert min(misses) < 1e-6, name
        assert found.fps == (25 if name == "own" else 30) and found.fps_known == (name == "own")
    assert {person.name for person in read_keypoints(files["alphapose"]).people} == {"5", "6"}


def test_people_are_followed_when_their_order_changes(write):
    people = coco_people(10, number=2)
    frames = mmpose_file(people)
    for frame in frames[1::2]:
        frame["instances"].reverse()
    del frames[4]["instances"][0]  # unseen for a frame
    found = read_keypoints(write(frames))
    assert len(found.people) == 2
    assert sorted(int((person.keypoints[:, 0, 2] > 0).sum()) for person in found.people) == [9, 10]
    expected = [h36m_keypoints(track, LAYOUTS["coco17"]) for track in people]
    whole = next(person for person in found.people if (person.keypoints[:, 0, 2] > 0).all())
    assert min(np.abs(whole.keypoints - other).max() for other in expected) < 1e-6


def test_mediapipe_is_in_shares_of_the_picture(write):
    points = {"x": 0.5, "y": 0.25, "z": 0.0, "visibility": 0.7}
    frames = [{"pose_landmarks": [[points] * 33]}, {"pose_landmarks": []}, {"pose_landmarks": [[points] * 33]}]
    path = write(frames)
    with pytest.raises(UserFileError, match="--size 1920x1080"):
        read_keypoints(path)
    found = read_keypoints(path, size=(1000, 400))
    assert found.layout == "mediapipe33" and found.num_frames == 3
    assert found.people[0].keypoints[0, 0].tolist() == [500.0, 100.0, 0.7]
    assert (found.people[0].keypoints[1] == 0).all()


def test_numbers_that_are_none(write):
    people = coco_people(5)
    frames = mmpose_file(people)
    frames[1]["instances"][0]["keypoints"][9] = [float("nan"), 3.0]
    frames[2]["instances"][0]["keypoints"][9] = [None, None]
    frames[3]["instances"][0]["keypoint_scores"] = [5.0] * 17
    del frames[4]["instances"][0]["keypoint_scores"]
    keypoints = read_keypoints(write(frames)).people[0].keypoints
    wrist = H36M_NAMES.index("left_wrist")
    assert np.isfinite(keypoints).all()
    assert keypoints[:, wrist, 2].tolist() == [0.9, 0.0, 0.0, 1.0, 1.0]


def test_pictures_come_in_the_order_of_their_numbers_however_long(write):
    people = coco_people(4)[0][:3]
    names = ["10.jpg", f"{'9' * 6000}.jpg", "9.jpg"]
    rows = [{"image_id": name, "keypoints": people[index].ravel().tolist()} for index, name in enumerate(names)]
    (person,) = read_keypoints(write(rows)).people
    expected = h36m_keypoints(people[[2, 0, 1]], LAYOUTS["coco17"])
    assert np.abs(person.keypoints - expected).max() < 1e-6


def test_of_more_people_than_memory_holds_those_seen_most_are_kept(write, monkeypatch):
    points = coco_people(4)[0]
    ids = [[0, index + 1] for index in range(4)]  # one stays, the others are there for one frame each
    frames = [
        {"people": [{"id": who, "keypoints": points[index].tolist()} for who in here]} for index, here in enumerate(ids)
    ]
    path = write({"fps": 25, "frames": frames})
    assert len(read_keypoints(path).people) == 5
    monkeypatch.setattr(tracking, "MOST_NUMBERS", 2 * 4 * 17 * 3)
    kept = read_keypoints(path).people
    assert len(kept) == 2 and kept[0].name == "0"


def test_a_hundred_people(write):
    people = np.stack([coco_people(4)[0] + [40.0 * person, 0, 0] for person in range(100)])
    assert len(read_keypoints(write(alphapose_file(people))).people) == 100


PERSON = {"keypoints": [1.0] * 51}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "nobody was seen"),
        ({}, "holds no keypoints"),
        ([1, 2], "holds no keypoints"),
        ("text", "holds no keypoints"),
        ({"frames": [{"people": []}, {"people": []}]}, "nobody was seen in its 2 frames"),
        ({"people": []}, "nobody was seen"),
        ([{"instances": [{"keypoints": [[1, 2]] * 12}]}], "12 keypoints, expected 17"),
        ([{"instances": [{"keypoints": [[1, 2]] * 17}, {"keypoints": [[1, 2]] * 26}]}], "different numbers"),
        ([{"instances": [{"keypoints": [[0, 0]] * 17}]}], "all keypoints are missing"),
        ([{"instances": [{"keypoints": [["a", 2]] * 17}]}], "'a' is no number"),
        ([{"instances": [{"keypoints": [1, 2, 3, 4]}]}], "no triples"),
        ([{"instances": [{"keypoints": [[1]] * 17}]}], "two or three numbers"),
        ([{"instances": [{"bbox": 3}]}], "expected a list of keypoints"),
        ([{"instances": [{"keypoints": [[1e9, 2]] * 17}]}], "pixels away"),
        ([{"image_id": "1.jpg", **PERSON}, {**PERSON}], "has no image_id"),
        ({"frames": [{"time": 1, "people": [PERSON]}, {"time": 0, "people": [PERSON]}]}, "times must rise"),
        ({"frames": [{"time": 1, "people": [PERSON]}, {"people": [PERSON]}]}, "some frames have a time"),
        ({"size": 3, "frames": [{"people": [PERSON]}]}, "expected \\[width, height\\]"),
        ({"fps": 0.01, "size": [5, 5], "frames": [{"people": [PERSON]}]}, "frames a second, expected 1 to 1000"),
        ({"layout": "dog", "frames": [{"people": [PERSON]}]}, "there is no layout 'dog'"),
    ],
)
def test_files_that_are_none_are_one_line(write, value, message):
    path = write(value)
    with pytest.raises(UserFileError, match=message) as caught:
        read_keypoints(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_folders_and_files_that_are_not_there(tmp_path):
    with pytest.raises(UserFileError, match=r"no \.json files"):
        read_keypoints(tmp_path)
    with pytest.raises(UserFileError, match="cannot be read"):
        read_keypoints(tmp_path / "none.json")
    (tmp_path / "cut.json").write_text('[{"instances"')
    with pytest.raises(UserFileError, match="not JSON, or cut short"):
        read_keypoints(tmp_path / "cut.json")
