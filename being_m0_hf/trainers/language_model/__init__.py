"""Training of the motion language model."""

from .batches import BatchMaker
from .samples import SampleSource
from .settings import LanguageModelSettings
from .train import main, train_language_model, validation_losses

__all__ = ["BatchMaker", "LanguageModelSettings", "SampleSource", "main", "train_language_model", "validation_losses"]
