"""What one GPU reaches in training: tokens a second, the share of its arithmetic, memory. Five minutes at most.

    python training/benchmarks/gpu_training.py -o training.json
    python training/benchmarks/gpu_training.py --device cpu --tiny     # does it run at all

GPT2-medium's shape is trained whole in bf16 from random weights, with and without torch.compile of its blocks: model
FLOPs utilisation (PaLM, Chowdhery et al. 2022, appendix B) counts 6 FLOPs a parameter and token and those of attention,
embeddings and output layer left out, against the rate of a large matrix product measured here first, and against what
NVIDIA says of an H100. LLaMA2-7B's shape is trained with adapters of rank 16, on bf16 weights and on 4-bit ones (needs
bitsandbytes): does it fit into 24 GB?
"""

import argparse
import gc
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import nn

from being_m0_hf.models import BeingM0ForConditionalGeneration
from being_m0_hf.models.being_m0 import TokenLayout
from being_m0_hf.models.being_m0.output_layer import logits_come_from_the_head
from being_m0_hf.trainers.lora import with_adapters
from being_m0_hf.trainers.run.compiling import compile_blocks
from training.benchmarks.gpu_measures import (
    Measurements,
    add_options,
    forget_peak,
    memory,
    preset,
    random_model,
    run,
    synchronize,
)

TEXT_TOKENS, STEPS = 32, 50
#: FLOPs a second of dense bf16 products that NVIDIA gives for the H100 SXM.
H100_FLOPS = 989e12
#: A GPT-2 without dropout, as larger models are trained.
NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}


def matrix_rate(measures: Measurements, size: int, seconds: float = 1.0) -> float:
    """FLOPs a second of a bf16 product of two square matrices."""
    device = measures.device
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    left @ right
    with measures.turn():
        synchronize(device)
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            for _ in range(4):
                left @ right
            synchronize(device)
            done += 4
        return done * 2 * size**3 / (time.perf_counter() - started)


def random_batch(layout: TokenLayout, rows: int, steps: int, device: str) -> dict[str, torch.Tensor]:
    """Rows of words and of codes where the grammar wants them."""
    ids = torch.randint(layout.text_vocab_size, (rows, TEXT_TOKENS + steps * layout.num_parts))
    for part in range(layout.num_parts):
        codes = layout.part_codes(part)
        ids[:, TEXT_TOKENS + part :: layout.num_parts] = torch.randint(codes.start, codes.stop, (rows, steps))
    ids = ids.to(device)
    return {"input_ids": ids, "labels": ids}


def train(measures: Measurements, model: nn.Module, batch: dict, seconds: float) -> dict:
    """Figures of whole steps, after three that do not count."""
    device = measures.device
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, fused=device == "cuda")

    def step() -> None:
        with torch.autocast(device, torch.bfloat16):
            loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    forget_peak(device)
    started = time.perf_counter()
    for _ in range(3):
        step()
    synchronize(device)
    first = time.perf_counter() - started
    with measures.turn():
        number, started = 0, time.perf_counter()
        while not number or time.perf_counter() - started < seconds:
            step()
            synchronize(device)
            number += 1
        taken = time.perf_counter() - started
    return {
        "tokens_per_second": number * batch["input_ids"].numel() / taken,
        "milliseconds_a_step": 1000 * taken / number,
        "memory_gib": memory(device),
        "first_steps_seconds": first,
    }


def whole_model(measures: Measurements, tiny: bool) -> None:
    """GPT2-medium's shape, all weights, in fp32 under bf16 autocast."""
    device, seconds = measures.device, 0.5 if tiny else 5.0
    rate = measures.measure(
        "product of bf16 matrices", lambda: {"tflops": matrix_rate(measures, 256 if tiny else 8192) / 1e12}, 15
    )
    config = preset("gpt2-medium", tiny, **NO_DROPOUT)
    model = random_model(config, device, torch.float32).train()
    model.backbone.set_attn_implementation("sdpa")
    logits_come_from_the_head(model.backbone)  # which runs a token, and no graph shall be made for that
    blocks = model.backbone.base_model.h
    weights = sum(weight.numel() for weight in blocks.parameters())
    batch = random_batch(config.layout, 2 if tiny else 48, STEPS, device)
    length, width = batch["input_ids"].shape[1], config.backbone_config.n_embd
    flops = 6 * weights + 12 * len(blocks) * width * length  # of a token; attention counted as if it saw all tokens

    def measure() -> dict:
        figures = train(measures, model, batch, seconds)
        reached = flops * figures["tokens_per_second"]
        figures["of_matrix_rate"] = reached / (1e12 * rate["tflops"]) if rate else None
        return figures | {"of_h100": reached / H100_FLOPS, "reached_tflops": reached / 1e12}

    if not tiny:
        compile_blocks(model, dynamic=False)
    measures.measure("GPT2-medium whole, compiled blocks", measure, 90)
    for block in blocks:
        block._compiled_call_impl = None  # as it was
    measures.measure("GPT2-medium whole, plain", measure, 20)


def adapters(measures: Measurements, tiny: bool) -> None:
    """LLaMA2-7B's shape with adapters, on weights in bf16 and in 4 bit."""
    for kind, make in (("bf16", plain_base), ("NF4", small_base)):

        def measure(make=make) -> dict:
            return train_adapters(measures, make(measures.device, tiny), tiny)

        measures.measure(f"7B {kind}, LoRA of rank 16, gradient checkpointing", measure, 40)
        gc.collect()
        forget_peak(measures.device)


def train_adapters(measures: Measurements, model: BeingM0ForConditionalGeneration, tiny: bool) -> dict:
    """Figures of a model whose adapters alone are trained."""
    model.requires_grad_(False)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    adapted = with_adapters(model, 16).train()
    adapted.enable_input_require_grads()
    batch = random_batch(model.layout, 2 if tiny else 8, STEPS, measures.device)
    return train(measures, adapted, batch, 0.5 if tiny else 5.0)


def plain_base(device: str, tiny: bool) -> BeingM0ForConditionalGeneration:
    return random_model(preset("llama2-7b", tiny), device, torch.bfloat16)


def small_base(device: str, tiny: bool) -> BeingM0ForConditionalGeneration:
    """Linear layers of the backbone in 4 bit (QLoRA, Dettmers et al. 2023); embeddings and head stay."""
    import bitsandbytes

    model = plain_base(device, tiny)
    for layer in list(model.backbone.base_model.modules()):
        for name, linear in list(layer.named_children()):
            if isinstance(linear, nn.Linear):
                small = bitsandbytes.nn.Linear4bit(
                    linear.in_features, linear.out_features, bias=False, device="meta", quant_type="nf4",
                    compute_dtype=torch.bfloat16,
                )  # fmt: skip
                weights = linear.weight.detach()
                small.weight = bitsandbytes.nn.Params4bit(weights, quant_type="nf4", requires_grad=False)
                setattr(layer, name, small.to(device))
    gc.collect()
    return model


MEASUREMENTS = {"whole": whole_model, "adapters": adapters}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    torch.manual_seed(0)
    return run(MEASUREMENTS, parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
