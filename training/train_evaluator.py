"""Train the text-motion evaluator, which measures how well motions fit their texts."""

from being_m0_hf.trainers.evaluator import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
