"""A language model is compiled block by block."""

import pytest
import torch
from tiny_models import tiny_model, tiny_motion_tokenizer
from torch._dynamo.testing import CompileCounter

from being_m0_hf.trainers.run.compiling import compile_blocks


@pytest.mark.parametrize("backbone", ["gpt2", "llama"])
def test_blocks_share_a_graph_and_losses_stay(backbone):
    model = tiny_model(backbone).train()
    codes = model.layout.part_codes(0)
    batches = [torch.randint(codes.start, codes.stop, (2, length)) for length in (6, 9, 12)]
    torch.manual_seed(0)
    plain = [float(model(input_ids=ids, labels=ids).loss.detach()) for ids in batches]
    counter = CompileCounter()
    torch._dynamo.reset()
    assert compile_blocks(model, dynamic=True, backend=counter) == 2
    torch.manual_seed(0)
    compiled = [float(model(input_ids=ids, labels=ids).loss.detach()) for ids in batches]
    torch._dynamo.reset()
    assert counter.frame_count == 1
    assert compiled == pytest.approx(plain, rel=1e-5 if backbone == "llama" else 1e-1)  # GPT-2 drops out by chance
    assert set(model.state_dict()) == set(tiny_model(backbone).state_dict())


def test_a_model_without_blocks_is_compiled_as_a_whole():
    tokenizer, counter = tiny_motion_tokenizer(), CompileCounter()
    assert compile_blocks(tokenizer.quantizer, backend=counter) == 0
    assert tokenizer.quantizer._compiled_call_impl is not None
