"""Cells that are one cell under other parameters: renamed, and with another sign where a gate is 1 − z instead of z."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.differences.difference import difference
from cellgraph.derive.differences.normal_form import NormalForm, free, normal_form
from cellgraph.graph import Cell
from cellgraph.ops import Matmul


@dataclass(frozen=True)
class Reparametrisation:
    """Under which parameters of one cell another is equal to it.

    names:    parameter of the second -> parameter of the first
    negated:  parameters of the first whose sign changes
    flipped:  gates of the first that are 1 − z in the second
    """

    names: Mapping[str, str]
    negated: frozenset[str] = frozenset()
    flipped: tuple[sp.Symbol, ...] = ()


def reparametrised(a: Cell, b: Cell) -> Reparametrisation | None:
    """The parameters under which `b` computes what `a` does, proved term by term; None where there are none.

    Where a gate is flipped, σ(−s) = 1 − σ(s): one parameter of each term of its pre-activation s changes its sign.
    """
    found = difference(a, b, farthest=0)
    if not (found.equivalent and found.proved):
        return None
    params = {quantity.symbol for quantity in a.step.having("param")}
    signs = [[*_factors(normal_form(a), gate)] for gate in found.flipped]
    if not all(symbol is not None for own in signs for symbol in own):
        return None
    return Reparametrisation(
        {theirs.name: ours.name for ours, theirs in found.names.items() if ours in params},
        frozenset(symbol.name for own in signs for symbol in own if symbol is not None),
        found.flipped,
    )


def _factors(form: NormalForm, gate: sp.Symbol) -> Iterator[sp.Symbol | None]:
    """Of each term of a gate's pre-activation, a parameter that it is proportional to and that stands nowhere else."""
    expressions = [*dict.fromkeys(form.polynomials())]
    params = {s for s, _ in form.params}

    def alone(symbol: sp.Symbol) -> bool:
        return sum(symbol in free(expr) for expr in expressions) == 1

    (argument,) = form.atoms[gate].arguments
    for term in sp.Add.make_args(argument):
        linear = [s for s in sp.Mul.make_args(term) if isinstance(s, sp.Symbol) and alone(s)]
        products = [form.atoms[s].arguments for s in linear if s in form.atoms and form.atoms[s].head is Matmul]
        linear += [matrix for matrix, _ in products if isinstance(matrix, sp.Symbol) and alone(matrix)]
        yield next((s for s in linear if s in params), None)
