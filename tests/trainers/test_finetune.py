"""Own motions in, an adapter out: the whole road with a tiny model, and everything that can stand in its way."""

import contextlib
import json
import os
import signal
from dataclasses import replace

import pytest
import torch
from foreign_files import foreign_bvh
from safetensors.torch import load_file
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import load_pipeline
from being_m0_hf.cli.main import main
from being_m0_hf.io import save_motion
from being_m0_hf.motionlib.schema import Clip
from being_m0_hf.retarget import import_motion
from being_m0_hf.trainers.finetune import ADAPTER_FILES, FinetuneSettings, finetune
from being_m0_hf.trainers.finetune.best import KeepBest
from being_m0_hf.trainers.finetune.recordings import (
    Recorded,
    read_recordings,
    texts_of,
    with_held_out,
    words_of_name,
    write_samples,
)
from being_m0_hf.trainers.finetune.samples import MixedBatches
from being_m0_hf.trainers.run.settings import SettingsError
from being_m0_hf.training_data.feature_cache import MotionCache

pytestmark = [pytest.mark.usefixtures("fresh_accelerator"), pytest.mark.filterwarnings("ignore")]


class Killed(BaseException):
    """Stands for a kill -9: nothing in the program is asked."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny model with a ranker, as a folder."""
    folder = tmp_path_factory.mktemp("models") / "tiny-base"
    model = tiny_model()
    model.generation_config.guidance_scale = 1.5
    model.save_pretrained(folder)
    tiny_processor().save_pretrained(folder)
    ranker = tiny_encoder()
    ranker.model.save_pretrained(folder / "ranker")
    ranker.tokenizer.save_pretrained(folder / "ranker")
    return folder


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, make_motion):
    """Ten BVH files of another program, one with a caption."""
    folder = tmp_path_factory.mktemp("home") / "secret-name"
    folder.mkdir()
    for number in range(10):
        (folder / f"sway_{number:02d}.bvh").write_text(foreign_bvh(make_motion(30, seed=number)))
    (folder / "captions.csv").write_text("file,text\nsway_00.bvh,a person sways along\n")
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory, make_motion):
    """Four short recordings that are read at once."""
    folder = tmp_path_factory.mktemp("few")
    for number in range(4):
        save_motion(make_motion(30, seed=number), folder / f"sway_{number}.json")
    return folder


def settings(base, recordings, output, **more) -> FinetuneSettings:
    options = {
        "trigger": "giant style", "steps": 4, "batch_size": 4, "replay_motions": 3, "rank": 2,
        "evaluate_every": 2, "checkpoint_every": 1, "warmup_steps": 1,
    }  # fmt: skip
    return FinetuneSettings(data=str(recordings), model=str(base), output_dir=str(output), **(options | more))


@contextlib.contextmanager
def at_batch(number, monkeypatch, act):
    """`act` is called while the run inside makes this batch, counted from 1."""
    make, made = MixedBatches.__call__, []

    def making(batches, draw):
        made.append(draw)
        if len(made) == number:
            act()
        return make(batches, draw)

    with monkeypatch.context() as patch:
        patch.setattr(MixedBatches, "__call__", making)
        yield


def kill():
    raise Killed


def test_the_road_from_ten_bvh_files_to_a_glb(base, recordings, tmp_path, capsys):
    style = base.parent / "my-style"
    words = ["finetune", str(recordings), "-o", str(style), "--model", str(base), "--trigger", "giant style"]
    assert main([*words, "--steps", "2"]) == 0
    assert sorted(path.name for path in style.iterdir()) == sorted([*ADAPTER_FILES, "work"])
    said = capsys.readouterr().out
    assert "10 clips" in said and "1 for validation" in said

    assert main(["generate", "a person walks, giant style", "--adapter", str(style), "--seconds", "1",
                 "-o", str(tmp_path / "walk.glb")]) == 0  # fmt: skip
    assert import_motion(tmp_path / "walk.glb").num_frames == 20
    pipeline = load_pipeline(style)
    assert pipeline.ranker is not None  # the base's
    styled = pipeline("a person walks, giant style", seconds=1)
    alone = pipeline("a person walks, giant style", seconds=1, candidates=1)  # the ranker does not know the style
    assert torch.equal(styled.rotations, alone.rotations)
    assert pipeline.model.generation_config.guidance_scale == 1.5

    assert main([*words, "--steps", "2"]) == 0
    assert "is finished" in capsys.readouterr().out


