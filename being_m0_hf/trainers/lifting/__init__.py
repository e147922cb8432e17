"""Training of pose lifting: HumMUSS and its transformer rival, by one recipe."""
