"""SMPLest-X: the published sizes, what the heads say, and a tiny one through everything that transformers does."""

import pytest
import roma
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from tiny_models import tiny_image_config, tiny_image_model, tiny_image_processor
from transformers import AutoConfig, AutoImageProcessor, AutoModel

from being_m0_hf.models import SMPLestXConfig, SMPLestXImageProcessor, SMPLestXModel
from being_m0_hf.motion.rotations import matrix_from_interleaved_6d, matrix_to_interleaved_6d

HEADS = ("left_hand", "right_hand", "hand_roots", "hand_translations", "face_root", "jaw", "expression")


def on_meta(name: str, **changes) -> SMPLestXModel:
    with torch.device("meta"):
        return SMPLestXModel(SMPLestXConfig.named(name, **changes))


def pixels_of(batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, 3, 32, 24, generator=torch.Generator().manual_seed(batch))


def test_the_huge_model_has_the_published_size():
    weights = on_meta("smplest-x-huge", unused_embedding=True).state_dict()
    of_encoder = sum(each.numel() for name, each in weights.items() if name.startswith("encoder."))
    assert (len(weights), sum(each.numel() for each in weights.values())) == (519, 687_223_152)
    assert of_encoder == 631_014_400


@pytest.mark.parametrize(
    "name, millions", [("small", (20, 40)), ("base", (90, 120)), ("large", (310, 350)), ("tiny", (5, 7))]
)
def test_the_ladder(name, millions):
    count = sum(each.numel() for each in on_meta(f"smplest-x-{name}").parameters()) / 1e6
    assert millions[0] < count < millions[1]


