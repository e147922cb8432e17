"""The quantizer that a configuration asks for."""

from ..configuration_motion_tokenizer import MotionTokenizerConfig
from .finite_scalar import FiniteScalarQuantizer
from .lookup_free import LookupFreeQuantizer
from .quantizer import Quantizer
from .residual_vector_quantizer import ResidualVectorQuantizer
from .vector_quantizer import VectorQuantizer


def build_quantizer(config: MotionTokenizerConfig) -> Quantizer:
    """A fresh quantizer of the kind `config.quantizer`, with `2 ** codebook_bits` codes for each part."""
    vector_size = config.vector_size or config.hidden_size
    match config.quantizer:
        case "lfq":
            return LookupFreeQuantizer(config.codebook_bits, config.entropy_temperature, config.diversity_gamma)
        case "fsq":
            return FiniteScalarQuantizer(config.codebook_bits)
        case "vq":
            return VectorQuantizer(config.num_parts, config.codebook_size, vector_size)
        case "rvq":
            return ResidualVectorQuantizer(config.num_parts, config.codebook_size, vector_size, config.residual_levels)
    raise ValueError(f"unknown quantizer {config.quantizer!r}")
