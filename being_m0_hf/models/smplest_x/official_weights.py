"""Official SMPLest-X weights to a Hub folder and back: other names, the same tensors.

Names and shapes are facts about the published file. Weights stay under their own licence, which the folder's card says.
"""

import os
import pickle
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...utils.licences import S_LAB
from ..checkpoint_card import CardFacts, checkpoint_card
from ..checkpoint_files import IMAGE_MODEL
from .configuration_smplest_x import SMPLestXConfig
from .image_processing_smplest_x import SMPLestXImageProcessor
from .modeling_smplest_x import SMPLestXModel

#: Pieces of names, ours and theirs; ``#`` stands for a number. The first that fits a name is taken.
NAMES = (
    ("encoder.task_tokens", "encoder.task_tokens"),
    ("encoder.position_embedding", "encoder.pos_embed"),
    ("encoder.patch_embedding.", "encoder.patch_embed.proj."),
    ("encoder.layers.#.attention_norm.", "encoder.blocks.#.norm1."),
    ("encoder.layers.#.attention.qkv.", "encoder.blocks.#.attn.qkv."),
    ("encoder.layers.#.attention.out.", "encoder.blocks.#.attn.proj."),
    ("encoder.layers.#.mlp_norm.", "encoder.blocks.#.norm2."),
    ("encoder.layers.#.mlp.up.", "encoder.blocks.#.mlp.fc1."),
    ("encoder.layers.#.mlp.down.", "encoder.blocks.#.mlp.fc2."),
    ("encoder.norm.", "encoder.last_norm."),
    ("decoder.position_embedding", "decoder.transformer.pos_embedding"),
    ("decoder.unused_embedding.", "decoder.transformer.to_token_embedding."),
    ("decoder.layers.#.self_norm.", "decoder.transformer.transformer.layers.#.0.norm."),
    ("decoder.layers.#.self_qkv.", "decoder.transformer.transformer.layers.#.0.fn.to_qkv."),
    ("decoder.layers.#.self_out.", "decoder.transformer.transformer.layers.#.0.fn.to_out.0."),
    ("decoder.layers.#.cross_norm.", "decoder.transformer.transformer.layers.#.1.norm."),
    ("decoder.layers.#.cross_key_value.", "decoder.transformer.transformer.layers.#.1.fn.to_kv."),
    ("decoder.layers.#.cross_query.", "decoder.transformer.transformer.layers.#.1.fn.to_q."),
    ("decoder.layers.#.cross_out.", "decoder.transformer.transformer.layers.#.1.fn.to_out.0."),
    ("decoder.layers.#.mlp_norm.", "decoder.transformer.transformer.layers.#.2.norm."),
    ("decoder.layers.#.mlp.up.", "decoder.transformer.transformer.layers.#.2.fn.net.0."),
    ("decoder.layers.#.mlp.down.", "decoder.transformer.transformer.layers.#.2.fn.net.3."),
    ("decoder.narrow.", "decoder.token_conv."),
    ("decoder.heads.root.", "decoder.dec_body_root_pose."),
    ("decoder.heads.body.", "decoder.dec_body_pose."),
    ("decoder.heads.betas.", "decoder.dec_body_shape."),
    ("decoder.heads.camera.", "decoder.dec_body_cam."),
    ("decoder.heads.hand_roots.", "decoder.dec_hand_root_pose."),
    ("decoder.heads.hands.", "decoder.dec_hand_pose."),
    ("decoder.heads.hand_cameras.", "decoder.dec_hand_cam."),
    ("decoder.heads.face_root.", "decoder.dec_face_root_pose."),
    ("decoder.heads.expression.", "decoder.dec_face_expression."),
    ("decoder.heads.jaw.", "decoder.dec_face_jaw_pose."),
    ("decoder.heads.face_camera.", "decoder.dec_face_cam."),
)
#: What a training file wraps its tensors in, and beginnings of names that say nothing about the model.
WRAPPERS = ("network", "state_dict", "model")
PREFIX, OLD_ENCODER = "module.", "backbone."
NOT_WEIGHTS = ("smplx_layer", "smpl_x")
MOST_NAMES = 3


