"""Codes of training samples are those of each sample coded alone."""

import torch

from being_m0_hf.training_data import token_cache
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from being_m0_hf.training_data.token_cache import TokenCache
from tests.support.tiny_models import tiny_motion_tokenizer


def test_samples_coded_together_get_the_codes_of_each_alone(make_motion, tmp_path, monkeypatch):
    monkeypatch.setattr(token_cache, "STEPS_AT_ONCE", 32)
    writer = CacheWriter(tmp_path, "train_samples")
    for frames in (41, 20, 43, 40, 21, 61):
        writer.add(make_motion(frames).to_d135(), id=str(frames))
    writer.save()
    cache, model = MotionCache(tmp_path, "train_samples"), tiny_motion_tokenizer()
    tokens = TokenCache(cache, tmp_path / "codes.safetensors", model)
    for sample in range(len(cache)):
        for variant, shift in enumerate(tokens.shifts):
            alone = model.encode(cache[sample][None, shift:], residual_levels=0).codes[0]
            assert torch.equal(tokens.get(sample, variant), alone)
        assert tokens.num_steps(sample) == len(cache[sample]) // 4
