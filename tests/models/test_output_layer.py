"""The narrow road to logits: taken where the output layer is a plain matrix, and only there."""

import peft
import pytest
import torch
from tiny_models import tiny_model, tiny_processor
from torch import nn

from being_m0_hf.models import BeingM0ForConditionalGeneration
from being_m0_hf.models.being_m0.output_layer import run_backbone
from being_m0_hf.pipelines.adapters import add_adapters
from being_m0_hf.trainers.lora import adapted_layers, motion_rows, with_adapters, without_lora

CAPPED = {"model_type": "gemma2", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "final_logit_softcapping": 0.5,
          "sliding_window": 64}  # fmt: skip
SCALED = {"model_type": "granite", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "logits_scaling": 8.0}  # fmt: skip


@pytest.fixture(scope="module")
def processor():
    return tiny_processor()


def training_batch(processor):
    codes = torch.randint(0, 16, (2, 5, 6), generator=torch.Generator().manual_seed(0))
    first = processor.training_sample("a person walks forward", codes[0], {"left arm": "waves"})
    return processor.collate([first, processor.training_sample("", codes[1, :3], length_known=False)])


def losses_of(model, processor):
    with torch.no_grad():
        output = model(**training_batch(processor))
    return torch.stack((output.loss, output.text_loss, output.motion_loss))


def losses_from_all_logits(model, processor):
    """The same losses, from the logits that `forward` returns, in the plainest way."""
    batch, layout = training_batch(processor), model.layout
    with torch.no_grad():
        scores = model(input_ids=batch["input_ids"]).logits[:, :-1].log_softmax(-1)
    losses, motion = [], []
    for row, column in (batch["labels"][:, 1:] >= 0).nonzero().tolist():
        target = int(batch["labels"][row, column + 1])
        rivals = torch.arange(layout.vocab_size)
        for part in range(layout.num_parts):
            codes = list(layout.part_codes(part)) + [layout.motion_end_id] * (part == 0)
            if target in codes:
                rivals = torch.tensor(codes)
        place = scores[row, column]
        losses.append(place[rivals].logsumexp(0) - place[target])
        motion.append(len(rivals) < layout.vocab_size)
    losses, motion = torch.stack(losses), torch.tensor(motion)
    return torch.stack((losses.mean(), losses[~motion].mean(), losses[motion].mean()))


def greedy(model, processor, **options):
    """Tokens of the own loop, and of transformers' search over all logits."""
    inputs = processor(["a person walks forward", "waves"], seconds=1.0)
    own = model.generate(**inputs, do_sample=False, generator=torch.Generator(), **options)
    return own, model.generate(**inputs, do_sample=False, output_scores=True, return_dict_in_generate=True, **options)


def assert_both_roads_agree(model, processor):
    torch.testing.assert_close(losses_of(model, processor), losses_from_all_logits(model, processor))
    own, theirs = greedy(model, processor)
    assert torch.equal(own, theirs.sequences)


@pytest.mark.parametrize("tied", [True, False])
def test_adapter_on_the_output_layer_counts(tied, processor):
    """In the loss, which trains it, and in guided sampling."""
    model = tiny_model(tied=tied)
    before = losses_of(model, processor)
    adapted = peft.get_peft_model(model, peft.LoraConfig(target_modules=["lm_head"], r=2, init_lora_weights=False))
    adapted.eval()
    assert not torch.allclose(losses_of(adapted, processor), before, atol=1e-2)
    assert_both_roads_agree(adapted.base_model.model, processor)
    adapted(**training_batch(processor)).loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for n, p in adapted.named_parameters() if "lora_B" in n)


def test_output_layer_that_is_trained_whole_counts(processor):
    model = tiny_model(tied=False)
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(target_modules=["q_proj"], r=2, modules_to_save=["lm_head", "embed_tokens"])
    )
    adapted(**training_batch(processor)).loss.backward()
    copy = model.get_output_embeddings().modules_to_save["default"]
    assert copy.weight.grad.abs().sum() > 0
    with torch.no_grad():
        copy.weight += torch.randn_like(copy.weight)
    assert_both_roads_agree(adapted.eval().base_model.model, processor)


