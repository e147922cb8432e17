"""Batches of a lifter's training: windows cut out of takes that were filmed beforehand."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...training_data.lifting import JointTrack, LiftingOptions, film
from ..run.allowed_values import SettingsError
from ..run.batches import Batch, Draw, step_seed

#: Takes of a reel. Windows of one batch come from one reel, and shall not show the same twice.
TAKES = 200
#: Seconds of a take, at least. The camera has all of it in its picture, as it has in a video; cameras that had only to
#: hold a window of a few frames would stand nearer than they do where whole clips are lifted.
TAKE_SECONDS = 2.0


class FilmedBatches:
    """Windows of one length and one frame rate for each batch.

    Every source of recordings (what is before the ``/`` of their names) comes as often, and of it every moment: a
    source with hours of a few actions must not crowd out one where everything is done once.

    To film is much slower than to cut: takes are filmed once and kept, on reels that have one frame rate and one length
    of windows each. A reel is filmed when it is first asked for, and is the same in every process and after a restart.

    Args:
        tracks: what is filmed.
        options: how.
        windows: frames of the windows; the reels have them by turns.
        frames: of a batch.
        reels: how many there are, some 3 MB each.
    """

    def __init__(
        self, tracks: Sequence[JointTrack], options: LiftingOptions, windows: list[int], frames: int, reels: int = 64
    ):
        self.tracks, self.options, self.windows, self.frames, self.reels = tracks, options, windows, frames, reels
        self.seconds = torch.tensor([track.seconds for track in tracks], dtype=torch.double)
        if not len(tracks) or float(self.seconds.max()) * options.highest_rate < max(windows) - 1:
            raise SettingsError(f"no recording has the {max(windows)} frames that windows asks for")
        names = [track.name.split("/")[0] for track in tracks]
        self.sources = [torch.tensor([name == source for name in names]) for source in sorted(set(names))]
        self._filmed: dict[int, Batch] = {}

    def __call__(self, draw: Draw) -> Batch:
        generator = draw.generator()
        number = int(torch.randint(self.reels, (1,), generator=generator))
        if number not in self._filmed:
            self._filmed[number] = self.reel(number)
        reel, length = self._filmed[number], self.windows[number % len(self.windows)]
        takes, frames = reel["keypoints"].shape[:2]
        each = max(1, self.frames // length)
        rows = draw.rows(each)
        places = torch.rand(each * draw.shares, 2, generator=generator)[rows.start : rows.stop]
        take = (places[:, 0] * takes).long()
        frame = (places[:, 1] * (frames - length + 1)).long()[:, None] + torch.arange(length)
        cut = {name: tensor[take[:, None], frame] for name, tensor in reel.items() if tensor.ndim > 1}
        return cut | {"frame_rate": reel["frame_rate"][take]}

    def reel(self, number: int) -> dict[str, Tensor]:
        """All takes of a reel, as `film` gives them."""
        options, length = self.options, self.windows[number % len(self.windows)]
        generator = torch.Generator().manual_seed(step_seed(number))
        longest = float(self.seconds.max())
        lowest = max(options.lowest_rate, (length - 1) / longest)
        rate = lowest + float(torch.rand((), generator=generator)) * (options.highest_rate - lowest)
        frames = max(length, round(min(TAKE_SECONDS, longest) * rate))
        room = (self.seconds - (frames - 1) / rate + 1 / rate).clamp(min=0)
        for source in self.sources:
            room[source] /= room[source].sum().clamp(min=1e-9)
        picks = torch.multinomial(room, TAKES, replacement=True, generator=generator).tolist()
        options = replace(options, frames=frames)
        takes = [
            film(self.tracks[pick], rate, options, torch.Generator().manual_seed(step_seed(number, row)))
            for row, pick in enumerate(picks)
        ]
        return {name: torch.stack([take[name] for take in takes]) for name in takes[0]}


__all__ = ["FilmedBatches"]
