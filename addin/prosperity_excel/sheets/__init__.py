"""Any file into sheets of cells."""
