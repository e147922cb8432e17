"""The fast road of decoding on a CPU: one step over the backbone's weights, without its modules."""
