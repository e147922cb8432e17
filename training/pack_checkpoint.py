"""Pack a checkpoint for shipping: a language model with its motion tokenizer and its ranker, in one small folder."""

from being_m0_hf.trainers.pack_checkpoint import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
