"""Whether a performance is good enough, and whether it is the action."""
