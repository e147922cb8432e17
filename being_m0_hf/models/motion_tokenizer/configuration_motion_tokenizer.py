"""Configuration of the 2D lookup-free motion tokenizer."""

import math
import os

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ...motion.body_parts import PART_NAMES
from ...motion.features import HEADING_FREE_SIZE, PART_COLUMNS
from ..remote_code import write_remote_code
from ..shipped_checkpoints import resolve_checkpoint
from .residual.correction_basis import SMOOTHING_REACH

QUANTIZERS = ("lfq", "vq", "rvq", "fsq")


@strict
class MotionTokenizerConfig(PreTrainedConfig):
    r"""
    Configuration of [`MotionTokenizerModel`] (Being-M0, section 3.2: "2D lookup-free quantization").

    Args:
        quantizer (`str`, defaults to `"lfq"`): `"lfq"` lookup-free, `"vq"` a learned codebook for each part, `"rvq"`
            such codebooks one after another, `1 + residual_levels` of them, or `"fsq"` finite scalar.
        codebook_bits (`int`, defaults to 14): bits of one token, so the codebook has `2 ** codebook_bits` codes. The
            paper's table uses 14 and its sweep 8 to 16.
        vector_size (`int`, *optional*): dimensions of a learned codebook's vectors; `hidden_size` if not given.
        part_names (`tuple[str]`): names of the body parts, in token order.
        part_columns (`tuple[tuple[int]]`): for each part, the columns of the heading-free features
            (see `motion.features`) that its token describes.
        hidden_size (`int`, defaults to 128): channels of each part in the convolutions.
        num_downsamples (`int`, defaults to 2): halvings of time; 2 gives one step for 4 frames, as in the paper.
        num_blocks (`int`, defaults to 2): residual blocks at each time resolution, with dilations 1, 3, 9, ...
        causal (`bool`, defaults to `False`): whether the decoder sees only this step and earlier ones, so that it can
            stream: a `decoder_lookahead` of 0. The encoder always sees the whole clip.
        decoder_lookahead (`int`, *optional*): later steps that the frames of a step may depend on, residual levels
            included; all of them if not given. 1 lets a stream lag 0.2 s behind its tokens. Where levels are smoothed,
            they reach `smoothing_steps` further.
        mix_parts_in_decoder (`bool`, defaults to `False`): whether a part may be decoded from other parts' tokens as
            well. Off, a token moves its own part and what hangs on it, and nothing else.
        commitment_weight, entropy_weight, diversity_gamma, entropy_temperature (`float`): see [`LookupFreeQuantizer`].
        residual_levels (`int`, defaults to 0): further tokens for each part and step, of which each codes the error
            that the ones before have left. Any number of them may be left out in decoding.
        residual_bits (`int`, *optional*): bits of such a token; `codebook_bits` if not given.
        neighbour_share (`float`, defaults to 0.0): share of each of the two frames beside it in a decoded frame's
            rotations where a joint is calm (see `smoothed`), with residual levels and unless the decoder looks at no
            later step. The levels' tokens are searched with it in mind. What the levels leave of an error changes from
            frame to frame as recorded motion hardly does.
        feature_weight, joint_weight, root_weight, velocity_weight, hand_weight (`float`): weights of the
            reconstruction terms: see [`reconstruction_loss`]. `hand_weight` is 0 by default: it keeps hands where they
            are against head, chest and each other, which contact gestures live on.
    """

    model_type = "being_m0_motion_tokenizer"
    base_config_key = "motion_tokenizer_config"  # in the configuration of a language model, whose checkpoint holds it

    quantizer: str = "lfq"
    codebook_bits: int = 14
    vector_size: int | None = None
    part_names: list[str] | tuple[str, ...] = PART_NAMES
    part_columns: list | tuple = PART_COLUMNS
    hidden_size: int = 128
    num_downsamples: int = 2
    num_blocks: int = 2
    causal: bool = False
    decoder_lookahead: int | None = None
    mix_parts_in_decoder: bool = False
    residual_levels: int = 0
    residual_bits: int | None = None
    neighbour_share: float = 0.0
    commitment_weight: float = 0.25
    entropy_weight: float = 0.1
    diversity_gamma: float = 1.0
    entropy_temperature: float = 1.0
    feature_weight: float = 1.0
    joint_weight: float = 10.0
    root_weight: float = 5.0
    velocity_weight: float = 30.0
    hand_weight: float = 0.0

    def __post_init__(self, **kwargs):
        if self.residual_bits is None:
            self.residual_bits = self.codebook_bits
        super().__post_init__(**kwargs)

    def validate_architecture(self):
        """Part of `@strict`-powered validation: the parts must share out the columns exactly."""
        if self.quantizer not in QUANTIZERS:
            raise ValueError(f"quantizer is {self.quantizer!r}, expected one of {', '.join(QUANTIZERS)}")
        for name in ("codebook_bits", "residual_bits"):
            if not 1 <= getattr(self, name) <= 24:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 to 24")
        for name, least in (("hidden_size", 1), ("num_downsamples", 1), ("num_blocks", 0), ("residual_levels", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least {least}")
        if self.decoder_lookahead is not None and self.decoder_lookahead < 0:
            raise ValueError(f"decoder_lookahead is {self.decoder_lookahead}, expected 0 or more steps, or none")
        if self.causal and self.decoder_lookahead:
            raise ValueError(
                f"decoder_lookahead is {self.decoder_lookahead}, but a causal decoder looks at no later step"
            )
        if self.entropy_temperature <= 0:
            raise ValueError(f"entropy_temperature is {self.entropy_temperature}, expected more than 0")
        if not 0 <= self.neighbour_share <= 1 / 3:
            raise ValueError(f"neighbour_share is {self.neighbour_share}, expected 0 to 1/3")
        if len(self.part_names) != len(self.part_columns):
            raise ValueError(f"{len(self.part_names)} part_names for {len(self.part_columns)} part_columns")
        columns = sorted(column for part in self.part_columns for column in part)
        if columns != list(range(HEADING_FREE_SIZE)):
            raise ValueError(f"part_columns must hold each of the {HEADING_FREE_SIZE} feature columns once")

    @property
    def num_parts(self) -> int:
        """Tokens per time step."""
        return len(self.part_columns)

    @property
    def codebook_size(self) -> int:
        """Codes one token can take."""
        return 2**self.codebook_bits

    @property
    def residual_codebook_size(self) -> int:
        """Codes one token of a residual level can take."""
        return self.codebook_size if self.quantizer == "rvq" else 2**self.residual_bits

    @property
    def lookahead(self) -> int | None:
        """Later steps that a step's frames may depend on; None for all of them."""
        return 0 if self.causal else self.decoder_lookahead

    @property
    def smooths(self) -> bool:
        """Whether what residual levels decode to is smoothed."""
        return self.neighbour_share > 0 and self.lookahead != 0

    @property
    def smoothing_steps(self) -> int:
        """Steps before and after its own that smoothing adds to what a frame depends on."""
        return math.ceil(SMOOTHING_REACH / self.downsample) if self.smooths else 0

    @property
    def downsample(self) -> int:
        """Frames per time step."""
        return 2**self.num_downsamples

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs
    ) -> "MotionTokenizerConfig":
        """As in transformers; the checkpoints inside the package are known by their names."""
        return super().from_pretrained(resolve_checkpoint(pretrained_model_name_or_path), *args, **kwargs)

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs) -> None:
        """Save the configuration, and with it the code that `trust_remote_code` needs where this package is missing."""
        self.auto_map = {
            "AutoConfig": "configuration_motion_tokenizer.MotionTokenizerConfig",
            "AutoModel": "modeling_motion_tokenizer.MotionTokenizerModel",
        }
        super().save_pretrained(save_directory, **kwargs)
        write_remote_code(save_directory)


__all__ = ["MotionTokenizerConfig"]
