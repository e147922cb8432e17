"""Settings of a lifter's training."""

from dataclasses import dataclass

from ...models.hummuss.configuration_hummuss import AGGREGATIONS, SIZES
from ..run.allowed_values import MOST, SettingsError, amount, choice, positive, several, share, text, whole
from ..run.settings import LoopSettings

#: CMU subjects that no lifter is trained on: for measuring, and for looking at during a training.
TEST_SUBJECTS = ("cmu/05", "cmu/10", "cmu/13", "cmu/35", "cmu/49", "cmu/55", "cmu/91")
VALIDATION_SUBJECTS = ("cmu/07", "cmu/09", "cmu/86")


@dataclass
class LifterSettings(LoopSettings):
    """Settings of a lifter's run; `batch_size` counts frames, the model's own are those of `HumMussConfig`.

    Args:
        cache_dir: what training/prepare_data.py wrote.
        tracks: file of the recordings' joints, made from cache_dir where it is missing.
        further_caches: folders of caches with other recordings, or with performances of written actions, each a source
            of its own; see `further_tracks`.
        source_shares: how often a source comes, as ``"source=number"``; 1 where it is not said.
        test_subjects, validation_subjects: whose recordings are not trained on, by the beginning of their names.
        size: a name of `SIZES`.
        causal: the version for streams.
        rival: train the transformer of equal size instead.
        start_from: folder of a trained lifter of the same size whose weights this run begins with, as far as both have
            them: a causal one begins with a bidirectional one's but for its backward scans over time.
        windows: frames of a clip; every batch has one of these lengths.
        reels: how much is filmed before it is cut; 0 films every batch anew, on the GPU where there is one. See
            `FilmedBatches`.
        lowest_rate, highest_rate: frames a second, drawn for each reel.
        orthographic_share: cameras without perspective.
        mixed_share: clips whose trunk, arms and head are another recording's.
        tilted_share: clips that are turned about a horizontal axis by any angle.
        noise: strength of the detector's errors; 0 trains on true keypoints.
        missed_joints, missed_frames: shares that the detector does not see.
        path_aggregation, stream_aggregation: see `HumMussConfig`.
        velocity_weight, scale_weight: of the loss.
        evaluate_clips: validation clips to measure.
    """

    batch_size: int = whole(243)
    cache_dir: str = text("runs/cache")
    tracks: str = text("runs/lifting_tracks.safetensors")
    further_caches: list[str] = several([], filled=False)
    source_shares: list[str] = several([], filled=False)
    test_subjects: list[str] = several(list(TEST_SUBJECTS), filled=False)
    validation_subjects: list[str] = several(list(VALIDATION_SUBJECTS), filled=False)
    size: str = choice("hummuss-mini", *(name for name in SIZES if name != "hummuss-mini"))
    causal: bool = False
    rival: bool = False
    start_from: str = ""
    windows: list[int] = several([27, 81], lowest=2)
    reels: int = whole(64, 0)
    lowest_rate: float = positive(15.0)
    highest_rate: float = positive(60.0)
    orthographic_share: float = share(0.1)
    mixed_share: float = share(0.0)
    tilted_share: float = share(0.0)
    noise: float = amount(1.0)
    missed_joints: float = share(0.05)
    missed_frames: float = share(0.1)
    path_aggregation: str = choice(*AGGREGATIONS)
    stream_aggregation: str = choice("learned", *(name for name in AGGREGATIONS if name != "learned"))
    velocity_weight: float = amount(20.0)
    scale_weight: float = amount(0.5)
    evaluate_clips: int = whole(60)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lowest_rate > self.highest_rate:
            raise SettingsError(f"lowest_rate is {self.lowest_rate:g}, above highest_rate {self.highest_rate:g}")
        if max(self.windows) > self.batch_size:
            raise SettingsError(f"batch_size is {self.batch_size} frames, but windows has {max(self.windows)}")
        self.shares_of_sources()

    def shares_of_sources(self) -> dict[str, float]:
        """``source_shares`` by name."""
        shares = {}
        for word in self.source_shares:
            source, _, share = word.partition("=")
            try:
                shares[source] = float(share)
            except ValueError:
                shares[source] = -1.0
            if not 0 < shares[source] < MOST:
                raise SettingsError(f"source_shares has {word!r}, expected source=number with a number above 0")
        return shares
