"""What the whole package raises for input that a user can put right."""


class MotionError(ValueError):
    """A motion, or a file of one, that cannot be used; the message is one line that says what to do."""
