"""Batches of features and texts from a data set that `being-m0 data build` wrote, on this disk or on the Hub.

being-m0 data build recordings -o my-motions
python examples/stream_data_set.py my-motions
"""

import sys

from torch.utils.data import DataLoader

from being_m0_hf import MotionStream, MotionView
from being_m0_hf.motionlib.view import VIEW_COLUMNS, collate

stream = MotionStream(sys.argv[1], "train", columns=VIEW_COLUMNS, transform=MotionView(mirror=0.5), seed=1)
for batch in DataLoader(stream, batch_size=16, collate_fn=collate):
    print({name: tuple(value.shape) if hasattr(value, "shape") else len(value) for name, value in batch.items()})
