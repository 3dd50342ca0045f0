"""Exports into an analyst's closed book: what would happen, said first, then done."""
