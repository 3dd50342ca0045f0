"""The book that an analyst fills."""
