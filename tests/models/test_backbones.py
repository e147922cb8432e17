"""One tiny random model of each family of language models: it trains, generates under guidance, and is saved."""

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.models import BeingM0Config

COMMON = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
GROUPED = COMMON | {"num_key_value_heads": 1}
STATE = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}

FAMILIES = {
    # positions that are learned
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 512},
    "gpt_neo": {"hidden_size": 32, "num_layers": 2, "num_heads": 2, "attention_types": [[["global", "local"], 1]]},
    "opt": {"hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
            "word_embed_proj_dim": 32},
    # turned
    "llama": COMMON,
    "mistral": GROUPED,
    "qwen2": GROUPED,
    "qwen3": GROUPED | {"head_dim": 16},
    "phi": COMMON,
    "gpt_neox": COMMON,
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 2, "rotary_dim": 8},
    "stablelm": GROUPED,
    "olmo2": COMMON,
    "mixtral": GROUPED | {"num_local_experts": 2, "num_experts_per_tok": 1},
    # logits changed after the output layer
    "gemma2": GROUPED | {"head_dim": 16, "final_logit_softcapping": 5.0},
    "granite": GROUPED | {"logits_scaling": 4.0},
    "cohere": GROUPED | {"logit_scale": 0.25},
    # biases by distance instead of positions
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 2},
    "mpt": {"d_model": 32, "n_layers": 2, "n_heads": 2},
    "falcon": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "alibi": True,
               "new_decoder_architecture": False},
    # recurrent, wholly or in part
    "mamba": STATE,
    "mamba2": STATE | {"num_heads": 4, "head_dim": 16, "n_groups": 1, "chunk_size": 16},
    "falcon_mamba": STATE,
    "jamba": GROUPED | {"mamba_d_state": 8, "num_experts": 1, "attn_layer_period": 2, "attn_layer_offset": 1,
                        "use_mamba_kernels": False},
}  # fmt: skip


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


@pytest.fixture(scope="module", params=FAMILIES)
def model(request):
    return tiny_model({"model_type": request.param} | FAMILIES[request.param])


def test_trains(model, processor):
    codes = torch.randint(0, 16, (2, 5, 6), generator=torch.Generator().manual_seed(0))
    samples = [processor.training_sample("a person walks", codes[0]), processor.training_sample("", codes[1, :3])]
    model.train()
    model(**processor.collate(samples)).loss.backward()
    model.eval()
    assert all(p.grad.isfinite().all() for p in model.backbone.parameters() if p.grad is not None)
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0
    model.zero_grad()


@torch.no_grad()
def test_guided_tokens_are_those_of_two_plain_passes(model, processor):
    """Of one sentence in a left-padded batch: the pass with the text, and one of the prompt without it."""
    inputs = processor(["a person walks forward and waves", "waves"], seconds=0.6)
    guided = model.generate(**inputs, guidance_scale=2.0, do_sample=False)
    assert [len(model.layout.ids_to_codes(model.layout.motion_span(row))) for row in guided] == [3, 3]
    text, free = (processor(words, seconds=0.6)["input_ids"] for words in ("waves", ""))
    for token in guided[1, inputs["input_ids"].shape[1] :]:
        scores = [model.backbone(input_ids=ids, use_cache=False).logits[0, -1] for ids in (text, free)]
        scores = scores[1] + 2.0 * (scores[0] - scores[1])
        if token in range(model.layout.code_offset, model.layout.vocab_size):
            part = (int(token) - model.layout.code_offset) // model.layout.codebook_size
            allowed = list(model.layout.part_codes(part))
            assert scores[token] >= scores[allowed].max() - 1e-4
        text, free = (torch.cat((ids, token.view(1, 1)), dim=1) for ids in (text, free))


def test_the_slow_road_says_the_same(model, processor):
    inputs = processor(["a person walks forward", "waves"], seconds=0.4)
    fast, slow = (
        model.generate(**inputs, guidance_scale=2.0, do_sample=False, use_cache=use_cache)
        for use_cache in (True, False)
    )
    assert torch.equal(fast, slow)


@pytest.mark.parametrize("model", ["gemma2", "bloom", "mamba", "jamba"], indirect=True)
def test_saved_model_says_the_same(model, processor, tmp_path):
    model.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path)
    inputs = processor(["a person walks forward", "waves"], seconds=0.4)
    sequences = [each.generate(**inputs, generator=torch.Generator().manual_seed(1), do_sample=True, guidance_scale=2.0)
                 for each in (model, again)]  # fmt: skip
    assert torch.equal(*sequences)


@pytest.mark.parametrize("family", ["rwkv", "recurrent_gemma", "xlstm"])
def test_families_that_know_no_padding_are_refused(family):
    with pytest.raises(StrictDataclassClassValidationError, match=f"{family} does not heed the attention mask"):
        BeingM0Config(backbone_config={"model_type": family})
