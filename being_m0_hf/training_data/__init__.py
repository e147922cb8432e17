"""Motion sources, captions and training samples."""
