"""Perform random scores and write them as a training cache for motion tokenizers."""

import sys

from being_m0_hf.trainers.reaches_cache import main

if __name__ == "__main__":
    sys.exit(main())
