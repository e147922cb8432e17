"""Pack a checkpoint for shipping: a language model with its motion tokenizer and its ranker, in one small folder.

    python training/pack_checkpoint.py runs/lm --tokenizer runs/tokenizer --ranker runs/ranker --out runs/mini

The weights of the language model are stored in 16 bits, and loaded as 32 again, because config.json says so. Those of
the motion tokenizer stay in 32: positions are sums of velocities, and 16 bits would bend every path.

A tokenizer may bring another decoder and other residual levels than the language model was trained with, but never
another encoder: the model's words for motion would then mean other movements.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from ..models import BeingM0ForConditionalGeneration
from ..models.checkpoint_files import EVALUATOR, MODEL, RANKER, WEIGHTS, allowed_files, checkpoint_kind
from ..models.motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from .own_backbone import load_motion_tokenizer

#: What of a tokenizer may change under a trained language model; by how names of its weights begin.
FREE_TO_CHANGE = ("decoder.", "residual_levels.")
#: Settings that say what a code means.
CODE_SETTINGS = ("quantizer", "codebook_bits", "part_names", "part_columns", "num_downsamples")


def pack_checkpoint(model: Path, output: Path, tokenizer: str = "", ranker: Path | None = None) -> None:
    """Write a checkpoint with only the files that one may hold.

    Args:
        model: folder of the trained language model.
        output: a new or empty folder.
        tokenizer: as for `load_motion_tokenizer`; "" keeps the one inside the model.
        ranker: folder of a trained evaluator; None keeps the one inside the model, if it has one.

    Raises:
        FileNotFoundError: there is no such tokenizer.
        ValueError: a folder is not what it should be, the tokenizer has another encoder, or weights are too large for
            16 bits.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"{output}: is not empty; choose another folder")
    if checkpoint_kind(model) is not MODEL:
        raise ValueError(f"{model} is no language model; give a folder of training/train_lm.py")
    if ranker is not None and checkpoint_kind(ranker) is not EVALUATOR:
        raise ValueError(f"{ranker} is no ranker; give a folder of training/train_evaluator.py")
    packed = BeingM0ForConditionalGeneration.from_pretrained(model)
    kept = [path for path in allowed_files(model, MODEL.files) if path not in allowed_files(model, WEIGHTS)]
    if tokenizer:
        other = load_motion_tokenizer(tokenizer)
        check_same_codes(packed.motion_tokenizer, other, tokenizer)
        other.config.name_or_path = ""  # a folder of this machine is nobody's business in a checkpoint
        packed.motion_tokenizer, packed.config.motion_tokenizer_config = other, other.config
    if ranker is not None:
        kept = [path for path in kept if not path.startswith("ranker/")]
    halved = half_backbone(packed)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as work:
        whole = Path(work) / "whole"
        packed.float().save_pretrained(whole, state_dict=halved)
        copy_files(model, whole, [path for path in kept if path != "config.json"])
        if ranker is not None:
            copy_files(ranker, whole / "ranker", allowed_files(ranker, [name.partition("/")[2] for name in RANKER]))
        copy_files(whole, Path(work) / "packed", allowed_files(whole, MODEL.files))
        if output.exists():
            output.rmdir()
        os.replace(Path(work) / "packed", output)


def check_same_codes(old: MotionTokenizerModel, new: MotionTokenizerModel, name: str) -> None:
    """Raises ValueError where the codes of two tokenizers do not mean the same."""
    settings = [word for word in CODE_SETTINGS if _plain(old, word) != _plain(new, word)]
    if settings:
        raise ValueError(f"{name} has another {settings[0]} than the language model was trained with")
    ours, theirs = (_weights_of_codes(each) for each in (old, new))
    if ours.keys() != theirs.keys() or any(not torch.equal(ours[key], theirs[key]) for key in ours):
        raise ValueError(
            f"{name} has another encoder than the language model was trained with; "
            "train its decoder alone (freeze_encoder=true), or train the language model again"
        )


def half_backbone(model: BeingM0ForConditionalGeneration) -> dict[str, Tensor]:
    """All weights of a model, those of its backbone in 16 bits; what was one tensor under two names stays one."""
    halved: dict[int, Tensor] = {}
    state = {}
    for name, weight in model.state_dict().items():
        if name.startswith("backbone.") and weight.is_floating_point():
            if weight.data_ptr() not in halved:
                halved[weight.data_ptr()] = weight.half()
            weight = halved[weight.data_ptr()]
            if not torch.isfinite(weight).all():
                raise ValueError(f"{name} has weights above 65504, too large for 16 bits")
        state[name] = weight
    return state


def copy_files(source: Path, target: Path, paths: list[str]) -> None:
    """Copy files of a folder, making the folders they lie in."""
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)


def _plain(model: MotionTokenizerModel, setting: str) -> object:
    """A setting; lists that came out of JSON are tuples again."""
    value = getattr(model.config, setting)
    if not isinstance(value, list | tuple):
        return value
    return tuple(tuple(each) if isinstance(each, list) else each for each in value)


def _weights_of_codes(model: MotionTokenizerModel) -> dict[str, Tensor]:
    return {name: weight for name, weight in model.state_dict().items() if not name.startswith(FREE_TO_CHANGE)}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder of training/train_lm.py")
    parser.add_argument("--tokenizer", default="", help="motion tokenizer with the same encoder (that of the model)")
    parser.add_argument("--ranker", type=Path, help="folder of training/train_evaluator.py (that of the model)")
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder")
    options = parser.parse_args(argv)
    pack_checkpoint(options.model, options.out, options.tokenizer, options.ranker)
    size = sum(file.stat().st_size for file in options.out.rglob("*") if file.is_file())
    print(f"{options.out}: {size / 1e6:.1f} MB")
