"""Configuration of the 2D lookup-free motion tokenizer."""

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ...motion.features import HEADING_FREE_SIZE, PART_COLUMNS
from ...motion.skeleton import PART_NAMES


@strict
class MotionTokenizerConfig(PreTrainedConfig):
    r"""
    Configuration of [`MotionTokenizerModel`] (Being-M0, section 3.2: "2D lookup-free quantization").

    Args:
        codebook_bits (`int`, defaults to 14): bits of one token, so the codebook has `2 ** codebook_bits` codes. The
            paper's table uses 14 and its sweep 8 to 16.
        part_names (`tuple[str]`): names of the body parts, in token order.
        part_columns (`tuple[tuple[int]]`): for each part, the columns of the heading-free features
            (see `motion.features`) that its token describes.
        hidden_size (`int`, defaults to 128): channels of each part in the convolutions.
        num_downsamples (`int`, defaults to 2): halvings of time; 2 gives one step for 4 frames, as in the paper.
        num_blocks (`int`, defaults to 2): residual blocks at each time resolution, with dilations 1, 3, 9, ...
        causal (`bool`, defaults to `False`): whether the decoder sees only this step and earlier ones, so that it can
            stream. The encoder always sees the whole clip.
        mix_parts_in_decoder (`bool`, defaults to `False`): whether a part may be decoded from other parts' tokens as
            well. Off, a token moves its own part and what hangs on it, and nothing else.
        commitment_weight, entropy_weight, diversity_gamma, entropy_temperature (`float`): see [`LookupFreeQuantizer`].
        feature_weight, joint_weight, root_weight, velocity_weight (`float`): weights of the reconstruction terms: see
            [`reconstruction_loss`].
    """

    model_type = "being_m0_motion_tokenizer"

    codebook_bits: int = 14
    part_names: list[str] | tuple[str, ...] = PART_NAMES
    part_columns: list | tuple = PART_COLUMNS
    hidden_size: int = 128
    num_downsamples: int = 2
    num_blocks: int = 2
    causal: bool = False
    mix_parts_in_decoder: bool = False
    commitment_weight: float = 0.25
    entropy_weight: float = 0.1
    diversity_gamma: float = 1.0
    entropy_temperature: float = 1.0
    feature_weight: float = 1.0
    joint_weight: float = 10.0
    root_weight: float = 5.0
    velocity_weight: float = 30.0

    def validate_architecture(self):
        """Part of `@strict`-powered validation: the parts must share out the columns exactly."""
        if not 1 <= self.codebook_bits <= 24:
            raise ValueError(f"codebook_bits is {self.codebook_bits}, expected 1 to 24")
        for name, least in (("hidden_size", 1), ("num_downsamples", 1), ("num_blocks", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least {least}")
        if self.entropy_temperature <= 0:
            raise ValueError(f"entropy_temperature is {self.entropy_temperature}, expected more than 0")
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
    def downsample(self) -> int:
        """Frames per time step."""
        return 2**self.num_downsamples


__all__ = ["MotionTokenizerConfig"]
