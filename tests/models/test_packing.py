"""Packed rows: nothing is lost, nothing sees its neighbour, and the loss is that of padded rows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.models.being_m0.packing import IGNORED, pack

PROCESSOR = tiny_processor()
BACKBONES = {
    "gpt2": "gpt2",
    "llama": "llama",
    "qwen3": {
        "model_type": "qwen3", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "head_dim": 16,
        "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 512,
    },
}  # fmt: skip


def training_samples(lengths: list[int]) -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    layout = PROCESSOR.layout
    codes = [torch.randint(layout.codebook_size, (n, layout.num_parts), generator=generator) for n in lengths]
    texts = ["a person walks forward", "someone turns around", ""]
    return [PROCESSOR.training_sample(texts[i % 3], one) for i, one in enumerate(codes)]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.integers(100, 200))
def test_every_token_is_in_one_row(lengths, width):
    samples = training_samples(lengths)
    packed = pack(samples, width, PROCESSOR.layout.pad_id)
    assert all(tensor.shape == packed["input_ids"].shape for tensor in packed.values())
    starts = (packed["position_ids"] == 0).flatten().nonzero().flatten().tolist() + [packed["input_ids"].numel()]
    pieces = [packed["input_ids"].flatten()[a:b] for a, b in zip(starts, starts[1:], strict=False)]
    found = sorted(tuple(piece.tolist()) for piece in pieces if (piece != PROCESSOR.layout.pad_id).any())
    assert found == sorted(tuple(sample["input_ids"].tolist()) for sample in samples)
    assert (packed["labels"][packed["position_ids"] == 0] == IGNORED).all()


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_loss_is_that_of_padded_rows(backbone, attention):
    model = tiny_model(BACKBONES[backbone])
    model.backbone.set_attn_implementation(attention)
    samples = training_samples([3, 9, 5, 2, 12, 7])
    with torch.no_grad():
        padded, packed = model(**PROCESSOR.collate(samples)), model(**PROCESSOR.collate(samples, pack_to=140))
    assert PROCESSOR.collate(samples, pack_to=140)["input_ids"].shape[0] < len(samples)
    assert packed.loss.item() == pytest.approx(padded.loss.item(), abs=1e-5)
    assert packed.motion_loss.item() == pytest.approx(padded.motion_loss.item(), abs=1e-5)


def test_a_sample_longer_than_a_row_is_named():
    with pytest.raises(ValueError, match="a packed row 20"):
        pack(training_samples([12]), 20, PROCESSOR.layout.pad_id)
