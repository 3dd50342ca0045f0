"""Views of news from a language model: what is asked, within which budget, and what came of it.

Nothing is asked unless somebody says so; a worksheet function never comes here.
"""