def test_six_numbers_are_interleaved_columns():
    turn = roma.rotvec_to_rotmat(torch.tensor([0.3, -0.5, 0.8]))
    six = matrix_to_interleaved_6d(turn)
    assert torch.equal(six, torch.stack([turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1], turn[2, 0], turn[2, 1]]))
    torch.testing.assert_close(matrix_from_interleaved_6d(six), turn)
    quarter_about_x = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    expected = torch.tensor([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    torch.testing.assert_close(matrix_from_interleaved_6d(quarter_about_x), expected)


@pytest.mark.parametrize("body_only", [True, False])
def test_outputs_are_what_they_say(body_only):
    output = tiny_image_model(body_only)(pixels_of())
    shapes = {"root_rotation": (2, 3, 3), "body_rotations": (2, 21, 3, 3), "betas": (2, 10), "translation": (2, 3)}
    shapes |= {"joints": (2, 22, 3), "keypoints": (2, 22, 2), "tokens": (2, 33 if body_only else 80, 8)}
    if not body_only:
        shapes |= {"left_hand": (2, 15, 3, 3), "hand_roots": (2, 2, 3, 3), "hand_translations": (2, 2, 3)}
        shapes |= {"jaw": (2, 3, 3), "face_root": (2, 3, 3), "expression": (2, 10), "face_translation": (2, 3)}
    assert {name: tuple(output[name].shape) for name in shapes} == shapes
    assert all((getattr(output, name) is None) == body_only for name in HEADS)
    rotations = output.body_rotations
    identity = torch.eye(3).expand_as(rotations)
    torch.testing.assert_close(rotations @ rotations.mT, identity, atol=1e-5, rtol=0)
    assert (output.joints[:, 0] == 0).all()  # the pelvis


def test_a_new_model_says_somebody_upright_before_the_camera():
    output = tiny_image_model()(pixels_of())
    head, ankle = output.joints[:, 15], output.joints[:, 7]
    assert (head[:, 1] < ankle[:, 1] - 1).all()  # y points down
    assert (output.keypoints > -20).all() and (output.keypoints < 60).all()


def test_patches_know_their_places_and_the_decoder_is_used():
    model, pixels = tiny_image_model(), pixels_of(1)
    moved = pixels.roll(8, dims=2)  # by one patch: the same patches in other places
    assert not torch.allclose(model(pixels).tokens, model(moved).tokens, atol=1e-4)
    before = model(pixels).tokens
    model.decoder.layers[0].cross_out.weight.data.add_(0.5)
    assert not torch.allclose(before, model(pixels).tokens, atol=1e-4)


def test_convolutions_make_as_many_patches():
    model = tiny_image_model(convolutions=True)
    assert model(pixels_of()).joints.shape == (2, 22, 3)
    stem = model.encoder.patch_embedding
    assert stem(pixels_of()).shape == (2, 16, 4, 3) and sum(isinstance(each, torch.nn.Conv2d) for each in stem) == 4
    with pytest.raises(StrictDataclassClassValidationError, match="power of two that divides both sides"):
        tiny_image_config(convolutions=True, image_size=[36, 24])


def test_learning_one_batch_by_heart():
    """The loss goes down by nearly half in 50 steps; gradients reach every weight but those of what is not known."""
    model, pixels = tiny_image_model(drop_path=0.0), pixels_of(4)
    generator = torch.Generator().manual_seed(1)
    body = roma.rotvec_to_rotmat(0.6 * torch.randn(4, 21, 3, generator=generator))
    root = roma.rotvec_to_rotmat(torch.randn(4, 3, generator=generator))
    truth = {"root_rotation": root, "body_rotations": body}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(50):
        output = model.train()(pixels, **truth)
        output.loss.backward()
        losses.append({name: float(value.detach()) for name, value in output.items() if name.endswith("loss")})
        silent = [name for name, each in model.named_parameters() if each.grad is None]
        assert silent == [f"decoder.heads.{head}.{kind}" for head in ("betas", "camera") for kind in ("weight", "bias")]
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1]["loss"] < 0.6 * losses[0]["loss"]
    assert set(losses[0]) == {"loss", "rotation_loss", "root_loss"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_saved_and_loaded_by_the_auto_classes(tmp_path, dtype):
    model = tiny_image_model(body_only=False).to(dtype)
    model.save_pretrained(tmp_path)
    tiny_image_processor().save_pretrained(tmp_path)
    loaded = AutoModel.from_pretrained(tmp_path, dtype=dtype)
    assert isinstance(loaded, SMPLestXModel) and isinstance(AutoConfig.from_pretrained(tmp_path), SMPLestXConfig)
    processor = AutoImageProcessor.from_pretrained(tmp_path)
    assert isinstance(processor, SMPLestXImageProcessor) and processor.image_size == [32, 24]
    first, second = model(pixels_of()), loaded(pixels_of())
    assert torch.equal(first.tokens, second.tokens) and first.tokens.dtype == dtype
    assert first.joints.dtype == torch.float32  # rotations are not made in half precision


def test_gradient_checkpointing_changes_nothing():
    model, pixels = tiny_image_model(drop_path=0.0).train(), pixels_of()
    truth = {"joints": torch.zeros(2, 22, 3)}
    model(pixels, **truth).loss.backward()
    plain = model.encoder.patch_embedding.weight.grad.clone()
    model.zero_grad()
    model.gradient_checkpointing_enable({"use_reentrant": False})
    model(pixels, **truth).loss.backward()
    torch.testing.assert_close(model.encoder.patch_embedding.weight.grad, plain)


def test_mistakes_are_told():
    model = tiny_image_model()
    with pytest.raises(ValueError, match="expected .batch, .3, 32, 24"):
        model(torch.zeros(1, 3, 24, 32))
    with pytest.raises(ValueError, match="no output is called 'joint'"):
        model(pixels_of(), joint=torch.zeros(2, 22, 3))
    with pytest.raises(ValueError, match="there is no configuration 'giant'"):
        SMPLestXConfig.named("giant")
    with pytest.raises(StrictDataclassClassValidationError, match="multiple of num_heads"):
        tiny_image_config(hidden_size=15)
