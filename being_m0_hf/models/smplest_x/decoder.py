"""The decoder: all tokens look at each other and at the patches; then each group of task tokens is read."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration_smplest_x import SMPLestXConfig
from .task_tokens import task_heads
from .vision_transformer import FeedForward

#: Width of what the official checkpoints' unused layer would take.
UNUSED_WIDTH = 80


class SMPLestXDecoderLayer(GradientCheckpointingLayer):
    """Pre-norm self-attention, cross-attention to the patches, and a feed-forward as narrow as the tokens."""

    def __init__(self, config: SMPLestXConfig):
        super().__init__()
        width, inner = config.hidden_size, config.decoder_heads * config.decoder_head_size
        self.num_heads = config.decoder_heads
        self.self_norm = nn.LayerNorm(width)
        self.self_qkv = nn.Linear(width, 3 * inner, bias=False)
        self.self_out = nn.Linear(inner, width)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_query = nn.Linear(width, inner, bias=False)
        self.cross_key_value = nn.Linear(width, 2 * inner, bias=False)
        self.cross_out = nn.Linear(inner, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = FeedForward(width, width)

    def forward(self, states: Tensor, patches: Tensor) -> Tensor:
        """(batch, tokens, width) and the encoder's (batch, patches, width) -> (batch, tokens, width)."""
        query, key, value = self.self_qkv(self.self_norm(states)).chunk(3, dim=-1)
        states = states + self.self_out(self.attended(query, key, value))
        key, value = self.cross_key_value(patches).chunk(2, dim=-1)
        states = states + self.cross_out(self.attended(self.cross_query(self.cross_norm(states)), key, value))
        return states + self.mlp(self.mlp_norm(states))

    def attended(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Values by how queries and keys agree, in several heads."""
        split = (each.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for each in (query, key, value))
        return F.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)


class SMPLestXDecoder(nn.Module):
    """Tokens of the encoder -> the numbers of every head."""

    def __init__(self, config: SMPLestXConfig):
        super().__init__()
        self.heads_of = task_heads(config.body_only)
        self.num_task_tokens = config.num_task_tokens
        self.position_embedding = nn.Parameter(torch.empty(1, 1, config.hidden_size))  # one for all tokens
        self.unused_embedding = nn.Linear(UNUSED_WIDTH, config.hidden_size) if config.unused_embedding else None
        if self.unused_embedding is not None:
            self.unused_embedding.requires_grad_(False)
        self.layers = nn.ModuleList(SMPLestXDecoderLayer(config) for _ in range(config.decoder_layers))
        self.narrow = nn.Linear(config.hidden_size, config.token_size)
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(head.number_of_tokens * config.token_size, head.numbers)
                for name, head in self.heads_of.items()
            }
        )

    def forward(self, tasks: Tensor, patches: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """(batch, task tokens, width) and (batch, patches, width) -> numbers by head, and (batch, tasks, size)."""
        states = torch.cat((tasks, patches), 1) + self.position_embedding
        for layer in self.layers:
            states = layer(states, patches)
        tokens = self.narrow(states[:, : self.num_task_tokens])
        numbers = {name: self.heads[name](tokens[:, head.tokens].flatten(1)) for name, head in self.heads_of.items()}
        return numbers, tokens


__all__ = ["SMPLestXDecoder", "SMPLestXDecoderLayer"]
