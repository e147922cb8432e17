"""Draw motions of a language model's own for written actions, and keep those that show them."""

from being_m0_hf.trainers.own_motions import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
