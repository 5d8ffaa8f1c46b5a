"""Turning gates around: z and 1 − z are one gate under different parameters, and one way round is simpler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import sympy as sp

from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.polynomials import free
from cellgraph.derive.structures.flat import written
from cellgraph.graph import rebuilt


@dataclass(frozen=True)
class SpecNames:
    """How the names of a net are shown: expressions for names made up, 1 − z for gates that were turned around."""

    meaning: Mapping[sp.Expr, sp.Expr]
    turned: Collection[sp.Symbol]
    scaled: Mapping[sp.Symbol, tuple[sp.Expr, ...]]
    """What each gate scales, in heads."""

    def shown(self, expr: sp.Expr) -> sp.Expr:
        """A polynomial in heads over the names of the spec."""
        plain = expr.xreplace({z: 1 - z for z in self.turned})
        return rebuilt(written(sp.expand(plain) if self.turned else plain), self.meaning)


def normalise_polarity(net: NormalForm, gates: Collection[sp.Symbol]) -> tuple[NormalForm, frozenset[sp.Symbol]]:
    """The net with every gate the way round that is simplest: z on the old state, 1 − z on what is new.

    1 − σ(a) is σ(−a), so this is a renaming (W to −W) as long as the parameters of a stand nowhere else.
    """
    around: set[sp.Symbol] = set()
    subtracted = {s for expr in net.polynomials() for t in sp.Add.make_args(expr) if _negative(t) for s in free(t)}
    for gate in [name for name in net.atoms if name in gates and name in subtracted]:
        if _symmetric(net.atoms[gate].head) and _exclusive(net, gate):
            other = net.put({gate: 1 - gate}, keep=True)
            if _turns(other, gate) < _turns(net, gate):
                net = other
                around.add(gate)
    return net, frozenset(around)


@cache
def _symmetric(head: type) -> bool:
    """Whether f(−x) = 1 − f(x), by exact algebra on the value of the operation."""
    x = sp.Symbol("x", real=True)
    op = head.op  # type: ignore[attr-defined]
    if op.slope is None or not op.analytic:
        return False
    total = op.value(sp, (0,), x) + op.value(sp, (0,), -x)
    total = sp.expand(total)
    return bool(total.is_number and float(total) == 1)


def _exclusive(net: NormalForm, gate: sp.Symbol) -> bool:
    """Whether every term of a gate's pre-activation has a parameter that stands nowhere else, once."""
    (argument,) = net.atoms[gate].arguments
    uses: dict[sp.Symbol, int] = {}
    for expr in dict.fromkeys(net.polynomials()):
        for symbol in free(expr):
            uses[symbol] = uses.get(symbol, 0) + 1
    params = {s for s, _ in net.params}

    def alone(term: sp.Expr) -> bool:
        return any(
            uses[s] == 1 and (s in params or (s in net.atoms and any(alone(a) for a in net.atoms[s].arguments)))
            for s in free(term)
        )

    return all(alone(term) for term in sp.Add.make_args(argument))


def _turns(net: NormalForm, gate: sp.Symbol) -> tuple[int, int, int]:
    """How involved the net looks: terms in all, terms that take the old state away by this gate, negative terms."""
    before = {b for b, _ in net.states}
    terms = [term for expr in dict.fromkeys(net.polynomials()) for term in sp.Add.make_args(expr)]
    negative = [term for term in terms if _negative(term)]
    taken = [t for t in negative if gate in free(t) and free(t) & before]
    return len(terms), len(taken), len(negative)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)
