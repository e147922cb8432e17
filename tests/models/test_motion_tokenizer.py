"""Motion tokenizer: quantiser arithmetic, shapes, parts that stay apart, streaming, saving, learning."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from training_helpers import losses_on_one_batch

from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from being_m0_hf.models.motion_tokenizer.closed_loop import refine_root_codes
from being_m0_hf.models.motion_tokenizer.quantizers.lookup_free import LookupFreeQuantizer, index_to_signs
from being_m0_hf.models.motion_tokenizer.reconstruction_loss import (
    hand_error,
    hand_points,
    hand_reaches,
    reconstruction_loss,
)
from being_m0_hf.models.motion_tokenizer.reconstruction_loss import joints_about_root as body_joints
from being_m0_hf.motion import CANONICAL_SKELETON, PART_COLUMNS, PART_NAMES, PARTS, Motion
from being_m0_hf.motion.features import (
    ROOT_VELOCITY,
    TURN,
    integrate_root,
    integrate_turn,
    local_matrices,
    remove_heading,
)
from being_m0_hf.motion.kinematics import forward_kinematics
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from being_m0_hf.training_data.token_cache import TokenCache

STATISTICS = torch.zeros(136), torch.ones(136)


def random_codes(model: MotionTokenizerModel, *shape: int, seed: int = 0) -> torch.Tensor:
    size = (*shape, model.config.num_parts)
    return torch.randint(model.config.codebook_size, size, generator=torch.Generator().manual_seed(seed))


# bits and codes


def test_the_first_bit_is_the_least_significant():
    quantizer = LookupFreeQuantizer(4)
    bits = torch.tensor([[1.0, -1, -1, -1], [-1, 1, -1, -1], [-1, -1, -1, 1], [1, 1, -1, 1], [-1, -1, -1, -1]])
    assert quantizer.indices(bits).tolist() == [1, 2, 8, 11, 0]
    assert index_to_signs(torch.tensor(11), 4).tolist() == [1.0, 1.0, -1.0, 1.0]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 24).flatmap(lambda bits: st.tuples(st.just(bits), st.integers(0, 2**bits - 1))))
def test_codes_and_signs_are_inverse(bits_and_code):
    bits, code = bits_and_code
    signs = index_to_signs(torch.tensor([code]), bits)
    assert signs.shape == (1, bits) and set(signs.flatten().tolist()) <= {-1.0, 1.0}
    assert LookupFreeQuantizer(bits).indices(signs).tolist() == [code]


def test_signs_are_taken_forward_and_passed_over_backward():
    z = torch.tensor([[[[-2.0, -0.1, 0.0, 0.1, 3.0]]]], requires_grad=True)
    output = LookupFreeQuantizer(5)(z)
    assert torch.allclose(output.quantized, torch.tensor([[[[-1.0, -1, -1, 1, 1]]]]))
    assert output.codes.tolist() == [[[24]]]
    downstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
    (output.quantized * downstream).sum().backward()
    assert torch.equal(z.grad.flatten(), downstream)


def test_commitment_is_the_distance_to_the_signs():
    output = LookupFreeQuantizer(2)(torch.tensor([[[[0.5, -3.0]]]]))
    assert output.commitment_loss.item() == pytest.approx((0.5**2 + 2.0**2) / 2)


def exact_entropies(z: torch.Tensor, temperature: float) -> tuple[float, float]:
    """E[H(p)] and H(E[p]), each the mean over parts, by a softmax over the whole codebook."""
    bits = z.shape[-1]
    codebook = index_to_signs(torch.arange(2**bits), bits)
    p = (2 * z.double() @ codebook.double().T / temperature).softmax(dim=-1)
    per_sample = -(p * p.clamp_min(1e-30).log()).sum(-1).mean()
    mean = p.flatten(0, -3).mean(dim=0)
    batch = -(mean * mean.clamp_min(1e-30).log()).sum(-1).mean()
    return per_sample.item(), batch.item()


@pytest.mark.parametrize("bits, exact", [(6, True), (8, True), (11, False)])
@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_entropies_against_the_whole_codebook(bits, exact, temperature):
    z = 0.4 * torch.randn(2, 3, 4, bits, generator=torch.Generator().manual_seed(bits))
    z[..., -1] += 0.5 * z[..., 0]  # bits of different groups that know of each other
    per_sample, batch = exact_entropies(z, temperature)
    ours = LookupFreeQuantizer(bits, temperature, diversity_gamma=0.0)(z).entropy_loss.item()
    assert ours == pytest.approx(per_sample, abs=1e-4)
    ours_batch = ours - LookupFreeQuantizer(bits, temperature, diversity_gamma=1.0)(z).entropy_loss.item()
    if exact:
        assert ours_batch == pytest.approx(batch, abs=1e-4)
    else:
        assert batch + 1e-3 < ours_batch <= bits * math.log(2) + 1e-4


def test_entropy_loss_wants_certain_tokens_that_differ():
    codes = index_to_signs(torch.arange(64), 6)[None, :, None]  # each code once
    quantizer = LookupFreeQuantizer(6)
    varied, same, unsure = codes, codes[:, :1].expand_as(codes), torch.zeros_like(codes)
    losses = [quantizer(3 * z).entropy_loss.item() for z in (varied, same, unsure)]
    assert losses == pytest.approx([-6 * math.log(2), 0.0, 0.0], abs=1e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_quantiser_losses_are_fp32_under_autocast(dtype):
    z = torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(0)).to(dtype)
    quantizer = LookupFreeQuantizer(6)
    plain = quantizer(z.float())
    with torch.autocast("cpu", torch.bfloat16):
        cast = quantizer(z)
    for name in ("commitment_loss", "entropy_loss", "quantized"):
        assert getattr(cast, name).dtype == torch.float32
        assert torch.equal(getattr(cast, name), getattr(plain, name))


# encode, decode, forward


@settings(max_examples=15, deadline=None)
@given(frames=st.integers(4, 41), batch=st.integers(1, 2))
def test_any_length_becomes_whole_steps_and_comes_back(make_motion_tokenizer, make_features, frames, batch):
    model, features = make_motion_tokenizer(codebook_bits=7), make_features(batch, frames)
    with torch.no_grad():
        codes = model.encode(features).codes
        assert codes.shape == (batch, frames // 4, 6) and codes.dtype == torch.long
        assert codes.min() >= 0 and codes.max() < 128
        assert model.decode(codes).features.shape == (batch, 4 * (frames // 4), 135)
        output = model(features)
    assert output.features.shape == features.shape
    assert output.codes.shape == (batch, math.ceil(frames / 4), 6)
    assert output.loss.ndim == 0 and torch.isfinite(output.loss)


def test_codes_differ_between_clips_parts_and_times(make_motion_tokenizer, make_features):
    codes = make_motion_tokenizer(codebook_bits=10).encode(make_features(2, 80)).codes
    assert not torch.equal(codes[0], codes[1])
    for part in range(6):
        assert len(codes[..., part].unique()) > 3


def test_a_part_is_encoded_from_its_own_columns_at_first(make_motion_tokenizer, make_motion):
    """The encoder's mixing starts at zero: a new model reads each token off its own part."""
    motion = make_motion(frames=16)
    rotations = motion.rotations.clone()
    rotations[:, list(PARTS[2].joints)] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    features = torch.stack([motion.to_d135(), motion.replace(rotations=rotations).to_d135()])
    before, after = make_motion_tokenizer().encode(features).latents
    for part, name in enumerate(PART_NAMES):
        assert torch.allclose(before[:, part], after[:, part], atol=1e-5) == (name != "left_arm")


