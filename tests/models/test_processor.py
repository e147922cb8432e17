"""The processor: text tokenizer, prompt template, training samples, features; and the one-call pipeline."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import SENTENCES, tiny_encoder, tiny_model, tiny_processor
from transformers import AutoProcessor

import being_m0_hf
from being_m0_hf.models import BeingM0Processor
from being_m0_hf.models.being_m0 import build_text_tokenizer
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

PROCESSOR = tiny_processor()


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline(tiny_model(), PROCESSOR)


def walk(frames=44, fps=20.0) -> Motion:
    """A body that glides forward and turns its arms a little."""
    generator = torch.Generator().manual_seed(0)
    rotations = torch.tensor([0.0, 0.0, 0.0, 1.0]) + 0.05 * torch.randn(22, 4, generator=generator)
    rotations = torch.nn.functional.normalize(rotations, dim=-1).expand(frames, 22, 4)
    forward = torch.linspace(0, 1, frames)
    return Motion(rotations, torch.stack((0 * forward, 0.9 + 0 * forward, forward), dim=-1), fps)


# --- text tokenizer


def test_frequent_words_are_one_token():
    tokenizer = build_text_tokenizer(SENTENCES, vocab_size=400)
    for word in ("person", "walks", "waves", "left"):
        assert len(tokenizer(word)["input_ids"]) == 1, word


def test_case_and_order_of_the_sentences_do_not_matter():
    first, second = (build_text_tokenizer(sentences, 350) for sentences in (SENTENCES, SENTENCES[::-1]))
    assert first.get_vocab() == second.get_vocab()
    assert first("A Person WALKS")["input_ids"] == first("a person walks")["input_ids"]


@given(st.text())
def test_any_unicode_survives(text):
    """Nothing is lost but case, composition and spacing: what is decoded is encoded to the same ids again."""
    ids = PROCESSOR.text_ids(text)
    assert all(0 <= token < PROCESSOR.layout.text_vocab_size for token in ids)
    assert PROCESSOR.text_ids(PROCESSOR.tokenizer.decode(ids)) == ids


def test_decoded_text_is_the_text():
    text = "a naïve 人 walks — 3 times"
    assert PROCESSOR.tokenizer.decode(PROCESSOR.text_ids(text)).strip() == text


# --- prompts


def test_prompt_template():
    layout = PROCESSOR.layout
    ids = PROCESSOR.prompt_ids("a person walks", {"right arm": "waves", "torso": "bends"}, steps=7)
    assert PROCESSOR.describe(ids).replace(" ", "") == (
        "<|mot_bos|><|len_7|>apersonwalks<|torso|>bends<|right_arm|>waves<mot>"
    )
    assert PROCESSOR.prompt_ids("") == [layout.bos_id, layout.length_id(None), layout.motion_start_id]


def test_markers_in_a_users_text_stay_text():
    for marker in ("<mot>", "</mot>", "<|mot_eos|>", "<|len_3|>", "<|left_arm|>"):
        assert max(PROCESSOR.text_ids(f"walk {marker} fast")) < PROCESSOR.layout.text_vocab_size


def test_batch_is_left_padded():
    inputs = PROCESSOR(["a person walks forward", "waves"], seconds=[1.0, None])
    layout = PROCESSOR.layout
    assert (inputs["input_ids"][:, -1] == layout.motion_start_id).all()
    assert torch.equal(inputs["input_ids"] == layout.pad_id, inputs["attention_mask"] == 0)
    assert inputs["attention_mask"].sum(1).tolist() == [
        len(PROCESSOR.prompt_ids("a person walks forward")), len(PROCESSOR.prompt_ids("waves"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "walk", "seconds": 99.0}, "seconds is 99, expected 0.2 to 2.4"),
        ({"text": "walk", "seconds": 0.0}, "seconds is 0, expected"),
        ({"text": "walk", "seconds": float("nan")}, "seconds is nan, expected"),
        ({"text": "walk", "parts": {"tail": "wags"}}, "no body part 'tail'; the parts are root, torso, left_arm"),
        ({"text": ["walk", "run"], "seconds": [1.0]}, "2 texts, 2 parts and 1 seconds"),
    ],
)
def test_bad_requests_are_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        PROCESSOR(**arguments)
    assert "\n" not in str(error.value)


# --- training samples


def test_training_sample_continues_the_prompt():
    codes = torch.randint(0, 16, (4, 6))
    sample = PROCESSOR.training_sample("a person waves", codes, text_weight=0.25)
    prompt = PROCESSOR.prompt_ids("a person waves", steps=4)
    layout, ids, labels = PROCESSOR.layout, sample["input_ids"], sample["labels"]
    assert ids[: len(prompt)].tolist() == prompt
    assert torch.equal(layout.ids_to_codes(layout.motion_span(ids)), codes)
    assert ids[-2:].tolist() == [layout.motion_end_id, layout.eos_id]
    assert labels[:2].tolist() == [-100, -100] and torch.equal(labels[2:], ids[2:])
    assert sample["loss_weights"][2 : len(prompt)].unique().tolist() == [0.25]
    assert sample["loss_weights"][len(prompt) :].unique().tolist() == [1.0]


def test_description_can_be_left_out_of_the_loss():
    sample = PROCESSOR.training_sample("a person waves", torch.zeros(2, 6, dtype=torch.long), mask_description=True)
    assert (sample["labels"] != -100).sum() == 2 * 6 + 2


def test_collated_padding_is_never_learned():
    codes = torch.zeros(2, 6, dtype=torch.long)
    batch = PROCESSOR.collate([PROCESSOR.training_sample(text, codes) for text in ("waves", "a person walks")])
    padded = batch["input_ids"] == PROCESSOR.layout.pad_id
    assert padded.any() and not padded[:, 0].any()
    assert (batch["labels"][padded] == -100).all() and (batch["loss_weights"][padded] == 0).all()


# --- motion


def test_features_and_motion_are_inverse():
    motion = walk()
    again = PROCESSOR.decode_motion(PROCESSOR.extract_features(motion), text="walks")
    assert again.text == "walks"
    torch.testing.assert_close(again.joints(), motion.canonicalized().joints(), atol=1e-4, rtol=0)


def test_motions_are_brought_to_20_fps_and_padded():
    inputs = PROCESSOR(["a", "b"], motion=[walk(60, fps=30.0), walk(20)])
    assert inputs["num_frames"].tolist() == [40, 20]
    assert inputs["features"].shape == (2, 40, 135)
    assert (inputs["features"][1, 20:] == 0).all()


# --- saving


def test_saved_processor_is_the_same(tmp_path):
    PROCESSOR.save_pretrained(tmp_path)
    for again in (BeingM0Processor.from_pretrained(tmp_path), AutoProcessor.from_pretrained(tmp_path)):
        assert type(again) is BeingM0Processor
        assert again.layout == PROCESSOR.layout
        left, right = (p(["A person walks <mot>", ""], seconds=1.0) for p in (PROCESSOR, again))
        assert torch.equal(left["input_ids"], right["input_ids"])


def test_markers_of_another_layout_are_refused():
    with pytest.raises(ValueError, match="start from a tokenizer without them"):
        BeingM0Processor(tiny_processor(max_steps=12).tokenizer, codebook_bits=4, max_steps=20)


# --- one call


def test_pipeline_gives_motions(pipeline):
    motion = pipeline("a person walks", seconds=2.0, seed=1)
    assert isinstance(motion, Motion)
    assert (motion.num_frames, motion.fps, motion.text) == (40, 20.0, "a person walks")
    assert torch.equal(motion.rotations, pipeline("a person walks", seconds=2.0, seed=1).rotations)
    assert not torch.equal(motion.rotations, pipeline("a person walks", seconds=2.0, seed=2).rotations)


def test_samples_have_seeds_of_their_own(pipeline):
    motions = pipeline("a person walks", seconds=1.0, seed=4, num_samples=3, guidance_scale=1.5)
    second = pipeline("a person walks", seconds=1.0, seed=5, guidance_scale=1.5)
    assert len(motions) == 3
    torch.testing.assert_close(motions[1].joints(), second.joints())


def test_zero_temperature_forgets_the_seed(pipeline):
    first, second = (pipeline("waves", seconds=1.0, seed=seed, temperature=0.0) for seed in (1, 2))
    assert torch.equal(first.rotations, second.rotations)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "  "}, "the text is empty"),
        ({"text": "walk", "seconds": 60}, "seconds is 60, expected 0.2 to 2.4"),
        ({"text": "walk", "parts": {"wing": "flaps"}}, "no body part 'wing'"),
        ({"text": "walk", "num_samples": 0}, "num_samples is 0"),
        ({"text": "walk", "temperature": -1.0}, "temperature is -1"),
    ],
)
def test_pipeline_refuses_in_one_line(pipeline, arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        pipeline(**arguments)
    assert "\n" not in str(error.value)


def test_part_texts_alone_are_enough(pipeline):
    assert pipeline("", parts={"left arm": "waves"}, seconds=1.0).num_frames == 20


# --- choosing among candidates


@pytest.fixture(scope="module")
def ranked(pipeline):
    return MotionPipeline(pipeline.model, PROCESSOR, tiny_encoder())


@pytest.mark.slow
def test_the_candidate_nearest_to_the_text_is_returned(pipeline, ranked, monkeypatch):
    text, seeds = "a person walks forward", [7 + 1_000_003 * draw for draw in range(5)]
    candidates = [pipeline(text, seconds=1.0, seed=seed, temperature=2.0) for seed in seeds]
    for best in range(5):
        fits = torch.eye(5)[best : best + 1]
        monkeypatch.setattr(TextMotionEncoder, "similarity", lambda encoder, texts, features, fits=fits: fits.clone())
        chosen = ranked(text, seconds=1.0, seed=7, temperature=2.0, candidates=5)
        torch.testing.assert_close(chosen.joints(), candidates[best].joints())


def test_the_ranker_sees_the_sentence_and_the_motions_that_are_shown(pipeline, ranked, monkeypatch):
    seen, similarity = [], TextMotionEncoder.similarity

    def seeing(encoder, texts, features):
        seen.append((list(texts), [Motion.from_d135(each).joints() for each in features]))
        return similarity(encoder, texts, features)

    monkeypatch.setattr(TextMotionEncoder, "similarity", seeing)
    ranked("walks", seconds=1.0, seed=7, candidates=2, temperature=1.0)
    [(texts, shown)] = seen
    assert texts == ["walks"]
    torch.testing.assert_close(shown[0], pipeline("walks", seconds=1.0, seed=7, temperature=1.0).joints())


@pytest.mark.slow
def test_texts_and_samples_choose_for_themselves(ranked):
    together = ranked(["walks", "waves"], seconds=1.0, seed=3, num_samples=2)
    alone = [ranked(text, seconds=1.0, seed=seed) for text in ("walks", "waves") for seed in (3, 4)]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.joints(), other.joints())


@pytest.mark.slow
def test_candidates_are_the_default_only_with_a_ranker(pipeline, ranked):
    plain, single = (each("walks", seconds=1.0, seed=2, candidates=1) for each in (pipeline, ranked))
    assert torch.equal(plain.rotations, single.rotations)
    assert not torch.equal(single.rotations, ranked("walks", seconds=1.0, seed=2).rotations)
    assert ranked("", parts={"left arm": "waves"}, seconds=1.0).num_frames == 20


@pytest.mark.parametrize(("candidates", "message"), [(0, "candidates is 0"), (3, "has no ranker")])
def test_impossible_candidates_are_refused(pipeline, candidates, message):
    with pytest.raises(ValueError, match=message):
        pipeline("walks", candidates=candidates)


def test_a_checkpoint_may_hold_a_ranker(pipeline, tmp_path):
    pipeline.model.save_pretrained(tmp_path)
    PROCESSOR.save_pretrained(tmp_path)
    assert being_m0_hf.load_pipeline(tmp_path).ranker is None
    ranker = tiny_encoder()
    ranker.model.save_pretrained(tmp_path / "ranker")
    ranker.tokenizer.save_pretrained(tmp_path / "ranker")
    assert being_m0_hf.load_pipeline(tmp_path).ranker is not None
    (tmp_path / "ranker" / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(ValueError, match="ranker' is damaged"):
        being_m0_hf.load_pipeline(tmp_path)


def test_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match="no checkpoint 'no-such-model'; give 'being-m0-mini'"):
        being_m0_hf.load_pipeline("no-such-model")


def test_model_and_processor_must_fit(pipeline):
    with pytest.raises(ValueError, match="do not belong together"):
        MotionPipeline(pipeline.model, tiny_processor(max_steps=5))


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, being_m0_hf; assert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- what is no request


LONG = "a person walks forward and then turns around " * 400
NOT_A_TEXT = {
    "a lone surrogate": ("a person \udce9 walks", "no valid Unicode at character 10"),
    "thousands of words": (LONG, "characters, expected at most"),
    "hundreds of words": (LONG[:3000], "tokens, expected at most 256"),
    "None": (None, "the text is None"),
    "bytes": (b"walks", "the text is b'walks'"),
}


@pytest.mark.parametrize("words", NOT_A_TEXT)
@pytest.mark.parametrize("place", ["text", "part"])
def test_what_is_no_text_is_refused_before_any_work(words, place):
    text, message = NOT_A_TEXT[words]
    request = ([text], None) if place == "text" else (["a person walks"], {"left arm": text})
    with pytest.raises(ValueError, match=message) as caught:
        PROCESSOR(*request, seconds=1.0)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=message):
        MotionPipeline(tiny_model(), PROCESSOR)(request[0], parts=request[1], seconds=1.0)


def test_padding_as_in_other_processors():
    plain, padded = (PROCESSOR(["a person walks", "waves"], **options) for options in ({}, {"padding": True}))
    assert torch.equal(plain["input_ids"], padded["input_ids"])
    with pytest.raises(ValueError, match="padding is 'max_length'"):
        PROCESSOR("waves", padding="max_length")


@pytest.mark.parametrize(
    "options",
    [
        {"guidance_scale": 1e308}, {"guidance_scale": float("nan")}, {"temperature": 1e-300},
        {"temperature": float("nan")}, {"temperature": float("inf")}, {"top_p": 0.0}, {"top_p": 2.0}, {"seed": 1.5},
        {"seed": -1}, {"seed": 2**64}, {"num_samples": 1.5}, {"candidates": 0}, {"seconds": float("nan")},
        {"seconds": "abc"},
    ],
    ids=str,
)  # fmt: skip
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))} is") as caught:
        MotionPipeline(tiny_model(), PROCESSOR)("a person walks", **{"seconds": 1.0} | options)
    assert "\n" not in str(caught.value)
