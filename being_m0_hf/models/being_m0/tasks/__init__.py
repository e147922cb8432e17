"""Tasks that begin with a motion: their prompts, training samples and answers in words."""
