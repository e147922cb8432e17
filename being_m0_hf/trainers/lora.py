"""Low-rank adapters in the layers of the language model (LoRA, Hu et al. 2022), by PEFT."""

from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from ..models import BeingM0ForConditionalGeneration


def with_lora(model: BeingM0ForConditionalGeneration, rank: int) -> PeftModel:
    """The model with its linear layers frozen, an adapter in each, and the embeddings and the head trained as a whole.

    The rows of motion tokens are new to a text model: adapters alone could not learn them.
    """
    head = model.get_output_embeddings()
    layers = [
        name
        for name, module in model.backbone.named_modules(prefix="backbone")
        if isinstance(module, nn.Linear | Conv1D) and module is not head
    ]
    adapted = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=layers))
    for table in (model.get_input_embeddings(), head):
        table.weight.requires_grad_(True)
    return adapted


def without_lora(model: PreTrainedModel | PeftModel) -> PreTrainedModel:
    """A whole model, with adapters, if it has any, added to its weights."""
    return model.merge_and_unload() if isinstance(model, PeftModel) else model
