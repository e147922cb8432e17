"""What a score file holds, and how it is read, varied and worded."""
