"""Systems beside the industries: scores over assets, then weights, then one portfolio.

:func:`~prosperity.systems.run.evaluate_system` is the one way in.
"""

from prosperity.systems.reading import find_system as find_system
from prosperity.systems.reading import systems as systems
from prosperity.systems.result import SystemResult as SystemResult
from prosperity.systems.run import evaluate_system as evaluate_system
from prosperity.systems.spec import System as System
