"""What one GPU reaches in training: tokens a second, the share of its arithmetic, memory. At most eight minutes.

    python training/benchmarks/gpu_training.py
    python training/benchmarks/gpu_training.py --device cpu --tiny     # does it run at all

Two parts. GPT2-medium's shape is trained whole in bf16 from random weights, with and without torch.compile: model FLOPs
utilisation (PaLM, Chowdhery et al. 2022, appendix B) counts 6 FLOPs a parameter and token, embeddings left out, against
the rate of a large matrix product measured here first. LLaMA2-7B's shape is trained with adapters of rank 16 on 4-bit
weights (needs bitsandbytes): does it fit into 24 GB?
"""

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from peft import LoraConfig, get_peft_model

from being_m0_hf.models import BeingM0Config, BeingM0ForConditionalGeneration, MotionTokenizerConfig
from being_m0_hf.models.being_m0 import TokenLayout

TINY = {
    "gpt2-medium": {"n_embd": 64, "n_layer": 2, "n_head": 2},
    "llama2-7b": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2},
}
TEXT_TOKENS = 32
MOTION_TOKENIZER = MotionTokenizerConfig(codebook_bits=10, hidden_size=32)


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def matrix_rate(device: str, size: int, seconds: float = 2.0) -> float:
    """FLOPs a second of a bf16 product of two square matrices."""
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    left @ right
    synchronize(device)
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        left @ right
        synchronize(device)
        done += 1
    return done * 2 * size**3 / (time.perf_counter() - started)


def random_batch(layout: TokenLayout, rows: int, steps: int, device: str) -> dict[str, torch.Tensor]:
    """Rows of words and of codes where the grammar wants them."""
    ids = torch.randint(layout.text_vocab_size, (rows, TEXT_TOKENS + steps * layout.num_parts))
    for part in range(layout.num_parts):
        codes = layout.part_codes(part)
        ids[:, TEXT_TOKENS + part :: layout.num_parts] = torch.randint(codes.start, codes.stop, (rows, steps))
    ids = ids.to(device)
    return {"input_ids": ids, "labels": ids}


def train(model, batch: dict, seconds: float, device: str) -> float:
    """Tokens a second of whole steps, after three that do not count."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, fused=device == "cuda")
    tokens, number, started = batch["input_ids"].numel(), -3, time.perf_counter()
    while number <= 0 or time.perf_counter() - started < seconds:
        if number == 0:
            synchronize(device)
            started = time.perf_counter()
        with torch.autocast(device, torch.bfloat16):
            loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        number += 1
        if number > 0:
            synchronize(device)
    return number * tokens / (time.perf_counter() - started)


def peak_memory(device: str) -> float | None:
    """GiB, since the last reset; None on a CPU."""
    return torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else None


def preset(name: str, tiny: bool) -> BeingM0Config:
    backbone = TINY[name] if tiny else {}
    return BeingM0Config.preset(name, max_steps=50, motion_tokenizer_config=MOTION_TOKENIZER, backbone=backbone)


def whole_model(options: argparse.Namespace) -> dict:
    """GPT2-medium's shape, all weights."""
    device, seconds = options.device, 1.0 if options.tiny else 30.0
    rate = matrix_rate(device, 256 if options.tiny else 8192, seconds / 10)
    config = preset("gpt2-medium", options.tiny)
    model = BeingM0ForConditionalGeneration(config).to(device).train()
    model.backbone.set_attn_implementation("sdpa")
    batch = random_batch(config.layout, 2 if options.tiny else 32, 50, device)
    embedding = model.get_input_embeddings().weight.numel()
    counted = sum(weight.numel() for weight in model.backbone.parameters()) - embedding
    figures = {"matrix_tflops": rate / 1e12, "parameters_m": counted / 1e6}
    for compiled in (False, *(() if options.tiny else (True,))):
        if compiled:
            model.compile()
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        speed = train(model, batch, seconds, device)
        name = "compiled" if compiled else "plain"
        figures[name] = {
            "tokens_per_second": speed,
            "utilisation": 6 * counted * speed / rate,
            "memory_gib": peak_memory(device),
        }
    return figures


def quantized(linear: torch.nn.Linear, device: str) -> torch.nn.Module:
    """A layer of the same shape with random weights in 4 bit."""
    import bitsandbytes

    weights = 0.02 * torch.randn(linear.weight.shape, dtype=torch.bfloat16)
    small = bitsandbytes.nn.Linear4bit(
        linear.in_features, linear.out_features, bias=False, quant_type="nf4", compute_dtype=torch.bfloat16
    )
    small.weight = bitsandbytes.nn.Params4bit(weights, quant_type="nf4", requires_grad=False)
    return small.to(device)


def quantized_adapters(options: argparse.Namespace) -> dict:
    """LLaMA2-7B's shape in 4 bit with adapters."""
    if importlib.util.find_spec("bitsandbytes") is None:
        return {"skipped": "bitsandbytes is not installed"}
    device = options.device
    config = preset("llama2-7b", options.tiny)
    with torch.device("meta"):
        model = BeingM0ForConditionalGeneration(config)
    for layer in model.backbone.base_model.modules():
        for name, linear in list(layer.named_children()):
            if isinstance(linear, torch.nn.Linear):
                setattr(layer, name, quantized(linear, device))
    for module in model.modules():  # what is left: embeddings, norms, the head
        for name, weight in module._parameters.items():
            if weight is not None and weight.is_meta:
                fresh = 0.02 * torch.randn(weight.shape, dtype=torch.bfloat16, device=device)
                module._parameters[name] = torch.nn.Parameter(fresh)
        for name, buffer in module._buffers.items():
            if buffer is not None and buffer.is_meta:
                module._buffers[name] = torch.ones(buffer.shape, dtype=buffer.dtype, device=device)
    model.requires_grad_(False)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    adapted = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear")).train()
    adapted.enable_input_require_grads()
    batch = random_batch(config.layout, 2 if options.tiny else 8, 50, device)
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    speed = train(adapted, batch, 1.0 if options.tiny else 30.0, device)
    return {"tokens_per_second": speed, "memory_gib": peak_memory(device)}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="toy shapes for a second each")
    options = parser.parse_args(argv)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("there is no CUDA GPU; --device cpu --tiny only tries whether it runs", file=sys.stderr)
        return 2
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    print(
        json.dumps({"device": name, "whole": whole_model(options), "adapters": quantized_adapters(options)}, indent=2)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
