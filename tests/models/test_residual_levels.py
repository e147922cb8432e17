"""Residual levels: corrections, templates and their search, and levels on top of a tokenizer."""

import math

import pytest
import torch
from moving_body import body, squatting

from being_m0_hf.models.motion_tokenizer import MotionTokenizerModel
from being_m0_hf.models.motion_tokenizer.quantizers.lookup_free import index_to_signs, signs_to_index
from being_m0_hf.models.motion_tokenizer.reconstruction_loss import joints_about_root
from being_m0_hf.models.motion_tokenizer.residual.binary_codebook import SignedTemplates
from being_m0_hf.models.motion_tokenizer.residual.correction_basis import (
    CORRECTION_SIZE,
    apply_correction,
    correction_metric,
    correction_towards,
    smoothed,
)
from being_m0_hf.models.motion_tokenizer.residual.error_metric import UNSMOOTHED, ErrorMetric
from being_m0_hf.models.motion_tokenizer.residual.sign_search import SignSearch
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_NAMES, PART_COLUMNS, PARTS, Motion
from being_m0_hf.motion.features import TURN, local_matrices, remove_heading
from being_m0_hf.motion.kinematics import forward_kinematics
from being_m0_hf.pipelines.text_to_motion import load_pipeline
from being_m0_hf.trainers.residual_levels import fit_residual_levels, least_squares

