"""Add residual levels to a trained motion tokenizer."""

from being_m0_hf.trainers.residual_levels import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
