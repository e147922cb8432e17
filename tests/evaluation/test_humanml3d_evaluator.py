"""HumanML3D's evaluator with random weights in the published file layout: same steps, plain files, all rows."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_models import tiny_model, tiny_processor
from torch import Tensor, nn

from being_m0_hf.cli.main import main as command_line
from being_m0_hf.evaluation.evaluator import load_evaluator
from being_m0_hf.evaluation.humanml3d.evaluator import MAX_FRAMES, HumanML3DEvaluator
from being_m0_hf.evaluation.humanml3d.pairs import read_humanml3d_pairs
from being_m0_hf.evaluation.humanml3d.words import read_words
from being_m0_hf.evaluation.report.text_rows import text_table
from being_m0_hf.motion import Motion
from being_m0_hf.retarget.humanml3d_bones import bone_lengths, humanml3d_features
from being_m0_hf.training_data.feature_cache import CacheWriter

pytestmark = pytest.mark.slow

WORDS = [
    "sos",
    "eos",
    "unk",
    "a",
    "person",
    "man",
    "walk",
    "kick",
    "left",
    "right",
    "arm",
    "wave",
    "the",
    "with",
    "stop",
]
TEXTS = ("a person walks", "a person waves the left arm", "the man kicks with the right leg", "a man stopped")
LINE = "a man kicks with his left leg#a/DET man/NOUN kick/VERB with/ADP his/PRON left/ADJ leg/NOUN#0.0#0.0"
WEIGHTS = "text_mot_match/model/finest.tar"


def gru(hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        f"gru.{kind}_l0{way}": (3 * hidden, hidden) if kind.startswith("weight") else (3 * hidden,)
        for way in ("", "_reverse")
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    } | {"hidden": (2, 1, hidden)}


def head(inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """What both recurrent encoders have before and behind their GRU."""
    shapes = {"input_emb.weight": (hidden, inputs), "output_net.0.weight": (hidden, 2 * hidden)}
    shapes |= {"output_net.1.weight": (hidden,), "output_net.3.weight": (512, hidden)}
    return shapes | {name.replace("weight", "bias"): shape[:1] for name, shape in shapes.items()} | gru(hidden)


#: Names and shapes in the published finest.tar.
PUBLISHED = {
    "movement_encoder": {
        "main.0.weight": (512, 259, 4), "main.0.bias": (512,), "main.3.weight": (512, 512, 4), "main.3.bias": (512,),
        "out_net.weight": (512, 512), "out_net.bias": (512,),
    },
    "text_encoder": head(300, 512) | {"pos_emb.weight": (300, 15), "pos_emb.bias": (300,)},
    "motion_encoder": head(512, 1024),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """The published folder, but for a text file of words where there is a pickle."""
    folder = tmp_path_factory.mktemp("t2m")
    noise = torch.Generator().manual_seed(0)
    weights = {
        network: {name: 0.05 * torch.randn(shape, generator=noise) for name, shape in shapes.items()}
        for network, shapes in PUBLISHED.items()
    }
    for place in ("text_mot_match/model", "Comp_v6_KLD01/meta", "glove"):
        (folder / place).mkdir(parents=True)
    torch.save(weights | {"epoch": 3}, folder / WEIGHTS)
    rng = np.random.default_rng(0)
    np.save(folder / "Comp_v6_KLD01/meta/mean.npy", 0.1 * rng.normal(size=263).astype(np.float32))
    np.save(folder / "Comp_v6_KLD01/meta/std.npy", rng.uniform(0.05, 1, 263).astype(np.float32))
    np.save(folder / "glove/our_vab_data.npy", rng.normal(size=(len(WORDS), 300)))
    (folder / "glove/our_vab_words.txt").write_text("\n".join(WORDS))
    return folder


@pytest.fixture(scope="module")
def evaluator(files) -> HumanML3DEvaluator:
    return load_evaluator(files)


@pytest.fixture
def copied(files, tmp_path) -> Path:
    """The folder once more, to damage; the weights are linked, they are large."""
    return Path(shutil.copytree(files, tmp_path / "files", copy_function=os.link))


def replaced(file: Path, content: bytes) -> None:
    file.unlink()  # it is one file with the module's
    file.write_bytes(content)


def published_steps(folder: Path, features: Tensor) -> Tensor:
    """One motion's embedding, step by step from the weights: what `EvaluatorModelWrapper` does with (frames, 263)."""
    weights = torch.load(folder / WEIGHTS, weights_only=True)
    mean, std = (torch.from_numpy(np.load(folder / f"Comp_v6_KLD01/meta/{name}.npy")) for name in ("mean", "std"))
    frames = len(features) // 4 * 4
    padded = F.pad((features[:frames] - mean) / std, (0, 0, 0, 196 - frames))[:, :-4]
    movement = weights["movement_encoder"]
    image = padded.T[None]
    for layer in ("main.0", "main.3"):
        image = F.conv1d(image, movement[f"{layer}.weight"], movement[f"{layer}.bias"], stride=2, padding=1)
        image = F.leaky_relu(image, 0.2)
    movements = F.linear(image[0].T, movement["out_net.weight"], movement["out_net.bias"])[: frames // 4]
    return published_sequence_steps(weights["motion_encoder"], movements)


def published_sequence_steps(weights: dict[str, Tensor], inputs: Tensor) -> Tensor:
    """The embedding of one sequence (length, inputs): what both recurrent encoders do."""
    states = F.linear(inputs, weights["input_emb.weight"], weights["input_emb.bias"])
    size = states.shape[-1]
    recurrent = nn.GRU(size, size, batch_first=True, bidirectional=True)
    recurrent.load_state_dict({name[4:]: value for name, value in weights.items() if name.startswith("gru.")})
    _, last = recurrent(states[None], weights["hidden"])
    out = F.linear(last.flatten(), weights["output_net.0.weight"], weights["output_net.0.bias"])
    out = F.layer_norm(out, (size,), weights["output_net.1.weight"], weights["output_net.1.bias"])
    return F.linear(F.leaky_relu(out, 0.2), weights["output_net.3.weight"], weights["output_net.3.bias"]).detach()


# motions


def test_a_motion_s_embedding_is_what_the_published_steps_give(files, evaluator, make_motion):
    features = humanml3d_features(make_motion(48).joints())
    (found,) = evaluator.motions([features])
    assert found.shape == (512,) and found.std() > 1e-3
    assert torch.allclose(found, published_steps(files, features), atol=1e-5)


def test_neither_order_nor_the_others_in_a_batch_change_an_embedding(evaluator, make_motion):
    clips = [make_motion(frames, seed).to_d135() for seed, frames in enumerate((61, 24, 40, 200))]
    together, alone = evaluator.motions(clips), torch.cat([evaluator.motions([clip]) for clip in clips])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(evaluator.motions(clips[::-1]), together.flip(0), atol=1e-5)
    assert (together[:, None] - together[None]).norm(dim=-1).fill_diagonal_(1).min() > 1e-3
    texts = evaluator.texts(TEXTS)
    assert torch.allclose(texts, torch.cat([evaluator.texts([text]) for text in TEXTS]), atol=1e-5)


def test_whole_units_of_four_frames_up_to_the_longest_are_seen(evaluator, make_motion):
    features = humanml3d_features(make_motion(220).joints())
    embed = lambda frames: evaluator.motions([features[:frames]])[0]  # noqa: E731
    assert torch.allclose(embed(43), embed(40), atol=1e-6)
    assert not torch.allclose(embed(44), embed(40), atol=1e-4)
    assert torch.allclose(embed(219), embed(MAX_FRAMES), atol=1e-6)
    assert torch.isfinite(evaluator.motions([make_motion(4).to_d135()])).all()  # three steps: less than a unit
    with pytest.raises(ValueError, match=r"expected \(frames, 135\) or \(frames, 263\)"):
        evaluator.motions([torch.zeros(20, 67)])


def test_motions_get_humanml3d_s_bones_where_a_clip_of_it_is_there(copied, evaluator, make_motion):
    motion = Motion.from_d135(make_motion(30).to_d135())
    as_it_is = evaluator.motions([humanml3d_features(motion.joints())])
    assert torch.allclose(evaluator.motions([motion.to_d135()]), as_it_is, atol=1e-4)
    theirs = 1.1 * make_motion(20, seed=3).joints()
    (copied / "new_joints").mkdir()
    np.save(copied / "new_joints/000021.npy", theirs.numpy())
    with_bones = load_evaluator(copied)
    assert torch.allclose(with_bones.lengths, bone_lengths(theirs), atol=1e-5)
    expected = evaluator.motions([humanml3d_features(motion.joints(), bone_lengths(theirs))])
    assert torch.allclose(with_bones.motions([motion.to_d135()]), expected, atol=1e-4)
    assert not torch.allclose(expected, as_it_is, atol=1e-3)


# words


def test_a_text_s_embedding_is_what_the_published_steps_give(files, evaluator):
    weights = torch.load(files / WEIGHTS, weights_only=True)["text_encoder"]
    vectors, tags, (length,) = read_words(files).batch([LINE])
    tagged = vectors[0, :length] + F.linear(tags[0, :length], weights["pos_emb.weight"], weights["pos_emb.bias"])
    (found,) = evaluator.texts([LINE])
    assert found.shape == (512,) and found.std() > 1e-3
    assert torch.allclose(found, published_sequence_steps(weights, tagged), atol=1e-5)


def test_tags_come_from_the_line_from_the_texts_or_from_their_mirror_image(copied):
    (copied / "texts").mkdir()
    (copied / "texts/000001.txt").write_text(LINE + "\nnot a tagged line\n")
    words = read_words(copied)
    tokens = [("a", "DET"), ("man", "NOUN"), ("kick", "VERB"), ("with", "ADP"), ("his", "PRON")]
    assert words.tokens(LINE) == words.tokens("a man  kicks with his left leg")
    assert words.tokens(LINE) == [*tokens, ("left", "ADJ"), ("leg", "NOUN")]
    assert words.tokens("a man kicks with his right leg") == [*tokens, ("right", "ADJ"), ("leg", "NOUN")]
    plain = [("a", "OTHER"), ("man", "OTHER"), ("stop", "OTHER"), ("walk", "OTHER"), ("wave", "OTHER"), ("xy", "OTHER")]
    assert words.tokens("A man's stopped, walking; waves xy!") == plain


def test_vectors_and_tags_of_a_sentence(files):
    words = read_words(files)
    vectors, tags, lengths = words.batch([LINE, "walk " * 30])
    assert vectors.shape == (2, 22, 300) and tags.shape == (2, 22, 15) and lengths.tolist() == [9, 22]
    table = np.load(files / "glove/our_vab_data.npy").astype(np.float32)
    rows = ["sos", "a", "man", "kick", "with", "unk", "left", "unk", "eos"]  # "his" and "leg" are not among the words
    assert np.array_equal(vectors[0, :9].numpy(), table[[WORDS.index(word) for word in rows]])
    assert tags[0, :9].argmax(-1).tolist() == [14, 2, 1, 12, 3, 14, 9, 14, 14]
    assert tags[1, 1:21].argmax(-1).tolist() == [12] * 20 and tags.sum().item() == 31


def test_words_as_glove_publishes_them(copied, evaluator):
    table = np.load(copied / "glove/our_vab_data.npy")
    lines = [f"{word} {' '.join(map(repr, row.tolist()))}\n" for word, row in zip(WORDS, table, strict=True)]
    shutil.rmtree(copied / "glove")
    published = copied / "glove.840B.300d.txt"
    published.write_text(lines[0].replace("sos", ". . .") + "".join(lines))
    assert torch.allclose(load_evaluator(copied).texts(TEXTS), evaluator.texts(TEXTS), atol=1e-6)
    published.write_text(lines[0] + "a 0.1 0.2\n")
    with pytest.raises(ValueError, match="line 2: expected a word and 300 numbers"):
        read_words(copied)


# files


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_nothing_is_unpickled(copied, tmp_path):
    trap = tmp_path / "sprung"
    (copied / WEIGHTS).unlink()
    torch.save({"movement_encoder": Trap(trap)}, copied / WEIGHTS)
    with pytest.raises(ValueError, match="more than plain tensors, which is never loaded"):
        load_evaluator(copied)
    (copied / "glove/our_vab_data.npy").unlink()
    np.save(copied / "glove/our_vab_data.npy", np.array([Trap(trap)], dtype=object))
    with pytest.raises(ValueError, match="never loaded"):
        load_evaluator(copied)
    assert not trap.exists()


def plain_npy(array: np.ndarray, file: Path) -> bytes:
    np.save(file, array)
    return file.read_bytes()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (WEIGHTS, b"half a file", "finest.tar: damaged"),
        ("Comp_v6_KLD01/meta/mean.npy", None, "Comp_v6_KLD01/meta/mean.npy, which HumanML3D's evaluator needs"),
        ("Comp_v6_KLD01/meta/std.npy", np.ones(251), "expected 263 finite numbers"),
        ("Comp_v6_KLD01/meta/std.npy", np.full(263, np.nan), "expected 263 finite numbers"),
        ("Comp_v6_KLD01/meta/std.npy", b"no array", "std.npy: "),
        ("glove/our_vab_data.npy", None, "no word vectors in"),
        ("glove/our_vab_data.npy", np.ones((3, 300)), "our_vab_words.txt has 15 lines"),
        ("glove/our_vab_words.txt", None, "with: python -c \"import pickle; i = pickle.load(open('our_vab_idx.pkl'"),
        ("glove/our_vab_words.txt", b"\xff\xfe", "our_vab_words.txt: not text in UTF-8"),
        ("glove/our_vab_words.txt", "\n".join(["x", *WORDS[1:]]).encode(), "have no sos"),
    ],
)
def test_what_is_wrong_with_the_files_is_one_line(copied, tmp_path, capsys, file, content, message):
    if content is None:
        (copied / file).unlink()
    else:
        is_bytes = isinstance(content, bytes)
        replaced(copied / file, content if is_bytes else plain_npy(content, tmp_path / "array.npy"))
    (tmp_path / "model").mkdir()  # which holds no model: it is not even looked at
    command = ["evaluate", str(tmp_path / "model"), "--data", "none", "--evaluator", str(copied)]
    assert command_line([*command, "-o", str(tmp_path / "out")]) == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert error.startswith("being-m0: ") and message in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("text_encoder"), "has no text_encoder"),
        (lambda weights: weights["movement_encoder"].update({"main.0.weight": torch.zeros(512, 247, 4)}), "KIT-ML"),
    ],
)
def test_weights_of_another_network_are_named(copied, change, message):
    weights = torch.load(copied / WEIGHTS, weights_only=True)
    change(weights)
    (copied / WEIGHTS).unlink()
    torch.save(weights, copied / WEIGHTS)
    with pytest.raises(ValueError, match=message):
        load_evaluator(copied)


