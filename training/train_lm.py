"""Train the motion language model on top of a frozen motion tokenizer."""

from being_m0_hf.trainers.language_model import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
