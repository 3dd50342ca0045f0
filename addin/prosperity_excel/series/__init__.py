"""Months, breaks, units and names of series."""
