"""Files and processes: replacing, copies, locks, children."""
