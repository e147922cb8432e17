"""Official weights: 519 names both ways, files that are read as tensors alone, and a card with their licence."""

import pickle
import re

import pytest
import torch
from tiny_models import tiny_image_config, tiny_image_model

from being_m0_hf.cli.main import main
from being_m0_hf.models import SMPLestXConfig, SMPLestXModel
from being_m0_hf.models.smplest_x.official_weights import (
    check_fit,
    convert_official,
    from_official,
    official_name,
    own_name,
    to_official,
)

#: Some of the published names and shapes; the first and the last of the layers.
PUBLISHED = {
    "module.encoder.task_tokens": (1, 80, 1280),
    "module.encoder.pos_embed": (1, 193, 1280),
    "module.encoder.patch_embed.proj.weight": (1280, 3, 16, 16),
    "module.encoder.blocks.0.norm1.weight": (1280,),
    "module.encoder.blocks.31.norm2.bias": (1280,),
    "module.encoder.blocks.31.attn.qkv.weight": (3840, 1280),
    "module.encoder.blocks.0.attn.proj.bias": (1280,),
    "module.encoder.blocks.0.mlp.fc1.weight": (5120, 1280),
    "module.encoder.blocks.0.mlp.fc2.weight": (1280, 5120),
    "module.encoder.last_norm.weight": (1280,),
    "module.decoder.transformer.pos_embedding": (1, 1, 1280),
    "module.decoder.transformer.to_token_embedding.weight": (1280, 80),
    "module.decoder.transformer.transformer.layers.5.0.norm.weight": (1280,),
    "module.decoder.transformer.transformer.layers.5.0.fn.to_qkv.weight": (1536, 1280),
    "module.decoder.transformer.transformer.layers.0.0.fn.to_out.0.weight": (1280, 512),
    "module.decoder.transformer.transformer.layers.0.1.norm.bias": (1280,),
    "module.decoder.transformer.transformer.layers.0.1.fn.to_kv.weight": (1024, 1280),
    "module.decoder.transformer.transformer.layers.0.1.fn.to_q.weight": (512, 1280),
    "module.decoder.transformer.transformer.layers.0.1.fn.to_out.0.bias": (1280,),
    "module.decoder.transformer.transformer.layers.0.2.norm.weight": (1280,),
    "module.decoder.transformer.transformer.layers.0.2.fn.net.0.weight": (1280, 1280),
    "module.decoder.transformer.transformer.layers.0.2.fn.net.3.bias": (1280,),
    "module.decoder.token_conv.weight": (512, 1280),
    "module.decoder.dec_body_root_pose.weight": (6, 512),
    "module.decoder.dec_body_pose.weight": (126, 10752),
    "module.decoder.dec_body_shape.weight": (10, 5120),
    "module.decoder.dec_body_cam.bias": (3,),
    "module.decoder.dec_hand_root_pose.weight": (12, 1024),
    "module.decoder.dec_hand_pose.weight": (180, 15360),
    "module.decoder.dec_hand_cam.weight": (6, 1024),
    "module.decoder.dec_face_root_pose.weight": (6, 512),
    "module.decoder.dec_face_expression.weight": (10, 5120),
    "module.decoder.dec_face_jaw_pose.weight": (6, 512),
    "module.decoder.dec_face_cam.weight": (3, 512),
}


@pytest.fixture(scope="module")
def published():
    """A state dict of the full shape under the official names; on the meta device it takes no memory."""
    with torch.device("meta"):
        model = SMPLestXModel(SMPLestXConfig.named("smplest-x-huge", unused_embedding=True))
    own = model.state_dict()
    return own, to_official(own)


def test_the_published_names_and_shapes(published):
    _, official = published
    assert len(official) == 519 and sum(each.numel() for each in official.values()) == 687_223_152
    for name, shape in PUBLISHED.items():
        assert tuple(official[name].shape) == shape, name


def test_there_and_back(published):
    own, official = published
    back = from_official(official)
    assert back.keys() == own.keys() and all(back[name] is own[name] for name in own)
    check_fit(back, own)
    assert all(own_name(official_name(name)) == name for name in own)


def test_old_names_and_the_body_models_buffers(published):
    own, official = published
    old = {re.sub(r"^module\.encoder\.", "module.backbone.", name): value for name, value in official.items()}
    old["module.smplx_layer.faces_tensor"] = torch.zeros(3)
    assert from_official(old).keys() == own.keys()
    with pytest.raises(ValueError, match="module.discriminator.weight is no weights|are no weights"):
        from_official(official | {"module.discriminator.weight": torch.zeros(3)})


@pytest.fixture
def official_file(tmp_path):
    """A small model saved as the official training does."""
    model = tiny_image_model(body_only=False, unused_embedding=True)
    path = tmp_path / "model.pth.tar"
    torch.save({"epoch": 3, "network": to_official(model.state_dict())}, path)
    return model, path, model.config


def test_a_file_becomes_a_folder_with_the_authors_licence(official_file, tmp_path):
    model, path, config = official_file
    convert_official(path, tmp_path / "hub", config)
    loaded = SMPLestXModel.from_pretrained(tmp_path / "hub")
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    card = (tmp_path / "hub" / "README.md").read_text()
    assert "license_name: s-lab-license-1.0" in card and "not for commercial use" in card
    assert (tmp_path / "hub" / "preprocessor_config.json").is_file()


def test_weights_of_another_size_are_told(official_file, tmp_path):
    _, path, _ = official_file
    other = tiny_image_config(body_only=False, unused_embedding=True, hidden_size=32)
    with pytest.raises(ValueError, match="model.pth.tar: not the weights of SMPLest-X: .* of another shape"):
        convert_official(path, tmp_path / "hub", other)


class Harmful:
    ran = False

    def __reduce__(self):
        return (setattr, (Harmful, "ran", True))


def harmful(path):
    torch.save({"network": {"weight": torch.zeros(2)}, "extra": Harmful()}, path)


def plain_pickle(path):
    path.write_bytes(pickle.dumps(Harmful()))


@pytest.mark.parametrize(
    "write, message",
    [
        (harmful, "could run code"),
        (plain_pickle, "could run code"),
        (lambda path: path.write_bytes(b"nothing"), "cannot be read|could run code"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: torch.save([1, 2], path), "holds no state dict"),
        (lambda path: torch.save({"network": {"a": torch.zeros(2)}}, path), "no weights of SMPLest-X"),
        (lambda path: None, "no such file"),
    ],
)
def test_the_command_refuses_in_one_line(tmp_path, capsys, write, message):
    path = tmp_path / "model.pth.tar"
    write(path)
    assert main(["convert-checkpoint", str(path), "-o", str(tmp_path / "hub")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert re.search(message, lines[-1]) and "model.pth.tar" in lines[-1] and "Traceback" not in "".join(lines)
    assert not Harmful.ran and not (tmp_path / "hub").exists()
