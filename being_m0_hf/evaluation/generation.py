"""Motions of a model for many texts, kept on disk so that an interrupted evaluation goes on."""

from collections.abc import Callable, Sequence
from pathlib import Path

import roma
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm.auto import tqdm

from being_m0_hf.motion import MODEL_FPS, NUM_JOINTS, Motion

from ..utils.atomic_files import whole_file

BATCH = 16
PELVIS_HEIGHT = 0.9  # metres, of somebody who stands

#: (texts, seconds=, seed=) -> one motion for each text.
Generate = Callable[..., Sequence[Motion]]


def generate_all(
    pipeline: Generate,
    texts: Sequence[str],
    seconds: Sequence[float],
    seed: int,
    folder: Path,
    shortest: float = 0.2,
    progress: bool = True,
) -> list[Tensor]:
    """Features (frames, 135) of one generated motion for each text, as long as asked.

    Texts of similar length share a batch. Each batch is a file in ``folder``, which must belong to this model, these
    texts and this seed; what is there is not generated again.

    Args:
        shortest: seconds that the model makes at least.

    Raises:
        ValueError: the pipeline returned another number of motions than texts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(range(len(texts)), key=lambda index: (seconds[index], index))
    features: dict[int, Tensor] = {}
    for start in tqdm(range(0, len(order), BATCH), desc=f"motions, seed {seed}", unit="batch", disable=not progress):
        batch, file = order[start : start + BATCH], folder / f"{start:06d}.safetensors"
        if not file.is_file():
            lengths = [max(seconds[index], shortest) for index in batch]
            motions = pipeline([texts[index] for index in batch], seconds=lengths, seed=seed)
            if len(motions) != len(batch):
                raise ValueError(
                    f"the pipeline made {len(motions)} motions of {len(batch)} texts; it must make one each"
                )
            made = {str(index): _features(motion) for index, motion in zip(batch, motions, strict=True)}
            with whole_file(file) as partial:
                save_file(made, partial)
        features |= {int(index): clip for index, clip in load_file(file).items()}
    return [features[index] for index in range(len(texts))]


def random_motion(frames: int, generator: torch.Generator) -> Tensor:
    """Features (frames, 135) of a body whose joints wander at random and whose root stays: what no text asks for.

    Each joint's rotation vector is noise smoothed over half a second, about half a radian long.
    """
    width = round(MODEL_FPS / 2)
    noise = torch.randn(3 * NUM_JOINTS, 1, frames + width - 1, generator=generator)
    vectors = torch.nn.functional.avg_pool1d(noise, width, stride=1).squeeze(1) * (0.3 * width**0.5)
    rotations = roma.rotvec_to_unitquat(vectors.T.unflatten(-1, (NUM_JOINTS, 3)))
    translation = torch.tensor([0.0, PELVIS_HEIGHT, 0.0]).expand(frames, 3)
    return Motion(rotations, translation).to_d135()


def _features(motion: Motion) -> Tensor:
    return motion.resample(MODEL_FPS).to_d135().contiguous()
