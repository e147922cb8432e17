"""SMPLest-X: body, hands and face of a person in one image, with a vision transformer and a small decoder."""

from .configuration_smplest_x import SMPLestXConfig
from .image_processing_smplest_x import SMPLestXImageProcessor
from .modeling_smplest_x import SMPLestXModel, SMPLestXOutput

__all__ = ["SMPLestXConfig", "SMPLestXImageProcessor", "SMPLestXModel", "SMPLestXOutput"]
