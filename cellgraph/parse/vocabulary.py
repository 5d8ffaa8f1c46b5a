"""What names mean in equations beside quantities and operations: functions, lifted axes, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import sympy as sp

from cellgraph.ops import Axis, Head

NO_AXES: Mapping[str, Axis] = MappingProxyType({})
NUMBERS: Mapping[str, sp.Expr] = MappingProxyType({"pi": sp.pi, "e": sp.E})
"""Numbers that have a name."""


def no_function(name: str) -> type[Head] | None:
    """Finds no function of any name."""
    return None


@dataclass(frozen=True)
class Vocabulary:
    """What names mean beside quantities and operations: functions by name, and numbers.

    `find` gives what a call is made with; `broken` are functions of which it has been told what is wrong with them.
    """

    find: Callable[[str], type[Head] | None] = no_function
    numbers: Mapping[str, sp.Expr] = field(default_factory=lambda: NUMBERS)
    broken: Collection[str] = ()
    known: Callable[[], Collection[str]] = tuple
    """The names of all functions, for those that are spelled alike."""


NO_FUNCTIONS = Vocabulary()
