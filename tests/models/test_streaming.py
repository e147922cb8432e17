"""Decoders that look ahead a number of steps, and streams of frames decoded with them."""

import pytest
import torch

from being_m0_hf.models.motion_tokenizer import MotionStreamDecoder, MotionTokenizerConfig, MotionTokenizerModel
from being_m0_hf.models.motion_tokenizer.part_networks import MotionDecoder, PartConv
from being_m0_hf.models.motion_tokenizer.residual.correction_basis import path_activity
from being_m0_hf.motion.features import remove_heading
from being_m0_hf.trainers.residual_levels import fit_residual_levels


def random_codes(model: MotionTokenizerModel, steps: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(model.config.codebook_size, (steps, model.config.num_parts), generator=generator)


@pytest.fixture
def with_levels(make_motion_tokenizer, make_features):
    """A tokenizer with two fitted levels for a look-ahead."""

    def make(lookahead: int | None) -> MotionTokenizerModel:
        options = {"residual_levels": 2, "residual_bits": 6, "neighbour_share": 0.3}
        model = make_motion_tokenizer(decoder_lookahead=lookahead, **options)
        heading_free = remove_heading(make_features(4, 32)).flatten(0, 1)
        model.set_statistics(heading_free.mean(0), heading_free.std(0).clamp_min(0.02))
        fit_residual_levels(model, make_features(4, 32), rounds=1)
        return model

    return make


# how far decoders look ahead


@pytest.mark.parametrize("num_blocks", [1, 2, 3])
@pytest.mark.parametrize("lookahead", [0, 1, 2, 4, 6])
def test_gradients_show_what_a_step_depends_on(lookahead, num_blocks):
    torch.manual_seed(0)
    decoder = MotionDecoder(2, 3, 5, 8, 2, num_blocks, lookahead=lookahead)
    latents = torch.randn(1, 6, 60, requires_grad=True)
    step = 50
    decoder(latents)[..., 4 * step : 4 * step + 4].sum().backward()
    seen = torch.nonzero(latents.grad.abs().sum(dim=(0, 1)))[:, 0]
    assert int(seen.max()) <= step + lookahead  # and as far, where layers reach so far and fit
    assert lookahead > 2 or int(seen.max()) == step + lookahead
    assert int(seen.min()) >= step - decoder.reach_back
    assert step - int(seen.min()) >= decoder.reach_back - 1


@pytest.mark.parametrize("lookahead", [0, 1, 2, None])
def test_tokens_after_the_look_ahead_change_nothing_residual_levels_included(with_levels, lookahead):
    model, steps, changed = with_levels(lookahead), 16, 9
    codes = random_codes(model, steps)[None]
    residual = torch.randint(64, (1, steps, 6, 2), generator=torch.Generator().manual_seed(1))
    other, other_residual = codes.clone(), residual.clone()
    other[:, changed:] ^= 0b1011
    other_residual[:, changed:] ^= 0b10110
    before = model.decode(codes, residual).features
    after = model.decode(other, other_residual).features
    differs = (before - after).abs().amax(dim=(0, 2)) > 1e-6
    if lookahead is None:
        assert differs[: 4 * (changed - 3)].any()
        return
    certain = 4 * (changed - lookahead - model.config.smoothing_steps)
    assert not differs[:certain].any() and differs[certain : certain + 4].any()


def test_a_path_s_unit_streams_and_does_not_make_first_errors_look_huge(make_features):
    """What tells how fast a path moves: the end of each step sees its own step and what is before."""
    moving = remove_heading(make_features(1, 48))
    moving[:, :20, 6:9] = 0.0
    moving[:, 20:, 7] = torch.linspace(0, 0.05, 28)
    changed = moving.clone()
    changed[:, 32:, 7] += 1.0
    before, after = path_activity(moving, step=4), path_activity(changed, step=4)
    assert torch.equal(before[..., :32], after[..., :32]) and (before[..., 32:44] != after[..., 32:44]).all()
    assert before[0, 0, 28:32].unique().numel() == 1  # one unit a step
    whole = path_activity(moving)
    assert (moving[0, 20, 7] / before[0, 0, 20]).abs() <= (moving[0, 20, 7] / whole[0, 0, 20]).abs()


def test_a_decoder_takes_the_weights_of_one_that_looks_farther():
    """At places that both see the weights are the same."""
    torch.manual_seed(0)
    whole, causal = (MotionDecoder(2, 3, 5, 8, 2, 2, lookahead=steps) for steps in (None, 1))
    causal.start_from(whole)
    kept = 0
    for own, old in zip(causal.modules(), whole.modules(), strict=True):
        if isinstance(own, PartConv):
            shared = set(own.taps) & set(old.taps)
            kept += len(shared)
            for place in shared:
                index, old_index = own.taps.index(place), old.taps.index(place)
                assert torch.equal(own.weight[..., index], old.weight[..., old_index])
            for place in set(own.taps) - shared:
                assert not own.weight[..., own.taps.index(place)].any()
    assert kept > 10


@pytest.mark.parametrize(
    "options, message",
    [
        ({"decoder_lookahead": -1}, "decoder_lookahead is -1, expected 0 or more steps, or none"),
        ({"decoder_lookahead": 1, "causal": True}, "decoder_lookahead is 1, but a causal decoder looks at no later"),
    ],
)
def test_look_aheads_are_checked(options, message):
    with pytest.raises(Exception, match=message):
        MotionTokenizerConfig(**options)


# streams


@pytest.mark.parametrize("lookahead", [0, 1, 3])
@pytest.mark.parametrize("sizes", [(1,) * 70, (5, 1, 30, 2, 32)])
def test_a_stream_gives_what_decoding_at_once_gives(make_motion_tokenizer, lookahead, sizes):
    model = make_motion_tokenizer(decoder_lookahead=lookahead, num_blocks=2)
    codes = random_codes(model, 70)
    stream = MotionStreamDecoder(model)
    frames, given = [], 0
    for place, size in zip(torch.tensor(sizes).cumsum(0).tolist(), sizes, strict=True):
        frames.append(stream.push(codes[place - size : place]))
        given += len(frames[-1])
        assert given == 4 * max(0, place - lookahead)  # as soon as they are certain, and not before
    frames.append(stream.finish())
    whole = model.decode(codes[None]).features[0]
    assert torch.allclose(torch.cat(frames), whole, atol=2e-4)
    again = torch.cat((stream.push(codes[:9]), stream.finish()))  # a finished stream can begin anew
    assert torch.allclose(again, model.decode(codes[None, :9]).features[0], atol=2e-4)


def test_a_stream_with_residual_levels_gives_the_same(with_levels, make_features):
    model = with_levels(1)
    tokens = model.encode(make_features(1, 200, turn=2.0))
    stream, frames = MotionStreamDecoder(model), []
    for codes, residual in zip(tokens.codes[0].split(3), tokens.residual_codes[0].split(3), strict=True):
        frames.append(stream.push(codes, residual))
    assert sum(map(len, frames)) == 4 * (tokens.codes.shape[1] - stream.residual_lookahead)
    frames.append(stream.finish())
    whole = model.decode(tokens.codes, tokens.residual_codes).features[0]
    assert torch.allclose(torch.cat(frames), whole, atol=2e-4)


def test_a_stream_remembers_no_more_than_its_decoder_needs(make_motion_tokenizer):
    model = make_motion_tokenizer(decoder_lookahead=1, num_blocks=2)
    stream, codes, kept = MotionStreamDecoder(model), random_codes(model, 200), []
    for step in codes.split(1):
        stream.push(step)
        kept.append(len(stream._codes))
    assert max(kept[50:]) == kept[50] == model.decoder.reach_back + 2


def test_a_decoder_for_whole_motions_streams_later(make_motion_tokenizer):
    model = make_motion_tokenizer(num_blocks=2)
    codes, stream = random_codes(model, 60), MotionStreamDecoder(model)
    assert stream.lookahead == model.decoder.reach_ahead > 4
    frames = [stream.push(step) for step in codes.split(1)]
    assert [len(each) for each in frames] == [0] * stream.lookahead + [4] * (60 - stream.lookahead)
    whole = model.decode(codes[None]).features[0]
    assert torch.allclose(torch.cat((*frames, stream.finish())), whole, atol=2e-4)


def test_levels_that_look_at_whole_motions_cannot_stream(with_levels):
    model = with_levels(None)
    codes = random_codes(model, 4)
    with pytest.raises(ValueError, match="residual levels look at whole motions") as raised:
        MotionStreamDecoder(model).push(codes, codes[..., None])
    assert "\n" not in str(raised.value)
