"""A workbook of ours into a panel and definitions."""
