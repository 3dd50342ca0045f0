"""By what a file of ours is known again; loads nothing."""

from __future__ import annotations

#: The title in the properties of a formula book.
FORMULA_BOOK_TITLE = "Prosperity 景气度"