def test_the_command_that_makes_the_word_list_works(copied, tmp_path, monkeypatch):
    (copied / "glove/our_vab_words.txt").unlink()
    (copied / "glove/our_vab_idx.pkl").write_bytes(pickle.dumps({word: row for row, word in enumerate(WORDS)}))
    with pytest.raises(FileNotFoundError) as missing:
        read_words(copied)
    code = str(missing.value).split('python -c "')[1].rstrip('"')
    monkeypatch.chdir(copied / "glove")
    exec(code)  # our own line, on the file made above
    assert list(read_words(copied).rows) == WORDS


# HumanML3D's own arrays


def test_pairs_of_humanml3d_s_own_arrays(tmp_path, evaluator, make_motion):
    for name in ("new_joint_vecs", "texts"):
        (tmp_path / name).mkdir()
    for name, frames in (("000000", 62), ("M000000", 90), ("000001", 30), ("000002", 260)):
        features = humanml3d_features(make_motion(frames, seed=frames).joints())
        np.save(tmp_path / f"new_joint_vecs/{name}.npy", features.numpy())
        (tmp_path / f"texts/{name}.txt").write_text(LINE.replace("0.0#0.0", "nan#nan"))
    part = "kicks#kick/VERB#1.0#3.5\n"
    (tmp_path / "texts/M000000.txt").write_text(part + part.replace("3.5", "1.5") + LINE)
    (tmp_path / "test.txt").write_text("000000\nM000000\n000001\n000002\n000003\n")
    pairs = read_humanml3d_pairs(tmp_path, "test")
    assert [text.split("#")[0] for text in pairs.texts] == [LINE.split("#")[0], "kicks", LINE.split("#")[0]]
    lengths = [len(features) for features in pairs.features]
    assert all(found in (whole, whole - 4) for found, whole in zip(lengths, (60, 48, 88), strict=True))
    assert text_table(evaluator, pairs, repeats=1).pairs["mirrored text, texts with a side"] == 2
    (tmp_path / "texts/000000.txt").write_text("a man#man/NOUN#soon#later")
    with pytest.raises(ValueError, match="000000.txt: times are not numbers"):
        read_humanml3d_pairs(tmp_path, "test")
    with pytest.raises(FileNotFoundError, match="train.txt is missing"):
        read_humanml3d_pairs(tmp_path, "train")
    (tmp_path / "train.txt").write_text("000001")
    with pytest.raises(ValueError, match="no clip of the split 'train'"):
        read_humanml3d_pairs(tmp_path, "train")


