"""LibreOffice Calc as a host: the same functions and buttons in a live sheet, on any system."""
