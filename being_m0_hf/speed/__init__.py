"""How long each stage from a sentence to a file takes, beside what the machine could do at best."""
