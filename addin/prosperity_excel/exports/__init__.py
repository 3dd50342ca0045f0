"""A vendor's file into series."""