# the whole way


def test_one_command_writes_all_rows(files, tmp_path, make_motion, capsys):
    for name in ("val", "val_samples"):
        cache = CacheWriter(tmp_path / "cache", name)
        for index in range(8):
            caption = {"text": TEXTS[index % 4], "kind": "template", "weight": 1.0}
            row = {"id": str(index), "kind": "clip", "mirrored": False, "captions": [caption]}
            cache.add(make_motion(24 + 4 * (index % 3), seed=index).to_d135(), **row)
        cache.save()
    tiny_model(max_steps=12).save_pretrained(tmp_path / "model")
    tiny_processor(max_steps=12).save_pretrained(tmp_path / "model")
    command = ["evaluate", str(tmp_path / "model"), "--data", str(tmp_path / "cache"), "--evaluator", str(files)]
    command += ["--clips", "0", "--repeats", "2", "--videos", "0", "--kinds", "--part-seeds", "0", "--no-pictures"]
    assert command_line([*command, "-o", str(tmp_path / "out")]) == 0, capsys.readouterr().err
    page = (tmp_path / "out" / "report.md").read_text()
    assert "The evaluator is HumanML3D's." in page and "no other table" not in page
    rows = json.loads((tmp_path / "out" / "report.json").read_text())["text"]["rows"]
    wanted = {"real", "mirrored text", "shuffled text", "random motion", "ours", "real, texts with a side"}
    assert wanted <= rows.keys() and rows["real"]["pairs"] == 8
    assert rows["real"]["guo"]["FID"]["mean"] < 1e-3 < rows["random motion"]["guo"]["FID"]["mean"]
