"""Bases from any causal language model, and what is trained on them."""

import json

import pytest
import torch
from peft import prepare_model_for_kbit_training
from safetensors.torch import load_file
from tiny_models import BACKBONES, SENTENCES, tiny_motion_tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig

from being_m0_hf import load_pipeline
from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.models import BeingM0ForConditionalGeneration
from being_m0_hf.models.being_m0 import build_text_tokenizer
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.trainers.finetune import FinetuneSettings, finetune
from being_m0_hf.trainers.language_model.build import build_model
from being_m0_hf.trainers.language_model.settings import LanguageModelSettings
from being_m0_hf.trainers.lora import with_adapters
from being_m0_hf.training_data.feature_cache import CacheWriter

pytestmark = [pytest.mark.usefixtures("fresh_accelerator"), pytest.mark.filterwarnings("ignore")]

#: Blocks of 64 numbers share a scale in 4 bits.
WIDE = BACKBONES["llama"] | {"hidden_size": 64, "intermediate_size": 128, "tie_word_embeddings": True}
TEXT_MODELS = {
    "gpt2": BACKBONES["gpt2"],
    "llama": BACKBONES["llama"] | {"tie_word_embeddings": False},
    "qwen3": BACKBONES["llama"]
    | {"model_type": "qwen3", "head_dim": 16, "num_key_value_heads": 1, "tie_word_embeddings": True},
}


def write_text_model(kind: str, folder) -> torch.Tensor:
    """A tiny random language model with its tokenizer and some rows in reserve; its words' rows."""
    tokenizer = build_text_tokenizer(SENTENCES, 300)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = AutoConfig.for_model(**(TEXT_MODELS | {"wide": WIDE})[kind], vocab_size=len(tokenizer) + 20)
    model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    return model.get_input_embeddings().weight[: len(tokenizer)].detach()


@pytest.fixture
def make_base(tmp_path):
    def base(kind):
        words = write_text_model(kind, tmp_path / "text-model")
        tiny_motion_tokenizer().save_pretrained(tmp_path / "tokenizer")
        folder = tmp_path / "base"
        assert main(["init", "--backbone", str(tmp_path / "text-model"), "--tokenizer", str(tmp_path / "tokenizer"),
                     "-o", str(folder)]) == 0  # fmt: skip
        return folder, words

    return base


@pytest.fixture
def few(tmp_path, make_motion):
    """Four short recordings that are read at once."""
    (tmp_path / "few").mkdir()
    for number in range(4):
        save_motion(make_motion(30, seed=number), tmp_path / "few" / f"sway_{number}.json")
    return tmp_path / "few"


@pytest.mark.parametrize("kind", TEXT_MODELS)
def test_an_own_backbone_learns_motion_and_keeps_its_words(kind, make_base, few, tmp_path):
    base, words = make_base(kind)
    pipeline = load_pipeline(base)
    layout = pipeline.model.layout
    rows = pipeline.model.get_input_embeddings().weight
    torch.testing.assert_close(rows[: layout.text_vocab_size].float(), words)
    assert str(tmp_path) not in (base / "config.json").read_text()

    finetune(
        FinetuneSettings(
            data=str(few), model=str(base), output_dir=str(tmp_path / "style"), steps=2, batch_size=4, rank=2,
            replay_motions=2, evaluate_every=2, checkpoint_every=2, warmup_steps=1,
        )
    )  # fmt: skip
    tuned = load_pipeline(tmp_path / "style").model
    ids = torch.arange(2, 30)[None]
    assert not torch.equal(tuned(input_ids=ids).logits, pipeline.model(input_ids=ids).logits)
    saved = load_file(tmp_path / "style" / "adapter_model.safetensors")
    assert any(len(weight) == layout.vocab_size - layout.text_vocab_size for weight in saved.values())
    assert not any(len(weight) == layout.vocab_size for weight in saved.values())  # words are not sent along
    assert load_pipeline(tmp_path / "style")("a person walks", seconds=1).num_frames == 20


def test_full_training_goes_on_from_an_own_backbone(make_base):
    base, _ = make_base("qwen3")
    model, processor = build_model(LanguageModelSettings(model=str(base)), [], tiny_motion_tokenizer())
    assert model.config.backbone_config.model_type == "qwen3"
    assert model.layout == processor.layout
    assert not model.config.untrained_rows


