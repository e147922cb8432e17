"""Train the motion tokenizer.

    accelerate launch training/train_tokenizer.py --config training/configs/tokenizer_mini.yaml
    python training/train_tokenizer.py --config training/configs/tokenizer_mini.yaml steps=2000 output_dir=runs/try

Reads the samples that training/prepare_data.py writes; whole clips measure the reconstruction.
Interrupted, the same command goes on where it stopped.
"""

import copy
from dataclasses import dataclass

import torch

from ..evaluation.metrics.reconstruction import evaluate_reconstruction
from ..models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from ..models.motion_tokenizer.configuration_motion_tokenizer import QUANTIZERS
from ..motion.body_parts import PART_NAMES
from ..motion.features import HEADING_FREE_SIZE, ROOT_VELOCITY, TURN, part_columns, remove_heading
from ..training_data.feature_cache import MotionCache, open_caches
from .run.allowed_values import SettingsError, amount, choice, several, text, whole
from .run.batches import Batch, Draw
from .run.loop import TrainingRun
from .run.settings import LoopSettings, read_settings

#: A column that hardly moves must not have its noise blown up to unit variance.
MIN_STD = 0.02
#: Statistics come from every third sequence: more would not change them.
STATISTICS_STRIDE = 3
LOSS_WEIGHTS = ("feature", "joint", "root", "velocity", "hand", "commitment", "entropy")
PART_LAYOUTS = {
    "paper": (PART_NAMES, part_columns()),
    "pelvis_with_torso": (PART_NAMES, part_columns(pelvis_with_torso=True)),
    "whole": (("whole",), (tuple(range(HEADING_FREE_SIZE)),)),
}


@dataclass
class TokenizerSettings(LoopSettings):
    """Settings of a tokenizer run; `batch_size` counts frames, the model's own are those of `MotionTokenizerConfig`.

    Args:
        residual_levels: codebooks after the first of the quantizer "rvq"; others get their levels from
            fit_residual_levels.py.
        part_layout: "paper" (six parts, the pelvis' rotation with the root), "pelvis_with_torso" (with the torso) or
            "whole" (one part with all columns, so one token a step: with "lfq" the 1D-LFQ).
        more_caches: further caches, each as "folder=share" with its share of the samples that are drawn.
        decoder_lookahead: later steps that a decoded step depends on, -1 for all; see `MotionTokenizerConfig`.
        start_from: folder of a trained tokenizer to go on from; its own configuration then holds, but for
            decoder_lookahead where it is not -1, and for change_weights.
        change_weights: weights of the loss that replace those of start_from, each as "hand=5".
        feature_weight, joint_weight, root_weight, velocity_weight, hand_weight: of a fresh tokenizer's loss.
        freeze_encoder: train the decoder alone. Codes stay as they are, so a language model that was trained on them
            stays valid, and the decoder no longer chases an encoder that moves.
    """

    cache_dir: str = text("runs/cache")
    more_caches: list[str] = several([], filled=False)
    windows: list[int] = several([24, 48, 96], lowest=4)
    quantizer: str = choice("lfq", *(name for name in QUANTIZERS if name != "lfq"))
    codebook_bits: int = whole(14, highest=24)
    vector_size: int = whole(0, 0)
    residual_levels: int = whole(0, 0, highest=64)
    part_layout: str = choice(*PART_LAYOUTS)
    hidden_size: int = whole(128, highest=65_536)
    num_blocks: int = whole(2, 0, highest=1000)
    causal: bool = False
    decoder_lookahead: int = whole(-1, -1)
    mix_parts_in_decoder: bool = False
    feature_weight: float = amount(1.0)
    joint_weight: float = amount(10.0)
    root_weight: float = amount(5.0)
    velocity_weight: float = amount(30.0)
    hand_weight: float = amount(0.0)
    entropy_weight: float = amount(0.1)
    start_from: str = ""
    change_weights: list[str] = several([], filled=False)
    freeze_encoder: bool = False
    evaluate_clips: int = whole(100)


class WindowSampler:
    """Windows of the training samples, drawn by the samples' weights; all windows of a batch have one length.

    Lengths vary from batch to batch, so that short clips (most runs last under two seconds) are seen as well, and long
    windows teach the root not to drift.
    """

    def __init__(self, cache: MotionCache, lengths: list[int], frames_per_batch: int):
        self.features = cache.features
        self.lengths = lengths
        self.frames_per_batch = frames_per_batch
        self.starts = torch.tensor(cache.offsets[:-1])
        self.sizes = torch.tensor(cache.offsets[1:]) - self.starts
        self.weights = torch.tensor([row["weight"] for row in cache.rows], dtype=torch.double)
        longest = int(self.sizes.max()) if len(self.sizes) else 0
        if max(lengths) > longest:
            raise SettingsError(f"windows has {max(lengths)} frames, but the longest sample only {longest}")

    def __call__(self, draw: Draw) -> Batch:
        generator = draw.generator()
        length = self.lengths[int(torch.randint(len(self.lengths), (1,), generator=generator))]
        long_enough = (self.sizes >= length) * self.weights
        each = self.frames_per_batch // length
        picks = torch.multinomial(long_enough, each * draw.shares, replacement=True, generator=generator)
        room = (self.sizes[picks] - length + 1).double()
        first = (torch.rand(len(picks), generator=generator, dtype=torch.double) * room).long()
        own = draw.rows(each)
        rows = (self.starts[picks] + first)[own.start : own.stop, None] + torch.arange(length)
        return {"features": self.features[rows]}


