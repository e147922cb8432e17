"""Train a lifter, from 2D keypoints to 3D joints."""

from being_m0_hf.trainers.lifting.train import main
from being_m0_hf.trainers.run.settings import one_line_errors

if __name__ == "__main__":
    with one_line_errors():
        main()
