"""Draw motions of a language model's own for written actions, and keep those that show them."""

import sys

from being_m0_hf.trainers.own_motions import main

if __name__ == "__main__":
    sys.exit(main())
