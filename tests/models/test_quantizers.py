"""Quantizers behind one interface: codes and values, gradients, codebooks that follow the data and survive saving."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from training_helpers import losses_on_one_batch

from being_m0_hf.models.motion_tokenizer import MotionTokenizerModel
from being_m0_hf.models.motion_tokenizer.quantizers.finite_scalar import FiniteScalarQuantizer, scalar_levels
from being_m0_hf.models.motion_tokenizer.quantizers.residual_vector_quantizer import ResidualVectorQuantizer
from being_m0_hf.models.motion_tokenizer.quantizers.vector_quantizer import VectorQuantizer

KINDS = [{"quantizer": "lfq"}, {"quantizer": "fsq"}, {"quantizer": "vq"}, {"quantizer": "rvq", "residual_levels": 2}]
KIND_NAMES = [kind["quantizer"] for kind in KINDS]


def latents(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# finite scalar


@given(bits=st.integers(1, 20))
def test_scalar_levels_make_exactly_the_codes_asked_for(bits):
    levels = scalar_levels(bits)
    assert math.prod(levels) == 2**bits
    assert bits < 6 or set(levels) <= {8, 16}


@pytest.mark.parametrize("bits", [1, 3, 8, 10])
def test_every_scalar_code_has_its_own_values_and_comes_back(bits):
    quantizer = FiniteScalarQuantizer(bits)
    codes = torch.arange(2**bits)
    values = quantizer.values(codes)
    assert len(values.unique(dim=0)) == 2**bits and values.min() == -1.0 and values.max() < 1.0
    digits = values * torch.tensor(quantizer.levels) / 2
    assert torch.equal(quantizer.indices(digits), codes)


def test_finite_scalars_reach_their_outermost_levels_and_no_further():
    quantizer = FiniteScalarQuantizer(9)
    raw = torch.tensor([-50.0, 0.0, 50.0])[:, None].expand(3, 3)
    assert quantizer.bound(raw).round().tolist() == [[-4.0] * 3, [0.0] * 3, [3.0] * 3]


def test_finite_scalars_pass_the_gradient_straight_through():
    quantizer = FiniteScalarQuantizer(6)
    z = torch.tensor([[[[0.4, -1.7]]]], requires_grad=True)
    output = quantizer(z)
    assert torch.equal(output.quantized, torch.tensor([[[[0.0, -0.5]]]]))
    assert torch.equal(output.quantized, quantizer.values(output.codes))
    output.quantized.sum().backward()
    assert torch.equal(z.grad, torch.full_like(z, 0.25))  # a level is 1/4 wide


# learned codebooks


def test_vectors_get_the_nearest_code_of_their_own_part():
    quantizer = VectorQuantizer(parts=2, codebook_size=3, latent_size=2)
    quantizer.codebook.copy_(latents(2, 3, 2))
    z = latents(4, 5, 2, 2, seed=1)
    distance = (z[..., None, :] - quantizer.codebook).norm(dim=-1)
    codes = quantizer.indices(z)
    assert torch.equal(codes, distance.argmin(dim=-1))
    expected = torch.stack([quantizer.codebook[part][codes[..., part]] for part in range(2)], dim=-2)
    assert torch.equal(quantizer.values(codes), expected)


def test_a_codebook_moves_to_the_middle_of_its_vectors():
    centres = torch.tensor([[-4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [0.0, -4.0]])
    quantizer = VectorQuantizer(parts=1, codebook_size=4, latent_size=2).train()
    quantizer.codebook.copy_(centres + 1.0)
    quantizer.usage.fill_(16.0)
    quantizer.sums.copy_(16.0 * quantizer.codebook)
    for step in range(400):
        which = torch.randint(4, (64, 1), generator=torch.Generator().manual_seed(step))
        output = quantizer((centres[which] + 0.1 * latents(64, 1, 2, seed=step))[:, :, None])
    assert (quantizer.codebook - centres).abs().max() < 0.15
    assert output.commitment_loss < 0.03
    before = quantizer.eval().codebook.clone()
    quantizer(latents(8, 1, 1, 2))
    assert torch.equal(quantizer.codebook, before)  # only training moves it


def test_a_code_that_died_comes_back():
    torch.manual_seed(0)
    quantizer = VectorQuantizer(parts=1, codebook_size=2, latent_size=1).train()
    data = torch.cat((latents(32, 1, 1, 1) * 0.1, 5 + latents(32, 1, 1, 1) * 0.1))
    quantizer(data)
    quantizer.codebook.copy_(torch.tensor([[[2.5], [900.0]]]))  # nothing ever falls to the second
    quantizer.sums.copy_(quantizer.codebook * quantizer.usage[..., None])
    for _ in range(600):
        quantizer(data)
    assert quantizer.indices(data).unique().tolist() == [0, 1]


def test_each_residual_codebook_brings_the_latents_closer():
    torch.manual_seed(0)
    quantizer = ResidualVectorQuantizer(parts=1, codebook_size=8, latent_size=3, residual_levels=2).train()
    z = latents(256, 1, 1, 3)
    for _ in range(60):
        quantizer(z)
    quantizer.eval()
    codes, residual = quantizer.indices(z), quantizer.residual_indices(z)
    errors = [(z - quantizer.values(codes, residual[..., :levels])).square().mean() for levels in range(3)]
    assert errors[1] < 0.6 * errors[0] and errors[2] < 0.6 * errors[1]
    assert torch.allclose(quantizer(z).quantized, quantizer.values(codes, residual), atol=1e-5)


# inside the tokenizer


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_any_quantizer_codes_and_decodes(make_motion_tokenizer, make_features, kind):
    model, features = make_motion_tokenizer(codebook_bits=5, **kind), make_features(2, 18)
    model.train()(features)  # fills learned codebooks
    model.eval()
    with torch.no_grad():
        tokens, output = model.encode(features), model(features[:, :16])
    assert tokens.codes.shape == (2, 4, 6) and tokens.codes.min() >= 0 and tokens.codes.max() < 32
    assert tokens.residual_codes.shape == (2, 4, 6, kind.get("residual_levels", 0))
    decoded = model.decode(tokens.codes, tokens.residual_codes).features
    assert decoded.shape == (2, 16, 135) and torch.isfinite(decoded).all()
    # decoding the codes is what training reconstructs, but for the heading at the start
    assert torch.equal(output.codes, tokens.codes)
    assert torch.allclose(output.features[..., 8:], decoded[..., 8:], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS[1:], ids=KIND_NAMES[1:])
def test_any_quantizer_learns(make_motion_tokenizer, make_features, kind):
    model, features = make_motion_tokenizer(codebook_bits=6, **kind).train(), make_features(2, 24)
    torch.manual_seed(0)
    losses = losses_on_one_batch(model, features)
    assert sum(losses[-5:]) / 5 < 0.6 * losses[0]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_any_quantizer_survives_saving(make_motion_tokenizer, make_features, kind, tmp_path):
    model, features = make_motion_tokenizer(codebook_bits=5, **kind), make_features(1, 16)
    model.train()(features)
    model.eval().save_pretrained(tmp_path)
    loaded = MotionTokenizerModel.from_pretrained(tmp_path)
    for (name, ours), theirs in zip(model.named_buffers(), loaded.buffers(), strict=True):
        assert torch.equal(ours, theirs), name
    before, after = (each.encode(features) for each in (model, loaded))
    assert torch.equal(before.codes, after.codes) and torch.equal(before.residual_codes, after.residual_codes)


@pytest.mark.parametrize("kind", KINDS[1:], ids=KIND_NAMES[1:])
def test_the_closed_loop_is_for_bits(make_motion_tokenizer, make_features, kind):
    with pytest.raises(ValueError, match="closed_loop needs a tokenizer with quantizer 'lfq'"):
        make_motion_tokenizer(**kind).encode(make_features(1, 8), closed_loop=True)


def test_an_unknown_quantizer_is_refused(make_motion_tokenizer):
    with pytest.raises(Exception, match="quantizer is 'pq', expected one of lfq, vq, rvq, fsq"):
        make_motion_tokenizer(quantizer="pq")


def test_one_part_makes_one_token_a_step(make_motion_tokenizer, make_features):
    model = make_motion_tokenizer(part_names=("whole",), part_columns=(tuple(range(136)),))
    codes = model.encode(make_features(1, 12)).codes
    assert codes.shape == (1, 3, 1) and model.decode(codes).features.shape == (1, 12, 135)
