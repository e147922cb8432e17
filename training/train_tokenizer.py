"""Train the motion tokenizer."""

from being_m0_hf.trainers.motion_tokenizer import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
