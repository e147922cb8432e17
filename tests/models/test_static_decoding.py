"""A cache of a fixed size, compiled or not, gives the tokens of the plain road."""

import pytest
import torch
from tiny_models import BACKBONES, tiny_model, tiny_processor
from transformers import CompileConfig

import being_m0_hf.models.being_m0.generation_being_m0 as generation
from being_m0_hf.models.being_m0.static_decoding import why_not_static

LLAMA = BACKBONES["llama"]
KINDS = {
    "llama": LLAMA,
    "grouped heads": LLAMA | {"num_attention_heads": 4, "num_key_value_heads": 2},
    "qwen3": LLAMA | {"model_type": "qwen3", "head_dim": 24, "num_key_value_heads": 1},
    "gpt2": BACKBONES["gpt2"],
}
#: Traced as a GPU would compile it, but run by PyTorch itself: making machine code takes a minute.
TRACED = CompileConfig(backend="eager", mode=None)


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


def lively(kind: str):
    """A model whose tokens depend on all that it reads."""
    model = tiny_model(KINDS[kind])
    with torch.no_grad():
        for each in model.backbone.parameters():
            each.mul_(6) if each.ndim > 1 else each.add_(0.1 * torch.randn_like(each))
    return model


@pytest.mark.parametrize("scale", [1.0, 2.5])
@pytest.mark.parametrize("kind", KINDS)
def test_greedy_tokens_are_those_of_the_plain_road(kind, scale, processor, monkeypatch):
    model = lively(kind)
    inputs = processor(["waves", "a person walks forward"], seconds=[1.0, 0.6], parts={"left arm": "waves"})
    options = {"do_sample": False, "guidance_scale": scale}
    fixed = model.generate(**inputs, **options, cache_implementation="static")
    again = model.generate(**inputs, **options, cache_implementation="static")
    assert model._static_reader.cache.layers[0].keys.shape[0] == (2 if scale == 1.0 else 4)
    monkeypatch.setattr(generation, "lean_step", lambda backbone: None)
    assert torch.equal(fixed, model.generate(**inputs, **options))
    assert torch.equal(again, fixed)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_compiled_pass_is_traced_once(attention, processor):
    """In one graph, for all tokens, and for another motion of as many."""
    model = lively("llama")
    model.backbone.set_attn_implementation(attention)
    options = {"do_sample": False, "guidance_scale": 2.5, "cache_implementation": "static"}
    torch._dynamo.reset()
    with torch._dynamo.config.patch(error_on_recompile=True):
        for text in ("waves", "turns"):
            inputs = processor(text, seconds=1.0)
            compiled = model.generate(**inputs, **options, compile_config=TRACED)
            assert torch.equal(compiled, model.generate(**inputs, **options | {"cache_implementation": None}))
    torch._dynamo.reset()


def test_seeds_and_held_codes_hold(processor):
    model, inputs = lively("llama"), processor(["waves", "turns"], seconds=1.0)
    held = torch.randint(0, 16, (2, 5, 6))
    held[:, :, 2] = -1
    draw = lambda **options: model.generate(  # noqa: E731
        **inputs, held_codes=held, generator=[torch.Generator().manual_seed(seed) for seed in (4, 5)], **options
    )
    assert torch.equal(draw(cache_implementation="static"), draw())


def test_every_call_of_the_pipeline_can_take_it(processor):
    """As a setting of the model it holds for whoever calls `generate`."""
    model, inputs = lively("llama"), processor("waves", seconds=1.0)
    plain = model.generate_motion(**inputs, do_sample=False).sequences
    model.generation_config.cache_implementation = "static"
    assert torch.equal(model.generate_motion(**inputs, do_sample=False).sequences, plain)
    assert "_static_reader" in vars(model)


def test_who_does_not_take_it_decodes_as_before(processor):
    window = LLAMA | {"model_type": "mistral", "num_key_value_heads": 2, "sliding_window": 4}
    model, inputs = tiny_model(window), processor("waves", seconds=1.0)
    assert why_not_static(model.backbone) == "not all of its layers look at all tokens"
    fixed = model.generate(**inputs, do_sample=False, cache_implementation="static")
    assert torch.equal(fixed, model.generate(**inputs, do_sample=False))
    assert "_static_reader" not in vars(model)
