"""Texts and motions in one space: a small contrastive model in the manner of TMR (Petrovich et al. 2023).

It measures other models: a motion fits a text when their embeddings are near. Of TMR it keeps InfoNCE with filtered
negatives, the part that retrieval rests on, and leaves out the motion decoder and the variational heads.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ...motion.features import D135_SIZE, HEADING_FREE_SIZE, remove_heading
from ...motion.skeleton import CANONICAL_SKELETON, NUM_JOINTS
from ..checkpoint_weights import WholeWeightsMixin
from ..motion_tokenizer.reconstruction_loss import joint_steps, joints_about_root
from ..publishing import TransformersPublishingMixin
from .configuration_text_motion_evaluator import TextMotionEvaluatorConfig

#: Heading-free features, and the joints about the root: what a body looks like is easier to tell from positions.
DESCRIPTION_SIZE = HEADING_FREE_SIZE + 3 * (NUM_JOINTS - 1)
VELOCITIES_SIZE = 3 * NUM_JOINTS
#: Frames behind one step of the motion encoder: 0.4 s.
FRAMES_PER_STEP = 8
MAX_SCALE = 100.0  # of the logits, as in CLIP: beyond it a batch's single hardest pair makes the whole gradient


@dataclass
class TextMotionEvaluatorOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`): mean of the two losses below.
        motion_to_text_loss, text_to_motion_loss (`torch.FloatTensor`): InfoNCE in both directions.
        motion_embeddings (`torch.FloatTensor` of shape `(motions, embedding_size)`): of length 1.
        text_embeddings (`torch.FloatTensor` of shape `(texts, embedding_size)`): of length 1.
    """

    loss: torch.FloatTensor | None = None
    motion_to_text_loss: torch.FloatTensor | None = None
    text_to_motion_loss: torch.FloatTensor | None = None
    motion_embeddings: torch.FloatTensor | None = None
    text_embeddings: torch.FloatTensor | None = None


class SequenceEncoder(nn.Module):
    """Transformer layers over a padded sequence, and the mean of its real steps in the common space."""

    def __init__(self, config: TextMotionEvaluatorConfig, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.hidden_size,
                config.num_attention_heads,
                config.intermediate_size,
                config.dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(config.hidden_size)
        self.project = nn.Linear(config.hidden_size, config.embedding_size)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """(B, L, width) states of which ``real`` (B, L) exist -> (B, embedding_size) of length 1."""
        states = states + sinusoids(states.shape[1], states.shape[2]).to(states)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=~real)
        states = self.norm(states).masked_fill(~real[..., None], 0.0)
        mean = states.sum(dim=1) / real.sum(dim=1, keepdim=True)
        return F.normalize(self.project(mean), dim=-1)


def sinusoids(length: int, width: int, device: torch.device | None = None) -> Tensor:
    """Position vectors (length, width) of the original transformer; they hold for lengths never trained on."""
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    angles = torch.arange(length, device=device)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


