"""Turn a MotionLib data set into the cache that training reads."""

import sys

from being_m0_hf.trainers.sample_cache import main

if __name__ == "__main__":
    sys.exit(main())