OFFSETS = CANONICAL_SKELETON.offsets


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def random_signs(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.where(noise(*shape, seed=seed) > 0, 1.0, -1.0)


def smooth_metric(rows: int, share: float | None = None) -> ErrorMetric:
    shares = None if share is None else torch.full((rows, 1), share)
    return ErrorMetric(torch.linspace(0.5, 2.0, rows)[:, None], torch.ones(rows, 1), shares)


# corrections


def test_a_correction_leads_to_the_target(make_features):
    decoded, target = (remove_heading(make_features(1, 12, roll=roll)) for roll in (0.0, 0.4))
    correction = correction_towards(target, decoded, OFFSETS)
    assert correction.shape == (1, 12, CORRECTION_SIZE) and correction.abs().max() > 0.1
    assert torch.allclose(apply_correction(decoded, correction), target, atol=1e-5)
    assert torch.allclose(apply_correction(decoded, torch.zeros_like(correction)), decoded, atol=1e-5)


def test_smoothing_takes_jitter_and_leaves_brisk_and_steady_turns_and_the_path(make_features):
    features = remove_heading(make_features(1, 20))
    noisy = features.clone()
    noisy[:, :, 12:18] += 0.02 * noise(1, 20, 6)  # a joint's rotation
    once = smoothed(noisy, 0.33)
    rough, calm = (each[:, :, 12:18].diff(n=3, dim=1).abs().mean() for each in (noisy, once))
    assert calm < 0.4 * rough
    assert torch.equal(once[..., 6:9], noisy[..., 6:9]) and torch.equal(once[..., TURN], noisy[..., TURN])
    brisk = noisy.clone()
    brisk[:, :, 12:18] += torch.linspace(0, 8, 20)[:, None]
    kept = (smoothed(brisk, 0.33) - brisk)[:, 1:-1, 12:18].abs().mean()
    assert kept < 0.3 * (once - noisy)[:, 1:-1, 12:18].abs().mean()
    steady = features.clone()
    steady[:, :, 12:18] = torch.linspace(0, 1, 20)[:, None]
    assert torch.allclose(smoothed(steady, 0.25)[:, 4:-4, 12:18], steady[:, 4:-4, 12:18], atol=1e-6)


def test_joints_can_keep_their_orientation_in_space(make_features):
    """The hips make good what is wrong about the pelvis, so that the legs point where they should."""
    target = remove_heading(make_features(1, 8))
    wrong = torch.zeros(1, 8, CORRECTION_SIZE)
    wrong[..., 0] = 0.3  # the pelvis leans
    decoded = apply_correction(target, wrong)
    correction = correction_towards(target, decoded, OFFSETS, kept_in_space=(1, 2))
    correction[..., :3] = 0.0
    corrected = apply_correction(decoded, correction)
    spaces = [
        forward_kinematics(local_matrices(features), torch.zeros(1, 8, 3), OFFSETS)[1]
        for features in (target, decoded, corrected)
    ]
    assert torch.allclose(spaces[2][:, :, 1:3], spaces[0][:, :, 1:3], atol=1e-5)
    assert not torch.allclose(spaces[1][:, :, 1:3], spaces[0][:, :, 1:3], atol=0.1)


def test_an_error_costs_what_it_moves():
    rows = list(range(CORRECTION_SIZE))
    weight = correction_metric(rows, OFFSETS).weight[:66, 0].unflatten(0, (22, 3))
    pelvis, hip, knee, wrist = (weight[joint].max() for joint in (0, 1, 4, 20))
    assert pelvis > hip > knee > wrist > 0
    elbow = weight[18]  # the arm lies along x in the T-pose: a twist moves less than a bend
    assert elbow[0] < elbow[1] and elbow[0] < elbow[2]


@pytest.mark.parametrize("share", [None, 0.33])
def test_the_metric_is_half_the_gradient_of_its_cost(share):
    metric, error = smooth_metric(3, share), noise(2, 3, 11).requires_grad_()
    (error * metric.gradient(error)).sum().backward()
    assert torch.allclose(error.grad, 2 * metric.gradient(error.detach()), atol=1e-4)
    still = torch.ones(1, 3, 11)  # an error that does not change costs its square and no more
    cost = 11 * metric.weight.sum().item() * (1 if share is None else 1 + UNSMOOTHED)
    assert (still * metric.gradient(still)).sum().item() == pytest.approx(cost)


def test_an_error_that_smoothing_takes_costs_little():
    rough = torch.tensor([1.0, -1.0] * 12).expand(1, 2, 24)
    slow = torch.sin(torch.arange(24) / 4).expand(1, 2, 24)
    for error, least, most in ((rough, 0.0, 0.05), (slow, 0.7, 1.0)):
        costs = [float((error * smooth_metric(2, share).gradient(error)).sum()) for share in (None, 0.33)]
        assert least < costs[1] / costs[0] < most


# templates


@pytest.mark.parametrize("lookahead", [None, 0])
def test_the_search_finds_the_bits_behind_an_error(lookahead):
    templates = SignedTemplates(bits=5, rows=24, frames=4, lookahead=lookahead)
    templates.templates.copy_(noise(5, 24, 12))
    signs = random_signs(3, 10, 5)
    found = SignSearch([templates], smooth_metric(24)).signs(templates(signs)[:, None])[:, :, 0]
    assert torch.equal(found[:, :-2], signs[:, :-2])  # at the end of a clip templates are cut off and look alike


@pytest.mark.parametrize("share", [None, 0.33])
@pytest.mark.parametrize("steps", [2, 10, 41])
def test_flips_only_ever_help(steps, share):
    templates, metric = SignedTemplates(bits=6, rows=4, frames=4), smooth_metric(4, share)
    templates.templates.copy_(noise(6, 4, 12))
    error, signs, search = 2 * noise(2, 4, 4 * steps), random_signs(2, steps, 6), SignSearch([templates], metric)

    def cost(signs: torch.Tensor) -> float:
        left = error - templates(signs)
        return float((left * metric.gradient(left)).sum())

    tried = [search.improve(signs[:, :, None], error[:, None], sweeps)[:, :, 0] for sweeps in (0, 1, 2, 16)]
    costs = [cost(each) for each in tried]
    assert costs[0] > costs[1] >= costs[2] >= costs[3]
    # no single flip is left that helps; at the ends templates are cut off, which the search does not reckon with
    for step, bit in ((step, bit) for step in range(3, steps - 3) for bit in range(6)):
        other = tried[-1].clone()
        other[0, step, bit] *= -1
        assert cost(other) >= costs[3] - 1e-3


def test_parts_that_are_searched_together_are_found_as_each_alone():
    parts = [SignedTemplates(bits=6, rows=4, frames=4) for _ in range(3)]
    for number, part in enumerate(parts):
        part.templates.copy_(noise(6, 4, 12, seed=number))
    error, metric = 2 * noise(2, 3, 4, 60), smooth_metric(4, 0.33)
    found = SignSearch(parts, metric).signs(error)
    for number, part in enumerate(parts):
        alone = SignSearch([part], metric).signs(error[:, [number]])
        assert torch.equal(found[:, :, [number]], alone)


@pytest.mark.parametrize("lookahead", [None, 0])
def test_least_squares_finds_the_templates_behind_an_error(lookahead):
    templates = SignedTemplates(bits=3, rows=2, frames=4, lookahead=lookahead)
    truth = noise(3, 2, 12)
    templates.templates.copy_(truth)
    signs = random_signs(40, 12, 3)
    metric = ErrorMetric(torch.ones(2, 1), torch.tensor([[0.0], [1.0]]))
    assert torch.allclose(least_squares(templates, signs, templates(signs), metric), truth, atol=0.01)


def test_a_causal_token_moves_no_earlier_frame():
    for lookahead, first in ((0, 8), (1, 4), (None, 4)):
        templates = SignedTemplates(bits=1, rows=1, frames=4, lookahead=lookahead)
        templates.templates.fill_(1.0)
        signs = -torch.ones(1, 5, 1)
        other = signs.clone()
        other[0, 2] = 1.0
        moved = (templates(signs) != templates(other))[0, 0].nonzero()[:, 0].tolist()
        assert moved == list(range(first, first + 12))


def test_bits_and_codes_of_many_bits_are_inverse():
    signs = random_signs(2, 3, 6, 24)
    assert torch.equal(index_to_signs(signs_to_index(signs), 24), signs)


# levels


@pytest.fixture(scope="module")
def fitted(make_motion_tokenizer, make_features) -> MotionTokenizerModel:
    """A tokenizer that decodes no more than the mean pose, with two levels fitted to moving bodies."""
    model = make_motion_tokenizer(residual_levels=2, residual_bits=8)
    features = make_features(12, 48)
    bodies = remove_heading(features).flatten(0, 1)
    model.set_statistics(bodies.mean(dim=0), bodies.std(dim=0).clamp_min(0.02))
    with torch.no_grad():
        model.decoder.layers[-1].weight.mul_(0.1)
    fit_residual_levels(model, features, rounds=3)
    return model


def errors(model: MotionTokenizerModel, features: torch.Tensor, closed_loop: bool = False) -> list[float]:
    """Mean joint error about the root for 0, 1, ... levels."""
    model.requires_grad_(False)
    tokens, result = model.encode(features, closed_loop), []
    truth = joints_about_root(remove_heading(features), model.bone_offsets)
    for levels in range(model.config.residual_levels + 1):
        decoded = remove_heading(model.decode(tokens.codes, tokens.residual_codes[..., :levels]).features)
        result.append(float((joints_about_root(decoded, model.bone_offsets) - truth).norm(dim=-1).mean()))
    return result


def joints(features: torch.Tensor) -> torch.Tensor:
    """(T, 22, 3) joints of the first clip: numbers of the network need not be proper 6D, corrected ones are."""
    return Motion.from_d135(features[0].detach()).joints()


@pytest.mark.slow
def test_each_level_brings_the_joints_closer(fitted, make_features):
    first, second, third = errors(fitted, make_features(3, 40, turn=0.5))
    assert second < 0.7 * first and third < 0.8 * second


def test_left_and_right_have_templates_that_are_mirror_images(fitted):
    names = list(fitted.config.part_names)
    flip = torch.tensor([1.0, -1.0, -1.0]).repeat(4)[:, None]
    for level in fitted.residual_levels:
        for limb in ("arm", "leg"):
            left, right = (level.parts[names.index(f"{side}_{limb}")].templates for side in ("left", "right"))
            assert torch.equal(left, right * flip) and left.abs().max() > 0


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_shipped_levels_bring_each_leg_closer(side):
    """The left leg's took it further away than the first level alone: 52 mm from 46, where the right came to 11."""
    tokenizer, motion = load_pipeline().model.motion_tokenizer, squatting(2)
    features = motion.to_d135()[None]
    tokens = tokenizer.encode(features, residual_levels=4)
    legs = [JOINT_NAMES.index(f"{side}_{joint}") for joint in ("knee", "ankle", "foot")]

    def error(levels: torch.Tensor | None) -> float:
        decoded = Motion.from_d135(tokenizer.decode(tokens.codes, levels).features[0])
        frames = min(decoded.num_frames, motion.num_frames)
        apart = [each.joints()[:frames, legs] - each.joints()[:frames, :1] for each in (decoded, motion)]
        return float((apart[0] - apart[1]).norm(dim=-1).mean())

    assert error(tokens.residual_codes) < 0.5 * error(None)


def test_who_stands_still_hardly_moves_with_the_shipped_levels():
    """It shivered at 0.076 m/s, and its joints were off by 10 mm: the search spent its bits on what smoothing takes."""
    tokenizer = load_pipeline().model.motion_tokenizer
    sway = torch.sin(torch.arange(121) / 10)
    motion = body(6.0, spine1_x=1.5 * sway, left_shoulder_x=4.0 * sway, right_elbow_y=20.0 + 3.0 * sway)
    tokens = tokenizer.encode(motion.to_d135()[None])
    decoded = Motion.from_d135(tokenizer.decode(tokens.codes, tokens.residual_codes).features[0]).canonicalized()
    was, now = motion.canonicalized().joints()[: decoded.num_frames], decoded.joints()
    speed = (now[1:] - now[:-1]).norm(dim=-1).mean() * 20
    assert speed < 0.04 and (now - was).norm(dim=-1).mean() < 0.006


def test_a_search_is_made_anew_when_templates_change(fitted, make_features):
    level, features = fitted.residual_levels[0], make_features(1, 32)
    templates = level.parts[2].templates
    before = fitted.encode(features).residual_codes
    templates.neg_()
    turned = fitted.encode(features).residual_codes
    templates.neg_()
    mask = 2**fitted.config.residual_bits - 1
    assert torch.equal(turned[:, :, 2, 0], before[:, :, 2, 0] ^ mask)
    assert torch.equal(fitted.encode(features).residual_codes, before)


@pytest.mark.slow
def test_the_closed_loop_pays_the_drift_back_in_the_last_level(fitted, make_features):
    features = make_features(1, 48)
    path = Motion.from_d135(features[0]).translation

    def drift(closed_loop: bool) -> float:
        tokens = fitted.encode(features, closed_loop)
        decoded = Motion.from_d135(fitted.decode(tokens.codes, tokens.residual_codes).features[0])
        return float((decoded.translation - path).norm(dim=-1).mean())

    assert drift(True) < 0.7 * drift(False)


def test_levels_leave_the_first_one_alone(fitted, make_motion_tokenizer, make_features):
    plain, features = make_motion_tokenizer(), make_features(2, 24)
    plain.load_state_dict({name: value for name, value in fitted.state_dict().items() if "residual" not in name})
    tokens = fitted.encode(features)
    assert torch.equal(tokens.codes, plain.encode(features).codes)
    assert torch.equal(fitted.decode(tokens.codes).features, plain.decode(tokens.codes).features)
    assert plain.encode(features).residual_codes.shape == (2, 6, 6, 0)
    assert torch.equal(fitted.encode(features, residual_levels=1).residual_codes, tokens.residual_codes[..., :1])


def test_a_level_that_was_not_fitted_changes_nothing(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(residual_levels=1), make_features(1, 16)
    tokens = model.encode(features)
    plain, with_level = model.decode(tokens.codes), model.decode(tokens.codes, tokens.residual_codes)
    assert torch.allclose(joints(plain.features), joints(with_level.features), atol=1e-4)


@pytest.mark.parametrize("part", range(1, 6))
def test_a_residual_token_moves_its_own_part(fitted, make_features, part):
    tokens = fitted.encode(make_features(1, 32))
    other = tokens.residual_codes.clone()
    other[:, 3:5, part] ^= 0b1011
    before, after = (
        remove_heading(fitted.decode(tokens.codes, grid).features[0]) for grid in (tokens.residual_codes, other)
    )
    changed = (before - after).abs().amax(dim=0) > 1e-5
    own = set(PART_COLUMNS[part])
    assert {column for column in range(136) if changed[column]} <= own and changed[list(own)].any()
    assert len(PARTS[part].joints) * 6 == len(own)


def test_a_causal_tokenizer_streams_with_its_levels(make_motion_tokenizer, make_features):
    model, features = make_motion_tokenizer(causal=True, residual_levels=1, residual_bits=6), make_features(4, 32)
    fit_residual_levels(model, features, rounds=1)
    tokens = model.encode(features[:1])
    whole = model.decode(tokens.codes, tokens.residual_codes).features
    for steps in (1, 4, 7):
        start = model.decode(tokens.codes[:, :steps], tokens.residual_codes[:, :steps]).features
        assert torch.allclose(start, whole[:, : 4 * steps], atol=1e-4)


def test_levels_are_smoothed_where_the_configuration_says_so(fitted, make_motion_tokenizer, make_features):
    """Only with levels, and never in a tokenizer that streams."""
    features = make_features(1, 32)
    tokens = fitted.encode(features)
    jerk = {}
    for share in (0.0, 0.2):
        fitted.config.neighbour_share = share
        bare, decoded = (fitted.decode(tokens.codes, some).features for some in (None, tokens.residual_codes))
        about_the_root = joints(decoded) - joints(decoded)[:, :1]
        jerk[share] = about_the_root.diff(n=3, dim=0).norm(dim=-1).mean()
        none = fitted.decode(tokens.codes, tokens.residual_codes[..., :0]).features
        assert torch.allclose(joints(bare), joints(none), atol=1e-4)
    fitted.config.neighbour_share = 0.0
    assert jerk[0.2] < 0.8 * jerk[0.0]
    streaming = make_motion_tokenizer(causal=True, residual_levels=1, residual_bits=6)
    fit_residual_levels(streaming, make_features(4, 32), rounds=1)
    tokens = streaming.encode(features)
    plain = streaming.decode(tokens.codes, tokens.residual_codes).features
    streaming.config.neighbour_share = 0.2
    assert torch.equal(plain, streaming.decode(tokens.codes, tokens.residual_codes).features)


def test_fitted_levels_survive_saving(fitted, make_features, tmp_path):
    fitted.save_pretrained(tmp_path)
    loaded, features = MotionTokenizerModel.from_pretrained(tmp_path), make_features(1, 24)
    before, after = fitted.encode(features), loaded.encode(features)
    assert torch.equal(before.residual_codes, after.residual_codes)
    decoded = [model.decode(before.codes, before.residual_codes).features for model in (fitted, loaded)]
    assert torch.equal(*decoded)


def test_levels_can_be_added_to_a_saved_tokenizer(make_motion_tokenizer, make_features, tmp_path):
    plain, features = make_motion_tokenizer(), make_features(1, 16)
    plain.save_pretrained(tmp_path)
    model = MotionTokenizerModel.from_pretrained(tmp_path, residual_levels=2, residual_bits=5)
    tokens = model.encode(features)
    assert torch.equal(tokens.codes, plain.encode(features).codes) and tokens.residual_codes.shape == (1, 4, 6, 2)
    decoded = model.decode(tokens.codes, tokens.residual_codes).features
    assert torch.allclose(joints(decoded), joints(plain.decode(tokens.codes).features), atol=1e-4)


def test_level_buffers_are_filled_after_construction_on_the_meta_device(make_motion_tokenizer):
    config = make_motion_tokenizer(residual_levels=1).config
    with torch.device("meta"):
        model = MotionTokenizerModel(config)
    model.to_empty(device="cpu")
    for buffer in model.buffers():
        buffer.fill_(77)
    model.initialize_weights()
    for part in model.residual_levels[0].parts:
        assert not part.templates.any()


@pytest.mark.parametrize(
    "residual, message",
    [
        (torch.zeros(1, 2, 6, 3, dtype=torch.long), r"shape \(1, 2, 6, 3\), expected \(1, 2, 6\) and up to 2 levels"),
        (torch.zeros(1, 3, 6, 1, dtype=torch.long), r"shape \(1, 3, 6, 1\)"),
        (torch.full((1, 2, 6, 1), 256), "residual_codes must be 0 to 255, got 256"),
    ],
)
def test_bad_residual_codes_are_refused_in_one_line(fitted, residual, message):
    with pytest.raises(ValueError, match=message) as raised:
        fitted.decode(torch.zeros(1, 2, 6, dtype=torch.long), residual)
    assert "\n" not in str(raised.value)


def test_other_parts_have_levels_as_well(make_motion_tokenizer, make_features):
    halves = ((*range(9), TURN), tuple(range(9, 135)))
    model = make_motion_tokenizer(part_names=("root", "body"), part_columns=halves, residual_levels=1)
    features = make_features(2, 16)
    fit_residual_levels(model, features, rounds=1)
    before, after = errors(model, features)
    assert after < before and math.isfinite(after)
