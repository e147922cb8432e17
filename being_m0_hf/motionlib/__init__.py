"""MotionLib-style data sets: build them from motion files, look at them, stream them, push them."""
