"""What bounds a language model on this machine: its products alone, the machine's arithmetic and its memory."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from .clock import in_turn

_SIDE = 1024
_MOVED = 64 * 2**20


@dataclass(frozen=True)
class Machine:
    """Rates of one process with the threads that torch has.

    Args:
        flops: floating point operations a second in a product of large fp32 matrices.
        bandwidth: bytes a second, read and written, when memory is copied.
    """

    flops: float
    bandwidth: float


def measure_machine(rounds: int = 5) -> Machine:
    """Multiply and copy, and see."""
    left, right = torch.randn(_SIDE, _SIDE), torch.randn(_SIDE, _SIDE)
    source, target = torch.zeros(_MOVED // 4), torch.zeros(_MOVED // 4)
    times = in_turn({"multiply": lambda: left @ right, "copy": lambda: target.copy_(source)}, rounds)
    return Machine(2 * _SIDE**3 / times["multiply"], 2 * _MOVED / times["copy"])


def step_matrices(backbone: PreTrainedModel, columns: int) -> list[Tensor]:
    """The matrices (out, in) that one token is multiplied with; of the output layer so many columns."""
    head = backbone.get_output_embeddings()
    matrices = []
    for module in backbone.modules():
        if isinstance(module, nn.Linear) and module is not head:
            matrices.append(module.weight)
        elif isinstance(module, Conv1D):
            matrices.append(module.weight.T)
    return [*matrices, head.weight[:columns]]


def bare_loop(matrices: list[Tensor], rows: int, tokens: int) -> Callable[[], None]:
    """The products of so many tokens in so many rows, and nothing else."""
    inputs = {width: torch.randn(rows, width) for width in {matrix.shape[1] for matrix in matrices}}

    def run() -> None:
        for _ in range(tokens):
            for matrix in matrices:
                torch.nn.functional.linear(inputs[matrix.shape[1]], matrix)

    return run


def seconds_at_best(matrices: list[Tensor], rows: int, tokens: int, machine: Machine) -> float:
    """What the products would take at the machine's rates: for each token, arithmetic or reading the weights."""
    weights = sum(matrix.numel() for matrix in matrices)
    arithmetic = 2 * weights * rows / machine.flops
    return tokens * max(arithmetic, 4 * weights / machine.bandwidth)
