"""How fast one GPU generates: motion frames a second and memory, with random weights. Five minutes at most.

    python training/benchmarks/gpu_generation.py -o generation.json
    python training/benchmarks/gpu_generation.py --device cpu --tiny     # does it run at all

LLaMA2-7B's shape in bf16: one motion of 10 s with the cache that grows, and with a compiled pass over a cache of a
fixed size, plain and guided; many requests in one batch and by continuous batching; int4 and int8 weights (needs
torchao). Then the shape of the model that ships, through the pipeline. A step of the tokenizer is 4 frames and 6
tokens, so 60 frames/s are 90 tokens/s.
"""

import argparse
import copy
import gc
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from being_m0_hf.models import (
    BeingM0Config,
    BeingM0ForConditionalGeneration,
    BeingM0Processor,
    TextMotionEvaluatorConfig,
    TextMotionEvaluatorModel,
)
from being_m0_hf.models.being_m0.prompt_template import prompt_template
from being_m0_hf.models.shipped_checkpoints import checkpoint_folder
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.pipelines.text_to_motion import RANKER_FOLDER, MotionPipeline
from training.benchmarks.gpu_measures import (
    FRAMES_A_STEP,
    Measurements,
    add_options,
    forget_peak,
    memory,
    preset,
    random_model,
    run,
    synchronize,
)

WORDS = 16  # of a prompt
LONG, SHORT = 50, 20  # steps: 10 s and 4 s
REQUESTS = (32, 128)


def prompt(model: BeingM0ForConditionalGeneration, steps: int) -> list[int]:
    """Ids of a prompt of random words."""
    words = torch.randint(model.layout.text_vocab_size, (WORDS,)).tolist()
    return prompt_template(model.layout, words, {}, steps)


def timed_generation(
    measures: Measurements, model: BeingM0ForConditionalGeneration, rows: int, steps: int, warm: int = 2, **options
) -> dict:
    """Figures of one batch of motions with random draws; the passes before it, which compile, are told apart."""
    device = measures.device
    ids = torch.tensor([prompt(model, steps) for _ in range(rows)], device=device)
    options = {"guidance_scale": 1.0, "do_sample": True, "temperature": 1.0} | options
    forget_peak(device)
    started = time.perf_counter()
    for _ in range(warm):  # the second records the CUDA graph
        model.generate(ids, **options)
    synchronize(device)
    compiled = time.perf_counter() - started
    with measures.turn():
        started = time.perf_counter()
        written = model.generate(ids, **options).shape[1] - ids.shape[1]
        synchronize(device)
        seconds = time.perf_counter() - started
    return {
        "frames_per_second": rows * steps * FRAMES_A_STEP / seconds,
        "tokens_per_second": rows * written / seconds,
        "milliseconds_a_token": 1000 * seconds / written,
        "memory_gib": memory(device),
        "first_calls_seconds": compiled,
    }


def one_motion(
    measures: Measurements, tiny: bool, model: BeingM0ForConditionalGeneration, kind: str, guidance: float = 1.0
) -> None:
    """A motion of 10 s, compiled. Guidance makes it two rows."""
    options = {"cache_implementation": "static", "guidance_scale": guidance, "disable_compile": tiny}
    guided = "" if guidance == 1.0 else " with guidance"

    def measure() -> dict:
        return timed_generation(measures, model, 1, 4 if tiny else LONG, **options)

    measures.measure(f"{kind}, one motion{guided}, static cache, compiled", measure, 110)


def seven_billion(measures: Measurements, tiny: bool) -> None:
    """LLaMA2-7B's shape in bf16, one motion, then many."""
    model = random_model(preset("llama2-7b", tiny), measures.device, torch.bfloat16)
    kind, steps = "7B bf16", 4 if tiny else SHORT
    one_motion(measures, tiny, model, kind)

    def growing() -> dict:
        return timed_generation(measures, model, 1, steps, warm=1)

    measures.measure(f"{kind}, one motion, growing cache", growing, 20)
    for requests in (2,) if tiny else REQUESTS:

        def continuous(requests: int = requests) -> dict:
            return continuous_batching(measures, model, requests, steps)

        def batch(requests: int = requests) -> dict:
            return timed_generation(
                measures, model, requests, steps, warm=1, cache_implementation="static", disable_compile=True
            )

        measures.measure(f"{kind}, {requests} requests, continuous batching", continuous, 30)
        measures.measure(f"{kind}, {requests} requests, one batch", batch, 20)
        gc.collect()
    one_motion(measures, tiny, model, kind, guidance=3.0)


