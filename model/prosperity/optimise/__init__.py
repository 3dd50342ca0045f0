"""From factor exposures to an enhanced-index portfolio: forecast, risk, optimisation.

Only :mod:`prosperity.optimise.problem` knows the solver (extra ``optimise``), and loads it when a
problem is solved. No worksheet function comes here.
"""
