"""Videos without keypoints: where they cut, who is in them, and what is no video."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from moving_body import moving_body
from PIL import Image

pytest.importorskip("av")

from video_files import need_detector, turn_by_metadata, write_frames, write_sound  # noqa: E402

from being_m0_hf.bodies import makehuman_body  # noqa: E402
from being_m0_hf.cli.main import main  # noqa: E402
from being_m0_hf.curation.steps import people  # noqa: E402
from being_m0_hf.curation.steps.picture_cuts import CutFinder  # noqa: E402
from being_m0_hf.motionlib.clips import read_clips  # noqa: E402
from being_m0_hf.rendering.video_file import write_video  # noqa: E402
from being_m0_hf.video import read_video  # noqa: E402
from training.benchmarks.filmed_scenes import FILM_KINDS, FilmOptions, make_films  # noqa: E402
from training.tools.film_motions import FilmedMotion, camera_before, film  # noqa: E402

pytestmark = pytest.mark.slow
SIZE = (320, 320)


def cuts_of(pictures) -> tuple[int, ...]:
    finder = CutFinder()
    list(finder.watch(enumerate(pictures)))
    return finder.cuts()


def places(number: int, seed: int) -> list[np.ndarray]:
    """A still camera before a scene of its own colours, in which something moves."""
    generator = np.random.default_rng(seed)
    colours = generator.integers(0, 256, (4, 4, 3))
    scene = np.kron(colours, np.ones((30, 40, 1))).astype(np.uint8)
    pictures = []
    for index in range(number):
        picture = np.clip(scene + generator.normal(0, 4, scene.shape), 0, 255).astype(np.uint8)
        picture[40:100, 5 * index : 5 * index + 20] = (200, 30, 30)
        pictures.append(picture)
    return pictures


def test_cuts_are_found_and_moving_people_are_none():
    assert cuts_of(places(20, 0)) == ()
    assert cuts_of(places(12, 0) + places(9, 1) + places(7, 2)) == (12, 21)
    assert cuts_of(places(1, 0)) == () and cuts_of(places(1, 0) + places(1, 1)) == (1,)


def test_a_flash_and_a_wild_camera_are_no_cuts():
    pictures = places(20, 0)
    pictures[8] = np.full_like(pictures[8], 255)
    assert cuts_of(pictures) == ()
    wild = [places(1, seed)[0] for seed in range(12)]  # everything changes all the time
    assert cuts_of(wild) == ()


@pytest.fixture(scope="module")
def curated(tmp_path_factory) -> Path:
    """A rendered walk, and much that is no video of a person."""
    need_detector()
    folder = tmp_path_factory.mktemp("videos") / "videos"
    folder.mkdir()
    motion = moving_body(28, seed=3, speed=0.3)
    camera = camera_before([motion.joints().flatten(0, 1)], SIZE, 0.3)
    pictures = film(FilmedMotion(motion, camera, SIZE), makehuman_body("low"))
    good = write_video(folder / "walk.mp4", pictures, 20.0)
    (folder / "named wrongly.avi").write_bytes(good.read_bytes())
    (folder / "cut.mp4").write_bytes(good.read_bytes()[:900])
    (folder / "empty.mov").touch()
    (folder / "letter.mkv").write_text("Dear Ann")
    write_sound(folder / "song.mp4")
    write_frames(folder / "dot.mov", [0.0, 0.1], 1, 1)
    write_frames(folder / "one.mp4", [0.0])
    write_frames(folder / "uneven.mp4", [0.0, 0.05, 0.3, 0.31])
    write_frames(folder / "8k.mp4", [0.0], 7680, 4320)
    turn_by_metadata(write_frames(folder / "turned.mp4", [0.0, 0.1, 0.2]), 1)
    (folder / "music.mp3").touch()
    command = ["data", "curate", str(folder), "-o", str(folder.parent / "set"), "--processes", "1", "--keep-all"]
    assert main([*command, "--agree-with", "smplest-x-tiny"]) == 0
    return folder.parent


def test_a_video_becomes_a_clip(curated):
    (clip,) = read_clips(curated / "set")  # the one with the wrong name shows the same
    assert clip.origin in ("walk.mp4", "named wrongly.avi")
    assert clip.motion.seconds == pytest.approx(1.4, abs=0.15) and clip.body
    assert clip.made_by == "keypoints by blazepose, lifted by hummuss-mini"
    assert 0 < clip.scores["disagreement"] < 1
    page = (curated / "set-work" / "review.html").read_text()
    assert '"source":"../videos/' in page


def test_what_is_no_video_of_a_person_is_one_line_each(curated):
    report = json.loads((curated / "set" / "report.json").read_text())
    reasons = {line["id"]: line["reason"] for line in report["rejected"]}
    assert "shows the same" in (reasons.pop("videos/walk.mp4/1", "") + reasons.pop("videos/named wrongly.avi/1", ""))
    assert "is empty" in reasons.pop("empty.mov")
    assert "sound only" in reasons.pop("song.mp4")
    assert "no video" in reasons.pop("letter.mkv")
    # where an end is missing, decoders of different builds notice it at different places
    assert re.search("no video|no frame of it can be read", reasons.pop("cut.mp4"))
    assert "no video of a known suffix" in reasons.pop("music.mp3")
    for name in ("dot.mov", "one.mp4", "uneven.mp4", "turned.mp4", "8k.mp4"):
        assert "nobody was seen" in reasons.pop(name)
    assert not reasons and report["recordings"] == 12


def test_a_model_of_pictures_lifts_still_images_too(curated, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (frame, *_) = read_video(curated / "videos" / "walk.mp4")
    Image.fromarray(frame.picture).save(pictures / "somebody.png")
    command = ["data", "curate", "--images", str(pictures), "-o", str(tmp_path / "set"), "--processes", "1"]
    assert main([*command, "--lifter", "smplest-x-tiny"]) == 0
    (clip,) = read_clips(tmp_path / "set")
    assert clip.made_by == "keypoints by blazepose, lifted by smplest-x-tiny"
    assert clip.motion.num_frames == 64 and float(clip.motion.joints().std(dim=0).max()) < 1e-3


def test_only_videos_without_keypoints_need_a_detector(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BEING_M0_CACHE", str(tmp_path / "elsewhere"))
    people._detector.cache_clear()
    folder = tmp_path / "videos"
    folder.mkdir()
    write_frames(folder / "a.mp4", [0.0])
    command = ["data", "curate", str(folder), "-o", str(tmp_path / "set"), "--processes", "1"]
    assert main(command) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "a.mp4 has no keypoint file beside it, and" in error and "--fetch-detector" in error
    (folder / "a.keypoints.json").write_text("[]")
    assert main(command) == 2
    assert "empty list" in capsys.readouterr().err.splitlines()[-1]


def test_films_with_a_known_truth_are_drawn_once_and_measured(tmp_path):
    """Boxes, empty shots and two people in pictures; the truth stays near what the detector may see."""
    options = FilmOptions(6, seconds=0.4, size=(96, 64))
    motions = [moving_body(8, seed=seed, speed=0.5) for seed in range(3)]
    scenes = make_films(motions, tmp_path / "videos", options)
    assert [scene.kind for scene in scenes] == list(FILM_KINDS)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "videos").iterdir()}
    assert set(before) == {scene.file for scene in scenes}
    for scene in scenes:
        frames = [frame.picture for frame in read_video(tmp_path / "videos" / scene.file)]
        assert len(frames) == len(scene.people[0].pixels)
        for person in scene.people:
            shown = person.pixels[person.pixels[:, 0, 0].isfinite()]
            assert (shown >= 0).all() and (shown <= torch.tensor(options.size)).all()
    make_films(motions, tmp_path / "videos", options)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "videos").iterdir()}
    assert after == before
    make_films(motions, tmp_path / "videos", replace(options, seconds=0.3))
    assert all(path.stat().st_mtime_ns != before[path.name] for path in (tmp_path / "videos").iterdir())