def continuous_batching(
    measures: Measurements, model: BeingM0ForConditionalGeneration, requests: int, steps: int
) -> dict:
    """Figures of requests of 4 s that come all at once, through `generate_batch`."""
    prompts = [prompt(model, steps) for _ in range(requests)]
    tokens = len(prompts[0]) + steps * model.layout.num_parts + 2
    page = 64
    sizes = ContinuousBatchingConfig(
        page_size=page, num_blocks=requests * -(-tokens // page) + 8, max_batch_tokens=max(512, 16 * requests)
    )
    config = GenerationConfig(do_sample=True, guidance_scale=1.0)
    forget_peak(measures.device)
    with measures.turn():
        started = time.perf_counter()
        results = list(
            model.generate_batch(
                prompts, config, continuous_batching_config=copy.copy(sizes), warmup=False, progress_bar=False
            ).values()
        )
        synchronize(measures.device)
        seconds = time.perf_counter() - started
    failed = [result.error for result in results if result.error]
    if failed or len(results) != requests:
        raise RuntimeError(f"{len(results)} results, {failed[:1]}")
    written = sum(len(result.generated_tokens) for result in results)
    return {
        "frames_per_second": written / model.layout.num_parts * FRAMES_A_STEP / seconds,
        "tokens_per_second": written / seconds,
        "memory_gib": memory(measures.device),
    }


def small_weights(measures: Measurements, tiny: bool) -> None:
    """Weights in 4 and 8 bit by torchao, whose passes compile; all layers but the embeddings and the head."""
    for bits in (4, 8):
        kind = f"7B int{bits}"
        try:
            model = quantized_model(measures, tiny, bits)
        except (ImportError, RuntimeError, AssertionError) as error:
            reason = " ".join(str(error).split())[:200]

            def failed(reason: str = reason) -> dict:
                raise RuntimeError(reason)

            measures.measure(kind, failed, 5)
            continue
        one_motion(measures, tiny, model, kind)
        del model
        gc.collect()


def quantized_model(measures: Measurements, tiny: bool, bits: int) -> BeingM0ForConditionalGeneration:
    """The 7B shape with its linear layers in so many bits."""
    from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig, quantize_

    model = random_model(preset("llama2-7b", tiny), measures.device, torch.bfloat16)
    how = Int8WeightOnlyConfig() if bits == 8 else Int4WeightOnlyConfig(128, False, "tile_packed_to_4d")
    quantize_(model.backbone.base_model, how)
    return model


def shipped_shape(measures: Measurements, tiny: bool) -> None:
    """The shape of being-m0-mini through the pipeline, from sentences to settled motions."""
    folder, device = checkpoint_folder("being-m0-mini"), measures.device
    model = random_model(BeingM0Config.from_pretrained(folder), device, torch.float32)
    model.motion_tokenizer.feature_std.fill_(0.01)  # random codes then move like a person, not like an explosion
    model.generation_config = GenerationConfig.from_pretrained(folder)
    model.generation_config.cache_implementation = "static"
    ranker = TextMotionEvaluatorModel(TextMotionEvaluatorConfig.from_pretrained(folder / RANKER_FOLDER)).eval()
    tokenizer = BeingM0Processor.from_pretrained(folder).tokenizer
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.convert_ids_to_tokens(0)
    processor = BeingM0Processor.from_pretrained(folder)
    pipeline = MotionPipeline(model, processor, TextMotionEncoder(ranker, tokenizer))
    seconds = 1.0 if tiny else 10.0
    model.generation_config.disable_compile = tiny

    def call(texts: list[str], candidates: int) -> dict:
        forget_peak(device)
        for seed in (0, 1):
            pipeline(texts, seconds=seconds, candidates=candidates, seed=seed)
        with measures.turn():
            started = time.perf_counter()
            motions = pipeline(texts, seconds=seconds, candidates=candidates, seed=2)
            taken = time.perf_counter() - started
        frames = sum(motion.num_frames for motion in motions)
        return {"seconds": taken, "frames_per_second": frames / taken, "memory_gib": memory(device)}

    measures.measure("mini's shape, best of 8", lambda: call(["a person waves"], 8), 45)
    many = ["a person waves"] * (2 if tiny else 64)
    measures.measure(f"mini's shape, {len(many)} prompts", lambda: call(many, 1), 45)


MEASUREMENTS = {"7b": seven_billion, "small": small_weights, "mini": shipped_shape}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    options = parser.parse_args(argv)
    torch.manual_seed(0)
    return run(MEASUREMENTS, options)


if __name__ == "__main__":
    sys.exit(main())
