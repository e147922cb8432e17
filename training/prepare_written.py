"""Perform the scores of written actions and write them as a training cache."""

import sys

from being_m0_hf.trainers.written_cache import main

if __name__ == "__main__":
    sys.exit(main())
