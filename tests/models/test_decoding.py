"""Every way of decoding that transformers has: under grammar and guidance, or refused in one line."""

import pytest
import torch
from tiny_models import tiny_model, tiny_processor
from transformers import ContinuousBatchingConfig, GenerationConfig, pipeline
from transformers.generation import BaseStreamer, TextIteratorStreamer

from being_m0_hf.models.being_m0.token_layout import TokenLayout

SENTENCES = ["a person walks forward", "waves"]


@pytest.fixture(scope="module")
def model():
    """Guided by default, as the shipped model is."""
    model = tiny_model()
    model.generation_config.update(do_sample=True, guidance_scale=3.0, temperature=0.7)
    return model


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


def grid_sizes(layout: TokenLayout, sequences) -> list[int]:
    return [len(layout.ids_to_codes(layout.motion_span(sequence))) for sequence in sequences]


def greedy(model, inputs, **options):
    return model.generate(**inputs, do_sample=False, **options)


# --- what a GenerationConfig says


def test_settings_of_a_generation_config_hold(model, processor):
    inputs = processor(SENTENCES, seconds=1.0)
    config = GenerationConfig(do_sample=True, num_return_sequences=3)
    assert grid_sizes(model.layout, model.generate(**inputs, generation_config=config)) == [5] * 6
    output = model.generate_motion(**inputs, generation_config=config)
    assert [codes.shape for codes in output.codes] == [(5, 6)] * 6
    cut = model.generate(**inputs, generation_config=GenerationConfig(max_new_tokens=7))
    assert cut.shape[1] == inputs["input_ids"].shape[1] + 7
    cut = model.generate(**inputs, generation_config=GenerationConfig(max_length=30))
    assert cut.shape[1] == 30


def test_greedy_of_a_generation_config_is_greedy(model, processor):
    inputs = processor(SENTENCES, seconds=1.0)
    config = GenerationConfig(do_sample=False)
    assert torch.equal(model.generate(**inputs, generation_config=config), greedy(model, inputs))


def test_limits_in_the_models_own_settings_hold(processor):
    model = tiny_model()
    model.generation_config.max_new_tokens = 9
    inputs = processor(SENTENCES, seconds=1.0)
    assert model.generate(**inputs).shape[1] == inputs["input_ids"].shape[1] + 9


def test_guidance_stays_on_with_a_generation_config(model, processor):
    """It is the model's own, where the configuration does not say another."""
    inputs = processor(SENTENCES, seconds=1.0)
    guided = greedy(model, inputs, guidance_scale=3.0)
    assert torch.equal(model.generate(**inputs, generation_config=GenerationConfig(do_sample=False)), guided)
    config = GenerationConfig(do_sample=False, guidance_scale=1.0)
    plain = model.generate(**inputs, generation_config=config)
    assert torch.equal(plain, greedy(model, inputs, guidance_scale=1.0))
    assert not torch.equal(plain, guided)


def test_given_configuration_is_left_alone(model, processor):
    config = GenerationConfig(do_sample=False, guidance_scale=2.0)
    before = config.to_dict()
    model.generate(**processor("waves", seconds=1.0), generation_config=config)
    assert config.to_dict() == before


# --- the slow road and the fast one


@pytest.mark.parametrize("scale", [1.0, 3.0])
@pytest.mark.parametrize(
    "options",
    [
        {"use_cache": False},
        {"output_scores": True, "return_dict_in_generate": True},
        {"repetition_penalty": 1.0, "cache_implementation": "static"},
        {"prefill_chunk_size": 4},
    ],
    ids=["no cache", "scores", "static cache", "chunked prefill"],
)
def test_other_roads_say_the_same_tokens(model, processor, scale, options):
    inputs = processor(SENTENCES, seconds=[1.0, 0.6], parts={"left arm": "waves"})
    output = greedy(model, inputs, guidance_scale=scale, **options)
    sequences = output if torch.is_tensor(output) else output.sequences
    assert torch.equal(sequences, greedy(model, inputs, guidance_scale=scale))


def test_scores_are_the_guided_ones(model, processor):
    """Of each token: what the model says with the text, pushed away from what it says without, under the grammar."""
    inputs = processor("a person walks forward", seconds=0.4)
    output = greedy(model, inputs, output_scores=True, return_dict_in_generate=True, guidance_scale=2.0)
    assert len(output.scores) == output.sequences.shape[1] - inputs["input_ids"].shape[1]
    free = processor("", seconds=0.4)["input_ids"]
    with torch.no_grad():
        text, none = (model(input_ids=ids).logits[0, -1] for ids in (inputs["input_ids"], free))
    expected = (none + 2.0 * (text - none))[list(model.layout.part_codes(0))]
    scores = output.scores[0][0]
    torch.testing.assert_close(scores[list(model.layout.part_codes(0))], expected, atol=1e-5, rtol=1e-4)
    assert scores.isfinite().sum() == model.layout.codebook_size


def test_seeds_hold_on_the_slow_road(model, processor):
    inputs = processor(SENTENCES, seconds=1.0)
    draw = lambda **options: model.generate(  # noqa: E731
        **inputs, generator=[torch.Generator().manual_seed(seed) for seed in (4, 5)], **options
    )
    assert torch.equal(draw(use_cache=False), draw())
    assert torch.equal(draw(repetition_penalty=1.000001), draw())


