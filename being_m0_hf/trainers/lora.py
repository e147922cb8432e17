"""Low-rank adapters in the layers of the language model (LoRA, Hu et al. 2022), by PEFT."""

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from peft.utils.constants import EMBEDDING_LAYER_NAMES
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from ..models import BeingM0ForConditionalGeneration


def base_name(model: str) -> str:
    """What an adapter calls its base: a name that means the same elsewhere, never where a folder lies."""
    return Path(model).resolve().name if Path(model).is_dir() else model


def adapted_layers(model: BeingM0ForConditionalGeneration) -> list[str]:
    """Names of the linear layers between the embeddings and the head."""
    head = model.get_output_embeddings()
    return [
        name
        for name, module in model.backbone.named_modules(prefix="backbone")
        if isinstance(module, nn.Linear | Conv1D) and module is not head
    ]


def with_adapters(model: BeingM0ForConditionalGeneration, rank: int, **options) -> PeftModel:
    """The model with an adapter in each linear layer, all else frozen.

    Args:
        rank: of the adapters' matrices.
        options: more of ``LoraConfig``'s, or other `target_modules`. A tied head among those gets weights of its own,
            as it has when the adapter is merged.
    """
    options = {"r": rank, "lora_alpha": 2 * rank, "target_modules": adapted_layers(model)} | options
    adapted = get_peft_model(model, LoraConfig(**options))
    untie_adapted_head(model)
    return adapted


def untie_adapted_head(model: PreTrainedModel) -> None:
    """Give a head that shares the embeddings' weights and has an adapter weights of its own.

    Merging adds the adapter to the shared weights, and so changes what the model reads as well as what it says.
    """
    inputs, outputs = model.get_input_embeddings(), model.get_output_embeddings()
    if isinstance(outputs, LoraLayer) and outputs.weight is inputs.weight:
        layer = outputs.get_base_layer()
        layer.weight = nn.Parameter(layer.weight.detach().clone(), requires_grad=layer.weight.requires_grad)
        model.config.tie_word_embeddings = model.config.backbone_config.tie_word_embeddings = False


def motion_rows(model: BeingM0ForConditionalGeneration) -> dict[str, list[int]]:
    """The embedding rows of markers and motion codes, and of an untied head those, as PEFT's
    ``trainable_token_indices``: a base that has never seen motion must learn them beside its adapters.
    """
    tables = [model.get_input_embeddings()]
    if not model.config.tie_word_embeddings:
        tables.append(model.get_output_embeddings())
    names = {id(module): name for name, module in model.named_modules()}
    rows = list(range(model.layout.text_vocab_size, model.layout.vocab_size))
    return {names[id(table)]: rows for table in tables}


def with_lora(model: BeingM0ForConditionalGeneration, rank: int) -> PeftModel:
    """The model with its linear layers frozen, an adapter in each, and the embeddings and the head trained as a whole.

    The rows of motion tokens are new to a text model: adapters alone could not learn them. Embeddings and head are part
    of the adapter (`modules_to_save`), so that it is whole when it is saved alone.
    """
    inputs, outputs = model.get_input_embeddings(), model.get_output_embeddings()
    names = {id(module): name for name, module in model.named_modules()}
    tied = model.config.tie_word_embeddings and names[id(inputs)].split(".")[-1] in EMBEDDING_LAYER_NAMES
    # PEFT keeps tied tables tied where it knows their name; else both are learned, each for itself
    tables = [names[id(inputs)]] if tied else [names[id(inputs)], names[id(outputs)]]
    return with_adapters(model, rank, modules_to_save=tables, ensure_weight_tying=tied)


def without_lora(model: PreTrainedModel | PeftModel) -> PreTrainedModel:
    """A whole model, with adapters, if it has any, added to its weights."""
    if not isinstance(model, PeftModel):
        return model
    untie_adapted_head(model.get_base_model())
    whole = model.merge_and_unload()
    inputs, outputs = whole.get_input_embeddings().weight, whole.get_output_embeddings().weight
    if inputs is not outputs and not torch.equal(inputs, outputs):
        whole.config.tie_word_embeddings = whole.config.backbone_config.tie_word_embeddings = False
    return whole
