"""Products with matrices that stay the same, as the machine does them fastest."""

from functools import cache

import torch
from torch import Tensor


class Product:
    """Rows times a matrix, and a bias behind it.

    PyTorch multiplies fp32 with MKL, which on an AMD processor works without AVX-512. oneDNN, which PyTorch brings as
    well, uses it, and takes a matrix that was packed once: twice as fast for 16 rows, and a fifth faster for two.

    Args:
        matrix: (out, in), as layers keep it.
        bias: (out,).
    """

    def __init__(self, matrix: Tensor, bias: Tensor | None = None):
        self.packed, self.bias = can_pack(), bias
        self.matrix = _pack(matrix) if self.packed else matrix.T.contiguous()

    def __call__(self, rows: Tensor) -> Tensor:
        """(rows, in) -> (rows, out)."""
        if self.packed:
            return _multiply_packed(rows, self.matrix, self.bias)
        return rows @ self.matrix if self.bias is None else torch.addmm(self.bias, rows, self.matrix)


class OutputLayer:
    """Products with some rows of an output layer, which are kept.

    Args:
        matrix: (vocabulary, width).
    """

    def __init__(self, matrix: Tensor):
        self.matrix = matrix
        self._products: dict[range, Product] = {}

    def __call__(self, hidden: Tensor, ids: range | Tensor) -> Tensor:
        """Scores (rows, ids) of hidden states (rows, width)."""
        if not isinstance(ids, range):
            return hidden @ self.matrix[ids].T
        if ids not in self._products:
            self._products[ids] = Product(self.matrix[ids.start : ids.stop])
        return self._products[ids](hidden)


@cache
def can_pack() -> bool:
    """Whether this PyTorch has packed products for this processor.

    They are there for its compiler, and may change with any version.
    """
    rows, matrix = torch.eye(2, 16), torch.arange(256.0).view(16, 16)
    try:
        product = _multiply_packed(rows, _pack(matrix), None)
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    return torch.equal(product, matrix[:, :2].T)


def _pack(matrix: Tensor) -> Tensor:
    return torch.ops.mkldnn._reorder_linear_weight(matrix.contiguous())


def _multiply_packed(rows: Tensor, packed: Tensor, bias: Tensor | None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise.default(rows, packed, bias, "none", [], "")
