"""From results and definitions to workbooks."""
