"""The rulebook as data: every function of every contract, what it may refuse and announce."""

from sim.rulebook.calling import Unsent, call
from sim.rulebook.functions import Argument, Function, functions

__all__ = ["Argument", "Function", "Unsent", "call", "functions"]
