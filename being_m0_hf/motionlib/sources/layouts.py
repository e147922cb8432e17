"""Which source reads a folder: told by what lies in it."""

from functools import lru_cache
from pathlib import Path

from ...motion import MotionError
from .babel import BabelSource
from .cmu_bandai import CmuBandaiSource
from .curated_videos import CuratedVideosSource
from .humanml3d import HumanML3DSource
from .motion_files import MotionFilesSource
from .motion_x import MotionXSource
from .source import ClipSource, SourceOptions


@lru_cache(maxsize=2)
def open_source(options: SourceOptions) -> ClipSource:
    """The reader for a folder.

    | layout            | told by                                                                     |
    |-------------------|-----------------------------------------------------------------------------|
    | packed CMU/Bandai | ``clips.jsonl`` in ``cmu/``, ``bandai/``, ``more/`` or ``more_nc/``          |
    | HumanML3D, KIT-ML | ``texts/`` beside ``new_joints/`` or ``new_joint_vecs/``                     |
    | Motion-X          | ``motion_data/`` or ``smplx_322/`` with npy files of 322 columns             |
    | curated videos    | ``curation.json``, the work folder of ``being-m0 data curate``               |
    | BABEL             | ``train.json`` / ``val.json`` whose entries name AMASS files (``feat_p``)    |
    | anything else     | motion files in any format that `import_motion` reads, in any subfolders     |

    Raises:
        MotionError: the folder is missing.
    """
    folder = Path(options.folder)
    if not folder.is_dir():
        raise MotionError(f"{folder}: no such folder; give the folder that holds the recordings")
    kinds = (CuratedVideosSource, CmuBandaiSource, HumanML3DSource, MotionXSource, BabelSource)
    kind = next((kind for kind in kinds if kind.fits(folder)), MotionFilesSource)
    if options.sources and kind is not CmuBandaiSource:
        raise MotionError(f"--sources picks recordings that training knows, and {folder} holds others; leave it out")
    return kind(options)
