"""Configuration of HumMUSS, the gated state-space model from 2D keypoints to 3D joints."""

import os

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint

AGGREGATIONS = ("multiplicative", "average", "learned")
#: Sizes by name: the paper's, and two small ones that run live on one core.
SIZES = {
    "hummuss": {"hidden_size": 256, "num_blocks": 5, "state_size": 128, "representation_size": 512},
    "hummuss-small": {
        "hidden_size": 96, "num_blocks": 2, "state_size": 16, "representation_size": 192, "gate_expansion": 2.5,
        "centre_keypoints": True,
    },
    "hummuss-mini": {
        "hidden_size": 64, "num_blocks": 2, "state_size": 16, "representation_size": 128, "gate_expansion": 2.5,
        "centre_keypoints": True,
    },
}  # fmt: skip


@strict
class HumMussConfig(PreTrainedConfig):
    r"""
    Configuration of [`HumMussModel`] and [`HumMussForPoseLifting`]. The defaults are the paper's bidirectional model
    (Mondal et al., CVPR 2024); `HumMussConfig.named("hummuss", causal=True)` is its causal one.

    Args:
        num_joints (`int`, defaults to 17): joints of a body, in Human3.6M's order.
        keypoint_size (`int`, defaults to 3): numbers of a keypoint: x, y and the confidence.
        hidden_size (`int`, defaults to 256): width between the blocks, D.
        num_blocks (`int`, defaults to 5): spatio-temporal blocks.
        state_size (`int`, defaults to 128): real numbers in the state of one channel, N; half as many complex ones.
        representation_size (`int`, defaults to 512): width of what [`HumMussModel`] returns.
        centre_keypoints (`bool`, defaults to `False`): whether a model is also told where each keypoint is about the
            middle of those seen, in the size of the body: a small one need not learn to compute it.
        causal (`bool`, defaults to `False`): whether a frame sees only itself and earlier ones, so that it can stream.
        spatial_expansion, temporal_expansion (`int`, defaults to 1 and 2): width of the scans over joints and over
            time, in hidden sizes, k.
        gate_expansion (`float`, defaults to 2.5): width in which the paths meet, in hidden sizes, m; the paper's causal
            model has 3.
        path_aggregation (`str`, defaults to `"multiplicative"`): how the paths of a layer meet: `"multiplicative"`,
            `"average"`, or `"learned"` (a softmax over weights that depend on the paths).
        stream_aggregation (`str`, defaults to `"learned"`): how the two streams of a block meet; the same choices.
        frame_rate (`float`, defaults to 30): frames a second for which the step sizes hold; other rates scale them.
        chunk_length (`int`, defaults to 256): longer sequences are scanned in chunks of so many steps.
        velocity_weight, scale_weight (`float`, defaults to 20 and 0.5): of the loss; see `pose_loss`.
    """

    model_type = "hummuss"

    num_joints: int = 17
    keypoint_size: int = 3
    hidden_size: int = 256
    num_blocks: int = 5
    state_size: int = 128
    representation_size: int = 512
    centre_keypoints: bool = False
    causal: bool = False
    spatial_expansion: int = 1
    temporal_expansion: int = 2
    gate_expansion: float = 2.5
    path_aggregation: str = "multiplicative"
    stream_aggregation: str = "learned"
    frame_rate: float = 30.0
    chunk_length: int = 256
    velocity_weight: float = 20.0
    scale_weight: float = 0.5

    def validate_architecture(self):
        """Part of `@strict`-powered validation."""
        for name in (
            "num_joints", "keypoint_size", "hidden_size", "num_blocks", "representation_size", "spatial_expansion",
            "temporal_expansion", "chunk_length",
        ):  # fmt: skip
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if self.state_size < 2 or self.state_size % 2:
            raise ValueError(f"state_size is {self.state_size}, expected an even number: it is made of complex pairs")
        for name in ("path_aggregation", "stream_aggregation"):
            if getattr(self, name) not in AGGREGATIONS:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(AGGREGATIONS)}")
        if not self.frame_rate > 0 or self.gate_width < 1:
            raise ValueError(
                f"frame_rate is {self.frame_rate} and gate_expansion {self.gate_expansion}, expected more than 0"
            )

    @property
    def gate_width(self) -> int:
        """Width in which the paths of a layer meet."""
        return round(self.gate_expansion * self.hidden_size)

    @classmethod
    def named(cls, name: str, causal: bool = False, **changes) -> "HumMussConfig":
        """The configuration called `"hummuss"` (the paper's sizes), `"hummuss-small"` or `"hummuss-mini"`.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in SIZES:
            raise ValueError(f"there is no configuration {name!r}, expected one of {', '.join(SIZES)}")
        return cls(**{"gate_expansion": 3.0 if causal else 2.5} | SIZES[name] | {"causal": causal} | changes)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs) -> "HumMussConfig":
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs) -> None:
        """Save the configuration, and with it the code that `trust_remote_code` needs where this package is missing."""
        self.auto_map = {
            "AutoConfig": "configuration_hummuss.HumMussConfig",
            "AutoModel": "modeling_hummuss.HumMussForPoseLifting",
        }
        super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)


__all__ = ["HumMussConfig"]