def test_tokens_do_not_depend_on_the_direction_of_the_body(make_motion_tokenizer, make_motion):
    model, motion = make_motion_tokenizer(), make_motion(frames=24, turn=3.0)
    turned = motion.moved(2.0, torch.tensor([5.0, 1.0]))
    later = motion.crop(8, 24)  # starts at another heading
    features = [clip.to_d135()[None] for clip in (motion, turned)]
    assert torch.allclose(model.encode(features[0]).latents, model.encode(features[1]).latents, atol=1e-3)
    assert model.encode(later.to_d135()[None]).codes.shape == (1, 4, 6)
    assert torch.allclose(model(features[0]).loss, model(features[1]).loss, atol=1e-4)


def test_decoded_motion_is_a_motion_that_starts_canonically(make_motion_tokenizer, make_features):
    model = make_motion_tokenizer()
    heading_free = remove_heading(make_features(4, 24)).flatten(0, 1)
    model.set_statistics(heading_free.mean(0), heading_free.std(0).clamp_min(0.02))
    features = model.decode(random_codes(model, 1, 10)).features[0]
    motion = Motion.from_d135(features.detach())
    assert motion.num_frames == 40 and motion.fps == 20.0
    assert motion.translation[0, [0, 2]].abs().max() < 1e-6


