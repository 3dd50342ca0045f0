"""An open workbook: reading it, writing blocks and cells, repairing links, state and patience."""
