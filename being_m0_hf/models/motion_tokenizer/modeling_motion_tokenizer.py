"""2D lookup-free motion tokenizer: SMPL-D135 features <-> a grid of tokens, one for each body part and 4 frames."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ...motion.features import (
    D135_SIZE,
    HEADING_FREE_SIZE,
    ROOT_ROTATION,
    TURN,
    joint_columns,
    remove_heading,
    restore_heading,
)
from ...motion.rotations import matrix_from_6d, matrix_heading
from ...motion.skeleton import CANONICAL_SKELETON, NUM_JOINTS, PARENTS
from .closed_loop import JudgedPart, refine_body_codes, refine_root_codes
from .configuration_motion_tokenizer import MotionTokenizerConfig
from .lookup_free import LookupFreeQuantizer, index_to_signs
from .reconstruction_loss import joints_about_root, reconstruction_loss


@dataclass
class MotionTokenizerEncoderOutput(ModelOutput):
    """
    Args:
        codes (`torch.LongTensor` of shape `(batch, steps, parts)`): tokens, 0 to `codebook_size - 1`.
        latents (`torch.FloatTensor` of shape `(batch, steps, parts, codebook_bits)`): bits before their sign is taken.
    """

    codes: torch.LongTensor | None = None
    latents: torch.FloatTensor | None = None


@dataclass
class MotionTokenizerDecoderOutput(ModelOutput):
    """
    Args:
        features (`torch.FloatTensor` of shape `(batch, 4 * steps, 135)`): SMPL-D135, physical units.
    """

    features: torch.FloatTensor | None = None


@dataclass
class MotionTokenizerOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`): weighted sum of the losses below.
        features (`torch.FloatTensor` of shape `(batch, frames, 135)`): the reconstruction, as long as the input.
        codes (`torch.LongTensor` of shape `(batch, steps, parts)`): the tokens it was made from.
        feature_loss, joint_loss, root_loss, velocity_loss, commitment_loss, entropy_loss (`torch.FloatTensor`): parts
            of the loss, unweighted.
    """

    loss: torch.FloatTensor | None = None
    features: torch.FloatTensor | None = None
    codes: torch.LongTensor | None = None
    feature_loss: torch.FloatTensor | None = None
    joint_loss: torch.FloatTensor | None = None
    root_loss: torch.FloatTensor | None = None
    velocity_loss: torch.FloatTensor | None = None
    commitment_loss: torch.FloatTensor | None = None
    entropy_loss: torch.FloatTensor | None = None


def full_precision(tensor: Tensor) -> torch.autocast:
    """Switches autocast off: headings and positions add up over a clip, and millimetres need fp32."""
    return torch.autocast(device_type=tensor.device.type, enabled=False)


class PartConv(nn.Conv1d):
    """Convolution over time with weights of its own for each part: no part sees another.

    Works on the image (batch, parts * channels, time) and keeps its length. ``causal`` pads only the past.
    """

    def __init__(self, parts: int, inputs: int, outputs: int, width: int, dilation: int = 1, causal: bool = False):
        self.reach = (width - 1) * dilation
        padding = self.reach if causal else self.reach // 2
        super().__init__(parts * inputs, parts * outputs, width, padding=padding, dilation=dilation, groups=parts)
        self.causal = causal

    def forward(self, image: Tensor) -> Tensor:
        output = super().forward(image)
        # padded on both sides by all of the reach: the first outputs are those that saw the past only
        return output[..., : image.shape[-1]] if self.causal else output


class Halve(nn.Conv1d):
    """Half as many time steps."""

    def __init__(self, parts: int, inputs: int, outputs: int):
        super().__init__(parts * inputs, parts * outputs, kernel_size=4, stride=2, padding=1, groups=parts)


class Double(PartConv):
    """Twice as many time steps: each step predicts two (sub-pixel convolution)."""

    def __init__(self, parts: int, inputs: int, outputs: int, causal: bool = False):
        super().__init__(parts, inputs, 2 * outputs, 3, causal=causal)

    def forward(self, image: Tensor) -> Tensor:
        pairs = super().forward(image).unflatten(1, (-1, 2))  # (batch, channels, 2, steps)
        return pairs.transpose(2, 3).flatten(2)


class PartMixer(nn.Conv1d):
    """One time step of all parts -> all parts: the only kind of layer where parts meet."""

    def __init__(self, parts: int, channels: int):
        super().__init__(parts * channels, parts * channels, kernel_size=1)

    def forward(self, image: Tensor) -> Tensor:
        return image + super().forward(F.silu(image))