@pytest.mark.parametrize(
    "codes, message",
    [
        (torch.full((1, 2, 6), 64), "0 to 63"),
        (torch.full((1, 2, 6), -1), "0 to 63"),
        (torch.zeros(1, 2, 5, dtype=torch.long), r"shape \(1, 2, 5\), expected \(batch, steps, 6\)"),
        (torch.zeros(2, 6, dtype=torch.long), r"shape \(2, 6\)"),
        (torch.zeros(1, 0, 6, dtype=torch.long), r"shape \(1, 0, 6\)"),
    ],
)
def test_bad_codes_are_refused_in_one_line(make_motion_tokenizer, codes, message):
    with pytest.raises(ValueError, match=message) as raised:
        make_motion_tokenizer().decode(codes)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("method", ["encode", "forward"])
@pytest.mark.parametrize(
    "shape, message",
    [((1, 3, 135), "3 frames, at least 4"), ((8, 135), r"\(8, 135\)"), ((1, 8, 136), r"\(1, 8, 136\)")],
)
def test_bad_features_are_refused_in_one_line(make_motion_tokenizer, method, shape, message):
    with pytest.raises(ValueError, match=message) as raised:
        getattr(make_motion_tokenizer(), method)(torch.zeros(shape))
    assert "\n" not in str(raised.value)


# parts


@pytest.mark.parametrize("part", range(6))
def test_a_token_moves_its_own_part(make_motion_tokenizer, part):
    """Joints are compared about the root and in its frame: whatever the root does, the body hangs on it."""
    model, joints = make_motion_tokenizer(), list(PARTS[part].joints)
    codes = random_codes(model, 1, 8)
    other = codes.clone()
    other[:, 2:5, part] ^= 0b101101
    before, after = (remove_heading(model.decode(grid).features[0]) for grid in (codes, other))
    changed = (before - after).abs().amax(dim=0) > 1e-4
    assert changed[list(PART_COLUMNS[part])].float().mean() > 0.9
    elsewhere = [column for index, columns in enumerate(PART_COLUMNS) if index != part for column in columns]
    assert not changed[elsewhere].any()
    if PART_NAMES[part].endswith("arm"):
        moves = (joints_about_root(before) - joints_about_root(after)).norm(dim=-1).mean(dim=0)
        arm = moves[joints].max()
        assert arm > 0.01 and moves[[j for j in range(22) if j not in joints]].max() < 0.1 * arm


def joints_about_root(heading_free: torch.Tensor) -> torch.Tensor:
    still = heading_free.clone()
    still[:, [*range(6, 8), TURN]] = 0.0
    joints = Motion.from_d135(still[:, :135].detach()).joints()
    return joints - joints[:, :1]


def test_parts_can_be_mixed_in_the_decoder(make_motion_tokenizer):
    model = make_motion_tokenizer(mix_parts_in_decoder=True)
    mixer = next(module for name, module in model.decoder.named_modules() if type(module).__name__ == "PartMixer")
    torch.nn.init.normal_(mixer.weight, std=0.5)
    codes = random_codes(model, 1, 8)
    other = codes.clone()
    other[..., 2] ^= 0b101101
    before, after = (remove_heading(model.decode(grid).features[0]) for grid in (codes, other))
    assert (before - after)[:, list(PART_COLUMNS[5])].abs().max() > 1e-3


