"""Excel: worksheet functions, ribbon, installing, the add-in file."""
