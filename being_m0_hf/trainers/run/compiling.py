"""Compiling a model for training, block by block."""

from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer


def compile_blocks(model: nn.Module, **options) -> int:
    """Compile each block of a model in place; how many there are. A model without blocks is compiled as a whole.

    All blocks of a kind share one graph: a language model of 24 is compiled in the time of one, and what lies around
    them (embeddings, losses of the tokens that may stand somewhere) hardly gains and would break the graph.

    Args:
        options: of `torch.compile`.
    """
    blocks = [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]
    for module in blocks or [model]:
        module.compile(**options)
    return len(blocks)