class ResidualBlock(nn.Module):
    """Dilated convolution over time and a pointwise one, added to the input."""

    def __init__(self, parts: int, channels: int, dilation: int, causal: bool = False):
        super().__init__()
        self.wide = PartConv(parts, channels, channels, 3, dilation, causal)
        self.point = PartConv(parts, channels, channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        return image + self.point(F.silu(self.wide(F.silu(image))))


def _blocks(config: MotionTokenizerConfig, parts: int, causal: bool = False) -> list[nn.Module]:
    return [ResidualBlock(parts, config.hidden_size, 3**depth, causal) for depth in range(config.num_blocks)]


class MotionEncoder(nn.Module):
    """Image (batch, parts * columns, time) -> bits (batch, parts * codebook_bits, time / 4)."""

    def __init__(self, config: MotionTokenizerConfig, columns: int):
        super().__init__()
        parts, channels = config.num_parts, config.hidden_size
        layers: list[nn.Module] = []
        for level in range(config.num_downsamples):
            layers.append(Halve(parts, channels if level else columns, channels))
            layers.extend(_blocks(config, parts))
        self.layers = nn.Sequential(*layers, PartMixer(parts, channels))
        self.to_bits = PartConv(parts, channels, config.codebook_bits, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.to_bits(F.silu(self.layers(image)))


class MotionDecoder(nn.Module):
    """Bits (batch, parts * codebook_bits, steps) -> image (batch, parts * columns, 4 * steps)."""

    def __init__(self, config: MotionTokenizerConfig, columns: int, parts: int):
        super().__init__()
        self.config, self.columns, self.parts = config, columns, parts
        channels, causal = config.hidden_size, config.causal
        layers: list[nn.Module] = [PartConv(parts, config.codebook_bits, channels, 3, causal=causal)]
        if config.mix_parts_in_decoder:
            layers.append(PartMixer(parts, channels))
        for level in reversed(range(config.num_downsamples)):
            layers.extend(_blocks(config, parts, causal))
            layers.append(Double(parts, channels, channels if level else columns, causal))
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image)

    def only(self, part: int) -> "MotionDecoder":
        """The decoder of one part by itself; it exists where parts do not meet (`mix_parts_in_decoder` off)."""
        alone = MotionDecoder(self.config, self.columns, parts=1).to(self.layers[0].weight)
        weights = {name: weight.chunk(self.parts)[part] for name, weight in self.state_dict().items()}
        alone.load_state_dict(weights)
        return alone


class PartImage(nn.Module):
    """Cuts heading-free features into an image, one row for each part padded to the widest, and joins it again."""

    def __init__(self, config: MotionTokenizerConfig):
        super().__init__()
        self.part_columns = [list(part) for part in config.part_columns]
        self.width = max(len(part) for part in self.part_columns)
        cells = len(self.part_columns) * self.width
        self.register_buffer("column_of_cell", torch.empty(cells, dtype=torch.long), persistent=False)
        self.register_buffer("cell_is_used", torch.empty(cells), persistent=False)
        self.register_buffer("cell_of_column", torch.empty(HEADING_FREE_SIZE, dtype=torch.long), persistent=False)
        self.reset_buffers()

    def reset_buffers(self) -> None:
        """Fill the index buffers; transformers calls this again after building the model on the meta device."""
        columns, used, cells = [], [], [0] * HEADING_FREE_SIZE
        for part in self.part_columns:
            for slot in range(self.width):
                inside = slot < len(part)
                if inside:
                    cells[part[slot]] = len(columns)
                columns.append(part[slot] if inside else 0)
                used.append(float(inside))
        init.copy_(self.column_of_cell, torch.tensor(columns))
        init.copy_(self.cell_is_used, torch.tensor(used))
        init.copy_(self.cell_of_column, torch.tensor(cells))

    def cut(self, features: Tensor) -> Tensor:
        """(B, T, 136) -> (B, parts * width, T)."""
        return (features[..., self.column_of_cell] * self.cell_is_used).transpose(1, 2)

    def join(self, image: Tensor) -> Tensor:
        """(B, parts * width, T) -> (B, T, 136)."""
        return image.transpose(1, 2)[..., self.cell_of_column]


class MotionTokenizerPreTrainedModel(PreTrainedModel):
    """Weight initialisation and loading."""

    config: MotionTokenizerConfig
    config_class = MotionTokenizerConfig
    base_model_prefix = "motion_tokenizer"
    main_input_name = "features"
    _no_split_modules = ["ResidualBlock"]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Conv1d):
            init.kaiming_uniform_(module.weight, a=5**0.5)
            init.zeros_(module.bias)
        if isinstance(module, PartMixer):
            init.zeros_(module.weight)  # parts start apart
        if isinstance(module, LookupFreeQuantizer | PartImage):
            module.reset_buffers()
        if isinstance(module, MotionTokenizerModel):
            init.zeros_(module.feature_mean)
            init.ones_(module.feature_std)
            init.copy_(module.bone_offsets, CANONICAL_SKELETON.offsets)


