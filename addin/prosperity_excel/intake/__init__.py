"""Exports into an analyst's book: what would happen, said first, then done."""
