"""Prosperity in workbooks: reading, writing, reports, and the verbs of the shell."""
