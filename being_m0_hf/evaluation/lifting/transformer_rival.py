"""A plain spatio-temporal transformer of equal size, trained by the same recipe: what HumMUSS is compared with.

Layers attend over the joints of a frame and over the frames of a joint by turns, as MixSTE (Zhang et al. 2022) and the
first stream of MotionBERT. Positions in time are sinusoids, not learned, so that it takes clips that are longer than
those in training, too; it counts frames and knows no seconds, which is what the comparison is about.
"""

import math

import torch
from huggingface_hub.dataclasses import strict
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers import initialization as init

from ...models.hummuss import HumMussConfig, HumMussForPoseLifting, HumMussOutput
from ...models.hummuss.centred_keypoints import CENTRED_SIZE, centred
from ...models.hummuss.modeling_hummuss import HEAD_STD
from ...models.hummuss.pose_loss import pose_loss
from ...models.text_motion_evaluator.modeling_text_motion_evaluator import sinusoids


@strict
class TransformerLifterConfig(PreTrainedConfig):
    r"""
    Configuration of [`TransformerLifter`]; what both have means the same as in [`HumMussConfig`].

    Args:
        num_attention_heads (`int`, defaults to 8): of every layer.
        feed_forward (`int`, defaults to 4): width of the feed-forward layers, in hidden sizes.
    """

    model_type = "transformer_lifter"

    num_joints: int = 17
    keypoint_size: int = 3
    hidden_size: int = 256
    num_blocks: int = 5
    representation_size: int = 512
    num_attention_heads: int = 8
    feed_forward: int = 4
    centre_keypoints: bool = False
    causal: bool = False
    velocity_weight: float = 20.0
    scale_weight: float = 0.5

    def validate_architecture(self):
        """Part of `@strict`-powered validation."""
        if self.hidden_size % self.num_attention_heads or self.hidden_size % 2:
            raise ValueError(
                f"hidden_size is {self.hidden_size}, expected an even multiple of {self.num_attention_heads} heads"
            )


class TransformerLifter(PreTrainedModel):
    """2D keypoints -> 3D joints about the root, by attention."""

    config: TransformerLifterConfig
    config_class = TransformerLifterConfig
    base_model_prefix = "transformer_lifter"
    main_input_name = "keypoints"

    def __init__(self, config: TransformerLifterConfig):
        super().__init__(config)
        width = config.hidden_size
        self.embed = nn.Linear(config.keypoint_size + CENTRED_SIZE * config.centre_keypoints, width)
        self.joint_embedding = nn.Parameter(torch.empty(config.num_joints, width))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                config.num_attention_heads,
                config.feed_forward * width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(2 * config.num_blocks)
        )
        self.norm = nn.LayerNorm(width)
        self.represent = nn.Linear(width, config.representation_size)
        self.head = nn.Linear(config.representation_size, 3)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            init.xavier_uniform_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, nn.MultiheadAttention):
            init.xavier_uniform_(module.in_proj_weight)
            init.zeros_(module.in_proj_bias)
        if isinstance(module, nn.LayerNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, TransformerLifter):
            init.normal_(module.joint_embedding, std=0.5)
            init.normal_(module.head.weight, std=HEAD_STD)

    def forward(
        self, keypoints: Tensor, frame_rate: float | Tensor | None = None, labels: Tensor | None = None
    ) -> HumMussOutput:
        """Lift clips; arguments as [`HumMussForPoseLifting`]'s. The frame rate is of no use to it."""
        batch, frames, joints, _ = keypoints.shape
        if self.config.centre_keypoints:
            keypoints = centred(keypoints)
        states = self.embed(keypoints.to(self.dtype)) + self.joint_embedding
        states = states + sinusoids(frames, self.config.hidden_size, states.device).to(states)[:, None]
        later = torch.ones(frames, frames, dtype=torch.bool, device=states.device).triu(1)
        for space, time in zip(self.layers[::2], self.layers[1::2], strict=True):
            states = space(states.flatten(0, 1)).unflatten(0, (batch, frames))
            over_time = states.transpose(1, 2).flatten(0, 1)
            over_time = time(over_time, src_mask=later if self.config.causal else None)
            states = over_time.unflatten(0, (batch, joints)).transpose(1, 2)
        representation = torch.tanh(self.represent(self.norm(states)))
        lifted, loss = self.head(representation), None
        if labels is not None:
            loss = pose_loss(lifted, labels, self.config.velocity_weight, self.config.scale_weight)
        return HumMussOutput(loss, lifted, representation)


def rival_of(config: HumMussConfig) -> TransformerLifterConfig:
    """The rival of a HumMUSS model: as many blocks, and the width that comes nearest to its number of parameters."""
    with torch.device("meta"):
        wanted = HumMussForPoseLifting(config).num_parameters()
    heads = TransformerLifterConfig.num_attention_heads
    same = {
        name: getattr(config, name)
        for name in (
            "num_joints", "keypoint_size", "num_blocks", "representation_size", "centre_keypoints", "causal",
            "velocity_weight", "scale_weight",
        )
    }  # fmt: skip

    def parameters(width: int) -> int:
        with torch.device("meta"):
            return TransformerLifter(TransformerLifterConfig(hidden_size=width, **same)).num_parameters()

    near = math.sqrt(wanted / (24 * config.num_blocks)) / heads  # a layer has some 12 width^2
    widths = [heads * each for each in range(max(1, int(near) - 2), int(near) + 3)]
    return TransformerLifterConfig(hidden_size=min(widths, key=lambda width: abs(parameters(width) - wanted)), **same)


__all__ = ["TransformerLifter", "TransformerLifterConfig", "rival_of"]
