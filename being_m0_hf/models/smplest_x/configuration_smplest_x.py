"""Configuration of SMPLest-X, one image of a person -> body, hands and face."""

import os

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint
from .task_tokens import number_of_tokens

#: Sizes by name: SMPLest-X itself, the ladder of encoders below it (as in SMPLer-X), and a small one for the body
#: alone. While a small one is still wrong, joints pull rotations to where they make up for each other (ankles and
#: collars most, worse than the mean pose): its rotations count four times as much.
SIZES = {
    "smplest-x-small": {"hidden_size": 384, "num_layers": 12, "num_heads": 12, "drop_path": 0.1},
    "smplest-x-base": {"hidden_size": 768, "num_layers": 12, "num_heads": 12, "drop_path": 0.3},
    "smplest-x-large": {"hidden_size": 1024, "num_layers": 24, "num_heads": 16, "drop_path": 0.5},
    "smplest-x-huge": {},
    "smplest-x-tiny": {
        "body_only": True, "convolutions": True, "image_size": [128, 96], "hidden_size": 256, "num_layers": 6,
        "num_heads": 8, "drop_path": 0.0, "decoder_layers": 1, "decoder_heads": 8, "decoder_head_size": 32,
        "token_size": 64, "focal": 2500.0, "rotation_weight": 40.0, "place_weight": 4.0,
    },
}  # fmt: skip


@strict
class SMPLestXConfig(PreTrainedConfig):
    r"""
    Configuration of [`SMPLestXModel`]. The defaults are SMPLest-X (Yin et al. 2025), a ViT-Huge.

    Args:
        body_only (`bool`, defaults to `False`): leave hands and face out: 33 task tokens instead of 80.
        image_size (`list[int]`, defaults to `[256, 192]`): height and width of what the encoder sees.
        patch_size, patch_padding (`int`, defaults to 16 and 2): of the patches.
        convolutions (`bool`, defaults to `False`): make patches with a few small convolutions (Xiao et al. 2021) and
            not with one large one: a small model that has seen few images learns much faster.
        hidden_size, num_layers, num_heads, mlp_ratio (`int`, defaults to 1280, 32, 16, 4): of the encoder.
        drop_path (`float`, defaults to 0.55): share of samples that skip the last layer in training; earlier layers
            are skipped less.
        decoder_layers, decoder_heads, decoder_head_size (`int`, defaults to 6, 8, 64): of the decoder.
        token_size (`int`, defaults to 512): width of a task token where the heads read it.
        focal (`float`, defaults to 5000): focal length of the virtual camera of a crop, in pixels of `image_size`.
        camera_room (`float`, defaults to 2.5): metres that fill the crop where the camera is nearest, roughly.
        layer_norm_eps (`float`, defaults to 1e-6): of the encoder's norms.
        unused_embedding (`bool`, defaults to `False`): keep the linear layer of official checkpoints that nothing runs
            through, so that they convert both ways.
        rotation_weight, root_weight, shape_weight, expression_weight, joint_weight, aligned_weight, projection_weight
            (`float`): of the parts of the loss, see `image_pose_loss`.
        place_weight (`float`, defaults to 0): weight of telling, in training alone, which patch each joint is in. Large
            encoders begin with what they learned of 2D keypoints; a small one learns both at once.
    """

    model_type = "smplest_x"

    body_only: bool = False
    image_size: list[int] | tuple[int, ...] = (256, 192)
    patch_size: int = 16
    patch_padding: int = 2
    convolutions: bool = False
    hidden_size: int = 1280
    num_layers: int = 32
    num_heads: int = 16
    mlp_ratio: int = 4
    drop_path: float = 0.55
    decoder_layers: int = 6
    decoder_heads: int = 8
    decoder_head_size: int = 64
    token_size: int = 512
    focal: float = 5000.0
    camera_room: float = 2.5
    layer_norm_eps: float = 1e-6
    unused_embedding: bool = False
    rotation_weight: float = 10.0
    root_weight: float = 1.0
    shape_weight: float = 1.0
    expression_weight: float = 1.0
    joint_weight: float = 100.0
    aligned_weight: float = 100.0
    projection_weight: float = 1.0
    place_weight: float = 0.0

    def validate_architecture(self):
        """Part of `@strict`-powered validation."""
        for name in (
            "patch_size", "hidden_size", "num_layers", "num_heads", "mlp_ratio", "decoder_layers", "decoder_heads",
            "decoder_head_size", "token_size",
        ):  # fmt: skip
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if len(self.image_size) != 2 or min(self.image_size) < self.patch_size:
            raise ValueError(
                f"image_size is {list(self.image_size)}, expected height and width of at least {self.patch_size}"
            )
        uneven = any(side % self.patch_size for side in self.image_size)
        if self.convolutions and (self.patch_size & (self.patch_size - 1) or uneven):
            raise ValueError(
                f"patch_size is {self.patch_size} and image_size {list(self.image_size)}, expected a power of two that "
                "divides both sides, because patches are made with convolutions"
            )
        if self.hidden_size % self.num_heads:
            raise ValueError(f"hidden_size is {self.hidden_size}, expected a multiple of num_heads ({self.num_heads})")
        if not 0 <= self.drop_path < 1:
            raise ValueError(f"drop_path is {self.drop_path}, expected 0 to below 1")
        if not self.focal > 0 or not self.camera_room > 0:
            raise ValueError(f"focal is {self.focal} and camera_room {self.camera_room}, expected more than 0")

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        height, width = ((side + 2 * self.patch_padding - self.patch_size) // self.patch_size + 1
                         for side in self.image_size)  # fmt: skip
        return height, width

    @property
    def num_task_tokens(self) -> int:
        return number_of_tokens(self.body_only)

    @property
    def farthest(self) -> float:
        """Metres from the virtual camera of a crop that no body reaches, k."""
        height, width = self.image_size
        return self.focal * self.camera_room / (height * width) ** 0.5

    @classmethod
    def named(cls, name: str, **changes) -> "SMPLestXConfig":
        """The configuration called `"smplest-x-huge"` (SMPLest-X itself), `-small`, `-base`, `-large` or `-tiny`.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in SIZES:
            raise ValueError(f"there is no configuration {name!r}, expected one of {', '.join(SIZES)}")
        return cls(**SIZES[name] | changes)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs) -> "SMPLestXConfig":
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs) -> None:
        """Save the configuration, and with it the code that `trust_remote_code` needs where this package is missing."""
        self.auto_map = {
            "AutoConfig": "configuration_smplest_x.SMPLestXConfig",
            "AutoModel": "modeling_smplest_x.SMPLestXModel",
            "AutoImageProcessor": "image_processing_smplest_x.SMPLestXImageProcessor",
        }
        super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)


__all__ = ["SMPLestXConfig"]
