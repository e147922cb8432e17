"""2D lookup-free motion tokenizer: SMPL-D135 features <-> a grid of tokens, one for each body part and 4 frames."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
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
from ..checkpoint_weights import WholeWeightsMixin
from ..publishing import TransformersPublishingMixin
from .closed_loop import JudgedPart, refine_body_codes, refine_root_codes
from .configuration_motion_tokenizer import MotionTokenizerConfig
from .part_image import PartImage
from .part_networks import MotionDecoder, MotionEncoder, PartMixer
from .quantizers.lookup_free import index_to_signs, signs_to_index
from .quantizers.quantizer import Quantizer
from .quantizers.registry import build_quantizer
from .reconstruction_loss import joints_about_root, reconstruction_loss
from .residual.binary_codebook import SignedTemplates
from .residual.correction_basis import smoothed, upright
from .residual.residual_level import ResidualLevel


@dataclass
class MotionTokenizerEncoderOutput(ModelOutput):
    """
    Args:
        codes (`torch.LongTensor` of shape `(batch, steps, parts)`): tokens, 0 to `codebook_size - 1`.
        residual_codes (`torch.LongTensor` of shape `(batch, steps, parts, levels)`): tokens of the residual levels.
        latents (`torch.FloatTensor` of shape `(batch, steps, parts, latent_size)`): what the first level's tokens are
            made from; with `quantizer="lfq"` the bits before their sign is taken.
    """

    codes: torch.LongTensor | None = None
    residual_codes: torch.LongTensor | None = None
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
        feature_loss, joint_loss, root_loss, velocity_loss, hand_loss, commitment_loss, entropy_loss
            (`torch.FloatTensor`): parts of the loss, unweighted; the hands' is 0 where `hand_weight` is.
    """

    loss: torch.FloatTensor | None = None
    features: torch.FloatTensor | None = None
    codes: torch.LongTensor | None = None
    feature_loss: torch.FloatTensor | None = None
    joint_loss: torch.FloatTensor | None = None
    root_loss: torch.FloatTensor | None = None
    velocity_loss: torch.FloatTensor | None = None
    hand_loss: torch.FloatTensor | None = None
    commitment_loss: torch.FloatTensor | None = None
    entropy_loss: torch.FloatTensor | None = None


def _check_range(name: str, codes: Tensor, size: int) -> None:
    if codes.numel() and (codes.min() < 0 or codes.max() >= size):
        raise ValueError(f"{name} must be 0 to {size - 1}, got {int(codes.max())}")


def full_precision(tensor: Tensor) -> torch.autocast:
    """Switches autocast off: headings and positions add up over a clip, and millimetres need fp32."""
    return torch.autocast(device_type=tensor.device.type, enabled=False)


class MotionTokenizerPreTrainedModel(TransformersPublishingMixin, WholeWeightsMixin, PreTrainedModel):
    """Weight initialisation and loading."""

    config: MotionTokenizerConfig
    config_class = MotionTokenizerConfig
    base_model_prefix = "motion_tokenizer"
    main_input_name = "features"
    _no_split_modules = ["ResidualBlock"]
    _others_weights = "backbone."  # a language model's checkpoint holds its motion tokenizer
    _added_by = {"residual_levels": "residual_levels."}  # which are fitted after loading

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Conv1d):
            init.kaiming_uniform_(module.weight, a=5**0.5)
            init.zeros_(module.bias)
        if isinstance(module, PartMixer):
            init.zeros_(module.weight)  # parts start apart
        if isinstance(module, Quantizer | PartImage):
            module.reset_buffers()
        if isinstance(module, SignedTemplates):
            init.zeros_(module.templates)  # a level that was not fitted yet corrects nothing
        if isinstance(module, MotionTokenizerModel):
            init.zeros_(module.feature_mean)
            init.ones_(module.feature_std)
            init.copy_(module.bone_offsets, CANONICAL_SKELETON.offsets)


