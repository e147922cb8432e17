"""What pose lifting is measured against."""

from .transformer_rival import TransformerLifter, TransformerLifterConfig, rival_of

__all__ = ["TransformerLifter", "TransformerLifterConfig", "rival_of"]
