"""``python -m prosperity_excel.cli``: the shell's ``prosperity``."""

from prosperity_excel.cli import main

main()