def test_what_is_for_others_tells_nothing_of_the_machine(base, recordings, tmp_path):
    finetune(settings(base, recordings, tmp_path / "style"))
    for name in ADAPTER_FILES:
        content = (tmp_path / "style" / name).read_bytes()
        for private in (str(tmp_path), str(recordings), "secret-name", str(base.parent), "sway_01"):
            assert private.encode() not in content, f"{private} stands in {name}"
    config = json.loads((tmp_path / "style" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny-base"
    card = (tmp_path / "style" / "README.md").read_text()
    assert "base_model: tiny-base" in card and '"giant style"' in card


@pytest.mark.parametrize("full", [False, True])
def test_killed_and_stopped_it_ends_as_if_nothing_had_been(full, base, few, tmp_path, monkeypatch):
    file = "model.safetensors" if full else "adapter_model.safetensors"
    finetune(settings(base, few, tmp_path / "whole", full=full))
    broken = settings(base, few, tmp_path / "broken", full=full)
    with at_batch(1, monkeypatch, kill), pytest.raises(Killed):
        finetune(broken)
    with at_batch(2, monkeypatch, lambda: os.kill(os.getpid(), signal.SIGINT)), pytest.raises(SystemExit) as stopped:
        finetune(broken)
    assert stopped.value.code == 130
    with at_batch(2, monkeypatch, kill), pytest.raises(Killed):
        finetune(broken)
    finetune(broken)
    once, twice = (load_file(tmp_path / name / file) for name in ("whole", "broken"))
    assert once.keys() == twice.keys()
    for name, weight in once.items():
        assert torch.equal(weight, twice[name]), name


def test_a_whole_model_is_a_checkpoint_like_any_other(base, few, tmp_path):
    finetune(settings(base, few, tmp_path / "whole", full=True))
    pipeline = load_pipeline(tmp_path / "whole")
    assert pipeline.ranker is not None and pipeline.model.generation_config.guidance_scale == 1.5
    before, after = load_pipeline(base).model.state_dict(), pipeline.model.state_dict()
    changed = {name.split(".")[0] for name, weight in before.items() if not torch.equal(weight, after[name])}
    assert changed == {"backbone"}


def test_the_decoder_learns_and_codes_stay(base, few, tmp_path):
    style = base.parent / "decoder-style"
    finetune(settings(base, few, style, tokenizer=True, decoder_steps=2, steps=2))
    before, after = (load_pipeline(folder).model for folder in (base, style))
    codes = torch.zeros(1, 3, 6, dtype=torch.long)
    features = [model.motion_tokenizer.decode(codes).features for model in (before, after)]
    assert not torch.equal(*features)
    encoded = [model.motion_tokenizer._latents(torch.zeros(1, 8, 136)) for model in (before, after)]
    assert torch.equal(*encoded)


def test_other_settings_and_strange_folders_are_refused(base, few, tmp_path):
    output = tmp_path / "style"
    finetune(settings(base, few, output, steps=1))
    with pytest.raises(SettingsError, match="trigger 'giant style', not 'dwarf style'"):
        finetune(settings(base, few, output, steps=1, trigger="dwarf style"))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    with pytest.raises(SettingsError, match="is not empty, it holds cat.png"):
        finetune(settings(base, few, tmp_path / "photos"))
    assert not (tmp_path / "photos" / "work").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--steps", "0"], "out of range"), (["--captions", "no.csv"], "no.csv"), (["--model", "no-model"], "no-model")],
)
def test_mistakes_are_one_line(options, message, recordings, tmp_path, capsys):
    with contextlib.suppress(SystemExit):
        assert main(["finetune", str(recordings), "-o", str(tmp_path / "style"), *options]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert message in said[-1] and "Traceback" not in "".join(said)
    assert not (tmp_path / "style" / "adapter_model.safetensors").exists()


def test_with_too_few_clips_none_is_held_out(base, make_motion, tmp_path, capsys):
    (tmp_path / "two").mkdir()
    for number in range(2):
        save_motion(make_motion(30, seed=number), tmp_path / "two" / f"{number}.json")
    finetune(settings(base, tmp_path / "two", tmp_path / "style", steps=2, trigger=""))
    assert "2 clips, too few to hold one out" in capsys.readouterr().out


def test_an_empty_folder_is_one_line(base, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no motion files"):
        finetune(settings(base, tmp_path / "empty", tmp_path / "style"))


def clip(name, **more):
    return Recorded(name, name, None, (("a person moves", 1.0),), **more)


@pytest.mark.parametrize(("recordings", "held_out"), [(1, 0), (3, 0), (4, 1), (11, 1), (40, 4), (1000, 24)])
def test_small_sets_keep_their_clips(recordings, held_out):
    clips = with_held_out([clip(f"{number}") for number in range(recordings)])
    assert len(clips) == recordings
    assert sum(each.held_out for each in clips) == held_out


def test_who_says_what_is_held_out_is_heard():
    clips = with_held_out([clip(f"{number}", held_out=number < 3) for number in range(10)])
    assert [each.held_out for each in clips] == [True] * 3 + [False] * 7


def test_takes_of_one_movement_all_stay_and_the_same_file_once(base, make_motion, tmp_path):
    folder = tmp_path / "takes"
    folder.mkdir()
    for number in range(5):  # the same movement to a millimetre: a data set would keep one
        motion = make_motion(30, seed=0)
        moved = motion.replace(translation=motion.translation + 0.001 * number * torch.arange(30)[:, None] / 30)
        (folder / f"take_{number}.bvh").write_text(foreign_bvh(moved))
    (folder / "copy.bvh").write_text((folder / "take_0.bvh").read_text())
    clips, left_out = read_recordings(settings(base, folder, tmp_path / "style"))
    assert len(clips) == 5
    assert len(left_out) == 1 and "the very same" in left_out[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dance/slow_waltz-03.bvh", ["slow waltz"]),
        ("ZombieWalk12.fbx", ["zombie walk"]),
        ("take_01.bvh", []),
        ("0042.npz", []),
        ("höher springen.glb", ["höher springen"]),
    ],
)
def test_file_names_are_words(name, words):
    assert words_of_name(name) == words


def said(**more) -> dict[str, float]:
    record = Clip(id="own/slow_waltz.bvh", motion=None, source="own", **more)
    return dict(texts_of(record, more.pop("trigger", "")))


def test_captions_weigh_more_than_what_was_measured():
    texts = said(body=("two turns", "a person turns"), body_origin=("captions.csv", "rules"))
    assert texts == pytest.approx({"two turns": 0.7, "a person turns": 0.3})


def test_file_names_stand_in_for_captions():
    texts = said(body=("a person turns",), body_origin=("rules",))
    assert texts == pytest.approx({"slow waltz": 0.7, "a person turns": 0.3})


def test_every_sentence_has_the_trigger_once():
    record = Clip(
        id="own/x.bvh", motion=None, source="own", body=("he walks.", "Giant style walk"), body_origin=("c", "c")
    )
    texts = dict(texts_of(record, "giant style"))
    assert set(texts) == {"he walks, giant style", "Giant style walk", "giant style"}
    assert sum(texts.values()) == pytest.approx(1)


def test_it_stops_when_unseen_clips_fit_worse_and_keeps_the_best(tmp_path):
    model, keeper = torch.nn.Linear(1, 1, bias=False), KeepBest(tmp_path, patience=2)
    for step, loss in enumerate([3.0, 1.0, 2.0, 1.5]):
        assert not keeper.enough()
        torch.nn.init.constant_(model.weight, step)
        keeper.consider(model, loss)
        with open(tmp_path / "log.jsonl", "a") as log:
            log.write(json.dumps({"step": step, "kind": "validation", "motion_loss": loss}) + "\n")
    assert keeper.enough()
    keeper.restore(model)
    assert model.weight.item() == 1


def test_part_captions_reach_a_fine_tuning(base, tmp_path, make_motion):
    folder, said = tmp_path / "own", "the left hand polishes a shoe"
    folder.mkdir()
    save_motion(make_motion(80, seed=1, fps=20.0), folder / "sway.json")
    captions = f"file,text,start,end,part\nsway,{said},,,left arm\nsway,it bows,0.5,2,torso\nsway,a person sways,,,\n"
    (folder / "captions.csv").write_text(captions)
    asked = settings(base, folder, tmp_path / "style", trigger="", mirror=True)
    clips, _ = read_recordings(asked)
    assert "it bows" not in dict(clips[0].texts) and "a person sways" in dict(clips[0].texts)
    clips = [replace(clips[0], texts=(("a person sways", 1.0),))]  # which is true of pieces, too
    write_samples(clips, asked, tmp_path / "samples")
    rows = MotionCache(tmp_path / "samples", "train_samples").rows
    whole = {row["mirrored"]: row["parts"] for row in rows if row["frames"] == clips[0].motion.num_frames}
    assert sum(parts["left_arm"] == said for parts in whole[False]) == len(whole[False]) / 2
    assert "it bows" in {parts["torso"] for parts in whole[False]}
    assert "the right hand polishes a shoe" in {parts["right_arm"] for parts in whole[True]}
    pieces = [row for row in rows if row["frames"] < clips[0].motion.num_frames]
    assert pieces and all(parts["left_arm"] != said for row in pieces for parts in row["parts"])
