"""Optimizers and learning rates of training runs."""

import math

import torch
from transformers import PreTrainedModel

from .settings import LoopSettings

SCHEDULES = ("cosine", "linear", "constant", "warmup_stable_decay")
#: Share of a warmup_stable_decay run in which the rate goes down (MiniCPM, Hu et al. 2024, section 4).
DECAY_SHARE = 0.2


def learning_rate_at(step: int, settings: LoopSettings) -> float:
    """Linear warm-up, then the schedule down to ``final_learning_rate_ratio``; "constant" stays as it is."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    progress = min(1.0, step / max(1, settings.steps))
    floor = settings.final_learning_rate_ratio
    left = {
        "cosine": 0.5 * (1 + math.cos(math.pi * progress)),
        "linear": 1 - progress,
        "constant": 1.0,
        "warmup_stable_decay": min(1.0, (1 - progress) / DECAY_SHARE),
    }[settings.schedule]
    return settings.learning_rate * warm * (floor + (1 - floor) * left)


def build_optimizers(model: PreTrainedModel, settings: LoopSettings) -> list[torch.optim.Optimizer]:
    """AdamW for everything, or with ``optimizer: muon`` Muon for the matrices between embedding and head.

    Muon (Jordan et al. 2024) orthogonalises the update of a matrix; embeddings, whose rows are separate vectors, biases
    and norms stay with AdamW. Its steps are scaled to AdamW's size, so that both share one learning rate. Parameters
    that a model names in ``highest_learning_rates`` are not decayed, and their groups have a ``highest_rate``.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = hidden_matrices(model) if settings.optimizer == "muon" else []
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in trained if id(parameter) not in chosen]
    limits = {
        id(parameter): limit
        for ending, limit in getattr(model, "highest_learning_rates", {}).items()
        for name, parameter in model.named_parameters()
        if name.endswith(f".{ending}")
    }
    free = [parameter for parameter in others if id(parameter) not in limits]
    groups = [
        {"params": [parameter for parameter in free if parameter.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [parameter for parameter in free if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    for limit in sorted(set(limits.values())):
        bounded = [parameter for parameter in others if limits.get(id(parameter)) == limit]
        groups.append({"params": bounded, "weight_decay": 0.0, "highest_rate": limit})
    groups = [group for group in groups if group["params"]]
    adamw = torch.optim.AdamW(
        groups, lr=settings.learning_rate, betas=(0.9, 0.95), fused=True if settings.fused_optimizer else None
    )
    optimizers: list[torch.optim.Optimizer] = [adamw]
    if matrices:
        optimizers.append(
            torch.optim.Muon(
                matrices,
                lr=settings.learning_rate,
                weight_decay=settings.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    return optimizers


def hidden_matrices(model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """The trained weights of linear layers, without the output layer."""
    head = model.get_output_embeddings()
    return [
        module.weight
        for module in model.modules()
        if isinstance(module, torch.nn.Linear) and module is not head and module.weight.requires_grad
    ]
