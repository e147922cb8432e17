"""``being-m0 film``: a video in, motion files out, and one line for what makes no sense."""

import json

import numpy as np
import pytest
from moving_body import moving_body
from tiny_models import tiny_image_model, tiny_image_processor
from video_files import need_detector, write_frames, write_sound

from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting

pytest.importorskip("av", reason="the extra video is not installed")
from being_m0_hf.bodies import makehuman_body  # noqa: E402
from being_m0_hf.rendering.video_file import write_video  # noqa: E402
from being_m0_hf.video import read_video  # noqa: E402
from training.tools.film_motions import FilmedMotion, film, standing_camera  # noqa: E402

FRAMES, FPS = 6, 10.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip of a body, and tiny lifters with random weights."""
    folder = tmp_path_factory.mktemp("film")
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    for causal in (False, True):
        config = HumMussConfig.named("hummuss-mini", causal=causal, **sizes)
        HumMussForPoseLifting(config).save_pretrained(folder / ("causal" if causal else "lifter"))
    tiny_image_model().save_pretrained(folder / "images")
    tiny_image_processor().save_pretrained(folder / "images")
    motion = moving_body(FRAMES, seed=3, fps=FPS, speed=0.3)
    filmed = FilmedMotion(motion, standing_camera(motion, 0.3), (320, 180))
    write_video(folder / "clip.mp4", film(filmed, makehuman_body("low")), FPS)
    write_frames(folder / "nobody.mp4", [0.0, 0.1])
    write_sound(folder / "sound.mp4")
    (folder / "text.mp4").write_text("no video")
    return folder


@pytest.fixture
def command(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words, lifter="lifter": main(["film", *map(str, words), "--model", str(folder / lifter)])


def test_a_clip_becomes_a_motion(command, folder, capsys):
    need_detector()
    words = ("--keypoints", "seen.json", "--preview", "seen.mp4", "-o", "motion.npz")
    assert command(folder / "clip.mp4", *words) == 0
    out, err = capsys.readouterr()
    assert out.split() == ["seen.json", "motion.npz", "seen.mp4"]
    assert "clip.mp4: 6 frames, 10 a second, 1 person; written: 1 (in 100%)" in err
    motion = load_motion("motion.npz")
    assert (motion.num_frames, motion.fps) == (FRAMES, FPS)
    preview = list(read_video("seen.mp4"))
    assert len(preview) == FRAMES and preview[0].picture.shape == (360, 1000, 3)
    # what was written as keypoints lifts to the same motion
    assert main(["lift", "seen.json", "-o", "again.npz", "--model", str(folder / "lifter")]) == 0
    np.testing.assert_allclose(load_motion("again.npz").joints(), motion.joints(), atol=0.02)


def test_a_picture_shows_what_was_understood(command, folder, tmp_path, capsys):
    need_detector()
    assert command(folder / "clip.mp4", "--preview", "seen.png", "--everyone", "-o", "motion.bvh") == 0
    assert capsys.readouterr().out.split() == ["motion-1.bvh", "seen.png"]
    (sheet,) = read_video(tmp_path / "seen.png", max_side=None)
    assert sheet.picture.shape == (3 * 360, 2 * 1000, 3)


def test_a_file_stands_in_for_a_camera(command, folder, capsys):
    need_detector()
    words = ("--no-window", "--keypoints", "live.json", "-o", "live.npz")
    assert command("--camera", folder / "clip.mp4", *words, lifter="causal") == 0
    assert capsys.readouterr().out.split() == ["live.json", "live.npz"]
    live = json.loads(open("live.json").read())
    assert live["layout"] == "mediapipe33" and 1 <= len(live["frames"]) <= FRAMES
    assert load_motion("live.npz").num_frames >= 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give a video, or --camera 0"),
        (["clip.mp4", "--camera", "0"], "give a video, or --camera 0"),
        (["none.mp4"], "none.mp4: cannot be read"),
        (["sound.mp4"], "has sound only, no pictures"),
        (["text.mp4"], "is no video, or cut off"),
        (["clip.mp4", "-o", "x.avi"], ".avi"),
        (["clip.mp4", "--preview", "x.txt"], "a video ends in .mp4"),
        (["clip.mp4", "--keypoints", "x.csv"], "keypoints are written as .json"),
        (["clip.mp4", "--preview", "none/x.mp4"], "there is no folder none"),
        (["--camera", "77"], "there is no camera '77'"),
        (["--camera", "0", "--preview", "x.mp4"], "--preview is for videos"),
        (["--fetch-detector", "text.mp4"], "is no wheel of mediapipe 0.10.21"),
        (["nobody.mp4"], "nobody was seen in its 2 frames"),
    ],
)
def test_mistakes_are_one_line(command, folder, capsys, words, message):
    if "77" in words or "nobody.mp4" in words:
        need_detector()
    here = [folder / word if (folder / word).is_file() else word for word in words]
    assert command(*here) == 2
    err = capsys.readouterr().err.strip().splitlines()[-1]
    assert err.startswith("being-m0: ") and message in err


def test_an_image_model_sees_the_pictures(command, folder, capsys):
    need_detector()
    assert command(folder / "clip.mp4", "--image-model", folder / "images", "-o", "seen.npz") == 0
    motion = load_motion("seen.npz")
    assert motion.fps == 20 and motion.num_frames == 2 * FRAMES - 1
    assert command("--camera", "0", "--image-model", folder / "images") == 2
    assert "--image-model is for videos" in capsys.readouterr().err.splitlines()[-1]
    assert command(folder / "clip.mp4", "--image-model", folder / "lifter") == 2
    assert "no model of pose from images" in capsys.readouterr().err.splitlines()[-1]
