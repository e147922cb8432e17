"""How well a motion tokenizer keeps a motion, measured on whole clips."""

import torch
from torch import Tensor

from ..models.motion_tokenizer import MotionTokenizerModel
from ..motion import Motion
from ..motion.rotations import angle_between


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
    model: MotionTokenizerModel, clips: list[Tensor], closed_loop: bool = False
) -> dict[str, float]:
    """Mean over clips of (T, 135) features at 20 fps, each coded and decoded whole.

    Args:
        closed_loop: see `MotionTokenizerModel.encode`.

    Returns:
        ``mpjpe_mm`` (root included), ``mpjpe_local_mm`` (about the root), ``root_drift_mm`` (mean root error),
        ``rotation_deg``, ``codebook_use`` (share of codes that occur, mean over parts) and ``perplexity``.
    """
    joint, local, drift, rotation, codes = [], [], [], [], []
    for features in clips:
        steps = model.encode(features[None], closed_loop).codes
        decoded = model.decode(steps).features[0]
        truth, ours = Motion.from_d135(features[: len(decoded)]), Motion.from_d135(decoded)
        truth, ours = truth.canonicalized(), ours.canonicalized()
        truth_joints, our_joints = truth.joints(), ours.joints()
        joint.append((our_joints - truth_joints).norm(dim=-1).mean())
        local.append(((our_joints - our_joints[:, :1]) - (truth_joints - truth_joints[:, :1])).norm(dim=-1).mean())
        drift.append((ours.translation - truth.translation).norm(dim=-1).mean())
        rotation.append(angle_between(ours.rotations, truth.rotations).mean())
        codes.append(steps[0])
    grid = torch.cat(codes)
    use = [code_use(grid[:, part], model.config.codebook_size) for part in range(grid.shape[1])]
    return {
        "mpjpe_mm": 1000 * float(torch.stack(joint).mean()),
        "mpjpe_local_mm": 1000 * float(torch.stack(local).mean()),
        "root_drift_mm": 1000 * float(torch.stack(drift).mean()),
        "rotation_deg": float(torch.rad2deg(torch.stack(rotation).mean())),
        "codebook_use": sum(share for share, _ in use) / len(use),
        "perplexity": sum(perplexity for _, perplexity in use) / len(use),
    }
