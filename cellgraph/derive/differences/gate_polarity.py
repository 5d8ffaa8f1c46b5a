"""The polarity of gates: z and 1 − z are one gate under different parameters, and one of the two is simpler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import prod

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

    def within(self, form: NormalForm) -> SpecNames:
        """The same, where an operation without a name of its own is said as rewrites have left it in a form."""
        originals = dict(self.originals)
        for name in form.atoms.keys() & originals.keys():
            del originals[name]
        for name, atom in form.atoms.items():
            if name in self.originals:
                known = replace(self, originals=originals)
                originals[name] = atom.head(*map(known.written, atom.arguments), *atom.statics)
        return replace(self, originals=originals)

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
        if _symmetric(form.atoms[gate].head) and negatable(form, gate) is not None:
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


def negatable(form: NormalForm, gate: sp.Symbol) -> frozenset[sp.Symbol] | None:
    """Parameters under whose change of sign a gate's pre-activation changes its own, and nothing else; None: there are
    none."""
    uses = Counter(symbol for expr in dict.fromkeys(form.polynomials()) for symbol in free(expr))
    params = {s for s, _ in form.params}

    def chosen(expr: sp.Expr) -> Iterator[sp.Symbol | None]:
        """A parameter of every term; None for a term that has none for itself alone."""
        for term in sp.Add.make_args(expr):
            own = sorted((s for s in free(term) if uses[s] == 1), key=str)
            if lone := [s for s in own if s in params]:
                yield lone[0]
                continue
            inside = (list(chosen(a)) for s in own if s in form.atoms for a in form.atoms[s].arguments)
            yield from next((found for found in inside if None not in found), [None])

    found = frozenset(s for argument in form.atoms[gate].arguments for s in chosen(argument))
    return found if None not in found and _negates(form, gate, found) else None


def _negates(form: NormalForm, gate: sp.Symbol, params: Collection[sp.Symbol]) -> bool:
    """Whether the gate's pre-activation alone changes its sign where these parameters change theirs."""
    negative = set(params)

    def sign(expr: sp.Expr) -> int:
        """1: the same; -1: negated; 0: neither."""
        other = expr.xreplace({s: -s for s in free(expr) & negative})
        return 1 if other == expr else -1 if sp.expand(other + expr) == 0 else 0

    for name, atom in form.atoms.items():
        signs = [sign(argument) for argument in atom.arguments]
        if name == gate and signs == [-1]:
            continue
        if 0 in signs or name == gate or (-1 in signs and not _odd(atom.head)):
            return False
        if prod(signs) == -1:
            negative.add(name)
    return all(sign(expr) == 1 for expr in (form.output, *(after for _, after in form.states)))


LINEAR = frozenset(
    "matmul outer transpose conv sum mean cumsum flatten split spread fill shift slice repeat scale".split()
)
"""Operations that are linear in each of their operands."""


@cache
def _odd(head: type) -> bool:
    """Whether the result changes its sign with any one operand, by exact algebra on the value of the operation."""
    op, x = head.op, sp.Symbol("x", real=True)  # type: ignore[attr-defined]
    if op.name in LINEAR:
        return True
    return op.slope is not None and op.analytic and bool(sp.expand(op.value(sp, (0,), x) + op.value(sp, (0,), -x)) == 0)


def _complexity(form: NormalForm, gate: sp.Symbol) -> tuple[int, int, int]:
    """How involved the form looks: terms in all, terms that take the old state away by this gate, negative terms."""
    before = {b for b, _ in form.states}
    terms = [term for expr in dict.fromkeys(form.polynomials()) for term in sp.Add.make_args(expr)]
    negative = [term for term in terms if _negative(term)]
    taken = [t for t in negative if gate in free(t) and free(t) & before]
    return len(terms), len(taken), len(negative)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)
