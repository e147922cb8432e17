"""The ways in: the page's edits, named endpoints for programs, tools for assistants."""
