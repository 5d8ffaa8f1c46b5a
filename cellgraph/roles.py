"""The roles that a quantity of a cell can play: what each is called, and what it means.

Which quantity plays which is derived from the equations alone (`derive.structures.roles`). Pictures, pages, tables and
documents say the same role of the same quantity.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class RoleMeaning(NamedTuple):
    """What a role is called, and its definition, as message templates."""

    name: str
    definition: str


ROLES = MappingProxyType(
    {
        "gate": RoleMeaning(
            "gate",
            "A gate is made anew at every step from the input or the state, and does nothing but scale something else, "
            "entry by entry.",
        ),
        "coefficient": RoleMeaning(
            "made of gates", "A coefficient is made of gates alone, as 1 − z is, and so scales as they do."
        ),
        "mask": RoleMeaning(
            "mask", "A mask is exactly 0 or 1 at every step; nothing is learned through it, because its slope is zero."
        ),
        "candidate": RoleMeaning(
            "candidate", "A candidate is what a step offers to a state, which takes in as much of it as a factor lets."
        ),
        "carry": RoleMeaning(
            "carried state",
            "A carried state keeps a multiple of its old value, with no matrix and no activation on the way.",
        ),
        "state": RoleMeaning("state", "A state is what one step hands to the next."),
        "stabiliser": RoleMeaning(
            "stabiliser",
            "A stabiliser is a running maximum that stands only in exponents, which it keeps from growing large.",
        ),
        "normaliser": RoleMeaning("normaliser", "A normaliser is a state that does nothing but divide."),
        "buffer": RoleMeaning("buffer", "A buffer is a state that only remembers what earlier steps had."),
        "output": RoleMeaning("output", "The output is what a step shows to the outside."),
        "input": RoleMeaning("input", "An input is given anew at every step."),
        "param": RoleMeaning("parameter", "A parameter is learned, and is the same at every step."),
        "const": RoleMeaning("constant", "A constant is given once, and is not learned."),
        "seed": RoleMeaning("given gradient", "A given gradient is where the chain rule starts."),
        "derived": RoleMeaning(
            "intermediate quantity", "An intermediate quantity is computed on the way to the others."
        ),
    }
)
"""Every role, in the order of a legend."""
