"""Train a lifter, 2D keypoints to 3D joints.

    accelerate launch training/train_lifter.py --config training/configs/lifter_mini.yaml
    python training/train_lifter.py --config training/configs/lifter_mini.yaml causal=true output_dir=runs/causal

Keypoints are made from recordings, filmed by drawn cameras and spoilt as a detector does.
Interrupted, the same command goes on where it stopped.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from accelerate import PartialState
from transformers import PreTrainedModel

from ...evaluation.lifting import TransformerLifter, rival_of
from ...evaluation.lifting.synthetic import Clip, lifting_errors, measured_clips
from ...models.hummuss import HumMussConfig, HumMussForPoseLifting
from ...training_data.lifting import JointTrack, LiftingOptions, NoiseOptions, further_tracks, joint_tracks
from ...training_data.lifting.joint_tracks import ON
from ..run.allowed_values import SettingsError
from ..run.loop import TrainingRun
from ..run.settings import read_settings
from .filmed_batches import FilmedBatches, source_of
from .settings import LifterSettings


def build_model(settings: LifterSettings) -> PreTrainedModel:
    """A fresh lifter, or its rival."""
    torch.manual_seed(settings.seed)
    config = HumMussConfig.named(
        settings.size,
        settings.causal,
        path_aggregation=settings.path_aggregation,
        stream_aggregation=settings.stream_aggregation,
        velocity_weight=settings.velocity_weight,
        scale_weight=settings.scale_weight,
    )
    model = TransformerLifter(rival_of(config)) if settings.rival else HumMussForPoseLifting(config)
    if settings.start_from:
        begun = type(model).from_pretrained(settings.start_from).state_dict()
        own = model.state_dict()
        shared = {name: value for name, value in begun.items() if name in own and own[name].shape == value.shape}
        if len(shared) < len(own):
            raise SettingsError(f"{settings.start_from} is of another size: it has {len(shared)} of {len(own)} weights")
        model.load_state_dict(shared)
    return model


def train_lifter(settings: LifterSettings) -> PreTrainedModel:
    """Train to the last step, from the run's checkpoint if there is one, and measure along the way."""
    trained, validation = tracks_by_use(settings)
    clips = validation_clips(validation, settings.evaluate_clips)
    batches = filmed_batches(settings, trained, PartialState().device)
    return TrainingRun(settings, build_model(settings), batches, lambda model: errors_by_source(model, clips)).run()


def validation_clips(tracks: Sequence[JointTrack], number: int) -> dict[str, list[Clip]]:
    """So many clips of each source, by its name, to look at during the training."""
    by_source: dict[str, list[JointTrack]] = defaultdict(list)
    for track in tracks:
        by_source[source_of(track)].append(track)
    return {source: measured_clips(some, 81, 30.0, number, NoiseOptions()) for source, some in by_source.items()}


def errors_by_source(model: PreTrainedModel, clips: Mapping[str, Sequence[Clip]]) -> dict[str, float]:
    """`lifting_errors` of each source, as ``cmu_p1_mm``."""
    return {
        f"{source}_{name}": error
        for source, some in clips.items()
        for name, error in lifting_errors(model, some).items()
    }


def tracks_by_use(settings: LifterSettings) -> tuple[list[JointTrack], list[JointTrack]]:
    """Recordings to train on, and to look at during the training."""
    tracks = joint_tracks(settings.cache_dir, settings.tracks)
    for folder in settings.further_caches:
        tracks += further_tracks(folder)
    held_out = [*settings.validation_subjects, *settings.test_subjects]
    trained = [track for track in tracks if not of_subjects(track, held_out)]
    looked_at = [track for track in tracks if of_subjects(track, settings.validation_subjects) and ON not in track.name]
    return trained, looked_at


def filmed_batches(settings: LifterSettings, tracks: Sequence[JointTrack], device: torch.device) -> FilmedBatches:
    """Batches as the settings have them; on a CUDA device where they are made between its steps."""
    noise = NoiseOptions(
        strength=settings.noise, missed_joints=settings.missed_joints, missed_frames=settings.missed_frames
    )
    options = LiftingOptions(
        lowest_rate=settings.lowest_rate,
        highest_rate=settings.highest_rate,
        orthographic_share=settings.orthographic_share,
        mixed_share=settings.mixed_share,
        tilted_share=settings.tilted_share,
        noise=noise,
    )
    there = device if device.type == "cuda" and not settings.loader_workers else torch.device("cpu")
    return FilmedBatches(
        tracks, options, settings.windows, settings.batch_size, settings.reels, there, settings.shares_of_sources()
    )


def of_subjects(track: JointTrack, subjects: Sequence[str]) -> bool:
    """Whether one of the subjects is who moves: ``cmu/05`` is in ``cmu/05_12``, and not in ``cmu/055_01``.

    So it is in ``choreography/bow-00 on cmu/05_12``.
    """
    names = track.name.split(ON)
    return any(name == subject or name.startswith(f"{subject}_") for name in names for subject in subjects)


def main(argv: list[str] | None = None) -> None:
    train_lifter(read_settings(LifterSettings, __doc__, argv))
