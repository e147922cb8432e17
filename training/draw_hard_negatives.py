"""Let a language model make motions of training captions: rivals of the recordings, for the ranker to tell apart."""

from being_m0_hf.trainers.hard_negatives import main
from being_m0_hf.trainers.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
