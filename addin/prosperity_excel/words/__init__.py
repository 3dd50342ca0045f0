"""Words that a person reads, and words that books are laid out by."""
