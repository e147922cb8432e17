"""Average a language model with one that was trained on from it.

    python training/average_weights.py runs/lm_mini_3 runs/lm_mini_4 --share 0.7 --out runs/lm_mini

Everything but the weights is taken from the second.
"""

import argparse

from being_m0_hf.models import BeingM0ForConditionalGeneration, BeingM0Processor
from being_m0_hf.models.checkpoint_files import MODEL, checkpoint_kind
from being_m0_hf.trainers.averaged_weights import average_weights
from being_m0_hf.trainers.run.settings import one_line_errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", help="folder of the model before")
    parser.add_argument("second", help="folder of the model that went on from it")
    parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1 (0.5)")
    parser.add_argument("--out", required=True, help="folder for the averaged model")
    options = parser.parse_args()
    for folder in (options.first, options.second):
        if checkpoint_kind(folder) is not MODEL:
            raise ValueError(f"{folder} is no language model; give a folder of training/train_lm.py")
    first, second = map(BeingM0ForConditionalGeneration.from_pretrained, (options.first, options.second))
    average_weights(first, second, options.share).save_pretrained(options.out)
    BeingM0Processor.from_pretrained(options.second).save_pretrained(options.out)


if __name__ == "__main__":
    with one_line_errors():
        main()