class TextMotionEvaluatorPreTrainedModel(TransformersPublishingMixin, WholeWeightsMixin, PreTrainedModel):
    """Weight initialisation and loading."""

    config: TextMotionEvaluatorConfig
    config_class = TextMotionEvaluatorConfig
    base_model_prefix = "text_motion_evaluator"
    main_input_name = "features"
    _no_split_modules = ["SequenceEncoder"]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Conv1d):
            init.xavier_uniform_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, nn.MultiheadAttention):
            init.xavier_uniform_(module.in_proj_weight)
            init.zeros_(module.in_proj_bias)
        if isinstance(module, nn.LayerNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            init.normal_(module.weight, std=0.5)  # beside position vectors whose entries are up to 1
        if isinstance(module, TextMotionEvaluatorModel):
            init.constant_(module.log_scale, -math.log(self.config.temperature))
            init.zeros_(module.description_mean)
            init.ones_(module.description_std)
            init.copy_(module.bone_offsets, CANONICAL_SKELETON.offsets)


class TextMotionEvaluatorModel(TextMotionEvaluatorPreTrainedModel):
    """Embeds motions (SMPL-D135 at 20 fps) and texts; embeddings have length 1, so distances are 0 to 2."""

    def __init__(self, config: TextMotionEvaluatorConfig):
        super().__init__(config)
        described = DESCRIPTION_SIZE + (VELOCITIES_SIZE if config.joint_velocities else 0)
        self.frames_in = nn.Conv1d(described, config.hidden_size, kernel_size=4, stride=4)
        self.steps_in = nn.Conv1d(config.hidden_size, config.hidden_size, kernel_size=3, stride=2, padding=1)
        self.motion_encoder = SequenceEncoder(config, config.num_motion_layers)
        self.words = nn.Embedding(config.text_vocab_size, config.hidden_size)
        self.text_encoder = SequenceEncoder(config, config.num_text_layers)
        self.log_scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("description_mean", torch.zeros(described))
        self.register_buffer("description_std", torch.ones(described))
        self.register_buffer("bone_offsets", CANONICAL_SKELETON.offsets.clone(), persistent=False)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.words

    def set_input_embeddings(self, words: nn.Embedding) -> None:
        self.words = words

    def set_statistics(self, mean: Tensor, std: Tensor) -> None:
        """Set the normalisation of what `describe` returns; it is saved with the weights."""
        self.description_mean.copy_(mean)
        self.description_std.copy_(std)

    @torch.no_grad()
    def describe(self, features: Tensor) -> Tensor:
        """Features (..., 135) -> (..., 199): heading-free, and the joints about the root in the heading's frame; with
        `joint_velocities` (..., 265): and how each joint moved in the world since the frame before, in that frame.
        """
        heading_free = remove_heading(features.float())
        joints = joints_about_root(heading_free, self.bone_offsets.float())
        described = torch.cat((heading_free, joints[..., 1:, :].flatten(-2)), dim=-1)
        if not self.config.joint_velocities:
            return described
        steps = F.pad(joint_steps(heading_free, joints).flatten(-2), (0, 0, 1, 0))  # none before the first frame
        return torch.cat((described, steps), dim=-1)

    def embed_motion(self, features: Tensor, num_frames: Tensor | None = None) -> Tensor:
        """Embeddings of motions; a motion's does not depend on the others or on the padding.

        Args:
            features: (motions, frames, 135) SMPL-D135 at 20 fps, padded behind with anything finite.
            num_frames: (motions,) real frames of each; all of them by default.

        Returns:
            (motions, embedding_size), of length 1.

        Raises:
            ValueError: a wrong shape, or a motion without frames.
        """
        if features.ndim != 3 or features.shape[2] != D135_SIZE or features.shape[1] < 1:
            raise ValueError(f"features have shape {tuple(features.shape)}, expected (motions, frames, {D135_SIZE})")
        motions, frames, _ = features.shape
        if num_frames is None:
            num_frames = torch.full((motions,), frames, device=features.device)
        if num_frames.shape != (motions,) or num_frames.min() < 1 or num_frames.max() > frames:
            raise ValueError(f"num_frames must hold 1 to {frames} for each of the {motions} motions")
        normalised = (self.describe(features) - self.description_mean) / self.description_std
        normalised = normalised.masked_fill(~_exists(num_frames, frames)[..., None], 0.0)
        normalised = F.pad(normalised, (0, 0, 0, -frames % FRAMES_PER_STEP)).to(self.dtype)
        image = F.gelu(self.frames_in(normalised.transpose(1, 2)))
        # what stands behind the last frame must not reach back through the second convolution
        image = image * _exists((num_frames + 3) // 4, image.shape[2])[:, None]
        states = self.steps_in(image).transpose(1, 2)
        real = _exists((num_frames + FRAMES_PER_STEP - 1) // FRAMES_PER_STEP, states.shape[1])
        return self.motion_encoder(states, real).float()

    def embed_text(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embeddings of texts.

        Args:
            input_ids: (texts, tokens) of the tokenizer saved with the model, at least one token each.
            attention_mask: (texts, tokens), 1 for a token and 0 for padding.

        Returns:
            (texts, embedding_size), of length 1.
        """
        longest = self.config.max_text_tokens
        input_ids, real = input_ids[:, :longest], attention_mask[:, :longest].bool()
        if not real.any(dim=1).all():
            raise ValueError("a text is empty; every text needs at least one token")
        return self.text_encoder(self.words(input_ids), real).float()

    def forward(
        self,
        features: Tensor,
        num_frames: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor,
        not_negative: Tensor | None = None,
        hard_negative_features: Tensor | None = None,
        hard_negative_frames: Tensor | None = None,
    ) -> TextMotionEvaluatorOutput:
        """Embed a batch and tell its pairs from all other pairs (InfoNCE, both directions).

        Args:
            features: (motions, frames, 135), see `embed_motion`.
            num_frames: (motions,).
            input_ids, attention_mask: (texts, tokens). Text i belongs to motion i; there may be more texts than
                motions, and those behind belong to none.
            not_negative: (motions, texts) bool, pairs that are no negatives, because the text fits the motion too.
            hard_negative_features, hard_negative_frames: (number, frames, 135) and (number,), motions that shall be
                farther from every text than the text's own.
        """
        motion = self.embed_motion(features, num_frames)
        text = self.embed_text(input_ids, attention_mask)
        logits = motion @ text.T * self.log_scale.exp().clamp(max=MAX_SCALE)
        own = torch.arange(len(motion), device=motion.device)
        if not_negative is not None:
            others = not_negative.clone()
            others[own, own] = False
            logits = logits.masked_fill(others, -torch.inf)
        to_text = F.cross_entropy(logits, own)
        choices = logits[:, : len(motion)].T
        if hard_negative_features is not None:
            negatives = self.embed_motion(hard_negative_features, hard_negative_frames)
            negatives = negatives * self.log_scale.exp().clamp(max=MAX_SCALE)
            choices = torch.cat((choices, text[: len(motion)] @ negatives.T), dim=1)
        to_motion = F.cross_entropy(choices, own)
        return TextMotionEvaluatorOutput(
            loss=(to_text + to_motion) / 2,
            motion_to_text_loss=to_text,
            text_to_motion_loss=to_motion,
            motion_embeddings=motion,
            text_embeddings=text,
        )


def _exists(counts: Tensor, length: int) -> Tensor:
    """(B,) -> (B, length), True for the first ``counts`` places of each row."""
    return torch.arange(length, device=counts.device) < counts[:, None]


__all__ = ["TextMotionEvaluatorModel", "TextMotionEvaluatorPreTrainedModel"]
