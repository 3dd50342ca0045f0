"""What runs in LibreOffice's own Python: the standard library and uno, and nothing of ours.

These files are copied into the extension as they are, so they import each other by their places
and keep to what Python 3.8 has, which older LibreOffice brings.
"""
