"""The motion language model: vocabulary, loss, grammar, guidance, saving, fine-tuning."""

import peft
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import tiny_model, tiny_motion_tokenizer, tiny_motion_tokenizer_config, tiny_processor
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, LogitsProcessor

from being_m0_hf.models import BeingM0Config, BeingM0ForConditionalGeneration
from being_m0_hf.models.being_m0 import MotionGrammarLogitsProcessor, TokenLayout
from being_m0_hf.models.being_m0.token_sampling import pick_tokens

SENTENCES = ["a person walks forward", "someone waves"]


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


def training_batch(processor, seed=0):
    codes = torch.randint(0, 16, (2, 5, 6), generator=torch.Generator().manual_seed(seed))
    first = processor.training_sample("a person walks forward", codes[0], {"left arm": "waves"})
    return processor.collate([first, processor.training_sample("", codes[1, :3], length_known=False)])


def logits_of(model, processor):
    batch = training_batch(processor)
    with torch.no_grad():
        return model(input_ids=batch["input_ids"]).logits


# --- vocabulary


@pytest.mark.parametrize("shared", [False, True])
def test_layout_gives_every_meaning_its_own_id(shared):
    layout = TokenLayout(50, ("root", "arm"), codebook_bits=3, share_codes_between_parts=shared, max_steps=4)
    ids = [*range(50), layout.pad_id, layout.bos_id, layout.eos_id, layout.motion_start_id, layout.motion_end_id]
    ids += [layout.part_marker_id("root"), layout.part_marker_id("arm")]
    ids += [layout.length_id(steps) for steps in (None, 1, 2, 3, 4)]
    ids += [*layout.part_codes(0)] if shared else [*layout.part_codes(0), *layout.part_codes(1)]
    assert ids == list(range(layout.vocab_size))
    assert len(layout.markers) == layout.code_offset - 50


@given(
    bits=st.integers(1, 10),
    parts=st.integers(1, 8),
    steps=st.integers(1, 20),
    shared=st.booleans(),
    seed=st.integers(0, 2**30),
)
def test_grid_survives_the_vocabulary(bits, parts, steps, shared, seed):
    layout = TokenLayout(7, tuple(f"part{part}" for part in range(parts)), bits, shared)
    codes = torch.randint(0, 2**bits, (steps, parts), generator=torch.Generator().manual_seed(seed))
    ids = layout.codes_to_ids(codes)
    assert ids.min() >= layout.code_offset and ids.max() < layout.vocab_size
    assert torch.equal(layout.ids_to_codes(ids), codes)


def test_grid_is_time_major():
    layout = TokenLayout(0, ("a", "b"), codebook_bits=4, share_codes_between_parts=True)
    ids = layout.codes_to_ids(torch.tensor([[1, 2], [3, 4]])) - layout.code_offset
    assert ids.tolist() == [1, 2, 3, 4]


def test_broken_grids_are_refused():
    layout = TokenLayout(0, ("a", "b"), codebook_bits=4)
    right = layout.codes_to_ids(torch.tensor([[1, 2], [3, 4]]))
    with pytest.raises(ValueError, match="whole steps"):
        layout.ids_to_codes(right[:-1])
    with pytest.raises(ValueError, match="another part's place"):
        layout.ids_to_codes(right.flip(0))


@pytest.mark.parametrize(
    ("name", "millions", "rows"),
    [
        ("gpt2-medium", 354.8, 50257),
        ("llama2-7b", 6738, 32000),
        ("llama2-13b", 13016, 32000),
        ("llama3.1-8b", 8030, 128256),
    ],
)
def test_presets_are_the_papers_backbones(name, millions, rows):
    config = BeingM0Config.preset(name)
    with torch.device("meta"):
        backbone = AutoModelForCausalLM.from_config(config.backbone_config)
    tables = 1 if config.tie_word_embeddings else 2
    motion_rows = config.layout.vocab_size - rows
    published = sum(p.numel() for p in backbone.parameters()) - tables * motion_rows * backbone.config.hidden_size
    assert published / 1e6 == pytest.approx(millions, rel=1e-3)
    assert config.layout.codebook_size == 16384


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match="gpt5.*choose one of gpt2-medium"):
        BeingM0Config.preset("gpt5")


# --- training


def test_loss_falls_on_a_repeated_batch(processor):
    model = tiny_model().train()
    batch = training_batch(processor)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    losses = []
    for _ in range(40):
        output = model(**batch)
        output.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append([loss.item() for loss in (output.loss, output.text_loss, output.motion_loss)])
    assert all(last < 0.3 * first for first, last in zip(losses[0], losses[-1], strict=True))


def test_only_the_language_model_learns(processor):
    model = tiny_model().train()
    model(**training_batch(processor)).loss.backward()
    assert not model.motion_tokenizer.training
    assert all(p.grad is None for p in model.motion_tokenizer.parameters())
    assert all(p.grad is not None for p in model.backbone.parameters())


