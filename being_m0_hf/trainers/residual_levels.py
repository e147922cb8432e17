"""Add residual levels to a trained motion tokenizer.

    python training/fit_residual_levels.py --config training/configs/tokenizer_residual.yaml

Nothing is learned by gradient: for one level and part after the other, templates and bits are fitted in turns to what
the levels before leave of the training samples (least squares for the templates, bit flips for the bits, as in additive
quantization). The first level stays as it is, so a language model that was trained on its codes stays valid.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from ..evaluation.metrics.reconstruction import evaluate_reconstruction
from ..models.motion_tokenizer import MotionTokenizerModel
from ..models.motion_tokenizer.residual.binary_codebook import TEMPLATE_STEPS, SignedTemplates
from ..models.motion_tokenizer.residual.correction_basis import correction_metric
from ..models.motion_tokenizer.residual.error_metric import ErrorMetric
from ..models.motion_tokenizer.residual.sign_search import SignSearch
from ..motion.features import remove_heading
from ..text.mirror import mirror_name
from ..training_data.feature_cache import open_caches
from .motion_tokenizer import WindowSampler, validation_clips
from .run.allowed_values import CheckedSettings, amount, seed, several, text, whole
from .run.batches import Draw
from .run.settings import read_settings

#: Sweeps over the bits after each change of the templates; the next round goes on with them.
SWEEPS = 3
#: Of the mean of the normal matrix' diagonal: keeps templates of bits that hardly differ apart.
RIDGE = 1e-4


@dataclass
class FitSettings(CheckedSettings):
    """Settings of a fit.

    Args:
        start_from: folder of the trained tokenizer.
        neighbour_share: smoothing of the decoded rotations, see `MotionTokenizerConfig`; the fit itself ignores it.
        more_caches: further caches, each as "folder=share" with its share of the samples that are drawn.
        windows, window_frames: how many windows of the training samples to fit to, and how long each is.
        rounds: of least squares and bit flips for each part.
        evaluate_clips: whole clips of the validation set to measure each level on; 0 for none.
    """

    start_from: str = text("runs/tokenizer_mini_2")
    output_dir: str = text("runs/tokenizer_residual")
    cache_dir: str = text("runs/cache")
    more_caches: list[str] = several([], filled=False)
    residual_levels: int = whole(3, highest=64)
    residual_bits: int = whole(16, highest=24)
    neighbour_share: float = amount(0.33, highest=1 / 3)
    windows: int = whole(512)
    window_frames: int = whole(96, 4)
    rounds: int = whole(6)
    seed: int = seed()
    evaluate_clips: int = whole(100, 0)


def main_signs(error: Tensor, metric: ErrorMetric, bits: int, frames: int) -> Tensor:
    """Signs (B, S, bits) of an error's (B, rows, frames * S) principal components within each step."""
    blocks = (metric.weight.sqrt() * error).unflatten(-1, (-1, frames)).transpose(1, 2).flatten(2)  # (B, S, rows * 4)
    flat = blocks.flatten(0, 1).double()
    components = torch.linalg.svd(flat.T @ flat)[0][:, :bits].float()
    values = blocks @ components
    spare = torch.randn(*values.shape[:2], bits - values.shape[-1])  # more bits than numbers in a step
    return torch.where(torch.cat((values, spare), dim=-1) > 0, 1.0, -1.0)


