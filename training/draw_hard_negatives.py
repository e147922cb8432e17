"""Draw hard negatives for the ranker: motions that a language model makes of training captions."""

from being_m0_hf.trainers.hard_negatives import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
