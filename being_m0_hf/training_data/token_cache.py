"""Training samples as motion tokens: each sample of the cache coded once by a frozen motion tokenizer."""

import contextlib
import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from ..models.motion_tokenizer import MotionTokenizerModel
from ..utils.atomic_files import whole_file
from .feature_cache import MotionCache

#: Motion that is coded at once, in steps of the tokenizer: enough to keep a processor busy, little memory.
STEPS_AT_ONCE = 1024


class TokenCache:
    """Codes of every sample of one split, at several starting frames.

    A clip that starts a frame later falls differently into steps of 4 frames and gets other tokens. Coding each sample
    from more than one starting frame is an augmentation that costs nothing at training time.

    Args:
        cache: the samples' features.
        path: file to keep the codes in; read when it was made by the same tokenizer from the same samples.
        model: the frozen tokenizer.
        shifts: starting frames.
    """

    def __init__(self, cache: MotionCache, path: Path, model: MotionTokenizerModel, shifts: tuple[int, ...] = (0, 2)):
        self.shifts = shifts
        key = _fingerprint(model, cache, shifts)
        arrays = {}
        with contextlib.suppress(SafetensorError):  # damaged: as if it was not there
            arrays = load_file(path) if path.is_file() else {}
        if not torch.equal(arrays.get("key", torch.empty(0)), key):
            arrays = {**_encode_all(cache, model, shifts, path.stem), "key": key}
            with whole_file(path) as partial:
                save_file(arrays, partial)
        self.codes: Tensor = arrays["codes"]
        self.offsets: list[int] = arrays["offsets"].tolist()

    def get(self, sample: int, variant: int = 0) -> Tensor:
        """(steps, parts) codes of a sample, coded from frame ``shifts[variant]``."""
        row = sample * len(self.shifts) + variant
        return self.codes[self.offsets[row] : self.offsets[row + 1]].long()

    def num_steps(self, sample: int) -> int:
        row = sample * len(self.shifts)
        return self.offsets[row + 1] - self.offsets[row]


@torch.no_grad()
def _encode_all(cache: MotionCache, model: MotionTokenizerModel, shifts: tuple[int, ...], name: str) -> dict:
    """Codes of all samples, those of equally many steps coded together: single short clips keep no processor busy."""
    downsample = model.config.downsample
    clips = [(sample, shift) for sample in range(len(cache)) for shift in shifts]
    steps = [(len(cache[sample]) - shift) // downsample for sample, shift in clips]
    by_steps: dict[int, list[int]] = {}
    for clip, count in enumerate(steps):
        by_steps.setdefault(count, []).append(clip)
    grids: list[Tensor] = [torch.empty(0)] * len(clips)
    with tqdm(total=len(clips), desc=f"coding {name}", unit="clip", mininterval=2.0) as progress:
        for count, members in sorted(by_steps.items()):
            size = max(1, STEPS_AT_ONCE // max(1, count))
            for start in range(0, len(members), size):
                batch = members[start : start + size]
                frames = [clips[clip] for clip in batch]
                features = [cache[sample][shift : shift + count * downsample] for sample, shift in frames]
                codes = model.encode(torch.stack(features), residual_levels=0).codes.to(torch.int32)
                for clip, grid in zip(batch, codes, strict=True):
                    grids[clip] = grid
                progress.update(len(batch))
    return {"codes": torch.cat(grids), "offsets": torch.tensor([0, *steps]).cumsum(0)}


def _fingerprint(model: MotionTokenizerModel, cache: MotionCache, shifts: tuple[int, ...]) -> Tensor:
    digest = hashlib.sha256(repr((shifts, len(cache), len(cache.features), float(cache.features.sum()))).encode())
    for name, tensor in model.state_dict().items():
        digest.update(name.encode() + tensor.cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)