@torch.no_grad()
def test_loss_is_the_weighted_mean_over_words_and_motion(model, processor):
    batch = training_batch(processor)
    both = model(**batch)
    words = batch["labels"] < processor.layout.code_offset
    words &= batch["labels"] != processor.layout.motion_end_id
    text_only = model(**batch | {"loss_weights": words.float()})
    motion_only = model(**batch | {"loss_weights": (~words).float()})
    torch.testing.assert_close(text_only.loss, both.text_loss)
    torch.testing.assert_close(motion_only.loss, both.motion_loss)
    assert min(both.text_loss, both.motion_loss) < both.loss < max(both.text_loss, both.motion_loss)


def test_accumulated_gradients_equal_one_big_batch(processor):
    batch = training_batch(processor)
    items = (batch["labels"][:, 1:] != -100).sum()
    gradients = []
    for chunks in ([slice(0, 2)], [slice(0, 1), slice(1, 2)]):
        model = tiny_model().train()
        for rows in chunks:
            model(**{name: tensor[rows] for name, tensor in batch.items()}, num_items_in_batch=items).loss.backward()
        gradients.append(model.get_input_embeddings().weight.grad)
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=1e-4)


def test_bfloat16_autocast_keeps_the_loss_in_float32(processor):
    model = tiny_model().train()
    batch = training_batch(processor)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(**batch).loss
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, model(**batch).loss, rtol=2e-2, atol=0)


def test_codes_that_differ_in_one_bit_start_close(model):
    layout = model.layout
    for part in range(layout.num_parts):
        codes = layout.part_codes(part)
        rows = model.get_input_embeddings().weight[codes.start : codes.stop].detach()
        distance = torch.cdist(rows, rows)
        hamming = torch.tensor([[(a ^ b).bit_count() for b in range(16)] for a in range(16)])
        assert distance[hamming == 1].mean() < distance[hamming == 2].mean() < distance[hamming == 4].mean()


def test_word_vectors_fill_the_word_rows_only():
    model = tiny_model()
    before = model.get_input_embeddings().weight.detach().clone()
    vectors = torch.randn(model.config.text_vocab_size, 32)
    model.set_text_embeddings(vectors)
    after = model.get_input_embeddings().weight.detach()
    words = model.config.text_vocab_size
    similarity = torch.corrcoef(torch.stack((after[:words].flatten(), (vectors - vectors.mean(0)).flatten())))[0, 1]
    assert similarity > 0.999
    assert torch.equal(after[words:], before[words:])
    with pytest.raises(ValueError, match="word vectors have shape"):
        model.set_text_embeddings(vectors[:-1])


@pytest.mark.parametrize("tied", [True, False])
def test_text_model_keeps_its_words(tied, tmp_path):
    torch.manual_seed(0)
    text_config = AutoConfig.for_model(
        "llama", vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        tie_word_embeddings=tied,
    )  # fmt: skip
    text_model = AutoModelForCausalLM.from_config(text_config).eval()
    ids = torch.arange(20)[None]
    before = text_model(ids).logits
    text_model.save_pretrained(tmp_path / "text")
    model = BeingM0ForConditionalGeneration.from_text_model(tmp_path / "text", tiny_motion_tokenizer(), max_steps=12)
    model.eval()
    assert model.layout.text_vocab_size == 100
    assert model(ids).logits.shape[-1] == model.layout.vocab_size
    torch.testing.assert_close(model(ids).logits[..., :100], before)
    model.save_pretrained(tmp_path / "motion")
    again = BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "motion")
    torch.testing.assert_close(again(ids).logits, model(ids).logits)


# --- grammar


class HostileScores(LogitsProcessor):
    """Random, partly infinite scores in place of the model's: what the grammar must hold against."""

    def __init__(self, seed, scale):
        self.generator = torch.Generator().manual_seed(seed)
        self.scale = scale

    def __call__(self, input_ids, scores):
        return torch.randn(scores.shape, generator=self.generator) * self.scale


