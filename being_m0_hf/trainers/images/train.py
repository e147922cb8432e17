"""Train an image model: crops of people to body rotations and camera.

    accelerate launch training/train_image_model.py --config training/configs/image_model_tiny.yaml
    python training/train_image_model.py --config training/configs/image_model_tiny.yaml use_share=0.1 output_dir=runs/t

Crops come from training/prepare_images.py or from data sets of yours in the same layout, several of them balanced.
Interrupted, the same command goes on where it stopped.
"""

import contextlib

import torch
from accelerate import PartialState
from torch.nn.attention import SDPBackend, sdpa_kernel

from ...evaluation.images import image_model_errors
from ...models.smplest_x import SMPLestXConfig, SMPLestXImageProcessor, SMPLestXModel
from ...training_data.images import Model, PersonImages, PhotoOptions, PoseBank
from ...training_data.images.film_cache import Studio
from ...training_data.images.poses import first_share, recordings
from ..lifting.settings import TEST_SUBJECTS, VALIDATION_SUBJECTS
from ..run.allowed_values import SettingsError
from ..run.batches import MakeBatch
from ..run.loop import TrainingRun
from ..run.settings import read_settings
from .batches import CropBatches, DrawnBatches, data_sets, model_inputs
from .settings import ImageModelSettings


def build_model(settings: ImageModelSettings) -> SMPLestXModel:
    """A fresh model, or the one to begin with."""
    torch.manual_seed(settings.seed)
    config = SMPLestXConfig.named(settings.size)
    if not settings.start_from:
        return SMPLestXModel(config)
    model = SMPLestXModel.from_pretrained(settings.start_from)
    if model.config.hidden_size != config.hidden_size or model.config.num_layers != config.num_layers:
        raise SettingsError(f"{settings.start_from} is not of size {settings.size}")
    return model


def build_processor(settings: ImageModelSettings, config: SMPLestXConfig) -> SMPLestXImageProcessor:
    """The image processor that goes with a model."""
    size = list(config.image_size)
    return SMPLestXImageProcessor(
        cut_size=[settings.cut_scale * side for side in size],
        image_size=size,
        pixel_mean=settings.pixel_mean,
        pixel_deviation=settings.pixel_deviation,
    )


def build_batches(settings: ImageModelSettings, config: SMPLestXConfig, processor: SMPLestXImageProcessor) -> MakeBatch:
    """Crops from folders, or drawn on the device that trains.

    Raises:
        SettingsError: the folders' crops are of another size than the model's.
    """
    if settings.drawn_from:
        found = recordings(settings.drawn_from, without=(*VALIDATION_SUBJECTS, *TEST_SUBJECTS))
        bank = PoseBank.of(first_share(found, settings.recordings_share), PartialState().device)
        options = PhotoOptions(image_size=tuple(config.image_size))
        return DrawnBatches(
            Studio(bank, Model.of(device=bank.rotations.device), options), processor, settings.batch_size
        )
    sets, shares = data_sets(settings)
    if sets[0].image_size != tuple(config.image_size):
        raise SettingsError(f"images are of {sets[0].image_size} pixels, the model takes {config.image_size}")
    return CropBatches(sets, shares, processor, settings.batch_size, settings.flip, settings.colour)


def train_image_model(settings: ImageModelSettings) -> SMPLestXModel:
    """Train to the last step, from the run's checkpoint if there is one, and measure along the way."""
    model = build_model(settings)
    processor = build_processor(settings, model.config)
    batches = build_batches(settings, model.config, processor)
    measured = None
    if settings.validation_images:
        data = PersonImages(settings.validation_images)
        rows = data.rows(list(range(min(len(data), settings.evaluate_samples))))
        measured = model_inputs(rows, processor)

    def evaluate(model: SMPLestXModel) -> dict[str, float]:
        return {} if measured is None else image_model_errors(model, measured)

    with quick_attention():
        trained = TrainingRun(settings, model, batches, evaluate).run()
    processor.save_pretrained(settings.output_dir)
    return trained


def quick_attention() -> contextlib.AbstractContextManager:
    """On a CPU, attention of a hundred tokens goes back twice as fast through plain products of matrices."""
    return contextlib.nullcontext() if torch.cuda.is_available() else sdpa_kernel(SDPBackend.MATH)


def main(argv: list[str] | None = None) -> None:
    train_image_model(read_settings(ImageModelSettings, __doc__, argv))
