"""Industry prosperity models: composites, signals and backtests, without look-ahead.

The one way in is :func:`prosperity.engine.evaluate`.
"""

__version__ = "0.1.0"
