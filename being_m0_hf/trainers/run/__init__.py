"""The run that all trainers share: settings, batches, the loop, checkpoints."""
