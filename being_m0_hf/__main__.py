"""``python -m being_m0_hf`` is the command ``being-m0``."""

import sys

from .cli.main import main

sys.exit(main())
