"""Which parameters of a normal form are left out together, or come in together, in one edit, and which do one work."""

from __future__ import annotations

from collections.abc import Collection

import sympy as sp

from cellgraph.derive.differences.normal_form import NormalForm, free
from cellgraph.ops import Matmul, core


def parameter_groups(form: NormalForm, gates: Collection[sp.Symbol]) -> list[tuple[sp.Symbol, ...]]:
    """The groups that say most first: what scales, biases, recurrent matrices, those within gates, each vector alone,
    and the matrices of each state."""
    before = {b for b, _ in form.states}
    states = before | {name for b, a in form.states for name in free(a) if name in form.atoms}
    vectors = [s for s, shape in form.params if len(core(shape)) == 1]
    scaling = [v for v in vectors if any(_beside(expr, v) for expr in form.polynomials())]
    products = [atom.arguments for atom in form.atoms.values() if atom.head is Matmul]
    recurrent = [matrix for matrix, vector in products if free(vector) & states and matrix in form.leaves]
    lone = [v for v in vectors if v not in scaling]
    gated = {s for gate in gates for a in form.atoms[gate].arguments for s in free(a)}
    inside = [form.atoms[s].arguments[0] for s in form.atoms if s in gated and form.atoms[s].head is Matmul]
    matrices = [s for s in inside if s in form.leaves]
    groups = [
        scaling,
        lone,
        recurrent,
        [s for s in matrices if s not in recurrent],
        [s for s in matrices if s in recurrent],
        [v for v in lone if v in gated],
        *([v] for v in vectors),
        *([matrix for matrix, vector in products if vector == b and matrix in form.leaves] for b, _ in form.states),
    ]
    return list(dict.fromkeys(tuple(group) for group in groups if group))


def _beside(expr: sp.Expr, vector: sp.Symbol) -> bool:
    """Whether a vector scales something that is no parameter alone."""
    return any(vector in free(term) and len(free(term)) > 1 for term in sp.Add.make_args(expr))


def only_added(form: NormalForm) -> dict[sp.Symbol, sp.Symbol]:
    """Parameters that stand nowhere but beside another, to which they are added: each with that other.

    One vector does the work of b and d in a + b + d, and in r b + r d.
    """
    places: dict[sp.Symbol, set[tuple[int, sp.Expr]]] = {s: set() for s, _ in form.params}
    for place, expr in enumerate(form.polynomials()):
        for term in sp.Add.make_args(expr):
            for symbol in free(term) & places.keys():
                places[symbol].add((place, term / symbol))
    first: dict[object, sp.Symbol] = {}
    found = {}
    for symbol, shape in form.params:
        own = places[symbol]
        other = first.setdefault((shape, frozenset(own)), symbol)
        if own and other != symbol:
            found[symbol] = other
    return found
