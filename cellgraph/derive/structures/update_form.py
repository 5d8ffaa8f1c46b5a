"""The form of an update: s = a ⊙ s⁻ + Σ b_k ⊙ v_k, read off by exact algebra through any named intermediates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.graph import fold, reachable, symbols_of
from cellgraph.graph.identities import is_zero
from cellgraph.graph.ring import canonical
from cellgraph.ops import Diag, Head


@dataclass(frozen=True)
class UpdateForm:
    """One quantity as a sum of scaled quantities, as scalar algebra over the names of the flat graph.

    `carried` is the coefficient of the state before the step (zero: there is no such term); `inputs` the coefficient
    of every other value that goes into the sum; `complete` whether nothing else goes into it.
    """

    carried: sp.Expr
    inputs: Mapping[sp.Symbol, sp.Expr]
    complete: bool

    @property
    def parts(self) -> tuple[sp.Symbol, ...]:
        """The quantities that the sum is made of, those in its coefficients included, each once."""
        weights = (self.carried, *self.inputs.values())
        return tuple(dict.fromkeys([*self.inputs, *(s for w in weights for s in sorted(w.free_symbols, key=str))]))


def update_form(
    step: Flat,
    after: sp.Symbol,
    before: sp.Symbol,
    gates: Collection[sp.Symbol],
    data: Collection[sp.Symbol],
    whole: Collection[sp.Symbol] = (),
) -> UpdateForm:
    """The form of `after`. A name is one value unless its own arithmetic holds a gate or the state before.

    Names in `whole` are one value each, whatever their arithmetic holds.
    """
    if after not in step.algebra:
        return UpdateForm(sp.S.Zero, {after: sp.S.One}, True)
    fixed = {before, *gates}
    opened = {after} | (step.graph.descendants(fixed, step.operations) - fixed - set(whole))
    summed = reachable([after], step.graph.uses, step.graph.quantities.keys() - opened)
    opened &= summed
    values = [s for s in summed if s in data and s not in fixed | opened]
    carried = _coefficient(step, after, before, opened)
    inputs = {value: _coefficient(step, after, value, opened) for value in values}
    parts = carried * before + sp.Add(*[b * value for value, b in inputs.items()])
    complete = is_zero(after - parts, {name: step.algebra[name] for name in opened & step.algebra.keys()})
    return UpdateForm(carried, {value: b for value, b in inputs.items() if b != 0}, complete)


def _coefficient(step: Flat, after: sp.Symbol, of: sp.Symbol, opened: Collection[sp.Symbol]) -> sp.Expr:
    """The sum over all paths from `of` to `after` on which nothing but scaling and adding happens; zero without one."""
    found: dict[sp.Symbol, sp.Expr] = {of: sp.S.One}
    for equation in step.graph.equations:
        if equation.lhs in opened and any(s in found for s in equation.uses):
            found[equation.lhs] = _linearly(equation.rhs, found)
    return found.get(after, sp.S.Zero)


def _linearly(expr: sp.Expr, known: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """d(expr) along linear paths only, given d of its symbols: Σ e_k d(operand k), where e_k does not vary itself."""

    def combine(node: Head, changes: list[sp.Expr]) -> sp.Expr:
        arguments = node.args[: len(changes)]
        factors = node.op.jacobian(sp.Dummy(), *node.args, shapes=((),) * len(arguments))
        total = sp.S.Zero
        for factor, change in zip(factors, changes, strict=True):
            if change != 0 and isinstance(factor, Diag) and not any(s in known for s in symbols_of(factor.args[0])):
                total += canonical(factor.args[0]) * change
        return total

    return fold(expr, lambda leaf: known.get(leaf, sp.S.Zero), combine)