def official_name(name: str) -> str:
    """What a tensor of ours is called in the official file, without ``module.``.

    Raises:
        KeyError: nothing there is like it.
    """
    return _renamed(name, ((ours, theirs) for ours, theirs in NAMES))


def own_name(name: str) -> str:
    """What a tensor of the official file is called here.

    Raises:
        KeyError: nothing here is like it.
    """
    plain = name.removeprefix(PREFIX)
    if plain.startswith(OLD_ENCODER):
        plain = f"encoder.{plain.removeprefix(OLD_ENCODER)}"
    return _renamed(plain, ((theirs, ours) for ours, theirs in NAMES))


def _renamed(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        found = re.match(re.escape(old).replace(r"\#", r"(\d+)"), name)
        if found:
            start = new.replace("#", found[1]) if found.groups() else new
            return start + name[found.end() :]
    raise KeyError(name)


def to_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our weights under the official names."""
    return {PREFIX + official_name(name): value for name, value in weights.items()}


def from_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Official weights under our names, without the body model's buffers.

    Raises:
        ValueError: tensors that are no part of the model.
    """
    renamed, unknown = {}, []
    for name, value in weights.items():
        if any(part in name for part in NOT_WEIGHTS):
            continue
        try:
            renamed[own_name(name)] = value
        except KeyError:
            unknown.append(name)
    if unknown:
        raise ValueError(f"{_listed(unknown)} {'is' if len(unknown) == 1 else 'are'} no weights of SMPLest-X")
    return renamed


def read_official(path: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a ``.pth.tar``, mapped into memory; nothing in it is run.

    Raises:
        ValueError: no such file, one that is damaged, or one that holds more than tensors and plain values.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file; give the .pth.tar of SMPLest-X")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path}: holds more than tensors, which could run code, and is not read; save its state dict alone"
        ) from None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, AttributeError, IndexError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ValueError(f"{path}: cannot be read as weights of PyTorch ({reason}); download it again") from None
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if (
        not isinstance(content, Mapping)
        or not content
        or not all(isinstance(each, Tensor) for each in content.values())
    ):
        raise ValueError(f"{path}: holds no state dict; give the .pth.tar of SMPLest-X")
    return dict(content)


def convert_official(
    path: str | os.PathLike, folder: str | os.PathLike, config: SMPLestXConfig | None = None
) -> SMPLestXModel:
    """Write a checkpoint folder with official weights, and a card that says whose they are.

    Args:
        path: the official ``.pth.tar``.
        folder: for the checkpoint.
        config: of the weights; SMPLest-X's own by default.

    Raises:
        ValueError: the file cannot be read, or holds other weights.
    """
    config = config or SMPLestXConfig.named("smplest-x-huge", unused_embedding=True)
    try:
        weights = from_official(read_official(path))
        with torch.device("meta"):
            model = SMPLestXModel(config)
        check_fit(weights, model.state_dict())
    except ValueError as error:
        message = str(error)
        raise ValueError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    model.load_state_dict(weights, assign=True)
    folder = Path(folder)
    model.save_pretrained(folder)
    SMPLestXImageProcessor(
        cut_size=[2 * side for side in config.image_size], image_size=list(config.image_size)
    ).save_pretrained(folder)
    facts = CardFacts(
        licence=S_LAB,
        training_data="The authors' 10 million people in images of many data sets, each with a licence of its own.",
        training=f"Converted from the official file `{Path(path).name}`; the numbers are the same.",
    )
    (folder / "README.md").write_text(checkpoint_card(IMAGE_MODEL, folder, folder.name, facts), encoding="utf-8")
    return model


def check_fit(weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raises ValueError where weights are missing, left over, or of another shape."""
    missing = sorted(expected.keys() - weights.keys())
    extra = sorted(weights.keys() - expected.keys())
    other = sorted(name for name in expected.keys() & weights.keys() if expected[name].shape != weights[name].shape)
    wrong = [f"{_listed(names)} {what}" for names, what in
             ((missing, "missing"), (extra, "left over"), (other, "of another shape")) if names]  # fmt: skip
    if wrong:
        raise ValueError(f"not the weights of SMPLest-X: {', '.join(wrong)}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
