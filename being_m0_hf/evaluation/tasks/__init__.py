"""The tasks that begin with a motion, measured: what is said of it, and how its edits meet what is kept."""
