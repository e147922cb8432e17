"""The encoder: a plain ViT in which learned task tokens sit among the patches from the first layer on."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration_smplest_x import SMPLestXConfig

#: Of the norms between convolutions.
GROUPS = 4


class SelfAttention(nn.Module):
    """Multi-head attention of tokens among themselves."""

    def __init__(self, config: SMPLestXConfig):
        super().__init__()
        self.num_heads = config.num_heads
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, states: Tensor) -> Tensor:
        """(batch, tokens, width) -> the same."""
        split = self.qkv(states).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(*split.unbind(0))
        return self.out(attended.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, states: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(states)))


class SMPLestXEncoderLayer(GradientCheckpointingLayer):
    """Pre-norm attention and feed-forward; in training a share of the samples skips each of them."""

    def __init__(self, config: SMPLestXConfig, drop_path: float):
        super().__init__()
        self.drop_path = drop_path
        self.attention_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attention = SelfAttention(config)
        self.mlp_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = FeedForward(config.hidden_size, config.mlp_ratio * config.hidden_size)

    def forward(self, states: Tensor) -> Tensor:
        states = states + self.skipped(self.attention(self.attention_norm(states)))
        return states + self.skipped(self.mlp(self.mlp_norm(states)))

    def skipped(self, added: Tensor) -> Tensor:
        """Stochastic depth (Huang et al. 2016): nothing is added for some samples, and more for the others."""
        if not self.training or self.drop_path == 0:
            return added
        kept = torch.rand(len(added), 1, 1, device=added.device) >= self.drop_path
        return added * kept.to(added.dtype) / (1 - self.drop_path)


def convolution_stem(config: SMPLestXConfig) -> nn.Sequential:
    """Convolutions that halve a picture until a pixel is a patch, wider each time."""
    halvings = config.patch_size.bit_length() - 1
    widths = [3, *(max(GROUPS, config.hidden_size >> (halvings - step)) for step in range(1, halvings + 1))]
    layers: list[nn.Module] = []
    for before, after in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(GROUPS, after), nn.GELU()]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], config.hidden_size, 1))


class SMPLestXEncoder(nn.Module):
    """Pixels -> task tokens and patch tokens."""

    def __init__(self, config: SMPLestXConfig):
        super().__init__()
        rows, columns = config.grid
        self.patch_embedding = (
            convolution_stem(config)
            if config.convolutions
            else nn.Conv2d(
                3, config.hidden_size, config.patch_size, stride=config.patch_size, padding=config.patch_padding
            )
        )
        self.task_tokens = nn.Parameter(torch.empty(1, config.num_task_tokens, config.hidden_size))
        # the first place belonged to a class token: what it has learned is added to all patches
        self.position_embedding = nn.Parameter(torch.empty(1, 1 + rows * columns, config.hidden_size))
        rates = torch.linspace(0, config.drop_path, config.num_layers, device="cpu").tolist()
        self.layers = nn.ModuleList(SMPLestXEncoderLayer(config, rate) for rate in rates)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, 3, height, width), 0 to 1 -> (batch, task tokens, width) and (batch, patches, width)."""
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        patches = patches + self.position_embedding[:, 1:] + self.position_embedding[:, :1]
        tasks = self.task_tokens.expand(len(pixels), -1, -1)
        states = torch.cat((tasks, patches), 1)
        for layer in self.layers:
            states = layer(states)
        states = self.norm(states)
        return states[:, : tasks.shape[1]], states[:, tasks.shape[1] :]


def grid_waves(grid: tuple[int, int], width: int) -> Tensor:
    """Where each patch is, in sines and cosines of its row and its column, (1, 1 + rows * columns, width).

    How training begins: with few images a model that had to find the places out would be long about it. The first
    row, of the former class token, is zero.
    """
    places = torch.cartesian_prod(*(torch.arange(side, dtype=torch.float32) for side in grid)).reshape(-1, 2)
    numbers = max(1, width // 4)
    speed = 100.0 ** (-torch.arange(numbers, dtype=torch.float32) / numbers)
    angles = places[:, :, None] * speed
    waves = torch.cat((angles.sin(), angles.cos()), -1).flatten(1)[:, :width]
    waves = F.pad(waves, (0, width - waves.shape[1]))
    return torch.cat((torch.zeros(1, width), waves))[None]


__all__ = ["FeedForward", "SMPLestXEncoder", "SMPLestXEncoderLayer", "SelfAttention", "grid_waves"]