@pytest.fixture
def training_cache(tmp_path, make_motion):
    """A cache as training/prepare_data.py writes it, of a few movements."""
    folder, parts = tmp_path / "cache", {name: "it moves" for name in PART_NAMES}
    for split, count in (("train", 4), ("val", 2)):
        samples = CacheWriter(folder, f"{split}_samples")
        for seed in range(count):
            captions = [{"text": "a person sways", "kind": "own", "weight": 1.0}]
            features = make_motion(24 + 4 * seed, seed).to_d135()
            samples.add(
                features, id=f"{seed}", kind="clip", weight=1.0, captions=captions, parts=[parts], mirrored=False,
                category="sway",
            )  # fmt: skip
        samples.save()
    (folder / "text_only.txt").write_text("someone runs\n")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXT_MODELS)
def test_from_init_by_training_to_a_motion(kind, make_base, training_cache, tmp_path):
    base, _ = make_base(kind)
    before, output = load_file(base / "model.safetensors"), tmp_path / "run"
    config = tmp_path / "lm.yaml"
    config.write_text(
        f"{{cache_dir: {training_cache}, output_dir: {output}, mixed_precision: 'no', batch_size: 4, steps: 6,\n"
        "warmup_steps: 1, log_every: 1, evaluate_every: 3, evaluate_samples: 2, checkpoint_every: 3,\n"
        "learning_rate: 0.01, guidance_scale: 1.5}\n"
    )
    assert main(["train", "language-model", "--config", str(config), f"model={base}"]) == 0
    rows = [json.loads(line) for line in open(output / "log.jsonl")]
    losses = [row["motion_loss"] for row in rows if row["kind"] == "validation"]
    assert len(losses) == 2 and losses[1] < losses[0]
    pipeline = load_pipeline(output)
    layout = pipeline.model.layout
    trained = pipeline.model.get_input_embeddings().weight.detach()
    start = load_pipeline(base).model.get_input_embeddings().weight.detach()
    codes = slice(layout.code_offset, layout.vocab_size)
    assert not torch.equal(trained[codes], start[codes])
    assert pipeline.model.config.backbone_config.model_type == TEXT_MODELS[kind]["model_type"]
    assert pipeline.model.generation_config.guidance_scale == 1.5
    assert not pipeline.model.config.untrained_rows
    tokenizer = {name: weight for name, weight in before.items() if name.startswith("motion_tokenizer.")}
    after = load_file(output / "model.safetensors")
    assert tokenizer and all(torch.equal(weight, after[name]) for name, weight in tokenizer.items())
    assert main(["generate", "a person sways", "--model", str(output), "--seconds", "1", "--seed", "4",
                 "-o", str(tmp_path / "sway.json")]) == 0  # fmt: skip
    motion = load_motion(tmp_path / "sway.json")
    assert motion.num_frames == 20 and motion.translation.isfinite().all()


@pytest.mark.parametrize(
    ("backbone", "tokenizer", "message"),
    [("no-model", "being-m0-mini", "no language model 'no-model'"), (None, "no-tokenizer", "no-tokenizer")],
)
def test_mistakes_are_one_line(backbone, tokenizer, message, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    if backbone is None:
        backbone = str(tmp_path / "text-model")
        write_text_model("gpt2", tmp_path / "text-model")
    words = ["init", "--backbone", backbone, "--tokenizer", tokenizer, "-o", str(tmp_path / "base")]
    assert main(words) == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "base").exists()


def test_a_folder_in_use_is_refused(tmp_path, capsys):
    (tmp_path / "photo.png").touch()
    assert main(["init", "--backbone", "gpt2", "-o", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_adapters_learn_on_four_bits(make_base):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    base, _ = make_base("wide")
    four_bits = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32,
        llm_int8_skip_modules=["motion_tokenizer", "lm_head"],
    )  # fmt: skip
    model = BeingM0ForConditionalGeneration.from_pretrained(base, quantization_config=four_bits)
    layer = model.backbone.model.layers[0].self_attn.q_proj
    assert type(layer).__name__ == "Linear4bit" and layer.weight.dtype == torch.uint8
    model = with_adapters(prepare_model_for_kbit_training(model, use_gradient_checkpointing=False), rank=4).train()
    ids = torch.arange(2, 40)[None]
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=0.02)
    losses = []
    for _ in range(60):
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