# streaming


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("num_blocks", [1, 2])
def test_a_causal_decoder_can_stream(make_motion_tokenizer, causal, num_blocks):
    model = make_motion_tokenizer(causal=causal, num_blocks=num_blocks)
    codes = random_codes(model, 1, 9)
    whole = model.decode(codes).features
    same = [
        torch.allclose(model.decode(codes[:, :steps]).features, whole[:, : 4 * steps], atol=1e-4)
        for steps in range(1, 9)
    ]
    assert all(same) if causal else not any(same)


# the closed loop


def coarse_root(signs: torch.Tensor, first: int = 0) -> torch.Tensor:
    """A decoder of root tokens without context: 3 bits of forward speed and 3 of turn, in coarse levels."""
    levels = ((signs > 0) * torch.tensor([1.0, 2.0, 4.0, 1.0, 2.0, 4.0])).unflatten(-1, (2, 3)).sum(-1)
    features = torch.zeros(*signs.shape[:2], 4, 136)
    features[..., 7] = 0.01 * levels[..., None, 0]  # metres a frame
    features[..., TURN] = 0.02 * (levels[..., None, 1] - 4)  # radians a frame
    return features.flatten(1, 2)


@pytest.mark.parametrize("speed, turn", [(0.034, 0.0), (0.02, 0.009), (0.027, -0.033)])
def test_the_closed_loop_pays_drift_back(speed, turn):
    """Rounding each token alone drifts by the same error step after step; paid back, the path stays close."""
    steps = 25
    target = torch.zeros(4 * steps, 136)
    target[:, 7], target[:, TURN] = speed, turn
    rounded = round(speed / 0.01) + 8 * (round(turn / 0.02) + 4)
    codes = torch.full((steps,), rounded)

    def path(features: torch.Tensor) -> torch.Tensor:
        return integrate_root(features, integrate_turn(features))

    def error(codes: torch.Tensor) -> float:
        return float((path(coarse_root(index_to_signs(codes[None], 6))[0]) - path(target)).norm(dim=-1).max())

    refined = refine_root_codes(coarse_root, target, codes, num_bits=6)
    assert refined.shape == codes.shape and refined.min() >= 0 and refined.max() < 64
    assert codes.unique().tolist() == [rounded]  # the caller's codes stay as they were
    assert error(codes) > 0.3 and error(refined) < 0.4 * error(codes)