class MotionTokenizerModel(MotionTokenizerPreTrainedModel):
    """The motion tokenizer of Being-M0: T x D x 1 -> floor(T / 4) x P tokens of `codebook_bits` bits."""

    def __init__(self, config: MotionTokenizerConfig):
        super().__init__(config)
        self.part_image = PartImage(config)
        self.quantizer = build_quantizer(config)
        parts, width, latent_size = config.num_parts, self.part_image.width, self.quantizer.latent_size
        shape = (config.hidden_size, config.num_downsamples, config.num_blocks)
        self.encoder = MotionEncoder(parts, width, latent_size, *shape)
        self.decoder = MotionDecoder(
            parts, latent_size, width, *shape, lookahead=config.lookahead, mix_parts=config.mix_parts_in_decoder
        )
        levels = 0 if config.quantizer == "rvq" else config.residual_levels
        self.residual_levels = nn.ModuleList(
            ResidualLevel(config.part_columns, config.residual_bits, config.downsample, config.lookahead)
            for _ in range(levels)
        )
        self.register_buffer("feature_mean", torch.zeros(HEADING_FREE_SIZE))
        self.register_buffer("feature_std", torch.ones(HEADING_FREE_SIZE))
        self.register_buffer("bone_offsets", CANONICAL_SKELETON.offsets.clone(), persistent=False)
        self.post_init()

    def set_statistics(self, mean: Tensor, std: Tensor) -> None:
        """Set the normalisation of heading-free features, (136,) each; it is saved with the weights."""
        self.feature_mean.copy_(mean)
        self.feature_std.copy_(std)

    def encode(
        self, features: Tensor, closed_loop: bool = False, residual_levels: int | None = None
    ) -> MotionTokenizerEncoderOutput:
        """Tokens of clips of one length.

        Args:
            features: (batch, frames, 135) SMPL-D135 at 20 fps, at least 4 frames; the last `frames % 4` are not coded.
            closed_loop: choose tokens by what the decoder makes of them, so that the path does not drift and the
                joints come closer (see `closed_loop.py`); slower, about as long as the motion lasts.
            residual_levels: how many of the residual levels to code, all by default.

        Raises:
            ValueError: a wrong shape, fewer than 4 frames, or a closed loop asked of a decoder that mixes parts or of
                another quantizer than "lfq".
        """
        self._check_features(features)
        if closed_loop and self.config.quantizer != "lfq":
            raise ValueError(
                f"closed_loop needs a tokenizer with quantizer 'lfq', this one has {self.config.quantizer!r}"
            )
        steps = features.shape[1] // self.config.downsample
        with full_precision(features):
            target = remove_heading(features[:, : steps * self.config.downsample].float())
        latents = self._latents(target)
        codes = self.quantizer.indices(latents)
        if closed_loop:
            codes = self._refined(target, codes)
        residual = self.quantizer.residual_indices(latents)
        if residual is None:
            residual = self._residual_codes(target, codes, residual_levels, closed_loop)
        return MotionTokenizerEncoderOutput(
            codes=codes, residual_codes=residual[..., :residual_levels], latents=latents
        )

    def decode(self, codes: Tensor, residual_codes: Tensor | None = None) -> MotionTokenizerDecoderOutput:
        """Motion of tokens.

        Args:
            codes: (batch, steps, parts) of 0 to `codebook_size - 1`.
            residual_codes: (batch, steps, parts, levels) of 0 to `2 ** residual_bits - 1`, of the first so many
                residual levels; none by default.

        Raises:
            ValueError: a wrong shape, or a code outside the codebook.
        """
        heading_free = self.decode_heading_free(codes, residual_codes)
        with full_precision(heading_free):
            return MotionTokenizerDecoderOutput(features=restore_heading(heading_free))

    def decode_heading_free(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        """As `decode`, but heading-free features (batch, 4 * steps, 136), see `motion.features`."""
        config = self.config
        if codes.ndim != 3 or codes.shape[2] != config.num_parts or codes.numel() == 0:
            raise ValueError(f"codes have shape {tuple(codes.shape)}, expected (batch, steps, {config.num_parts})")
        _check_range("codes", codes, config.codebook_size)
        if residual_codes is not None:
            if residual_codes.shape[:-1] != codes.shape or residual_codes.shape[-1] > config.residual_levels:
                raise ValueError(
                    f"residual_codes have shape {tuple(residual_codes.shape)}, "
                    f"expected {tuple(codes.shape)} and up to {config.residual_levels} levels"
                )
            _check_range("residual_codes", residual_codes, config.residual_codebook_size)
        heading_free = self._decode_latents(self.quantizer.values(codes, residual_codes))
        with full_precision(heading_free):
            if residual_codes is not None:
                heading_free = upright(heading_free)
                for level, level_codes in zip(self.residual_levels, residual_codes.unbind(dim=-1), strict=False):
                    heading_free = level(index_to_signs(level_codes, config.residual_bits), heading_free)
                if config.smooths and residual_codes.shape[-1]:
                    heading_free = smoothed(heading_free, config.neighbour_share)
            return heading_free

    def forward(self, features: Tensor) -> MotionTokenizerOutput:
        """Reconstruct clips of one length and compute the training losses, of the first level alone (with
        `quantizer="rvq"`, of all of them).

        Args:
            features: (batch, frames, 135) SMPL-D135 at 20 fps; any length from 4 frames (the end is padded inside).
        """
        self._check_features(features)
        config, frames = self.config, features.shape[1]
        missing = -frames % self.config.downsample
        with full_precision(features):
            target = remove_heading(features)
            start = matrix_heading(matrix_from_6d(features[:, 0, ROOT_ROTATION]))
        padded = torch.cat((target, target[:, -1:].expand(-1, missing, -1)), dim=1)
        quantized = self.quantizer(self._latents(padded))
        predicted = self._decode_latents(quantized.quantized)[:, :frames]
        with full_precision(features):
            restored = restore_heading(predicted, start)
            parts = reconstruction_loss(
                predicted, target, self.feature_mean, self.feature_std, self.bone_offsets, hands=config.hand_weight > 0
            )
        loss = (
            config.feature_weight * parts.feature
            + config.joint_weight * parts.joint
            + config.root_weight * parts.root
            + config.velocity_weight * parts.velocity
            + config.hand_weight * parts.hand
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
            hand_loss=parts.hand,
            commitment_loss=quantized.commitment_loss,
            entropy_loss=quantized.entropy_loss,
        )

    def _latents(self, heading_free: Tensor) -> Tensor:
        normalised = (heading_free - self.feature_mean) / self.feature_std
        latents = self.encoder(self.part_image.cut(normalised).to(self.dtype))
        shape = (self.config.num_parts, self.quantizer.latent_size)
        return self.quantizer.bound(latents.transpose(1, 2).unflatten(-1, shape).float())

    def _decode_latents(self, latents: Tensor) -> Tensor:
        """(B, S, P, latent_size) -> (B, 4 * S, 136) heading-free features."""
        image = self.decoder(latents.to(self.dtype).flatten(2).transpose(1, 2))
        return self.part_image.join(image).float() * self.feature_std + self.feature_mean

    def _refined(self, targets: Tensor, codes: Tensor) -> Tensor:
        """Codes (B, S, P), closer to heading-free features (B, 4 * S, 136)."""
        bits, parts = self.config.codebook_bits, self._judged_parts()
        root, decode_root = self._root_decoder()
        joints_of = partial(joints_about_root, offsets=self.bone_offsets)
        refined = []
        for target, grid in zip(targets, codes.clone(), strict=True):
            grid[:, root] = refine_root_codes(decode_root, target, grid[:, root], bits)
            refined.append(refine_body_codes(self._decode_latents, joints_of, target, grid, bits, parts))
        return torch.stack(refined)

    @torch.no_grad()
    def _residual_codes(self, target: Tensor, codes: Tensor, levels: int | None, closed_loop: bool) -> Tensor:
        """(B, S, P, levels) for heading-free features (B, 4 * S, 136); a closed loop mends the last level's path."""
        bits, grids = self.config.residual_bits, [codes.new_zeros(*codes.shape, 0)]
        used = self.residual_levels[:levels]
        if not used:
            return grids[0]
        decoded = self._decode_latents(self.quantizer.values(codes))
        share = self.config.neighbour_share if self.config.smooths else 0.0
        with full_precision(target):
            decoded = upright(decoded)
            for number, level in enumerate(used):
                grid = signs_to_index(level.encode(target, decoded, self.bone_offsets, share))
                if closed_loop and number == len(used) - 1:
                    root = self._root_part
                    for clip in range(len(grid)):
                        corrector = self._root_corrector(level, decoded[clip])
                        grid[clip, :, root] = refine_root_codes(corrector, target[clip], grid[clip, :, root], bits)
                decoded = level(index_to_signs(grid, bits), decoded)
                grids.append(grid[..., None])
        return torch.cat(grids, dim=-1)

    @property
    def _root_part(self) -> int:
        return next(index for index, part in enumerate(self.config.part_columns) if TURN in part)

    def _root_corrector(self, level: ResidualLevel, decoded: Tensor) -> Callable[[Tensor, int], Tensor]:
        """A level's root alone, on top of one clip's decoded features (4 * S, 136): see `refine_root_codes`."""
        root = self._root_part

        def decode(signs: Tensor, first: int) -> Tensor:
            return level.root_corrections(root, signs, decoded[None], first * self.config.downsample)

        return decode

    def _root_decoder(self) -> tuple[int, Callable[[Tensor, int], Tensor]]:
        """Index of the root's part, and its decoder: (N, steps, bits) signs -> (N, 4 * steps, 136), other columns 0."""
        root = self._root_part
        columns, decoder = list(self.config.part_columns[root]), self.decoder.only(root)

        def decode(signs: Tensor, first: int) -> Tensor:
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
