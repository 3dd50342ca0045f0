"""The parts of a closed file, edited in place."""