class MotionTokenizerModel(MotionTokenizerPreTrainedModel):
    """The motion tokenizer of Being-M0: T x D x 1 -> floor(T / 4) x P tokens of `codebook_bits` bits."""

    def __init__(self, config: MotionTokenizerConfig):
        super().__init__(config)
        self.part_image = PartImage(config)
        self.encoder = MotionEncoder(config, self.part_image.width)
        self.decoder = MotionDecoder(config, self.part_image.width, config.num_parts)
        self.quantizer = LookupFreeQuantizer(config.codebook_bits, config.entropy_temperature, config.diversity_gamma)
        self.register_buffer("feature_mean", torch.zeros(HEADING_FREE_SIZE))
        self.register_buffer("feature_std", torch.ones(HEADING_FREE_SIZE))
        self.register_buffer("bone_offsets", CANONICAL_SKELETON.offsets.clone(), persistent=False)
        self.post_init()

    def set_statistics(self, mean: Tensor, std: Tensor) -> None:
        """Set the normalisation of heading-free features, (136,) each; it is saved with the weights."""
        self.feature_mean.copy_(mean)
        self.feature_std.copy_(std)

    def encode(self, features: Tensor, closed_loop: bool = False) -> MotionTokenizerEncoderOutput:
        """Tokens of clips of one length.

        Args:
            features: (batch, frames, 135) SMPL-D135 at 20 fps, at least 4 frames; the last `frames % 4` are not coded.
            closed_loop: choose tokens by what the decoder makes of them, so that the path does not drift and the
                joints come closer (see `closed_loop.py`); slower, about as long as the motion lasts.

        Raises:
            ValueError: a wrong shape, fewer than 4 frames, or a closed loop asked of a decoder that mixes parts.
        """
        self._check_features(features)
        steps = features.shape[1] // self.config.downsample
        with full_precision(features):
            target = remove_heading(features[:, : steps * self.config.downsample].float())
        latents = self._latents(target)
        codes = self.quantizer.indices(latents)
        if closed_loop:
            root, decode_root = self._root_decoder()
            for clip in range(len(codes)):
                refined = refine_root_codes(decode_root, target[clip], codes[clip, :, root], self.config.codebook_bits)
                codes[clip, :, root] = refined
                codes[clip] = refine_body_codes(
                    self._decode_bits,
                    lambda features: joints_about_root(features, self.bone_offsets),
                    target[clip],
                    codes[clip],
                    self.config.codebook_bits,
                    self._judged_parts(),
                )
        return MotionTokenizerEncoderOutput(codes=codes, latents=latents)

    def decode(self, codes: Tensor) -> MotionTokenizerDecoderOutput:
        """Motion of tokens.

        Args:
            codes: (batch, steps, parts) of 0 to `codebook_size - 1`.

        Raises:
            ValueError: a wrong shape, or a code outside the codebook.
        """
        if codes.ndim != 3 or codes.shape[2] != self.config.num_parts or codes.numel() == 0:
            raise ValueError(f"codes have shape {tuple(codes.shape)}, expected (batch, steps, {self.config.num_parts})")
        if codes.min() < 0 or codes.max() >= self.config.codebook_size:
            raise ValueError(f"codes must be 0 to {self.config.codebook_size - 1}, got {int(codes.max())}")
        heading_free = self._decode_bits(index_to_signs(codes, self.config.codebook_bits))
        with full_precision(heading_free):
            return MotionTokenizerDecoderOutput(features=restore_heading(heading_free))

    def forward(self, features: Tensor) -> MotionTokenizerOutput:
        """Reconstruct clips of one length and compute the training losses.

        Args:
            features: (batch, frames, 135) SMPL-D135 at 20 fps; any length from 4 frames (the end is padded inside).
        """
        self._check_features(features)
        frames = features.shape[1]
        missing = -frames % self.config.downsample
        with full_precision(features):
            target = remove_heading(features)
            start = matrix_heading(matrix_from_6d(features[:, 0, ROOT_ROTATION]))
        padded = torch.cat((target, target[:, -1:].expand(-1, missing, -1)), dim=1)
        quantized = self.quantizer(self._latents(padded))
        predicted = self._decode_bits(quantized.quantized)[:, :frames]
        with full_precision(features):
            restored = restore_heading(predicted, start)
            parts = reconstruction_loss(predicted, target, self.feature_mean, self.feature_std, self.bone_offsets)
        config = self.config
        loss = (
            config.feature_weight * parts.feature
            + config.joint_weight * parts.joint
            + config.root_weight * parts.root
            + config.velocity_weight * parts.velocity
            + config.commitment_weight * quantized.commitment_loss
            + config.entropy_weight * quantized.entropy_loss
        )
        return MotionTokenizerOutput(
            loss=loss,
            features=restored,
            codes=quantized.codes,
            feature_loss=parts.feature,
            joint_loss=parts.joint,
            root_loss=parts.root,
            velocity_loss=parts.velocity,
            commitment_loss=quantized.commitment_loss,
            entropy_loss=quantized.entropy_loss,
        )

    def _latents(self, heading_free: Tensor) -> Tensor:
        normalised = (heading_free - self.feature_mean) / self.feature_std
        bits = self.encoder(self.part_image.cut(normalised).to(self.dtype))
        bits = bits.transpose(1, 2).unflatten(-1, (self.config.num_parts, self.config.codebook_bits)).float()
        # on a sphere of radius sqrt(d), as in binary spherical quantization: otherwise the straight-through gradient
        # lets latents grow without bound, far from the signs they are replaced by
        return bits * torch.rsqrt(bits.square().mean(dim=-1, keepdim=True) + 1e-6)

    def _decode_bits(self, signs: Tensor) -> Tensor:
        image = self.decoder(signs.to(self.dtype).flatten(2).transpose(1, 2))
        return self.part_image.join(image).float() * self.feature_std + self.feature_mean

    def _root_decoder(self) -> tuple[int, Callable[[Tensor], Tensor]]:
        """Index of the root's part, and its decoder: (N, steps, bits) signs -> (N, 4 * steps, 136), other columns 0."""
        if self.config.mix_parts_in_decoder:
            raise ValueError("closed_loop needs a tokenizer whose decoder keeps parts apart (mix_parts_in_decoder off)")
        root = next(index for index, part in enumerate(self.config.part_columns) if TURN in part)
        columns, decoder = list(self.config.part_columns[root]), self.decoder.only(root)

        def decode(signs: Tensor) -> Tensor:
            image = decoder(signs.to(self.dtype).transpose(1, 2)).transpose(1, 2)[..., : len(columns)].float()
            features = image.new_zeros(*image.shape[:2], HEADING_FREE_SIZE)
            features[..., columns] = image * self.feature_std[columns] + self.feature_mean[columns]
            return features

        return root, decode

    def _judged_parts(self) -> list[JudgedPart]:
        """The parts that turn joints; first the one that moves most joints, since it carries the others."""
        parts = []
        for index, columns in enumerate(self.config.part_columns):
            own = [joint for joint in range(NUM_JOINTS) if joint_columns(joint)[0] in columns]
            moved: set[int] = set()
            for joint in range(1, NUM_JOINTS):  # parents come before their children
                if PARENTS[joint] in own or PARENTS[joint] in moved:
                    moved.add(joint)
            if moved:
                turned = tuple(column for joint in own for column in joint_columns(joint))
                parts.append(JudgedPart(index, tuple(sorted(moved)), turned))
        return sorted(parts, key=lambda part: -len(part.joints))

    def _check_features(self, features: Tensor) -> None:
        if features.ndim != 3 or features.shape[2] != D135_SIZE:
            raise ValueError(f"features have shape {tuple(features.shape)}, expected (batch, frames, {D135_SIZE})")
        if features.shape[1] < self.config.downsample:
            raise ValueError(
                f"the clip has {features.shape[1]} frames, at least {self.config.downsample} are needed for one token"
            )


__all__ = ["MotionTokenizerModel", "MotionTokenizerPreTrainedModel"]
