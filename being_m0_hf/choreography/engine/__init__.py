"""Performs a score on a recorded body: hands, trunk, gaze, feet, props, contacts, strokes."""
