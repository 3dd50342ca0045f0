"""What comes before the next decision: prints that are due, what would flip a signal, the odds."""
