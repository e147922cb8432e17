"""How well a motion tokenizer keeps a motion, measured on whole clips."""

import torch
from torch import Tensor

from ...models.motion_tokenizer import MotionTokenizerModel
from ...motion import Motion
from ...motion.physical_metrics import mean_physical_metrics
from ...motion.rotations import angle_between
from .pose_error import pose_errors

#: Drift is also given at this frame of the clips that reach it: after 10 s.
DRIFT_FRAME = 200


def code_use(codes: Tensor, codebook_size: int) -> tuple[float, float]:
    """Share of the codebook that occurs and perplexity (the effective number of codes).

    Args:
        codes: (N,) of one part.
    """
    counts = torch.bincount(codes.flatten(), minlength=codebook_size).double()
    shares = counts / counts.sum()
    entropy = -(shares * shares.clamp_min(1e-12).log()).sum()
    return float((counts > 0).double().mean()), float(entropy.exp())


@torch.no_grad()
def evaluate_reconstruction(
    model: MotionTokenizerModel, clips: list[Tensor], closed_loop: bool = False, residual_levels: int | None = None
) -> dict[str, float]:
    """Mean over clips of (T, 135) features at 20 fps, each coded and decoded whole.

    Args:
        closed_loop, residual_levels: see `MotionTokenizerModel.encode`.

    Returns:
        ``mpjpe_mm`` (root included), ``mpjpe_local_mm`` (about the root), ``pa_mpjpe_mm``, ``acceleration_m_s2`` and
        ``foot_contact_accuracy`` (see `pose_errors`), ``root_drift_mm`` (mean root error), ``root_drift_10s_mm`` (its
        value after 10 s; missing where no clip is so long), ``rotation_deg``, ``jitter_to_real`` and
        ``skating_to_real`` (1 for as much as in the clips; missing where those have none), ``codebook_use`` (share of
        the first level's codes that occur, mean over parts) and ``perplexity``.
    """
    rows, late_drift, motions, codes = [], [], [], []
    for features in clips:
        tokens = model.encode(features[None], closed_loop, residual_levels)
        decoded = model.decode(tokens.codes, tokens.residual_codes).features[0]
        truth, ours = Motion.from_d135(features[: len(decoded)]), Motion.from_d135(decoded)
        truth, ours = truth.canonicalized(), ours.canonicalized()
        drift = 1000 * (ours.translation - truth.translation).norm(dim=-1)
        rotation = torch.rad2deg(angle_between(ours.rotations, truth.rotations)).mean()
        errors = {"root_drift_mm": float(drift.mean()), "rotation_deg": float(rotation)}
        rows.append(pose_errors(ours, truth) | errors)
        late_drift += drift[DRIFT_FRAME : DRIFT_FRAME + 1].tolist()
        motions.append((ours, truth))
        codes.append(tokens.codes[0])
    figures = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
    if late_drift:
        figures["root_drift_10s_mm"] = sum(late_drift) / len(late_drift)
    coded, real = (mean_physical_metrics(side) for side in zip(*motions, strict=True))
    for name, metric in (("jitter_to_real", "jitter"), ("skating_to_real", "skate_ratio")):
        if real[metric]:
            figures[name] = coded[metric] / real[metric]
    grid = torch.cat(codes)
    use = [code_use(grid[:, part], model.config.codebook_size) for part in range(grid.shape[1])]
    figures["codebook_use"] = sum(share for share, _ in use) / len(use)
    figures["perplexity"] = sum(perplexity for _, perplexity in use) / len(use)
    return figures
