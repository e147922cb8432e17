"""Train an image model, from crops of people to body rotations."""

from being_m0_hf.trainers.images.train import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
