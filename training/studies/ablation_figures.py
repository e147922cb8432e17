"""Figures of a trained language model that ablations compare: losses, retrieval, kinematic checks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import torch
from torch import Tensor

from being_m0_hf.evaluation.following.sentences import evaluate_following
from being_m0_hf.evaluation.generation import generate_all
from being_m0_hf.evaluation.held_out import HeldOut, load_held_out
from being_m0_hf.evaluation.metrics.embeddings import PairedEmbeddings
from being_m0_hf.evaluation.metrics.guo_protocol import GuoSizes, guo_protocol
from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.motion import MODEL_FPS
from being_m0_hf.pipelines.text_to_motion import MotionPipeline, load_pipeline
from being_m0_hf.trainers.language_model import LanguageModelSettings, SampleSource, validation_losses
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.token_cache import TokenCache

#: How a model is asked for its losses, whatever it was trained with: whole-body text, length told, nothing changed.
PLAIN = {
    "no_text": 0.0,
    "length_known": 1.0,
    "part_text": 0.0,
    "composed": 0.0,
    "word_dropout": 0.0,
    "corruption": 0.0,
    "mask_description": False,
}
RETRIEVAL = ("R@1", "R@2", "R@3", "FID")


@dataclass(frozen=True)
class Measure:
    """What to measure trained runs on.

    Args:
        cache_dir: whose validation samples are taken.
        encoder: the text-motion evaluator; None leaves R@k and FID out.
        samples: held-out captions to generate motions of, 0 for all.
        repeats: of Guo's protocol.
        kinds: kinematic checks; empty to leave them out.
        check_seeds: generations of each wording of a check.
    """

    cache_dir: Path
    encoder: TextMotionEncoder | None
    samples: int
    repeats: int
    kinds: Sequence[str]
    check_seeds: int

    def __call__(self, run: LanguageModelSettings) -> dict[str, float]:
        """Figures of a finished run: `text_loss`, `motion_loss`, R@k, FID, and `followed`, the share of checks.

        Motions are kept in the run's folder, so that an interrupted measurement goes on.
        """
        folder = Path(run.output_dir)
        pipeline = load_pipeline(folder, "cuda" if torch.cuda.is_available() else "cpu", written=False)
        figures = self.losses(pipeline, run)
        if self.encoder is not None:
            held_out = self.held_out(run)
            figures |= self.retrieval(held_out, self.generated(pipeline, held_out, run.seed, folder / "generated"))
        if self.kinds:
            seeds = range(run.seed, run.seed + self.check_seeds)
            generate = partial(pipeline, candidates=1)
            figures["followed"] = evaluate_following(
                generate, self.kinds, seeds, path=folder / "outcomes.jsonl"
            ).success()
        return figures

    def losses(self, pipeline: MotionPipeline, run: LanguageModelSettings) -> dict[str, float]:
        """Losses on held-out samples, the same ones for every run."""
        file = Path(run.codes_dir) / "val_codes.safetensors"
        tokens = TokenCache(self.validation, file, pipeline.model.motion_tokenizer)
        source = SampleSource(self.validation, tokens, pipeline.processor, replace(run, **PLAIN))
        return validation_losses(pipeline.model, source)

    def held_out(self, run: LanguageModelSettings) -> HeldOut:
        """Held-out pairs that are no longer than the run's model can make."""
        downsample = MotionTokenizerConfig.from_pretrained(run.motion_tokenizer).downsample
        return load_held_out(self.cache_dir, "val", self.samples, run.max_steps * downsample / MODEL_FPS)

    def generated(self, pipeline: MotionPipeline, held_out: HeldOut, seed: int, folder: Path) -> list[Tensor]:
        """Features of one motion for each held-out text, as long as the recorded one."""
        seconds = [len(clip) / MODEL_FPS for clip in held_out.features]
        shortest = 1 / pipeline.processor.steps_per_second
        return generate_all(partial(pipeline, candidates=1), held_out.texts, seconds, seed, folder, shortest)

    def retrieval(self, held_out: HeldOut, motions: Sequence[Tensor]) -> dict[str, float]:
        """R@k and FID of motions (frames, 135), one for each held-out text; the recorded ones show what can be had."""
        pairs = PairedEmbeddings(self.encoder.texts(held_out.texts), self.encoder.motions(motions))
        real = self.encoder.motions(held_out.features)
        found = guo_protocol(pairs, real, GuoSizes.fitting(len(pairs), self.repeats))
        return {name: found[name].mean for name in RETRIEVAL}

    @cached_property
    def validation(self) -> MotionCache:
        return MotionCache(self.cache_dir, "val_samples")