#: What an adapter of `being-m0 finetune` may do to the head: low-rank, as a whole, and the motion rows alone.
ON_THE_HEAD = {
    "low-rank": lambda model: {"target_modules": [*adapted_layers(model), "backbone.lm_head"]},
    "whole": lambda model: {"modules_to_save": ["lm_head"]},
    "rows": lambda model: {"trainable_token_indices": motion_rows(model)},
}


@pytest.mark.filterwarnings("ignore")  # PEFT warns of tied heads
@pytest.mark.parametrize("way", ON_THE_HEAD)
@pytest.mark.parametrize("backbone", ["llama", "gpt2"])
@pytest.mark.parametrize("tied", [True, False])
def test_a_trained_head_counts_is_saved_and_merges(tied, backbone, way, processor, tmp_path):
    tiny_model(backbone, tied).save_pretrained(tmp_path / "base")

    def load():
        return BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "base")

    def logits(model):
        with torch.no_grad():
            return model.eval()(input_ids=training_batch(processor)["input_ids"]).logits

    base = load()
    adapted = with_adapters(base, rank=2, **ON_THE_HEAD[way](base))
    trained = [weight for weight in adapted.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=0.03)
    for _ in range(3):
        optimizer.zero_grad()
        adapted(**training_batch(processor)).loss.backward()
        optimizer.step()
    assert all(weight.grad.abs().sum() > 0 for weight in trained)
    learned = logits(adapted)
    with adapted.disable_adapter():
        assert (logits(adapted) - learned).abs().max() > 0.1
    assert_both_roads_agree(base.eval(), processor)

    adapted.save_pretrained(str(tmp_path / "style"), save_embedding_layers=False)
    mixed = load()
    add_adapters(mixed, {str(tmp_path / "style"): 1.0})
    torch.testing.assert_close(logits(mixed), learned)
    assert_both_roads_agree(mixed, processor)
    loaded = peft.PeftModel.from_pretrained(load(), tmp_path / "style")
    torch.testing.assert_close(logits(loaded), learned)
    for whole in (adapted.merge_and_unload(), without_lora(loaded)):
        torch.testing.assert_close(logits(whole), learned, atol=1e-5, rtol=1e-5)
        whole.save_pretrained(tmp_path / "whole")
        again = BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "whole")
        torch.testing.assert_close(logits(again), learned, atol=1e-5, rtol=1e-5)


def test_quantized_output_layer_counts(processor):
    model = tiny_model(tied=False)
    quantized = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    assert type(quantized.get_output_embeddings()) is not nn.Linear
    assert_both_roads_agree(quantized, processor)


def test_hook_on_the_output_layer_counts(processor):
    model = tiny_model(tied=False)
    before = losses_of(model, processor)
    handle = model.get_output_embeddings().register_forward_hook(lambda module, inputs, output: output * 3)
    assert not torch.allclose(losses_of(model, processor), before, atol=1e-2)
    assert_both_roads_agree(model, processor)
    handle.remove()
    torch.testing.assert_close(losses_of(model, processor), before)


@pytest.mark.parametrize("backbone", [CAPPED, SCALED], ids=["capped", "scaled"])
def test_logits_that_are_changed_after_the_output_layer(backbone, processor):
    model = tiny_model(backbone)
    assert run_backbone(model.backbone, input_ids=torch.zeros(1, 2, dtype=torch.long)).head is None
    assert_both_roads_agree(model, processor)


def test_plain_output_layer_takes_the_narrow_road(processor):
    model = tiny_model()
    assert run_backbone(model.backbone, input_ids=torch.zeros(1, 2, dtype=torch.long)).head is not None
    assert_both_roads_agree(model, processor)
