"""What the ribbon's buttons do, over any engine of xlwings; the shell's verbs share the work.

Every action computes first and writes last, so that a failure leaves the workbook as it was. It
returns a summary for the user.
"""