def least_squares(templates: SignedTemplates, signs: Tensor, error: Tensor, metric: ErrorMetric) -> Tensor:
    """Templates (bits, rows, 3 * frames) that bring signs (B, S, bits) closest to an error (B, rows, frames * S)."""
    frames, bits = templates.frames, signs.shape[-1]
    design = _design(signs, frames, templates.reach_back // frames)
    fitted = torch.zeros_like(templates.templates)
    for change in metric.change.unique():
        rows = torch.nonzero(metric.change[:, 0] == change)[:, 0]
        one = ErrorMetric(torch.ones(1, 1), change.view(1, 1))  # rows do not meet: weights cancel out
        weighted = one.gradient(design)
        normal = torch.tensordot(design, weighted, ((0, 2), (0, 2)))
        normal += RIDGE * normal.diagonal().mean() * torch.eye(len(normal))
        right = torch.tensordot(weighted, error[:, rows], ((0, 2), (0, 2)))
        solution = torch.linalg.solve(normal, right).unflatten(0, (frames, TEMPLATE_STEPS, bits))
        fitted[:, rows] = solution.permute(2, 3, 1, 0).flatten(2)
    return fitted


def _design(signs: Tensor, frames: int, steps_back: int) -> Tensor:
    """(B, frames * 3 * bits, T): for each frame the signs of the three steps whose templates reach it, in the slots of
    the frame's place in its step."""
    last = TEMPLATE_STEPS - 1
    padded = torch.nn.functional.pad(signs, (0, 0, last - steps_back, steps_back))
    near = torch.stack([padded[:, last - back : padded.shape[1] - back] for back in range(TEMPLATE_STEPS)], dim=2)
    near = near.flatten(2)  # (B, S, 3 * bits), the latest step first
    design = torch.einsum("kf,bsn->bskfn", torch.eye(frames), near)  # frame k of a step fills the slots of f = k
    return design.flatten(3).flatten(1, 2).transpose(1, 2)


def fit_part(templates: SignedTemplates, error: Tensor, metric: ErrorMetric, rounds: int) -> Tensor:
    """Fit one part's templates to an error (B, rows, T) and return the signs (B, S, bits) found with it."""
    signs = main_signs(error, metric, len(templates.templates), templates.frames)
    for _ in range(rounds):
        templates.templates.copy_(least_squares(templates, signs, error, metric))
        search = SignSearch([templates], metric)
        signs = search.improve(signs[:, :, None], error[:, None], sweeps=SWEEPS)[:, :, 0]
    return signs


@torch.no_grad()
def fit_residual_levels(model: MotionTokenizerModel, features: Tensor, rounds: int) -> None:
    """Fit all residual levels of a tokenizer, in place.

    Args:
        features: (B, T, 135) training windows, T a multiple of the step.
        rounds: of least squares and bit flips for each part.
    """
    target = remove_heading(features)
    first = [model.decode(model.encode(some, residual_levels=0).codes).features for some in features.split(32)]
    decoded = remove_heading(torch.cat(first))
    bar = tqdm(total=len(model.residual_levels) * model.config.num_parts, desc="fitting", unit="part")
    with bar:
        for level in model.residual_levels:
            fitted: set[int] = set()
            for part in level.order:
                if part in fitted:
                    continue
                alike = [part, *_other_side(model.config.part_names, part)]
                errors = [level.goal(each, target, decoded, model.bone_offsets) for each in alike]
                errors[1:] = [error * _mirrored_rows(error) for error in errors[1:]]
                metric = correction_metric(level.rows[part], model.bone_offsets)
                signs = fit_part(level.parts[part], torch.cat(errors), metric, rounds).split(len(target))
                for each, own_signs in zip(alike, signs, strict=True):
                    if each != part:
                        templates = level.parts[part].templates
                        level.parts[each].templates.copy_(templates * _mirrored_rows(templates))
                    decoded = level.apply_part(each, own_signs, decoded)
                    bar.update()
                fitted.update(alike)


def _other_side(names: Sequence[str], part: int) -> list[int]:
    """The part of the other side that is fitted together with a left or right one; [] for the others.

    Each alone, one leg's templates came out three times as exact as the other's: least squares follow what is rare and
    large, and that was in one leg's samples.
    """
    other = mirror_name(names[part])
    return [list(names).index(other)] if other != names[part] and other in names else []


def _mirrored_rows(rows: Tensor) -> Tensor:
    """(rows, 1) signs of rotation vectors, three rows each, seen in a mirror."""
    return rows.new_tensor([1.0, -1.0, -1.0]).repeat(rows.shape[1] // 3)[:, None]


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(FitSettings, __doc__, argv)
    torch.manual_seed(settings.seed)
    model = MotionTokenizerModel.from_pretrained(
        settings.start_from,
        residual_levels=settings.residual_levels,
        residual_bits=settings.residual_bits,
        neighbour_share=settings.neighbour_share,
    ).eval()
    train = open_caches(settings.cache_dir, settings.more_caches, "train_samples")
    draw = WindowSampler(train, [settings.window_frames], settings.windows * settings.window_frames)
    features = draw(Draw(settings.seed))["features"]
    fit_residual_levels(model, features, settings.rounds)
    model.save_pretrained(settings.output_dir)
    if settings.evaluate_clips:
        clips = validation_clips(settings.cache_dir, settings.evaluate_clips)
        for levels in range(settings.residual_levels + 1):
            figures = evaluate_reconstruction(model, clips, residual_levels=levels)
            print(json.dumps({"residual_levels": levels} | {name: round(value, 3) for name, value in figures.items()}))