def test_held_codes_hold_on_the_slow_road(model, processor):
    inputs = processor(SENTENCES, seconds=1.0)
    held = torch.randint(0, 16, (2, 5, 6))
    held[:, :, 2] = -1
    fast, slow = (greedy(model, inputs, held_codes=held, use_cache=use_cache) for use_cache in (True, False))
    assert torch.equal(fast, slow)
    codes = torch.stack([model.layout.ids_to_codes(model.layout.motion_span(row)) for row in slow])
    assert torch.equal(codes[held >= 0], held[held >= 0])


def test_inputs_embeds_beside_the_ids(model, processor):
    inputs = processor(SENTENCES, seconds=1.0)
    embeds = model.get_input_embeddings()(inputs["input_ids"])
    plain = greedy(model, inputs)
    assert torch.equal(greedy(model, inputs, inputs_embeds=embeds), plain)
    with pytest.raises(ValueError, match="needs input_ids"):
        model.generate(inputs_embeds=embeds)


# --- beams


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_beams_find_a_likelier_motion_than_the_greedy_one(model, processor, scale):
    inputs = processor(SENTENCES, seconds=0.6)
    options = {"guidance_scale": scale, "output_scores": True, "return_dict_in_generate": True}
    one = greedy(model, inputs, **options)
    one_scores = model.compute_transition_scores(one.sequences, one.scores, normalize_logits=True)
    one_score = torch.where(one_scores.isfinite(), one_scores, 0.0).sum(1)
    beams = greedy(model, inputs, num_beams=8, num_return_sequences=2, length_penalty=0.0, **options)
    assert beams.sequences.shape[0] == 4
    assert grid_sizes(model.layout, beams.sequences) == [3] * 4
    assert not torch.equal(beams.sequences[0], beams.sequences[1])
    assert (beams.sequences_scores[::2] >= one_score - 1e-4).all()
    again = greedy(model, inputs, num_beams=8, length_penalty=0.0, guidance_scale=scale, use_cache=False)
    assert torch.equal(again, beams.sequences[::2])


# --- streaming


class Listener(BaseStreamer):
    def __init__(self):
        self.tokens, self.ended = [], 0

    def put(self, value):
        self.tokens += value.flatten().tolist()

    def end(self):
        self.ended += 1


@pytest.mark.parametrize("use_cache", [True, False])
def test_streamer_hears_every_token_and_the_end(model, processor, use_cache):
    listener, inputs = Listener(), processor("waves", seconds=1.0)
    sequence = model.generate(**inputs, streamer=listener, use_cache=use_cache)
    assert listener.tokens == sequence[0].tolist()
    assert listener.ended == 1


def test_iterator_streamer_ends(model, processor):
    streamer = TextIteratorStreamer(processor.tokenizer, timeout=20)
    model.generate(**processor("waves", seconds=0.4), streamer=streamer)
    assert "mot" in "".join(streamer)


# --- cut sequences


def test_cut_sequence_loses_its_partial_step(model, processor):
    output = model.generate_motion(**processor(SENTENCES, seconds=1.0), max_new_tokens=6 * 3 + 2)
    assert [tuple(codes.shape) for codes in output.codes] == [(3, 6), (3, 6)]
    assert [len(features) for features in output.features] == [12, 12]
    with pytest.raises(ValueError, match="5 of the 6 tokens of the first step"):
        model.generate_motion(**processor(SENTENCES, seconds=1.0), max_new_tokens=5)


# --- continuous batching


def test_continuous_batching_keeps_to_the_grammar(model, processor):
    prompts = [processor(text, seconds=seconds)["input_ids"][0].tolist() for text, seconds in
               (("a person walks forward", 1.0), ("waves", 0.4), ("turns", None))]  # fmt: skip
    config = GenerationConfig(do_sample=False, guidance_scale=1.0)
    sizes = ContinuousBatchingConfig(num_blocks=32, max_batch_tokens=64)  # by default it plans for a big GPU
    results = list(model.generate_batch(prompts, config, continuous_batching_config=sizes, warmup=False).values())
    for result, prompt in zip(results, prompts, strict=True):
        assert result.error is None
        alone = model.generate(torch.tensor([prompt]), do_sample=False, guidance_scale=1.0)[0]
        assert prompt + result.generated_tokens == alone.tolist()


def test_continuous_batching_without_guidance_only(model, processor):
    with pytest.raises(ValueError, match="guidance_scale is 3, but continuous batching"):
        model.generate_batch([processor("waves")["input_ids"][0].tolist()])


# --- refused in one line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_beams": 2, "generator": torch.Generator()}, "generator and held_codes are for sampling"),
        ({"negative_prompt_ids": torch.zeros(1, 3, dtype=torch.long)}, "negative_prompt_ids is not supported"),
        ({"assistant_model": "self"}, "assistant_model is not supported"),
        ({"guidance_scale": 1e308}, "guidance_scale"),
        ({"guidance_scale": float("nan")}, "guidance_scale"),
        ({"guidance_scale": -1.0}, "guidance_scale"),
        ({"temperature": 1e-300}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 2.0}, "top_p"),
        ({"top_p": float("nan")}, "top_p"),
        ({"top_k": -1}, "top_k"),
    ],
)
def test_what_makes_no_sense_is_refused(model, processor, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        model.generate(**processor("waves", seconds=0.4), **options)
    assert "\n" not in str(caught.value)


def test_prompt_without_the_template_is_refused(model, processor):
    """transformers' text-generation gave back its prompt, and no motion."""
    with pytest.raises(ValueError, match="holds no <mot>"):
        pipeline("text-generation", model=model, tokenizer=processor.tokenizer)("a person walks")


def test_more_than_the_models_positions_is_refused(model, processor):
    inputs = processor("waves", seconds=1.0)
    with pytest.raises(ValueError, match="512 positions"):
        model.generate(**inputs, max_new_tokens=509)
