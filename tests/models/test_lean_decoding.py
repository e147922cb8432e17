"""The fast road of decoding gives the tokens of the plain one, or says why it is not taken."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tiny_models import BACKBONES, tiny_model, tiny_processor

import being_m0_hf.models.being_m0.generation_being_m0 as generation
from being_m0_hf.models.being_m0.lean import product
from being_m0_hf.models.being_m0.lean.attention_cache import MANY_HEADS
from being_m0_hf.models.being_m0.lean.lean_decoding import one_thread
from being_m0_hf.models.being_m0.lean.lean_steps import lean_step, why_not_lean

LLAMA = BACKBONES["llama"]
KINDS = {
    "llama": LLAMA,
    "grouped heads": LLAMA | {"num_attention_heads": 4, "num_key_value_heads": 2},
    "biases": LLAMA | {"attention_bias": True},
    "mistral": LLAMA | {"model_type": "mistral", "num_key_value_heads": 2, "sliding_window": None},
    "qwen2": LLAMA | {"model_type": "qwen2", "num_key_value_heads": 2},
    "qwen3": LLAMA | {"model_type": "qwen3", "head_dim": 24, "num_key_value_heads": 1},
    "gpt2": BACKBONES["gpt2"],
}
REQUESTS = {
    "one length": (["a person walks forward"] * 3, [1.0] * 3),
    "several lengths": (["waves", "a person walks forward"], [2.0, 0.6]),
    "open length": (["waves", "someone turns around and walks back"], [None, 1.0]),
}


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


def lively(kind: str = "llama", **options):
    """A model whose tokens depend on all that it reads: fresh weights are so small that they hardly do."""
    model = tiny_model(KINDS[kind], **options)
    with torch.no_grad():
        for name, each in model.backbone.named_parameters():
            if each.ndim > 1:
                each.mul_(6)
            elif "norm" in name or "ln_" in name:
                each.add_(0.3 * torch.randn_like(each))
            else:
                each.add_(0.1 * torch.randn_like(each))
    return model


@pytest.fixture
def both_roads(monkeypatch):
    """Sequences of the plain road and of the fast one, for the same call."""

    def run(model, inputs, **options):
        taken = []

        def sample(*args, **kwargs):
            taken.append(True)
            return generation_sample(*args, **kwargs)

        generation_sample = generation.sample_lean
        with monkeypatch.context() as patch:
            patch.setattr(generation, "lean_step", lambda backbone: None)
            plain = model.generate(**inputs, **seeded(options, inputs))
        with monkeypatch.context() as patch:
            patch.setattr(generation, "sample_lean", sample)
            fast = model.generate(**inputs, **seeded(options, inputs))
        assert taken, "the fast road was not taken"
        return plain, fast

    return run


def seeded(options: dict, inputs) -> dict:
    if options.get("do_sample"):
        return options | {"generator": [torch.Generator().manual_seed(row) for row in range(len(inputs["input_ids"]))]}
    return options


@pytest.mark.parametrize("request_kind", REQUESTS)
@pytest.mark.parametrize("kind", KINDS)
def test_greedy_tokens_are_those_of_the_plain_road(kind, request_kind, processor, both_roads):
    texts, seconds = REQUESTS[request_kind]
    model = lively(kind)
    for scale in (1.0, 3.0):
        inputs = processor(texts, seconds=seconds)
        plain, fast = both_roads(model, inputs, do_sample=False, guidance_scale=scale)
        assert torch.equal(plain, fast)
    assert len(plain[:, inputs["input_ids"].shape[1] :].unique()) > 4


@pytest.mark.parametrize("request_kind", REQUESTS)
def test_drawn_tokens_are_those_of_the_plain_road(request_kind, processor, both_roads):
    texts, seconds = REQUESTS[request_kind]
    options = {"do_sample": True, "temperature": 0.7, "guidance_scale": 2.0, "top_k": 5}
    plain, fast = both_roads(lively(), processor(texts, seconds=seconds), **options)
    assert torch.equal(plain, fast)


@pytest.mark.parametrize("kind", ["llama", "grouped heads", "gpt2"])
def test_many_rows(kind, processor, both_roads):
    """Attention takes another way there."""
    rows = MANY_HEADS // KINDS[kind].get("num_key_value_heads", 2)
    inputs = processor(["waves", "a person walks forward"] * (rows // 2), seconds=1.0)
    plain, fast = both_roads(lively(kind), inputs, do_sample=True, guidance_scale=2.0)
    assert torch.equal(plain, fast)


@pytest.mark.parametrize("kind", ["llama", "biases", "gpt2"])
def test_where_products_cannot_be_packed(kind, processor, both_roads, monkeypatch):
    monkeypatch.setattr(product, "can_pack", lambda: False)
    plain, fast = both_roads(lively(kind), processor(["waves"] * 2, seconds=1.0), do_sample=False, guidance_scale=3.0)
    assert torch.equal(plain, fast)


def test_packing_is_tried_without_taking_random_numbers():
    torch.manual_seed(0)
    product.can_pack.__wrapped__()
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))


def test_tokens_can_be_trained_on(processor):
    """Steps are taken in inference mode, whose tensors autograd refuses."""
    model = lively()
    tokens = model.generate(**processor(["waves"], seconds=1.0), do_sample=False)
    model.backbone(input_ids=tokens, labels=tokens).loss.backward()


def test_shared_codes_and_an_untied_head(processor, both_roads):
    inputs = tiny_processor(share_codes_between_parts=True)(["waves"], seconds=1.0)
    plain, fast = both_roads(lively(share_codes_between_parts=True), inputs, do_sample=False)
    assert torch.equal(plain, fast)
    plain, fast = both_roads(lively(tied=False), processor(["waves"], seconds=1.0), do_sample=False)
    assert torch.equal(plain, fast)


def test_held_codes_and_a_limit_on_tokens(processor, both_roads):
    model, inputs = lively(), processor(["waves", "waves"], seconds=1.0)
    held = torch.full((2, 5, 6), -1)
    held[0, :, 2], held[1, 1] = 3, 7
    plain, fast = both_roads(model, inputs, do_sample=True, held_codes=held)
    assert torch.equal(plain, fast)
    assert (model.layout.ids_to_codes(model.layout.motion_span(fast[0]))[:, 2] == 3).all()
    plain, fast = both_roads(model, inputs, do_sample=False, max_new_tokens=9)
    assert torch.equal(plain, fast) and fast.shape[1] == inputs["input_ids"].shape[1] + 9


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2"])
@pytest.mark.parametrize("seconds", [1.6, None])
def test_motions_that_have_begun(kind, seconds, processor, both_roads):
    begun = torch.randint(16, (2, 4, 6), generator=torch.Generator().manual_seed(0))
    inputs = processor(["waves", "a person walks forward"], codes=list(begun), seconds=[seconds] * 2)
    for options in ({"do_sample": False, "guidance_scale": 3.0}, {"do_sample": True, "min_steps": 7}):
        plain, fast = both_roads(lively(kind), inputs, **options)
        assert torch.equal(plain, fast) and fast.shape[1] > inputs["input_ids"].shape[1] + 3


def test_changed_weights_are_seen(processor, both_roads):
    """A step copies weights; a model that was trained on must not write with the old ones."""
    model, inputs = lively(), processor(["waves"], seconds=2.0)
    _, before = both_roads(model, inputs, do_sample=False)
    with torch.no_grad():
        for each in model.backbone.parameters():
            each.add_(0.5 * torch.randn_like(each) * each.std())
    plain, fast = both_roads(model, inputs, do_sample=False)
    assert torch.equal(plain, fast) and not torch.equal(before, fast)


def test_a_step_is_made_once_for_the_same_weights():
    backbone = tiny_model().backbone
    assert lean_step(backbone) is lean_step(backbone)


def test_it_says_why_the_plain_road_is_taken():
    assert why_not_lean(tiny_model().backbone) is None
    assert "training" in why_not_lean(tiny_model().backbone.train())
    assert "32 bit" in why_not_lean(tiny_model().backbone.to(torch.bfloat16))
    hooked = tiny_model().backbone
    hooked.base_model.layers[0].mlp.register_forward_hook(lambda *_: None)
    assert "hook" in why_not_lean(hooked)
    sliding = tiny_model(KINDS["mistral"] | {"sliding_window": 4}).backbone
    assert "sliding" in why_not_lean(sliding)
    assert "GPTNeoX" in why_not_lean(tiny_model({**BACKBONES["llama"], "model_type": "gpt_neox"}).backbone)


def test_an_adapter_is_not_left_out(processor):
    """Its products are not in the step's copies, so the plain road is taken."""
    model, inputs = lively(), processor(["waves"], seconds=2.0)
    before = model.generate(**inputs, do_sample=False)
    model.backbone = get_peft_model(
        model.backbone, LoraConfig(target_modules=["q_proj"], init_lora_weights=False, r=4, lora_alpha=64)
    ).base_model.model.eval()
    assert "adapter" in why_not_lean(model.backbone)
    assert not torch.equal(before, model.generate(**inputs, do_sample=False))


def test_threads_are_given_back():
    threads = torch.get_num_threads()
    with pytest.raises(RuntimeError), one_thread():
        assert torch.get_num_threads() == 1
        raise RuntimeError
    assert torch.get_num_threads() == threads
