"""Results into sheets, JSON, CSV and the printed table."""
