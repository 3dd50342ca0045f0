"""From workbooks to panels and definitions."""