@pytest.mark.slow
@given(
    seed=st.integers(0, 2**30),
    scale=st.sampled_from([0.0, 1.0, 1e3, 1e30]),
    temperature=st.floats(0.01, 100),
    seconds=st.lists(st.one_of(st.none(), st.floats(0.2, 2.4)), min_size=1, max_size=4),
    shared=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_grammar_holds_against_any_scores(seed, scale, temperature, seconds, shared):
    """Whatever the model says, every row of a left-padded batch becomes whole steps of the length asked for."""
    layout = tiny_processor(share_codes_between_parts=shared).layout
    grammar, hostile = MotionGrammarLogitsProcessor(layout, min_steps=2, max_steps=5), HostileScores(seed, scale)
    steps = [None if length is None else round(length * 5) for length in seconds]
    width = len(steps) + 2
    ids = torch.full((len(steps), width), layout.pad_id)
    for row, count in enumerate(steps):
        prompt = [layout.bos_id, layout.length_id(count), *[3] * row, layout.motion_start_id]
        ids[row, width - len(prompt) :] = torch.tensor(prompt[-width:])
    for _ in range(grammar.tokens_left(ids)):
        scores = grammar(ids, hostile(ids, torch.zeros(len(ids), layout.vocab_size))) / temperature
        probabilities = (scores - scores.amax(-1, keepdim=True)).softmax(-1)
        ids = torch.cat((ids, torch.multinomial(probabilities, 1, generator=hostile.generator)), dim=1)
    for row, count in zip(ids, steps, strict=True):
        codes = layout.ids_to_codes(layout.motion_span(row))
        assert len(codes) == count if count else 2 <= len(codes) <= 5
        tail = row[row.tolist().index(layout.motion_end_id) + 1 :].tolist()
        assert tail == [layout.eos_id] + [layout.pad_id] * (len(tail) - 1)


@pytest.mark.parametrize("options", [{}, {"do_sample": True}, {"num_beams": 2}, {"guidance_scale": 3.0}])
def test_generate_gives_the_seconds_asked_for(model, processor, options):
    inputs = processor(SENTENCES, seconds=[2.0, 0.6])
    output = model.generate_motion(**inputs, **options)
    assert [tuple(codes.shape) for codes in output.codes] == [(10, 6), (3, 6)]
    assert [tuple(features.shape) for features in output.features] == [(40, 135), (12, 135)]


def test_open_length_keeps_the_bounds(model, processor):
    inputs = processor([""] * 8)
    lengths = {
        len(codes)
        for codes in model.generate_motion(**inputs, min_steps=2, max_steps=4, do_sample=True, temperature=9.0).codes
    }
    assert lengths <= {2, 3, 4}
    with pytest.raises(ValueError, match="min_steps is 5"):
        model.generate(**inputs, min_steps=5, max_steps=4)


def test_prefix_of_codes_is_continued(model, processor):
    """A prompt that goes on behind `<mot>` is kept and finished to the length asked for."""
    inputs = processor("a person walks", seconds=1.0)
    start = torch.randint(0, 16, (2, 6))
    ids = torch.cat((inputs["input_ids"], model.layout.codes_to_ids(start)[None]), dim=1)
    for options in ({}, {"guidance_scale": 2.0}):
        codes = model.generate_motion(input_ids=ids, attention_mask=torch.ones_like(ids), **options).codes[0]
        assert codes.shape == (5, 6)
        assert torch.equal(codes[:2], start)


# --- sampling


@pytest.mark.parametrize("options", [{}, {"repetition_penalty": 3.0}])
def test_own_loop_equals_transformers_greedy_search(model, processor, options):
    """With every column of the output layer too, which a processor that looks at ids needs."""
    inputs = processor(SENTENCES, seconds=[1.0, 2.0])
    plain = model.generate(**inputs, do_sample=False, **options)
    own = model.generate(**inputs, do_sample=False, generator=torch.Generator(), **options)
    assert torch.equal(plain, own)


def test_guidance_equals_two_separate_passes(model, processor):
    """The masked twin in the batch is the text-free prompt: same logits as a prompt without text."""
    inputs = processor(["a person walks forward", "waves"], seconds=2.0, parts={"left arm": "waves"})
    guided = model.generate(**inputs, guidance_scale=2.5, do_sample=False, max_new_tokens=12)
    ids, free = inputs["input_ids"], processor(["", ""], seconds=2.0)["input_ids"]
    grammar = MotionGrammarLogitsProcessor(model.layout)
    for _ in range(12):
        rows = []
        for row, row_free in zip(ids, free, strict=True):
            row = row[row != model.layout.pad_id]
            text, no_text = (model(input_ids=each[None]).logits[:, -1] for each in (row, row_free))
            rows.append(no_text + 2.5 * (text - no_text))
        tokens = grammar(ids, torch.cat(rows)).argmax(-1, keepdim=True)
        ids, free = torch.cat((ids, tokens), dim=1), torch.cat((free, tokens), dim=1)
    assert torch.equal(guided, ids)


def test_padding_and_company_change_nothing(model, processor):
    generators = lambda *seeds: [torch.Generator().manual_seed(seed) for seed in seeds]  # noqa: E731
    options = {"do_sample": True, "guidance_scale": 2.0}
    together = processor(["a person walks forward", "waves"], seconds=1.0)
    alone = processor("waves", seconds=1.0)
    both = model.generate_motion(**together, generator=generators(5, 6), **options).codes
    single = model.generate_motion(**alone, generator=generators(6), **options).codes
    assert torch.equal(both[1], single[0])


@pytest.mark.slow
def test_seed_decides(model, processor):
    inputs = processor("a person walks", seconds=2.0)
    sample = lambda seed: model.generate(  # noqa: E731
        **inputs, do_sample=True, generator=torch.Generator().manual_seed(seed)
    )
    assert torch.equal(sample(1), sample(1))
    assert not torch.equal(sample(1), sample(2))
    torch.manual_seed(3)
    first = model.generate(**inputs, do_sample=True)
    torch.manual_seed(3)
    assert torch.equal(model.generate(**inputs, do_sample=True), first)


def test_tokens_are_drawn_by_their_probability():
    scores = torch.tensor([float("-inf"), 0.0, float("-inf"), 1.0, 2.0, float("-inf")]).expand(20000, 6)
    counts = pick_tokens(scores, [torch.Generator().manual_seed(0)] * 20000).bincount(minlength=6)
    torch.testing.assert_close(counts / 20000, scores[0].softmax(-1), atol=0.02, rtol=0)
    assert counts[[0, 2, 5]].sum() == 0


def test_generators_must_fit_the_batch(model, processor):
    with pytest.raises(ValueError, match="1 generators for 2 sequences"):
        model.generate(**processor(SENTENCES), generator=[torch.Generator()])


# --- saving and fine-tuning


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["llama", "gpt2"])
@pytest.mark.parametrize("tied", [True, False])
def test_saved_model_generates_the_same_tokens(backbone, tied, processor, tmp_path):
    model = tiny_model(backbone, tied)
    model.generation_config.update(do_sample=True, guidance_scale=2.0, top_p=0.9)
    model.save_pretrained(tmp_path)
    again = AutoModel.from_pretrained(tmp_path)
    assert type(again) is BeingM0ForConditionalGeneration
    assert again.layout == model.layout
    assert (again.get_input_embeddings().weight is again.get_output_embeddings().weight) == tied
    # non-persistent buffers are rebuilt, not read: the meta device must not leave garbage in them
    for (name, left), (_, right) in zip(model.named_buffers(), again.named_buffers(), strict=True):
        assert torch.equal(left, right), name
    inputs = processor(SENTENCES, seconds=2.0)
    outputs = [m.generate_motion(**inputs, generator=torch.Generator().manual_seed(1)) for m in (model, again)]
    assert torch.equal(outputs[0].sequences, outputs[1].sequences)
    for left, right in zip(outputs[0].features, outputs[1].features, strict=True):
        assert torch.equal(left, right)