@pytest.mark.slow
def test_the_closed_loop_brings_the_joints_closer(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(), make_features(2, 26)
    plain, refined = (model.encode(features, closed_loop=closed).codes for closed in (False, True))
    assert refined.shape == plain.shape and refined.min() >= 0 and refined.max() < 64

    def error(codes: torch.Tensor) -> float:
        bodies = [remove_heading(clips[:, :24]) for clips in (model.decode(codes).features, features)]
        decoded, truth = (body_joints(body, model.bone_offsets) for body in bodies)
        return float((decoded - truth).norm(dim=-1).mean())

    assert error(refined) < 0.95 * error(plain)


def test_a_closed_loop_needs_a_root_of_its_own(make_motion_tokenizer, make_features):
    with pytest.raises(ValueError, match="mix") as raised:
        make_motion_tokenizer(mix_parts_in_decoder=True).encode(make_features(1, 8), closed_loop=True)
    assert "\n" not in str(raised.value)


# losses and learning


def test_reconstruction_loss_is_zero_for_the_same_motion_and_sees_each_kind_of_error(make_features):
    target = remove_heading(make_features(1, 20))

    def loss(change=lambda features: None):
        predicted = target.clone()
        change(predicted)
        return reconstruction_loss(predicted, target, *STATISTICS, CANONICAL_SKELETON.offsets)

    same = loss()
    assert max(same.feature, same.joint, same.root, same.velocity) < 1e-6

    def drifts(features):
        features[..., ROOT_VELOCITY] += 0.01

    def lifted(features):
        features[..., 8] += 0.1

    def bends_a_knee(features):
        features[..., 27:33] = torch.tensor([1.0, 0, 0, 0, 0, 1])

    drift, lift, knee = loss(drifts), loss(lifted), loss(bends_a_knee)
    assert drift.joint < 1e-6 and drift.root > 0.05  # half of 20 frames x 1.4 cm
    assert drift.velocity == pytest.approx(0.01 * math.sqrt(2), rel=1e-3)
    assert lift.root == pytest.approx(0.1, rel=1e-3) and lift.velocity < 1e-6
    assert knee.joint > 0.01 and knee.root < 1e-6 and knee.hand < 1e-6

    def bends_a_wrist(features):
        features[..., 129:135] = torch.tensor([0.0, 0, 1, 0, 1, 0])  # the right one, by a quarter turn from straight

    wrist = loss(bends_a_wrist)
    assert wrist.joint < 1e-6 and wrist.hand > 0.01
    assert reconstruction_loss(target, target, *STATISTICS, CANONICAL_SKELETON.offsets, hands=False).hand == 0


def test_hands_are_compared_with_head_chest_and_each_other(make_features):
    """Lengths of a known pose: a hand that is 10 cm away counts 10 cm, and as much again for being far."""
    still = remove_heading(make_features(1, 4))
    matrices = local_matrices(still)
    joints, turns = forward_kinematics(matrices, torch.zeros(1, 4, 3), CANONICAL_SKELETON.offsets)
    points = hand_points(joints, turns)
    assert torch.allclose((points[..., 2:, :] - points[..., :2, :]).norm(dim=-1), torch.tensor(0.12), atol=1e-5)
    moved = joints.clone()
    moved[..., 21, 1] += 0.1  # the right wrist, upward: of ten reaches the four of its points and both between hands
    gap = (hand_reaches(moved, turns) - hand_reaches(joints, turns)).norm(dim=-1)
    assert gap.shape == (1, 4, 10) and (gap[0, 0] > 0.099).sum() == 6 and gap[0, 0].max() < 0.101
    assert hand_error(hand_reaches(moved, turns) - hand_reaches(joints, turns)) == pytest.approx(0.6 * 0.2, rel=1e-3)


def test_the_root_loss_is_the_distance_after_decoding(make_features):
    """What the loss integrates is where the decoded motion's root really is."""
    features = make_features(1, 40, turn=2.0)
    heading_free = remove_heading(features)
    path = integrate_root(heading_free, integrate_turn(heading_free))[0]
    assert torch.allclose(path, Motion.from_d135(features[0]).translation, atol=1e-4)


def test_losses_are_fp32_under_autocast(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(), make_features(2, 18)
    with torch.autocast("cpu", torch.bfloat16):
        cast = model(features)
    plain = model(features)
    for name, value in cast.items():
        if name.endswith("loss"):
            assert value.dtype == torch.float32
            assert value.item() == pytest.approx(plain[name].item(), rel=0.2, abs=0.05)


def test_the_loss_is_the_weighted_sum_of_its_parts(make_motion_tokenizer, make_features):
    weights = {"feature": 2.0, "joint": 3.0, "root": 5.0, "velocity": 7.0, "commitment": 11.0, "entropy": 13.0}
    weights["hand"] = 17.0
    model = make_motion_tokenizer(**{f"{name}_weight": weight for name, weight in weights.items()})
    output = model(make_features(2, 12))
    total = sum(weight * output[f"{name}_loss"] for name, weight in weights.items())
    assert torch.allclose(output.loss, total)


@pytest.mark.slow
def test_one_batch_can_be_learnt(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(codebook_bits=8), make_features(2, 24)
    losses = losses_on_one_batch(model, features)
    assert losses[-1] < 0.5 * losses[0]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


# saving


def test_saved_and_loaded_it_says_the_same(make_motion_tokenizer, make_features, tmp_path):
    model, features = make_motion_tokenizer(causal=True), make_features(2, 24)
    model.set_statistics(torch.linspace(-0.1, 0.1, 136), torch.linspace(0.5, 1.5, 136))
    model.save_pretrained(tmp_path)
    loaded = MotionTokenizerModel.from_pretrained(tmp_path)
    assert loaded.config.causal and not loaded.training
    codes = model.encode(features).codes
    assert torch.equal(loaded.encode(features).codes, codes)
    assert torch.equal(loaded.decode(codes).features, model.decode(codes).features)
    buffers, loaded_buffers = dict(model.named_buffers()), dict(loaded.named_buffers())
    assert buffers.keys() == loaded_buffers.keys()
    for name, buffer in buffers.items():
        assert torch.equal(loaded_buffers[name], buffer), name


def test_buffers_are_filled_after_construction_on_the_meta_device(make_motion_tokenizer):
    """transformers builds models there and gives them uninitialised memory; here it is poisoned to be sure."""
    reference = make_motion_tokenizer()
    with torch.device("meta"):
        model = MotionTokenizerModel(reference.config)
    model.to_empty(device="cpu")
    for buffer in model.buffers():
        buffer.fill_(77)
    for parameter in model.parameters():
        parameter.data.fill_(math.nan)
    model.initialize_weights()
    expected = dict(reference.named_buffers())
    for name, buffer in model.named_buffers():
        assert torch.equal(buffer, expected[name]), name
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter).all(), name


def test_bits_decide_the_size_of_the_checkpoint_not_a_codebook(make_motion_tokenizer):
    small, large = (make_motion_tokenizer(codebook_bits=bits).num_parameters() for bits in (8, 16))
    assert large < 1.5 * small


@pytest.mark.parametrize(
    "options, message",
    [
        ({"codebook_bits": 0}, "codebook_bits is 0, expected 1 to 24"),
        ({"neighbour_share": 0.5}, "neighbour_share is 0.5, expected 0 to 1/3"),
        ({"codebook_bits": 25}, "codebook_bits is 25"),
        ({"part_names": ("root", "rest")}, "2 part_names for 6 part_columns"),
        ({"part_columns": PART_COLUMNS[:5], "part_names": PART_NAMES[:5]}, "each of the 136 feature columns once"),
        ({"part_columns": (*PART_COLUMNS[:5], PART_COLUMNS[4])}, "each of the 136 feature columns once"),
        ({"codebook_bits": "ten"}, "codebook_bits"),
    ],
)
def test_configurations_are_checked(options, message):
    with pytest.raises(Exception, match=message):
        MotionTokenizerConfig(**options)


def test_other_parts_are_a_matter_of_configuration(make_motion_tokenizer, make_features):
    halves = (tuple(range(9)) + (135,), tuple(range(9, 135)))
    model = make_motion_tokenizer(part_names=("root", "body"), part_columns=halves)
    codes = model.encode(make_features(1, 12)).codes
    assert codes.shape == (1, 3, 2) and model.decode(codes).features.shape == (1, 12, 135)


@pytest.mark.parametrize("num_downsamples, downsample", [(1, 2), (3, 8)])
def test_frames_of_a_step_are_a_matter_of_configuration(
    make_motion_tokenizer, make_features, num_downsamples, downsample
):
    model = make_motion_tokenizer(num_downsamples=num_downsamples)
    assert model.config.downsample == downsample
    codes = model.encode(make_features(1, 16)).codes
    assert codes.shape == (1, 16 // downsample, 6) and model.decode(codes).features.shape == (1, 16, 135)


# token cache


def test_the_token_cache_codes_each_sample_from_two_frames(make_motion_tokenizer, make_motion, tmp_path, monkeypatch):
    writer = CacheWriter(tmp_path, "train_samples")
    for seed, frames in enumerate((20, 33)):
        writer.add(make_motion(frames, seed).to_d135(), id=str(seed))
    writer.save()
    cache, model, path = MotionCache(tmp_path, "train_samples"), make_motion_tokenizer(), tmp_path / "codes.safetensors"
    tokens = TokenCache(cache, path, model, shifts=(0, 2))
    for sample in range(2):
        assert tokens.num_steps(sample) == len(cache[sample]) // 4
        for variant, shift in enumerate((0, 2)):
            expected = model.encode(cache[sample][None, shift:]).codes[0]
            assert torch.equal(tokens.get(sample, variant), expected)

    def refuse(*_):
        raise AssertionError("coded again")

    with monkeypatch.context() as patch:
        patch.setattr(MotionTokenizerModel, "encode", refuse)
        again = TokenCache(cache, path, model, shifts=(0, 2))
    assert torch.equal(again.codes, tokens.codes)
    other = make_motion_tokenizer(seed=1)
    assert torch.equal(TokenCache(cache, path, other).get(0), other.encode(cache[0][None]).codes[0])
    assert [file.name for file in tmp_path.glob("*.partial")] == []
