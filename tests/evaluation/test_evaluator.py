"""The text-motion evaluator, its training, part texts, and the report that one command writes."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from accelerate.state import AcceleratorState
from tiny_models import EVALUATOR as TINY
from tiny_models import tiny_encoder, tiny_evaluator, tiny_model, tiny_processor
from transformers import AutoModel

from being_m0_hf.cli.main import main as command_line
from being_m0_hf.evaluation import CHECKS
from being_m0_hf.evaluation.following.parts import evaluate_parts, part_cases, part_change
from being_m0_hf.evaluation.generation import generate_all, random_motion
from being_m0_hf.evaluation.held_out import HeldOut, load_held_out
from being_m0_hf.evaluation.report.folder import weights_fingerprint
from being_m0_hf.evaluation.report.report import EvaluationSettings
from being_m0_hf.evaluation.report.text_rows import text_table
from being_m0_hf.models import TextMotionEvaluatorConfig, TextMotionEvaluatorModel
from being_m0_hf.models.being_m0 import build_text_tokenizer
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.motion import PART_NAMES, Motion
from being_m0_hf.motionlib.schema import Clip, clip_to_row
from being_m0_hf.motionlib.shards import ShardWriter
from being_m0_hf.pipelines.text_to_motion import DEFAULT_CHECKPOINT, RANKER_FOLDER, load_pipeline
from being_m0_hf.trainers.evaluator import EvaluatorSettings, PairSource
from being_m0_hf.trainers.evaluator import train as train_evaluator
from being_m0_hf.trainers.evaluator.meaning import Meaning
from being_m0_hf.trainers.run.settings import SettingsError, read_settings
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache

pytestmark = pytest.mark.slow

TEXTS = ("a person walks", "a person waves the left hand", "someone kicks with the right leg", "a man jumps")


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


@pytest.fixture
def write_cache(tmp_path, make_motion):
    """A cache whose motions tell their texts apart: walking, standing and turning bodies."""

    def write(samples: int = 12):
        for split in ("train", "val"):
            short, whole = CacheWriter(tmp_path / "cache", f"{split}_samples"), CacheWriter(tmp_path / "cache", split)
            for index in range(samples):
                kind = index % len(TEXTS)
                features = make_motion(24 + 4 * (index % 3), seed=kind, turn=kind - 1.5, speed=0.4 * kind).to_d135()
                row = {"id": str(index), "kind": "clip", "mirrored": False, "weight": 1.0, "style": ""}
                caption = {"text": TEXTS[kind], "kind": "template", "weight": 1.0}
                short.add(features, **row, action=f"action_{kind}", captions=[caption], parts=[])
                whole.add(features, **row)
            short.save(), whole.save()
        return tmp_path / "cache"

    return write


def trained(cache, folder, *overrides: str) -> None:
    (folder / "settings.yaml").write_text("\n".join(f"{key}: {value}" for key, value in TINY.items()))
    settings = {"cache_dir": cache, "output_dir": folder, "batch_size": 8, "steps": 4, "warmup_steps": 1}
    settings |= {"mixed_precision": "no", "log_every": 1, "evaluate_every": 100, "text_vocab_size": 300}
    words = [f"{key}={value}" for key, value in settings.items()]
    train_evaluator.main(["--config", str(folder / "settings.yaml"), *words, *overrides])


# the model


def test_embeddings_have_length_one_and_do_not_depend_on_the_batch(make_motion):
    encoder = tiny_encoder()
    clips = [make_motion(frames, seed=frames).to_d135() for frames in (5, 24, 37, 60)]
    together = encoder.motions(clips)
    assert torch.allclose(together.norm(dim=-1), torch.ones(4), atol=1e-5)
    for clip, embedding in zip(clips, together, strict=True):
        assert torch.allclose(encoder.motions([clip])[0], embedding, atol=1e-5)
    texts = encoder.texts(["a person walks", "someone turns around and walks back"])
    assert torch.allclose(encoder.texts(["a person walks"])[0], texts[0], atol=1e-5)


def test_a_motion_seen_from_another_side_or_place_has_the_same_embedding(make_motion):
    encoder, motion = tiny_encoder(), make_motion(30)
    moved = motion.moved(1.3, torch.tensor([4.0, -2.0]))
    assert torch.allclose(encoder.motions([motion.to_d135()]), encoder.motions([moved.to_d135()]), atol=1e-4)
    assert not torch.allclose(
        encoder.motions([motion.to_d135()]), encoder.motions([motion.mirrored().to_d135()]), atol=1e-3
    )


def test_saved_and_loaded_the_model_is_the_same(tmp_path, make_motion):
    model = tiny_evaluator()
    model.set_statistics(torch.rand(199), 1 + torch.rand(199))
    model.save_pretrained(tmp_path)
    loaded = AutoModel.from_pretrained(tmp_path).eval()
    assert type(loaded) is TextMotionEvaluatorModel
    assert all(torch.equal(value, dict(loaded.named_buffers())[name]) for name, value in model.named_buffers())
    features = make_motion(24).to_d135()[None]
    assert torch.allclose(model.embed_motion(features), loaded.embed_motion(features), atol=1e-6)


def test_loss_tells_pairs_from_others_and_leaves_out_texts_that_fit_as_well(make_motion):
    encoder = tiny_encoder()
    features = torch.stack([make_motion(24, seed=seed).to_d135() for seed in range(3)])
    tokens = encoder.tokenizer([*TEXTS[:3], TEXTS[0]], padding=True, return_tensors="pt")
    batch = {"features": features, "num_frames": torch.tensor([24] * 3), **tokens}
    batch.pop("token_type_ids", None)
    output = encoder.model(**batch)
    logits = output.motion_embeddings @ output.text_embeddings.T * encoder.model.log_scale.exp()
    expected = torch.nn.functional.cross_entropy(logits, torch.arange(3))
    assert output.motion_to_text_loss.item() == pytest.approx(expected.item(), rel=1e-4)
    # the fourth text is the first one again, which is no negative of the first motion
    same = torch.zeros(3, 4, dtype=torch.bool)
    same[0, 3] = same[0, 0] = True
    assert encoder.model(**batch, not_negative=same).motion_to_text_loss < output.motion_to_text_loss


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hidden_size": 20, "num_attention_heads": 4}, "multiple of 8"),
        ({"embedding_size": 0}, "at least 1"),
        ({"temperature": 0.0}, "out of range"),
    ],
)
def test_impossible_configurations_are_explained(options, message):
    with pytest.raises(Exception, match=message):
        TextMotionEvaluatorConfig(**options)


def test_wrong_input_is_explained():
    model = tiny_evaluator()
    with pytest.raises(ValueError, match="expected .motions, frames, 135."):
        model.embed_motion(torch.zeros(2, 8, 100))
    with pytest.raises(ValueError, match="1 to 8 for each of the 2"):
        model.embed_motion(torch.zeros(2, 8, 135), torch.tensor([8, 9]))
    with pytest.raises(ValueError, match="a text is empty"):
        model.embed_text(torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, 3))
    with pytest.raises(FileNotFoundError, match="train_evaluator.py"):
        TextMotionEncoder.from_pretrained("no/such/folder")


# training


def test_same_meaning_is_the_same_action_or_nearly_the_same_words_but_never_the_other_side():
    def meaning(text: str, action: str = "", style: str = "") -> Meaning:
        return Meaning.of({"action": action, "style": style}, text)

    assert meaning("he walks", "walk").same_as(meaning("a stroll", "walk"))
    assert not meaning("he walks", "walk", "old").same_as(meaning("a stroll", "walk"))
    assert meaning("a person walks slowly forward.").same_as(meaning("a man walks slowly forward"))
    left = meaning("raises the left arm", "raise_left_hand")
    assert not left.same_as(left.mirrored("raises the right arm"))
    assert left.mirrored("raises the right arm").same_as(meaning("an arm", "raise_right_hand"))
    assert not meaning("in a circle to the left", "circle").same_as(meaning("circles to the right", "circle"))


def test_mirrored_captions_are_negatives(write_cache):
    cache = MotionCache(write_cache(), "train_samples")
    encoder = tiny_encoder()
    batch = PairSource(cache, encoder.tokenizer, 8).batch([0, 1, 2, 4], torch.Generator().manual_seed(0))
    # "left" and "right" occur in two of the four captions
    assert batch["input_ids"].shape[0] == 6 and batch["not_negative"].shape == (4, 6)
    words = [encoder.tokenizer.decode(row, skip_special_tokens=True) for row in batch["input_ids"][4:]]
    assert "right hand" in words[0] and "left leg" in words[1]
    same = batch["not_negative"]
    assert same[0, 3] and same[3, 0] and not same[0, 1]  # rows 0 and 4 show one action
    assert not same[:, 4:].any()


def test_training_learns_and_goes_on_where_it_stopped(write_cache, tmp_path):
    cache = write_cache()
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    trained(cache, tmp_path / "whole", "steps=30", "learning_rate=0.01")
    log = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in log if row["kind"] == "train"]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
    assert {"R@1", "mirrored R@1", "full MedR"} <= log[-1].keys()
    encoder = TextMotionEncoder.from_pretrained(tmp_path / "whole")
    assert encoder.texts(["a person walks"]).shape == (1, 8)
    AcceleratorState._reset_state(reset_partial_state=True)
    trained(cache, tmp_path / "parts", "steps=3", "checkpoint_every=3")
    (tmp_path / "parts" / "model.safetensors").unlink()
    AcceleratorState._reset_state(reset_partial_state=True)
    trained(cache, tmp_path / "parts", "steps=5")
    assert (tmp_path / "parts" / "model.safetensors").is_file()
    steps = [json.loads(line)["step"] for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert sorted(set(steps)) == [1, 2, 3, 4, 5]


def test_training_goes_on_from_a_trained_evaluator(write_cache, tmp_path):
    cache, before, after = write_cache(), tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    trained(cache, before)
    AcceleratorState._reset_state(reset_partial_state=True)
    trained(cache, after, f"start_from={before}", "learning_rate=0.0")
    ours, theirs = (TextMotionEncoder.from_pretrained(folder) for folder in (after, before))
    assert ours.tokenizer.get_vocab() == theirs.tokenizer.get_vocab()
    for name, tensor in ours.model.state_dict().items():
        assert torch.equal(tensor, theirs.model.state_dict()[name]), name


def test_velocities_are_looked_at_from_nothing(write_cache, tmp_path, make_motion):
    cache, before, after = write_cache(), tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    trained(cache, before)
    AcceleratorState._reset_state(reset_partial_state=True)
    trained(cache, after, f"start_from={before}", "joint_velocities=true", "learning_rate=0.0")
    blind, seeing = (TextMotionEncoder.from_pretrained(folder) for folder in (before, after))
    motions = [make_motion(24, seed=1).to_d135()]
    torch.testing.assert_close(seeing.motions(motions), blind.motions(motions))
    described = seeing.model.describe(motions[0])
    speed = Motion.from_d135(motions[0]).joints().diff(dim=0).norm(dim=-1)
    torch.testing.assert_close(described[1:, 199:].unflatten(-1, (22, 3)).norm(dim=-1), speed, atol=1e-4, rtol=0)
    assert not described[0, 199:].any()
    with pytest.raises(SettingsError, match="it sees joint_velocities; set joint_velocities to true"):
        trained(cache, before, f"start_from={after}")


def test_an_evaluator_of_another_size_or_vocabulary_is_no_start(write_cache, tmp_path, monkeypatch):
    cache, before, after = write_cache(), tmp_path / "before", tmp_path / "after"
    tiny_encoder().model.save_pretrained(before), tiny_encoder().tokenizer.save_pretrained(before)
    after.mkdir()
    monkeypatch.setattr(TextMotionEvaluatorModel, "set_statistics", lambda *_: pytest.fail("read the whole cache"))
    size = TINY["hidden_size"]
    with pytest.raises(SettingsError, match=f"^start_from {before}: hidden_size is {size}, expected {2 * size}$"):
        trained(cache, after, f"start_from={before}", f"hidden_size={2 * size}")
    assert not (after / "tokenizer.json").exists()  # nothing is left behind that the next start would take up
    build_text_tokenizer(["other words altogether"], 280).save_pretrained(after)
    with pytest.raises(SettingsError, match="has other words than .*after; choose another output_dir"):
        trained(cache, after, f"start_from={before}")


@pytest.mark.parametrize("name", ["evaluator_mini", "ranker_mini", "ranker_hard_negatives"])
def test_shipped_settings_can_be_read(name):
    path = Path(__file__).parents[2] / "training" / "configs" / f"{name}.yaml"
    settings = read_settings(EvaluatorSettings, "what it does", ["--config", str(path)])
    assert settings.steps >= 450 and settings.output_dir == f"runs/{name}"


def test_the_shipped_ranker_has_the_size_of_its_settings_and_is_not_the_evaluator():
    configs = Path(__file__).parents[2] / "training" / "configs"
    first, ranker, evaluator = (
        yaml.safe_load((configs / f"{name}.yaml").read_text())
        for name in ("ranker_mini", "ranker_hard_negatives", "evaluator_mini")
    )
    assert ranker["start_from"] == first["output_dir"]
    ranker = first | ranker
    shipped = json.loads((SHIPPED_FOLDER / DEFAULT_CHECKPOINT / RANKER_FOLDER / "config.json").read_text())
    sizes = {name: ranker[name] for name in ranker if name in shipped}
    assert {"hidden_size", "intermediate_size", "embedding_size", "text_vocab_size"} <= sizes.keys()
    assert sizes == {name: shipped[name] for name in sizes} and shipped["joint_velocities"]
    assert ranker["seed"] != evaluator.get("seed", EvaluatorSettings.seed)
    assert ranker["output_dir"] != evaluator["output_dir"]


# rows


def test_every_row_is_there_and_the_same_again(write_cache):
    held_out = load_held_out(write_cache(), "val", samples=10)
    assert len(held_out) == 10 and set(held_out.texts) <= set(TEXTS)
    assert load_held_out(write_cache(), "val", samples=10).texts == held_out.texts
    encoder = tiny_encoder()
    generated = [[random_motion(20, torch.Generator().manual_seed(pass_)) for _ in held_out.texts] for pass_ in (0, 1)]
    table = text_table(encoder, held_out, generated, [clips[:3] for clips in zip(*generated, strict=True)], repeats=3)
    names = ["real", "real, texts with a side", "mirrored text, texts with a side", "mirrored text"]
    assert list(table.guo) == [*names, "shuffled text", "random motion", "ours"]
    assert table.guo["real"]["FID"].mean < 1e-5 < table.guo["random motion"]["FID"].mean
    assert table.pairs["mirrored text, texts with a side"] == sum("left" in t or "right" in t for t in held_out.texts)
    assert table.guo["ours"]["MultiModality"].mean > 0
    assert (
        table.to_dict()
        == text_table(
            encoder, held_out, generated, [clips[:3] for clips in zip(*generated, strict=True)], repeats=3
        ).to_dict()
    )


def test_held_out_pairs_of_a_data_set(tmp_path, make_motion):
    with ShardWriter(tmp_path / "set", "val", rows_per_group=2) as writer:
        for index, body in enumerate((("a person walks", "someone strolls"), (), ("a man jumps",))):
            record = Clip(id=str(index), motion=make_motion(60, index, fps=30.0), body=body)
            writer.append(clip_to_row(record))
    held_out = load_held_out(tmp_path / "set", "val")
    assert len(held_out) == 2  # a clip without a sentence says nothing about texts
    assert held_out.texts[0] in ("a person walks", "someone strolls") and held_out.texts[1] == "a man jumps"
    assert held_out.features[0].shape == (40, 135)  # at 20 fps


def test_held_out_needs_texts(write_cache, tmp_path):
    with pytest.raises(ValueError, match="no motion with a text"):
        load_held_out(write_cache(), "val", longest=0.1)
    with pytest.raises(ValueError, match="one text for each"):
        HeldOut((torch.zeros(4, 135),), ())


def test_random_motion_is_a_body_that_moves_like_none():
    clip = random_motion(40, torch.Generator().manual_seed(0))
    motion = Motion.from_d135(clip)
    assert motion.num_frames == 40
    assert torch.equal(clip, random_motion(40, torch.Generator().manual_seed(0)))
    assert motion.joints().std(dim=0).mean() > 0.02


def test_generation_goes_on_where_it_stopped(tmp_path, make_motion):
    asked = []

    def pipeline(texts, seconds, seed):
        asked.append(list(texts))
        return [make_motion(round(20 * length), seed=len(text)) for text, length in zip(texts, seconds, strict=True)]

    texts = [f"{number} steps" for number in range(20)]
    seconds = [1.0 + 0.1 * (number % 7) for number in range(20)]
    made = generate_all(pipeline, texts, seconds, 0, tmp_path, progress=False)
    assert [len(clip) for clip in made] == [round(20 * length) for length in seconds]
    assert [len(batch) for batch in asked] == [16, 4]
    sorted(tmp_path.glob("*.safetensors"))[1].unlink()
    again = generate_all(pipeline, texts, seconds, 0, tmp_path, progress=False)
    assert len(asked) == 3 and len(asked[2]) == 4
    assert all(torch.equal(first, second) for first, second in zip(made, again, strict=True))
    with pytest.raises(ValueError, match="made 1 motions of 2 texts"):
        generate_all(lambda *a, **k: [make_motion()], texts[:2], [1, 1], 0, tmp_path / "other", progress=False)


# body parts


def lifted(motion: Motion, side: str) -> Motion:
    """The same motion with one arm straight up."""
    rotations = motion.rotations.clone()
    sign = 1 if side == "left" else -1
    shoulder, elbow = (16, 18) if side == "left" else (17, 19)
    rotations[:, shoulder] = torch.tensor([0.0, 0.0, sign * 0.6442, 0.7648])  # 80 degrees about z
    rotations[:, elbow] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    return motion.replace(rotations=rotations)


class Puppet:
    """Does what the part texts say with the arms, and nothing else."""

    def __init__(self, confused: bool = False):
        self.confused = confused
        self.calls = 0

    def __call__(self, text, *, parts, seconds, seed, num_samples):
        self.calls += 1
        motions = []
        for sample in range(num_samples):
            rotations = torch.tensor([0.0, 0, 0, 1]).repeat(80, 22, 1)
            for joint, sign in ((16, -1), (17, 1)):  # arms hang
                rotations[:, joint] = torch.tensor([0.0, 0.0, sign * 0.6442, 0.7648])
            rotations[:, 3, 0] = 0.02 * (seed + sample)  # each seed leans a little more
            motion = Motion(
                torch.nn.functional.normalize(rotations, dim=-1), torch.tensor([0.0, 0.97, 0]).repeat(80, 1)
            )
            for part in parts or {}:
                side = part.removesuffix("_arm")
                motion = lifted(motion, {"left": "right", "right": "left"}[side] if self.confused else side)
            motions.append(motion)
        return motions


ARMS = [case for case in part_cases() if "hand up, standing" in case.name]


def test_a_body_that_obeys_its_parts_leaks_nothing(tmp_path):
    puppet = Puppet()
    report = evaluate_parts(puppet, 2, ARMS, path=tmp_path / "parts.jsonl", progress=False)
    assert report.success() == 1.0 and report.wrong_sides() == 0.0
    assert report.leakage() == pytest.approx(0.0, abs=1e-3)
    assert report.to_dict()["cases"].keys() == {"left hand up, standing", "right hand up, standing"}
    calls = puppet.calls
    again = evaluate_parts(puppet, 2, ARMS, path=tmp_path / "parts.jsonl", progress=False)
    assert again == report and puppet.calls == calls


def test_confused_sides_are_counted():
    report = evaluate_parts(Puppet(confused=True), 2, ARMS, progress=False)
    assert report.success() == 0.0 and report.wrong_sides() == 1.0
    assert report.leakage() == math.inf  # only parts that were told nothing have changed


def test_change_is_told_by_part(make_motion):
    motion = make_motion(40)
    change = part_change(lifted(motion, "left"), motion)
    assert change.pop("left_arm") > 5
    assert max(change.values()) < 0.05
    with pytest.raises(ValueError, match="at least 2"):
        evaluate_parts(Puppet(), 1, progress=False)


def test_cases_name_parts_and_checks_that_exist():
    cases = part_cases()
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        assert set(case.parts) <= set(PART_NAMES) and {*case.checks, *case.opposite} <= CHECKS.keys()
    assert any(len(case.parts) == 2 for case in cases)


# the report


def test_one_command_writes_every_figure(write_cache, tmp_path, capsys):
    cache = write_cache()
    tiny_model(max_steps=12).save_pretrained(tmp_path / "model")
    tiny_processor(max_steps=12).save_pretrained(tmp_path / "model")
    (tmp_path / "judge").mkdir()
    trained(cache, tmp_path / "judge", "steps=1")
    command = ["evaluate", str(tmp_path / "model"), "--data", str(cache), "--evaluator", str(tmp_path / "judge")]
    command += ["--samples", "6", "--repeats", "2", "--multimodal", "2", "--multimodal-samples", "3", "--videos", "1"]
    command += ["--kinds", "bow", "--seeds", "1", "--wordings", "seen", "--seconds", "1", "--part-seeds", "0", "-o"]
    assert command_line([*command, str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "report.md").read_text()
    assert page.strip() in capsys.readouterr().out
    for row in ("| real |", "| mirrored text |", "| shuffled text |", "| random motion |", "| ours |", "| bow |"):
        assert row in page
    summary = json.loads((tmp_path / "out" / "report.json").read_text())
    assert set(summary) == {"settings", "text", "following", "physical", "reconstruction"}
    assert {"recorded motion", "generated, held-out texts", "generated, checks"} == summary["physical"].keys()
    assert summary["text"]["rows"]["ours"]["guo"]["MultiModality"]["mean"] > 0
    for file in ("plots/retrieval.png", "plots/following.png", "pictures/bow.png", "samples/01.png"):
        assert (tmp_path / "out" / file).stat().st_size > 1000
    index = yaml.safe_load((tmp_path / "out" / "model-index.yaml").read_text())["model-index"][0]
    metrics = {metric["name"]: metric["value"] for metric in index["results"][0]["metrics"]}
    assert metrics["FID"] == pytest.approx(summary["text"]["rows"]["ours"]["guo"]["FID"]["mean"], abs=1e-4)
    # again: nothing is generated, the figures are the same
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "out" / "generated").rglob("*.safetensors")}
    assert command_line([*command, str(tmp_path / "out")]) == 0
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == summary
    assert kept == {file: file.stat().st_mtime_ns for file in (tmp_path / "out" / "generated").rglob("*.safetensors")}
    # other settings need another folder
    assert command_line([*command, str(tmp_path / "out"), "--seed", "5"]) == 2
    assert "choose another output folder" in capsys.readouterr().err


def test_the_evaluator_that_ships_knows_left_from_right(make_motion):
    encoder = TextMotionEncoder.from_pretrained("being-m0-evaluator")
    assert sum(weight.numel() for weight in encoder.model.parameters()) < 1.5e6
    sides = encoder.texts([f"a person waves with the {side} hand" for side in ("left", "right")])
    again = encoder.texts(["someone is waving the left hand"])
    closeness = torch.nn.functional.cosine_similarity(again, sides)
    assert closeness[0] > closeness[1] + 0.5
    assert encoder.motions([make_motion(30).to_d135()]).shape == (1, encoder.model.config.embedding_size)


def test_without_an_evaluator_the_page_says_what_is_missing(write_cache, tmp_path, capsys):
    tiny_model(max_steps=12).save_pretrained(tmp_path / "model")
    tiny_processor(max_steps=12).save_pretrained(tmp_path / "model")
    command = ["evaluate", str(tmp_path / "model"), "--data", str(write_cache()), "--samples", "4", "--clips", "2"]
    command += ["--evaluator", "", "--videos", "0", "--kinds", "--part-seeds", "0"]
    assert command_line([*command, "-o", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "report.md").read_text()
    assert "FID and Diversity were not measured" in page and "training/train_evaluator.py" in page
    summary = json.loads((tmp_path / "out" / "report.json").read_text())
    assert set(summary) == {"settings", "physical", "reconstruction"}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (None, "wrote, or HumanML3D's with text_mot_match/model/finest.tar in it"),
        (("model.safetensors", b"half a file"), "is damaged or of another kind"),
        (("config.json", b'{"model_type": '), "is damaged or of another kind"),
        (("config.json", b'{"model_type": "gpt2"}'), "is damaged or of another kind"),
        (("config.json", b"[]"), "is damaged or of another kind"),
        (("tokenizer.json", b""), "is damaged or of another kind"),
        (("tokenizer.json", b'{"a": 1}'), "is damaged or of another kind"),
        (("tokenizer_config.json", b"{}"), "no padding token"),
    ],
)
def test_an_evaluator_that_cannot_be_read_is_one_line_before_anything_else(damage, message, tmp_path, capsys):
    judge = tmp_path / "judge"
    if damage:
        encoder = tiny_encoder()
        encoder.model.save_pretrained(judge), encoder.tokenizer.save_pretrained(judge)
        (judge / damage[0]).write_bytes(damage[1])
    (tmp_path / "model").mkdir()  # which holds no model: it is not even looked at
    command = ["evaluate", str(tmp_path / "model"), "--data", "none", "--evaluator", str(judge)]
    assert command_line([*command, "-o", str(tmp_path / "out")]) == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert error.startswith("being-m0: ") and message in error and str(judge) in error
    assert not (tmp_path / "out").exists()


def test_a_report_of_motions_as_decoded_is_another_one():
    shown, decoded = (EvaluationSettings(DEFAULT_CHECKPOINT, settle=settle) for settle in (True, False))
    assert shown.sampling == {} and decoded.sampling == {"settle": False}
    assert shown.identity != decoded.identity
    assert EvaluationSettings(DEFAULT_CHECKPOINT, as_visitors_get=True).identity != shown.identity


def test_a_report_is_not_continued_with_another_ranker(tmp_path):
    tiny_model().save_pretrained(tmp_path)
    alone = weights_fingerprint(str(tmp_path))
    tiny_evaluator(seed=0).save_pretrained(tmp_path / "ranker")
    first = weights_fingerprint(str(tmp_path))
    assert weights_fingerprint(str(tmp_path)) == first
    tiny_evaluator(seed=1).save_pretrained(tmp_path / "ranker")
    assert len({alone, first, weights_fingerprint(str(tmp_path))}) == 3


def test_embeddings_of_another_evaluator_are_measured(tmp_path, capsys):
    rng = np.random.default_rng(0)
    text = rng.normal(size=(64, 8))
    np.savez(tmp_path / "guo.npz", text=text, motion=text, generated=text + 0.1 * rng.normal(size=(64, 8)))
    out = tmp_path / "out"
    assert command_line(["evaluate", "--embeddings", str(tmp_path / "guo.npz"), "--repeats", "2", "-o", str(out)]) == 0
    rows = json.loads((out / "report.json").read_text())["text"]["rows"]
    assert rows["real"]["guo"]["R@1"]["mean"] == 1.0 > rows["shuffled text"]["guo"]["R@1"]["mean"]
    assert 0 < rows["ours"]["guo"]["FID"]["mean"] < 1
    assert "no other table" not in (out / "report.md").read_text()


def test_part_cases_run_with_a_real_pipeline(tmp_path):
    tiny_model(max_steps=12).save_pretrained(tmp_path)
    tiny_processor(max_steps=12).save_pretrained(tmp_path)
    report = evaluate_parts(load_pipeline(tmp_path), 2, part_cases()[-2:], seconds=1.0, progress=False)
    assert report.to_dict()["generations"] == 4
    assert 0 <= report.success() <= 1 and report.leakage() > 0


def test_a_share_of_words_out_of_range_is_refused():
    with pytest.raises(SettingsError, match="word_dropout is 2, expected a share, 0 to 1"):
        EvaluatorSettings(word_dropout=2.0)
