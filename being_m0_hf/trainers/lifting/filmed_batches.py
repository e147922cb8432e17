"""Batches of a lifter's training: windows cut out of filmed takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from ...training_data.lifting import JointTrack, LiftingOptions, TrackShelf, film_clips
from ...training_data.lifting.lifting_clips import Clips
from ..run.allowed_values import SettingsError
from ..run.batches import Batch, Draw, step_seed

#: Takes of a reel. Windows of one batch come from one reel, and shall not show the same twice.
TAKES = 200
#: Seconds of a take, at least. The camera has all of it in its picture, as it has in a video; cameras that had only to
#: hold a window of a few frames would stand nearer than they do where whole clips are lifted.
TAKE_SECONDS = 2.0


class FilmedBatches:
    """Windows of one length and one frame rate for each batch.

    Every source of recordings (see `source_of`) comes as often, or as its share says, and of it every moment: a
    source with hours of a few actions must not crowd out one where everything is done once. A recording that is shorter
    than a take stands still at the end.

    On a processor, to film is much slower than to cut: takes are filmed once and kept, on reels that have one frame
    rate and one length of windows each. A reel is filmed when it is first asked for, and is the same in every process
    and after a restart. On a GPU takes can be filmed for each batch, one for each window.

    Args:
        tracks: what is filmed.
        options: how.
        windows: frames of the windows; the reels have them by turns.
        frames: of a batch.
        reels: how many there are, some 3 MB each; 0 films every batch.
        device: where batches are made.
        shares: how often a source comes, by its name; only ratios count, and a source that is not named has 1.

    Raises:
        SettingsError: no recording is long enough, or a share is of no source.
    """

    def __init__(
        self,
        tracks: Sequence[JointTrack],
        options: LiftingOptions,
        windows: list[int],
        frames: int,
        reels: int = 64,
        device: torch.device | str = "cpu",
        shares: Mapping[str, float] | None = None,
    ):
        self.options, self.windows, self.frames, self.reels = options, windows, frames, reels
        longest = max((track.seconds for track in tracks), default=0.0)
        if longest * options.highest_rate < max(windows) - 1:
            raise SettingsError(f"no recording has the {max(windows)} frames that windows asks for")
        self.shelf = TrackShelf(tracks, device)
        self.seconds = self.shelf.seconds.cpu()
        names = [source_of(track) for track in tracks]
        shares = shares or {}
        if unknown := sorted(set(shares) - set(names)):
            raise SettingsError(f"no recording is of {unknown[0]!r}; sources are {', '.join(sorted(set(names)))}")
        self.sources = [
            (torch.tensor([name == source for name in names]), shares.get(source, 1.0)) for source in sorted(set(names))
        ]
        self._filmed: dict[int, Clips] = {}

    def __call__(self, draw: Draw) -> Batch:
        generator = draw.generator()
        number = int(torch.randint(self.reels or len(self.windows), (1,), generator=generator))
        length = self.windows[number % len(self.windows)]
        each = max(1, self.frames // length)
        rows = draw.rows(each)
        if self.reels:
            reel = self.reel(number)
            places = torch.rand(each * draw.shares, 2, generator=generator)
            take = (places[:, 0] * len(reel["keypoints"])).long()
        else:
            reel = self.takes(length, each * draw.shares, draw.seed)
            places = torch.rand(each * draw.shares, 2, generator=generator)
            take = torch.arange(len(places))
        frames, device = reel["keypoints"].shape[1], reel["keypoints"].device
        frame = (places[:, 1] * (frames - length + 1)).long()[:, None] + torch.arange(length)
        take, frame = take[rows.start : rows.stop].to(device), frame[rows.start : rows.stop].to(device)
        cut = {name: tensor[take[:, None], frame] for name, tensor in reel.items() if tensor.ndim > 1}
        return cut | {"frame_rate": reel["frame_rate"][take]}

    def reel(self, number: int) -> Clips:
        """All takes of a reel, as `film_clips` gives them."""
        if number not in self._filmed:
            self._filmed[number] = self.takes(self.windows[number % len(self.windows)], TAKES, number)
        return self._filmed[number]

    def takes(self, length: int, number: int, seed: int) -> Clips:
        """So many takes of one frame rate, long enough for windows of this length."""
        options, generator = self.options, torch.Generator().manual_seed(step_seed(seed))
        longest = float(self.seconds.max())
        lowest = max(options.lowest_rate, (length - 1) / longest)
        rate = lowest + float(torch.rand((), generator=generator)) * (options.highest_rate - lowest)
        frames = max(length, round(min(TAKE_SECONDS, longest) * rate))
        weight = self.seconds.where(self.seconds > (length - 1.5) / rate, 0.0)
        for source, share in self.sources:
            weight[source] *= share / weight[source].sum().clamp(min=1e-9)
        picks = torch.multinomial(weight, number, replacement=True, generator=generator)
        device = self.shelf.joints.device
        there = torch.Generator(device).manual_seed(step_seed(seed, 1))
        return film_clips(self.shelf, picks.to(device), rate, replace(options, frames=frames), there)


def source_of(track: JointTrack) -> str:
    """What is before the ``/`` of a recording's name; recordings that may not be sold are no source of their own."""
    return track.name.split("/")[0].removesuffix("_nc")


__all__ = ["FilmedBatches", "source_of"]
