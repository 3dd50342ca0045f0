"""What is wrong, late or odd in a book's data."""
