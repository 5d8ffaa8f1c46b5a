"""The polarity of gates: z and 1 − z are one gate under different parameters, and one of the two is simpler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import sympy as sp

from cellgraph.derive.differences.normal_form import NormalForm, free
from cellgraph.graph import rebuilt
from cellgraph.graph.ring import restored


@dataclass(frozen=True)
class SpecNames:
    """How a normal form is said in the words of the spec: names made up are written out, flipped gates are 1 − z."""

    originals: Mapping[sp.Expr, sp.Expr]
    flipped: Collection[sp.Symbol]
    scaled: Mapping[sp.Symbol, tuple[sp.Expr, ...]]
    """What each gate scales, in heads."""

    def of(self, name: sp.Symbol) -> sp.Expr:
        """What a name stands for."""
        return self.originals.get(name, name)

    def written(self, expr: sp.Expr) -> sp.Expr:
        """A polynomial in heads over the names of the spec."""
        plain = sp.expand(expr.xreplace({z: 1 - z for z in self.flipped})) if self.flipped else expr
        return rebuilt(restored(plain), self.originals)


def normalise_polarity(form: NormalForm, gates: Collection[sp.Symbol]) -> tuple[NormalForm, frozenset[sp.Symbol]]:
    """The form with every gate flipped that is simpler so (z on the old state, 1 − z on what is new), and which are.

    1 − σ(a) is σ(−a), so this is a renaming (W to −W) as long as the parameters of a stand nowhere else.
    """
    flipped: set[sp.Symbol] = set()
    subtracted = {s for expr in form.polynomials() for t in sp.Add.make_args(expr) if _negative(t) for s in free(t)}
    for gate in [name for name in form.atoms if name in gates and name in subtracted]:
        if _symmetric(form.atoms[gate].head) and _exclusive(form, gate):
            other = form.substituted({gate: 1 - gate}, keep=True)
            if _complexity(other, gate) < _complexity(form, gate):
                form = other
                flipped.add(gate)
    return form, frozenset(flipped)


@cache
def _symmetric(head: type) -> bool:
    """Whether f(−x) = 1 − f(x), by exact algebra on the value of the operation."""
    x = sp.Symbol("x", real=True)
    op = head.op  # type: ignore[attr-defined]
    if op.slope is None or not op.analytic:
        return False
    total = sp.expand(op.value(sp, (0,), x) + op.value(sp, (0,), -x))
    return bool(total.is_number and float(total) == 1)


def _exclusive(form: NormalForm, gate: sp.Symbol) -> bool:
    """Whether every term of a gate's pre-activation has a parameter that stands nowhere else, once."""
    (argument,) = form.atoms[gate].arguments
    uses: dict[sp.Symbol, int] = {}
    for expr in dict.fromkeys(form.polynomials()):
        for symbol in free(expr):
            uses[symbol] = uses.get(symbol, 0) + 1
    params = {s for s, _ in form.params}

    def alone(term: sp.Expr) -> bool:
        return any(
            uses[s] == 1 and (s in params or (s in form.atoms and any(alone(a) for a in form.atoms[s].arguments)))
            for s in free(term)
        )

    return all(alone(term) for term in sp.Add.make_args(argument))


def _complexity(form: NormalForm, gate: sp.Symbol) -> tuple[int, int, int]:
    """How involved the form looks: terms in all, terms that take the old state away by this gate, negative terms."""
    before = {b for b, _ in form.states}
    terms = [term for expr in dict.fromkeys(form.polynomials()) for term in sp.Add.make_args(expr)]
    negative = [term for term in terms if _negative(term)]
    taken = [t for t in negative if gate in free(t) and free(t) & before]
    return len(terms), len(taken), len(negative)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)
