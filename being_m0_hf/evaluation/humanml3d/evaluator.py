"""HumanML3D's own evaluator, for users who bring its files: numbers that compare with published tables.

A folder for ``being-m0 evaluate --evaluator FOLDER``, with the files of https://github.com/EricGuo5513/text-to-motion
as they are unpacked, except for the list of words:

| file                                      | what it is                                                              |
|-------------------------------------------|-------------------------------------------------------------------------|
| text_mot_match/model/finest.tar           | weights                                                                 |
| Comp_v6_KLD01/meta/mean.npy, std.npy      | normalisation of the evaluator, not of the data set                     |
| glove/our_vab_data.npy, our_vab_words.txt | word vectors and words; or glove/glove.6B.300d.txt                      |
| texts/*.txt                               | optional: HumanML3D's captions with tags; else words are tagged OTHER   |
| new_joints/*.npy                          | optional: any clip of HumanML3D, for its bone lengths                   |

Files may also lie in the folder itself. Nothing is unpickled.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...io.formats.humanml3d import joints_from_humanml3d
from ...motion import D135_SIZE, Motion
from ...motion.h3d_features import H3D_SIZE
from ...retarget.humanml3d_bones import bone_lengths, humanml3d_features
from ...utils.safe_npz import read_plain_array
from .networks import EMBEDDING_SIZE, FRAMES_PER_UNIT, MOTION_COLUMNS, MotionEncoder, MovementEncoder, TextEncoder
from .words import WordReader, read_words

#: The longest motion of the protocol: 9.8 s. What follows is not looked at.
MAX_FRAMES = 196
BATCH = 64
_WEIGHTS = ("text_mot_match/model/finest.tar", "finest.tar")


@dataclass(frozen=True)
class HumanML3DEvaluator:
    """Sentences and motions into the evaluator's space, where those that fit are near in Euclidean distance.

    Args:
        movement, motion, text: the networks.
        words: the captions' reader.
        mean, std: (263,) of the features.
        lengths: (22,) of HumanML3D's bones; without them motions keep the bones they have.
    """

    movement: MovementEncoder
    motion: MotionEncoder
    text: TextEncoder
    words: WordReader
    mean: Tensor
    std: Tensor
    lengths: Tensor | None = None

    @classmethod
    def from_folder(cls, folder: str | os.PathLike) -> "HumanML3DEvaluator":
        """The evaluator in a folder of HumanML3D's files.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: one is damaged, or belongs to another data set.
        """
        folder = Path(folder)
        weights = _find(folder, *_WEIGHTS)
        statistics = [
            _statistics(_find(folder, f"Comp_v6_KLD01/meta/{name}", f"meta/{name}", name))
            for name in ("mean.npy", "std.npy")
        ]
        words = read_words(folder)
        try:
            checkpoint = torch.load(weights, map_location="cpu", weights_only=True)
        except Exception as error:  # what torch raises differs with what is wrong, and advises to unpickle
            raise ValueError(
                f"{weights}: damaged, or holds more than plain tensors, which is never loaded ({type(error).__name__})"
            ) from None
        networks = [
            _network(kind(), checkpoint, name, weights)
            for name, kind in (
                ("movement_encoder", MovementEncoder),
                ("motion_encoder", MotionEncoder),
                ("text_encoder", TextEncoder),
            )
        ]
        return cls(*networks, words, *statistics, _lengths(folder))

    @staticmethod
    def fits(folder: str | os.PathLike) -> bool:
        """Whether a folder holds the evaluator's weights."""
        return any((Path(folder) / name).is_file() for name in _WEIGHTS)

    @torch.no_grad()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """(texts, 512); see `WordReader.tokens` for what a text may be."""
        batches = [self.text(*self.words.batch(texts[at : at + BATCH])) for at in range(0, len(texts), BATCH)]
        return torch.cat(batches)

    @torch.no_grad()
    def motions(self, features: Sequence[Tensor]) -> Tensor:
        """(motions, 512).

        Args:
            features: of each, at 20 fps: SMPL-D135 (frames, 135), or HumanML3D's own arrays (frames, 263). Of T
                frames the protocol's whole units of 4 are looked at, up to 196.

        Raises:
            ValueError: another number of columns.
        """
        embeddings = torch.empty(len(features), EMBEDDING_SIZE)
        for start in range(0, len(features), BATCH):
            clips = [self._normalised(clip) for clip in features[start : start + BATCH]]
            # always as long: convolutions look beyond a clip's end, where the evaluator was trained on zeros
            padded = torch.zeros(len(clips), MAX_FRAMES, MOTION_COLUMNS)
            for row, clip in enumerate(clips):
                padded[row, : len(clip)] = clip
            units = torch.tensor([max(1, len(clip) // FRAMES_PER_UNIT) for clip in clips])
            embeddings[start : start + BATCH] = self.motion(self.movement(padded), units)
        return embeddings

    def _normalised(self, features: Tensor) -> Tensor:
        """(frames, 259), cut to whole units; a clip shorter than one unit is kept."""
        if features.ndim != 2 or features.shape[1] not in (D135_SIZE, H3D_SIZE):
            raise ValueError(
                f"features have shape {tuple(features.shape)}, expected (frames, {D135_SIZE}) or (frames, {H3D_SIZE})"
            )
        if features.shape[1] == D135_SIZE:
            features = humanml3d_features(Motion.from_d135(features).joints(), self.lengths)
        frames = min(MAX_FRAMES, len(features))
        frames = max(frames - frames % FRAMES_PER_UNIT, min(frames, FRAMES_PER_UNIT))
        return ((features[:frames].float() - self.mean) / self.std)[:, :MOTION_COLUMNS]


def _find(folder: Path, *names: str) -> Path:
    """The first of the files that there is."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder} has no {names[0]}, which HumanML3D's evaluator needs; copy it there")


def _statistics(file: Path) -> Tensor:
    array = read_plain_array(file)
    if array.shape != (H3D_SIZE,) or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(f"{file}: expected {H3D_SIZE} finite numbers, as HumanML3D's evaluator has them")
    return torch.from_numpy(array).float()


def _network(network: nn.Module, checkpoint: object, name: str, file: Path) -> nn.Module:
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get(name), dict):
        raise ValueError(f"{file}: has no {name}: not the evaluator's weights")
    try:
        network.load_state_dict(checkpoint[name])
    except (RuntimeError, TypeError):
        raise ValueError(
            f"{file}: {name} has other weights than the published network for HumanML3D; KIT-ML's does not fit"
        ) from None
    return network.float().eval()


def _lengths(folder: Path) -> Tensor | None:
    clip = next(iter(sorted((folder / "new_joints").glob("*.npy"))), None)
    return None if clip is None else bone_lengths(joints_from_humanml3d(read_plain_array(clip))[0])
