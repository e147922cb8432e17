"""The task "text-to-motion" of transformers."""

import torch
from transformers import pipeline

import being_m0_hf.pipelines.transformers_pipeline  # noqa: F401  registers the task
from being_m0_hf import load_pipeline


def test_the_task_gives_what_our_own_pipeline_gives():
    options = {"seconds": 1.0, "seed": 3, "candidates": 1}
    ours = load_pipeline("being-m0-mini")("a person walks", **options)
    theirs = pipeline("text-to-motion", model="being-m0-mini")
    assert torch.equal(theirs("a person walks", **options).rotations, ours.rotations)
    assert len(theirs(["a person walks", "waves"], **options)) == 2
