"""Further commands ``being-m0 data ...``."""