def feature_statistics(cache: MotionCache) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of the heading-free features, (136,) each."""
    features = torch.cat([remove_heading(cache[index]) for index in range(0, len(cache), STATISTICS_STRIDE)])
    std = features.std(dim=0).clamp_min(MIN_STD)
    std[TURN] = features[:, TURN].std()  # radians a frame are small numbers by nature
    std[ROOT_VELOCITY] = features[:, ROOT_VELOCITY].std(dim=0)
    return features.mean(dim=0), std


def tokenizer_config(settings: TokenizerSettings) -> MotionTokenizerConfig:
    """Configuration of a fresh tokenizer."""
    names, columns = PART_LAYOUTS[settings.part_layout]
    return MotionTokenizerConfig(
        quantizer=settings.quantizer,
        codebook_bits=settings.codebook_bits,
        vector_size=settings.vector_size or None,
        residual_levels=settings.residual_levels,
        hidden_size=settings.hidden_size,
        num_blocks=settings.num_blocks,
        part_names=names,
        part_columns=columns,
        causal=settings.causal,
        decoder_lookahead=None if settings.decoder_lookahead < 0 else settings.decoder_lookahead,
        mix_parts_in_decoder=settings.mix_parts_in_decoder,
        feature_weight=settings.feature_weight,
        joint_weight=settings.joint_weight,
        root_weight=settings.root_weight,
        velocity_weight=settings.velocity_weight,
        hand_weight=settings.hand_weight,
        entropy_weight=settings.entropy_weight,
    )


def build_model(settings: TokenizerSettings, train: MotionCache) -> MotionTokenizerModel:
    """The tokenizer to train: a fresh one with the training set's statistics, or the one to go on from."""
    if settings.start_from:
        return _gone_on_from(settings)
    model = MotionTokenizerModel(tokenizer_config(settings))
    model.set_statistics(*feature_statistics(train))
    return model


def _gone_on_from(settings: TokenizerSettings) -> MotionTokenizerModel:
    """The tokenizer of `start_from` as the settings want it to go on, without residual levels, which would not fit it
    any more."""
    model = MotionTokenizerModel.from_pretrained(settings.start_from)
    config = copy.deepcopy(model.config)
    config.residual_levels = 0 if config.quantizer != "rvq" else config.residual_levels
    for word in settings.change_weights:
        name, _, weight = word.partition("=")
        if name not in LOSS_WEIGHTS:
            raise SettingsError(f"change_weights has {word!r}, expected weight=number with {', '.join(LOSS_WEIGHTS)}")
        try:
            setattr(config, f"{name}_weight", float(weight))
        except ValueError:
            raise SettingsError(f"change_weights has {word!r}, expected a number behind the =") from None
    if settings.decoder_lookahead >= 0:
        config.causal, config.decoder_lookahead = False, settings.decoder_lookahead
    changed = MotionTokenizerModel(config)
    changed.encoder.load_state_dict(model.encoder.state_dict())
    changed.quantizer.load_state_dict(model.quantizer.state_dict())
    changed.decoder.start_from(model.decoder)
    changed.set_statistics(model.feature_mean, model.feature_std)
    return changed


def validation_clips(cache_dir: str, number: int) -> list[torch.Tensor]:
    """About so many whole clips, spread over the validation set."""
    validation = MotionCache(cache_dir, "val")
    every = max(1, len(validation) // number)
    return [validation[index] for index in range(0, len(validation), every)]


def train_tokenizer(settings: TokenizerSettings, clips: list[torch.Tensor]) -> MotionTokenizerModel:
    """Train to the last step, from the run's checkpoint if there is one, and measure on clips along the way."""
    train = open_caches(settings.cache_dir, settings.more_caches, "train_samples")
    torch.manual_seed(settings.seed)
    model = build_model(settings, train)
    model.encoder.requires_grad_(not settings.freeze_encoder)
    sampler = WindowSampler(train, settings.windows, settings.batch_size)
    return TrainingRun(settings, model, sampler, lambda model: evaluate_reconstruction(model, clips)).run()


def main(argv: list[str] | None = None) -> None:
    settings = read_settings(TokenizerSettings, __doc__, argv)
    train_tokenizer(settings, validation_clips(settings.cache_dir, settings.evaluate_clips))
