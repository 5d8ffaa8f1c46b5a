"""What is found of each state: its update, the term that carries it on, and coefficients that add up to 1."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.update_form import UpdateForm


@dataclass(frozen=True)
class State:
    """A state: its symbols before and after the step, its form, and whether some update reads it."""

    before: sp.Symbol
    after: sp.Symbol
    size: sp.Expr
    read: bool
    form: UpdateForm
    same_as: sp.Symbol | None = None
    """The state of which this one is nothing but another name."""


@dataclass(frozen=True)
class Carry:
    """A term a ⊙ s⁻ in the update of a state s, with no matrix on s⁻."""

    state: sp.Symbol
    coefficient: sp.Expr
    """In heads over the names of the spec."""
    scalar: sp.Expr
    """The same as scalar algebra over the names of the flat graph."""


@dataclass(frozen=True)
class Coupling:
    """Coefficients in the update of one state that add up to 1 whatever the gates do: the old state's comes first."""

    state: sp.Symbol
    coefficients: tuple[sp.Expr, ...]
    candidates: tuple[sp.Expr, ...]
    """What is weighed against the old state, as scalar algebra."""
    convex: bool
    """Whether each of them lies in [0, 1], so that the update is a weighted mean."""
    weight: sp.Expr
    """The old state's coefficient as scalar algebra over the names of the flat graph."""
