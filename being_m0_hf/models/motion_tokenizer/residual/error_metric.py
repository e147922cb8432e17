"""What an error over time costs: how far off it is, how much it jitters, and of both only what smoothing leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Weight of an error's change from frame to frame, and of that change's own change: against jitter.
STEP_WEIGHT, BEND_WEIGHT = 4.0, 12.0
#: Passes of smoothing over a decoded motion.
SMOOTHING_PASSES = 4
#: How much an error counts that smoothing takes away: a little, since brisk joints are smoothed less.
UNSMOOTHED = 0.02


@dataclass(frozen=True)
class ErrorMetric:
    """What an error (B, rows, T) costs: its square, and the squares of its changes over time.

    A decoded motion is smoothed, which takes errors that change from frame to frame. A search that counts them spends
    its bits on them, and the slower ones stay, as shivering and as distance: so an error is smoothed before it counts.

    Args:
        weight: (rows, 1) squared weight of a row.
        change: (rows, 1) how much a row's changes over time count.
        share: (rows, 1) of each neighbouring frame in a smoothed one, 0 for a row that is not smoothed; None for none.
    """

    weight: Tensor
    change: Tensor
    share: Tensor | None = None

    @property
    def reach(self) -> int:
        """Frames that may lie between two that count together."""
        return 2 if self.share is None else 2 + 2 * SMOOTHING_PASSES

    def gradient(self, error: Tensor) -> Tensor:
        """Half the derivative of the cost, (B, rows, T); the cost is its product with the error."""
        if self.share is None:
            return self._rough(error)
        return self._smoothed(self._rough(self._smoothed(error))) + UNSMOOTHED * self._rough(error)

    def _rough(self, error: Tensor) -> Tensor:
        """`gradient` without smoothing."""
        step = difference(error)
        smooth = STEP_WEIGHT * _adjoint(step) + BEND_WEIGHT * _adjoint(_adjoint(difference(step)))
        return self.weight * (error + self.change * smooth)

    def _smoothed(self, error: Tensor) -> Tensor:
        """As `smoothed` does where a joint is calm; its own transpose."""
        for _ in range(SMOOTHING_PASSES):
            error = error - self.share * _adjoint(difference(error))
        return error


def together(metrics: Sequence[ErrorMetric]) -> ErrorMetric:
    """One metric for errors (B, P, rows, T) of P metrics of as many rows; all of them smooth, or none."""
    shares = [metric.share for metric in metrics if metric.share is not None]
    return ErrorMetric(
        torch.stack([metric.weight for metric in metrics]),
        torch.stack([metric.change for metric in metrics]),
        torch.stack(shares) if shares else None,
    )


def difference(error: Tensor) -> Tensor:
    """Change since the frame before, 0 at the first."""
    return F.pad(error[..., 1:] - error[..., :-1], (1, 0))


def _adjoint(change: Tensor) -> Tensor:
    """Transpose of `difference`."""
    inner = F.pad(change[..., 1:], (1, 0))
    return inner - F.pad(inner[..., 1:], (0, 1))
