"""HumMUSS: one filter in three forms, step sizes that scale, streams that equal clips, and the paper's sizes."""

import math

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from transformers import AutoConfig, AutoModel

from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting, HumMussModel
from being_m0_hf.models.hummuss.pose_loss import pose_loss
from being_m0_hf.models.hummuss.state_space import DiagonalStateSpace

AGGREGATIONS = ("multiplicative", "average", "learned")
ONE = torch.ones(1)


def tiny_hummuss(causal: bool = True, **changes) -> HumMussForPoseLifting:
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_blocks": 2, "state_size": 8, "representation_size": 12}
    return HumMussForPoseLifting(HumMussConfig.named("hummuss", causal, **sizes | changes)).eval()


def filter_of(channels: int = 3, state_size: int = 8) -> DiagonalStateSpace:
    torch.manual_seed(0)
    layer = DiagonalStateSpace(channels, state_size)
    layer.reset_parameters()
    return layer.requires_grad_(False)


def keypoints_of(frames: int, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, frames, 17, 3, generator=torch.Generator().manual_seed(frames)) * 2 - 1


# --- one filter, three forms


def test_kernel_is_what_the_formula_says():
    """Direct powers, in fp64."""
    layer, steps, scale = filter_of(), 100, 1.7
    values = torch.complex(-layer.log_decay.double().exp(), layer.frequency.double())
    step = scale * layer.log_step.double().exp()[:, None]
    readout = torch.view_as_complex(layer.readout.double())
    decay = torch.exp(values * step)
    expected = [2 * (readout * (decay - 1) / values * decay**age).sum(-1).real for age in range(steps)]
    kernel = layer.kernel(torch.tensor([scale]), steps)[0]
    torch.testing.assert_close(kernel, torch.stack(expected, -1).float(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("scale", [ONE, torch.tensor([0.5, 2.0])], ids=["one rate", "a rate each"])
@pytest.mark.parametrize("steps", [1, 5, 33, 70])
def test_convolution_recurrence_and_chunks_agree(steps, scale):
    layer, inputs = filter_of(), torch.randn(2, 4, steps, 3)
    whole, _ = layer(inputs, scale)
    chunks, chunk_state = layer(inputs, scale, chunk_length=16, keep_state=True)
    single, single_state = layer(inputs, scale.expand(2)[:, None].expand(2, steps), keep_state=True)
    for other in (chunks, single):
        torch.testing.assert_close(other, whole, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(chunk_state, single_state, atol=1e-4, rtol=1e-4)
    assert whole.std() > 0.1  # there is something to compare


def test_a_state_carries_on_where_a_clip_was_cut():
    layer, inputs = filter_of(), torch.randn(2, 4, 60, 3)
    whole, _ = layer(inputs, ONE)
    first, state = layer(inputs[:, :, :41], ONE, keep_state=True)
    second, _ = layer(inputs[:, :, 41:], ONE, state, keep_state=True)
    torch.testing.assert_close(torch.cat((first, second), 2), whole, atol=1e-4, rtol=1e-4)


def test_held_inputs_give_the_same_at_every_rate():
    """Zero-order hold is exact: every frame seen twice, for half as long, is the same signal."""
    layer, inputs = filter_of(), torch.randn(1, 1, 40, 3)
    slow, _ = layer(inputs, ONE)
    fast, _ = layer(inputs.repeat_interleave(2, dim=2), ONE / 2)
    torch.testing.assert_close(fast[:, :, 1::2], slow, atol=1e-4, rtol=1e-4)


# --- frame rates


@pytest.mark.parametrize("causal", [True, False])
def test_double_step_is_half_the_frame_rate(causal):
    model, doubled, keypoints = tiny_hummuss(causal), tiny_hummuss(causal), keypoints_of(20)
    with torch.no_grad():
        for name, parameter in doubled.named_parameters():
            if "temporal" in name and name.endswith("log_step"):
                parameter += math.log(2)
        expected, plain = doubled(keypoints).joints, model(keypoints).joints
        joints = model(keypoints, frame_rate=15).joints
    torch.testing.assert_close(joints, expected, atol=1e-4, rtol=1e-4)
    assert (joints - plain).abs().max() > 1e-2


@pytest.mark.parametrize("causal", [True, False])
def test_regular_times_are_a_frame_rate(causal):
    model, keypoints = tiny_hummuss(causal), keypoints_of(20)
    times = 1e9 + torch.arange(20, dtype=torch.float64) / 15
    nearly = times + torch.tensor([0.0, 3e-4] * 10, dtype=torch.float64)  # goes frame by frame
    with torch.no_grad():
        expected = model(keypoints, frame_rate=15).joints
        torch.testing.assert_close(model(keypoints, times=times, frame_rate=15).joints, expected, atol=1e-4, rtol=1e-4)
        joints = model(keypoints, times=nearly, frame_rate=15).joints
    torch.testing.assert_close(joints, expected, atol=0.1, rtol=0)
    assert not torch.equal(joints, expected)


def test_every_clip_has_its_rate():
    model, keypoints = tiny_hummuss(False), keypoints_of(20)
    with torch.no_grad():
        both = model(keypoints, frame_rate=torch.tensor([15.0, 60.0])).joints
        single = [model(keypoints[i : i + 1], frame_rate=rate).joints for i, rate in enumerate((15, 60))]
    torch.testing.assert_close(both, torch.cat(single), atol=1e-4, rtol=1e-4)


# --- what a frame sees


def test_a_causal_model_does_not_see_the_future():
    keypoints = keypoints_of(12).requires_grad_()
    tiny_hummuss().train()(keypoints).joints[:, 5].sum().backward()
    seen = keypoints.grad.abs().amax((0, 2, 3))
    assert (seen[6:] == 0).all() and (seen[:6] > 0).all()


def test_a_bidirectional_model_is_the_same_backwards():
    """Its backward scan is the forward scan of the flipped clip: with both exchanged, time may run either way."""
    model, swapped, keypoints = tiny_hummuss(False), tiny_hummuss(False), keypoints_of(12)
    for block in swapped.hummuss.blocks:
        for layer in (block.temporal_first, block.temporal_second):
            layer.forward_scan, layer.backward_scan = layer.backward_scan, layer.forward_scan
    irregular = torch.tensor([0.0, 1, 3, 4, 5, 7, 8, 9, 10, 13, 14, 15]) / 30
    for times in (None, irregular):
        there = None if times is None else times[-1] - times.flip(0)
        with torch.no_grad():
            expected, joints = model(keypoints, times=times).joints, swapped(keypoints.flip(1), times=there).joints
        torch.testing.assert_close(joints.flip(1), expected, atol=1e-4, rtol=1e-4)


# --- streams


@pytest.mark.parametrize("irregular", [False, True])
def test_a_stream_equals_the_clip(irregular):
    model, keypoints, state, frames = tiny_hummuss(), keypoints_of(40), None, []
    times = torch.rand(40, generator=torch.Generator().manual_seed(1)).cumsum(0) / 15 if irregular else None
    with torch.no_grad():
        clip = model(keypoints, times=times).joints
        for index in range(40):
            output, state = model.step(keypoints[:, index], state, None if times is None else times[index])
            frames.append(output.joints)
    torch.testing.assert_close(torch.cat(frames, 1), clip, atol=1e-4, rtol=1e-4)


def test_a_stream_may_come_in_pieces():
    model, keypoints, state, pieces = tiny_hummuss(), keypoints_of(50), None, []
    with torch.no_grad():
        clip = model(keypoints).joints
        for piece in keypoints.split((1, 30, 2, 17), dim=1):
            output = model(piece, state=state, return_state=True)
            pieces, state = [*pieces, output.joints], output.state
    torch.testing.assert_close(torch.cat(pieces, 1), clip, atol=1e-4, rtol=1e-4)


def test_the_state_is_small_and_stays_so():
    model, state, sizes = tiny_hummuss(), None, set()
    with torch.no_grad():
        for index in range(30):
            _, state = model.step(keypoints_of(1)[:, 0], state, index / 30)
            sizes.add(state.num_bytes)
    # blocks x streams, batch x joints, channels x complex numbers of 8 bytes
    assert sizes == {2 * 2 * 2 * 17 * 16 * 4 * 8}
    assert not any(each.requires_grad for each in state.scans)


def test_what_cannot_be_is_said_in_one_line():
    model, keypoints = tiny_hummuss(), keypoints_of(3)
    _, state = model.step(keypoints[:, 0], time=1.0)
    for message, call in {
        "must rise": lambda: model.step(keypoints[:, 1], state, 1.0),
        "shape": lambda: model(keypoints[..., :2]),
        "frame_rate": lambda: model(keypoints, frame_rate=0),
        "cannot stream": lambda: tiny_hummuss(False).step(keypoints[:, 0]),
        "streams": lambda: model.step(keypoints[:1, 1], state),
    }.items():
        with pytest.raises(ValueError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)


# --- sizes, numbers, files


@pytest.mark.parametrize("causal", [True, False])
def test_the_papers_sizes(causal):
    """The paper says 16 M for both."""
    with torch.device("meta"):
        model = HumMussForPoseLifting(HumMussConfig.named("hummuss", causal))
    config = model.config
    assert (config.num_blocks, config.hidden_size, config.state_size, config.representation_size) == (5, 256, 128, 512)
    assert (config.spatial_expansion, config.temporal_expansion) == (1, 2)
    assert config.gate_expansion == (3 if causal else 2.5)
    assert model.num_parameters() == (17_261_581 if causal else 15_629_581)


def test_the_small_one_fits_in_its_place():
    """Both versions together in 15 MB."""
    with torch.device("meta"):
        models = [HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", causal)) for causal in (True, False)]
    assert sum(model.num_parameters() for model in models) * 4 < 15e6
    with pytest.raises(ValueError, match="hummuss-mini"):
        HumMussConfig.named("hummuss-maxi")


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("frames", [1, 10_000])
def test_finite_at_any_length(frames, causal):
    model = tiny_hummuss(causal, num_blocks=1, hidden_size=4, state_size=4)
    with torch.no_grad():
        joints = model(keypoints_of(frames, batch=1)).joints
    assert joints.shape == (1, frames, 17, 3) and joints.isfinite().all()


@pytest.mark.parametrize("streams", AGGREGATIONS)
@pytest.mark.parametrize("paths", AGGREGATIONS)
def test_ablations_train(paths, streams):
    model = tiny_hummuss(False, path_aggregation=paths, stream_aggregation=streams).train()
    keypoints = keypoints_of(6)
    model.activation_checkpointing_enable()
    model(keypoints, labels=keypoints).loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert all(parameter.grad.any() for name, parameter in model.named_parameters() if "scan" in name)


def test_bfloat16():
    model, keypoints = tiny_hummuss(), keypoints_of(20)
    with torch.no_grad():
        expected = model(keypoints).joints
        with torch.autocast("cpu", torch.bfloat16):
            torch.testing.assert_close(model(keypoints).joints.float(), expected, atol=0.1, rtol=0.1)
        rounded = model.bfloat16()(keypoints.bfloat16())
    assert rounded.joints.dtype == torch.bfloat16 and rounded.joints.isfinite().all()


def test_save_and_load(tmp_path):
    model, keypoints = tiny_hummuss(), keypoints_of(5)
    model.save_pretrained(tmp_path)
    assert isinstance(AutoConfig.from_pretrained(tmp_path), HumMussConfig)
    loaded, body = AutoModel.from_pretrained(tmp_path), HumMussModel.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(loaded(keypoints).joints, model(keypoints).joints)
        assert torch.equal(body(keypoints).representation, model(keypoints).representation)
    half = HumMussForPoseLifting.from_pretrained(tmp_path, dtype=torch.bfloat16)
    layer = half.hummuss.blocks[0].temporal_first
    assert layer.out.weight.dtype == torch.bfloat16 and layer.forward_scan.log_step.dtype == torch.float32


@pytest.mark.parametrize(
    "wrong", [{"state_size": 3}, {"path_aggregation": "sum"}, {"frame_rate": 0.0}, {"hidden_size": 0}]
)
def test_configurations_that_cannot_be(wrong):
    with pytest.raises(StrictDataclassClassValidationError, match=next(iter(wrong))):
        HumMussConfig(**wrong)


# --- the loss


def test_the_loss_is_the_published_one():
    target = torch.randn(2, 4, 17, 3)
    assert pose_loss(target, target) == 0
    # a body that is twice as large: MPJPE and velocities count, the term without scale does not
    size = target.norm(dim=-1).mean() + 20 * target.diff(dim=1).norm(dim=-1).mean()
    torch.testing.assert_close(pose_loss(2 * target, target), size)
    # one that stands beside it: no velocity error
    away = pose_loss(target + torch.tensor([0.1, 0, 0]), target, scale_weight=0)
    torch.testing.assert_close(away, torch.tensor(0.1))


def test_a_fresh_model_begins_where_it_can_learn():
    """Joints at the root, gates open, streams joined by their mean."""
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss-mini"))
    block = model.hummuss.blocks[0]
    assert (block.temporal_first.scan_out.bias == 1).all()
    assert (block.aggregation.weigh.weight == 0).all()
    assert 0 < float(model.head.weight.std()) < 0.003
    with torch.no_grad():
        joints = model(torch.rand(1, 5, 17, 3)).joints
    assert joints.abs().max() < 0.15
