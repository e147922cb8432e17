"""Motion as it is written: streams without end, and several prompts on a timeline."""
