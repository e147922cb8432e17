"""Being-M0: a decoder-only language model that reads words and writes motion tokens, with their tokenizer inside."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from ..checkpoint_weights import WholeWeightsMixin
from ..motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from ..motion_tokenizer.quantizers.lookup_free import index_to_signs
from ..publishing import TransformersPublishingMixin
from ..shipped_checkpoints import SHIPPED_FOLDER, resolve_checkpoint
from .backbone_inputs import cache_in, inputs_for
from .configuration_being_m0 import BeingM0Config
from .generation_being_m0 import BeingM0GenerationMixin
from .output_layer import BackboneStates, run_backbone
from .prompt_template import TEXT_TO_MOTION
from .token_layout import TokenLayout


@dataclass
class BeingM0Output(CausalLMOutputWithPast):
    """
    Args:
        loss (`torch.FloatTensor`): weighted mean cross-entropy over words and motion.
        text_loss, motion_loss (`torch.FloatTensor`): its unweighted means over words and markers, and over motion
            codes; without gradient, for logs.
    """

    text_loss: torch.FloatTensor | None = None
    motion_loss: torch.FloatTensor | None = None


class BeingM0PreTrainedModel(TransformersPublishingMixin, WholeWeightsMixin, PreTrainedModel):
    """Loading and saving."""

    config: BeingM0Config
    config_class = BeingM0Config
    base_model_prefix = ""
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True
    # the backbone ties what it ties; PEFT looks for tied layers only in models that have a mapping of their own
    _tied_weights_keys = {}
    # positions are sums of velocities: 16 bits would bend every path
    _keep_in_fp32_modules_strict = ["motion_tokenizer"]

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args, **kwargs):
        """As in transformers; "being-m0-mini" is the checkpoint inside the package and needs no network."""
        folder = resolve_checkpoint(pretrained_model_name_or_path)
        loaded = super().from_pretrained(folder, *args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded  # a tuple with output_loading_info
        if Path(folder).parent == SHIPPED_FOLDER:
            # adapters name their base by it, and the package's place on this machine is nobody's business
            model.name_or_path = model.config._name_or_path = Path(folder).name
        model.motion_tokenizer.requires_grad_(False)  # loading makes every parameter trainable
        return loaded


class BeingM0ForConditionalGeneration(BeingM0PreTrainedModel, BeingM0GenerationMixin):
    """Text to motion (Being-M0, sections 3.1 and 3.3).

    `backbone` is any `AutoModelForCausalLM` over the vocabulary of `config.layout`; `motion_tokenizer` is frozen and
    travels in the same checkpoint.
    """

    def __init__(self, config: BeingM0Config):
        super().__init__(config)
        self.backbone = AutoModelForCausalLM.from_config(config.backbone_config)
        # convolutions only: a request for a kind of attention is not meant for it
        config.motion_tokenizer_config._attn_implementation = "eager"
        self.motion_tokenizer = MotionTokenizerModel(config.motion_tokenizer_config)
        self.motion_tokenizer.requires_grad_(False).eval()
        self.post_init()
        if self.device.type != "meta":  # on the meta device a checkpoint or from_text_model fills the rows
            self.initialize_motion_rows()

    @property
    def layout(self) -> TokenLayout:
        return self.config.layout

    def check_task(self, task: str) -> None:
        """Raises ValueError where this checkpoint has not learned the task."""
        learned = self.config.tasks or [TEXT_TO_MOTION]
        if task not in learned:
            raise ValueError(
                f"this checkpoint has not learned {task}, only {', '.join(learned)}; take one that was trained for it"
            )

    @classmethod
    def from_text_model(
        cls,
        text_model: str | os.PathLike | PreTrainedModel,
        motion_tokenizer: MotionTokenizerModel,
        text_vocab_size: int | None = None,
        share_codes_between_parts: bool = False,
        max_steps: int = 64,
    ) -> "BeingM0ForConditionalGeneration":
        """Give a pretrained text model motion markers and codes, keeping everything it knows.

        Args:
            text_model: a causal language model, or the name or path of one.
            motion_tokenizer: a trained motion tokenizer.
            text_vocab_size: words of its tokenizer, `len(tokenizer)`; by default all its embedding rows. Rows above
                it, which some models keep in reserve, are given to motion.
            share_codes_between_parts, max_steps: see [`BeingM0Config`].
        """
        if not isinstance(text_model, PreTrainedModel):
            text_model = AutoModelForCausalLM.from_pretrained(text_model)
        config = BeingM0Config(
            backbone_config=text_model.config.to_dict(),
            motion_tokenizer_config=motion_tokenizer.config,
            text_vocab_size=text_vocab_size or text_model.get_input_embeddings().num_embeddings,
            share_codes_between_parts=share_codes_between_parts,
            max_steps=max_steps,
        )
        # the random backbone is never needed: only the shell is built, and filled
        with torch.device("meta"):
            model = cls(config)
        text_model.resize_token_embeddings(config.layout.vocab_size, mean_resizing=False)
        model.backbone = text_model
        model.motion_tokenizer = motion_tokenizer.requires_grad_(False).eval()
        text_model.config = model.config.backbone_config
        model.initialize_motion_rows()
        return model

    @torch.no_grad()
    def initialize_motion_rows(self) -> None:
        """Fill the embedding rows of markers and motion codes, at the scale of the words' rows.

        A code's row is a random linear map of its bits, one map for each part, plus a vector of the part and a little
        noise. Codes that differ in few bits mean similar poses, so they start as neighbours, and what is learned from
        one of them is a good guess for the other: on a small data set most codes are seen only a few times.
        """
        layout = self.layout
        tables = [self.get_input_embeddings().weight]
        if not self.config.tie_word_embeddings:
            tables.append(self.get_output_embeddings().weight)
        signs = index_to_signs(torch.arange(layout.codebook_size), layout.codebook_bits).to(torch.get_default_dtype())
        markers = slice(layout.text_vocab_size, layout.code_offset)
        for table in tables:
            rows = table.float().clone()
            words = rows[: layout.text_vocab_size]
            mean, width = words.mean(0), table.shape[1]
            scale = (words - mean).square().mean().sqrt() if len(words) > 1 else torch.tensor(0.02)
            rows[markers] = mean + scale * torch.randn_like(rows[markers])
            for part in range(1 if layout.share_codes_between_parts else layout.num_parts):
                bit_map = torch.randn(layout.codebook_bits, width) / layout.codebook_bits**0.5
                noise = torch.randn(layout.codebook_size, width)
                part_rows = 0.8 * signs @ bit_map + 0.5 * torch.randn(width) + 0.33 * noise  # unit variance
                codes = layout.part_codes(part)
                rows[codes.start : codes.stop] = mean + scale * part_rows.to(rows.device)
            table.copy_(rows)

    @torch.no_grad()
    def set_text_embeddings(self, matrix: Tensor) -> None:
        """Start the words' rows from known word vectors.

        Args:
            matrix: (text_vocab_size, hidden size), row i for word i of the text tokenizer; any scale, it is brought to
                the scale of the rows it replaces.
        """
        rows = self.get_input_embeddings().weight[: self.config.text_vocab_size]
        if matrix.shape != rows.shape:
            raise ValueError(f"word vectors have shape {tuple(matrix.shape)}, expected {tuple(rows.shape)}")
        matrix = matrix.to(rows)
        rows.copy_((matrix - matrix.mean(0)) * (rows.std() / matrix.std().clamp_min(1e-8)))

    def get_input_embeddings(self) -> nn.Module:
        return self.backbone.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.backbone.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        return self.backbone.get_output_embeddings()

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        self.backbone.set_output_embeddings(new_embeddings)

    def train(self, mode: bool = True) -> "BeingM0ForConditionalGeneration":
        """Training mode for the language model only: the motion tokenizer stays as it was trained."""
        super().train(mode)
        self.motion_tokenizer.eval()
        return self

    def forward(
        self,
        input_ids: torch.LongTensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: torch.LongTensor | None = None,
        past_key_values=None,
        inputs_embeds: torch.FloatTensor | None = None,
        labels: torch.LongTensor | None = None,
        loss_weights: torch.FloatTensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs,
    ) -> BeingM0Output:
        """One pass of the language model. With labels it returns losses and no logits, which would be huge.

        Args:
            input_ids: (batch, length) ids of `layout`.
            labels: (batch, length) ids to predict, not shifted, -100 where nothing is. Words count as well as motion:
                masking the description costs the paper a sixth of its R@1 (.466 to .388).
            loss_weights: (batch, length) weight of each label.
            num_items_in_batch: divides the summed loss, for exact gradient accumulation; by default the weights' sum.
        """
        inputs = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "position_ids": position_ids,
            "past_key_values": past_key_values,
            "inputs_embeds": inputs_embeds,
            "use_cache": use_cache,
            **kwargs,
        }
        if labels is None:
            if self.backbone._supports_logits_to_keep():
                inputs["logits_to_keep"] = logits_to_keep
            outputs = self.backbone(**inputs_for(self.backbone, inputs))
            logits, losses = outputs.logits, {}
        else:
            # without a cache: it costs memory, and with one packed rows would run into each other
            states = run_backbone(self.backbone, **inputs | {"use_cache": False})
            outputs, logits = states.outputs, None
            losses = self._losses(states, labels, loss_weights, num_items_in_batch)
        return BeingM0Output(
            logits=logits,
            past_key_values=cache_in(outputs),
            hidden_states=outputs.get("hidden_states"),
            attentions=outputs.get("attentions"),
            **losses,
        )

    def _losses(
        self, states: BackboneStates, labels: Tensor, weights: Tensor | None, num_items: Tensor | int | None
    ) -> dict[str, Tensor]:
        """Cross-entropy of each label among the tokens that may stand at its place.

        Generation lets only one part's codes stand at a place of the grid, so only they compete here: it is the same
        distribution, and a softmax over one codebook instead of the whole vocabulary.
        """
        layout = self.layout
        targets = labels[:, 1:]
        weights = torch.ones_like(labels) if weights is None else weights
        weights = weights[:, 1:].float()
        everything = torch.arange(layout.vocab_size, device=labels.device)
        motion = (targets >= layout.code_offset) | (targets == layout.motion_end_id)
        places = [((targets >= 0) & ~motion, everything)]
        tables = 1 if layout.share_codes_between_parts else layout.num_parts
        for part in range(tables):
            codes = layout.part_codes(part)
            here = (targets >= codes.start) & (targets < codes.stop)
            allowed = everything[codes.start : codes.stop]
            if part == 0:  # the motion may also end before a step's first part
                here = here | (targets == layout.motion_end_id)
                allowed = F.pad(allowed, (0, 1), value=layout.motion_end_id)
            places.append((here, allowed))
        losses = [self._place_losses(states, targets, here, allowed) for here, allowed in places]
        weighted = sum((loss * weights[here]).sum() for loss, (here, _) in zip(losses, places, strict=True))
        total = sum(weights[here].sum() for here, _ in places).clamp_min(1e-8) if num_items is None else num_items
        return {
            "loss": weighted / total,
            "text_loss": losses[0].detach().mean(),
            "motion_loss": torch.cat(losses[1:]).detach().mean(),
        }

    def _place_losses(self, states: BackboneStates, targets: Tensor, here: Tensor, allowed: Tensor) -> Tensor:
        """Losses (N,) of the targets (batch, length - 1) that are ``here``, where only ``allowed`` ids (M,) compete."""
        logits = states.logits(here.nonzero(as_tuple=True), allowed)
        rank = torch.empty(self.layout.vocab_size, dtype=torch.long, device=logits.device)
        rank[allowed] = torch.arange(len(allowed), device=logits.device)
        # fp32 whatever the autocast state: a log-softmax over thousands of codes loses too much in bf16
        return F.cross_entropy(logits.float(), rank[targets[here]], reduction="none")


__all__ = ["BeingM0ForConditionalGeneration", "BeingM0PreTrainedModel"]
