"""Estimates of months that are over and not published yet, where that beats the last value."""