def test_half_precision_leaves_the_motion_tokenizer_alone(model, processor, tmp_path):
    model.save_pretrained(tmp_path)
    half = BeingM0ForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert {p.dtype for p in half.backbone.parameters()} == {torch.bfloat16}
    codes = torch.randint(0, 16, (1, 5, 6))
    assert torch.equal(half.motion_tokenizer.decode(codes).features, model.motion_tokenizer.decode(codes).features)
    assert half.generate_motion(**processor("walks", seconds=1.0), guidance_scale=2.0).codes[0].shape == (5, 6)


def test_attention_implementation_is_the_backbones(model, processor, tmp_path):
    model.save_pretrained(tmp_path)
    for kind in ("eager", "sdpa"):
        again = BeingM0ForConditionalGeneration.from_pretrained(tmp_path, attn_implementation=kind)
        assert again.backbone.config._attn_implementation == kind
        torch.testing.assert_close(logits_of(again, processor), logits_of(model, processor))


@pytest.mark.parametrize("tied", [True, False])
def test_merged_lora_survives_saving(tied, processor, tmp_path):
    torch.manual_seed(0)
    model = tiny_model(tied=tied)
    before = logits_of(model, processor)
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(target_modules=["q_proj", "v_proj"], r=2, init_lora_weights=False)
    ).eval()
    tuned = logits_of(adapted, processor)
    assert not torch.allclose(tuned, before, atol=1e-3)
    merged = adapted.merge_and_unload()
    torch.testing.assert_close(logits_of(merged, processor), tuned, atol=1e-5, rtol=1e-4)
    merged.save_pretrained(tmp_path)
    again = BeingM0ForConditionalGeneration.from_pretrained(tmp_path)
    torch.testing.assert_close(logits_of(again, processor), logits_of(merged, processor))


def test_config_survives_json(tmp_path):
    config = BeingM0Config.preset("llama3.1-8b", motion_tokenizer_config=tiny_motion_tokenizer_config(), max_steps=20)
    config.save_pretrained(tmp_path)
    again = AutoConfig.from_pretrained(tmp_path)
    assert type(again) is BeingM0Config
    assert again.layout == config.layout
    assert again.backbone_config.to_dict() == config.backbone_config.to_dict()
