"""What a sceptical reviewer asks of a timing model, as plain functions, one question a module."""
