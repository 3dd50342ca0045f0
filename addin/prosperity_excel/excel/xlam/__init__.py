"""The add-in file: ribbon, VBA and the container they are put into."""
