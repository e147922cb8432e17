"""Fine-tuning on own motions, in one call."""

from .run import finetune
from .settings import ADAPTER_FILES, WORK_FOLDER, FinetuneSettings

__all__ = ["ADAPTER_FILES", "WORK_FOLDER", "FinetuneSettings", "finetune"]
