"""Norm bounds of the one-step Jacobian: interval arithmetic along the graph, with a submultiplicative norm.

‖∂q/∂s‖ ≤ Σ (Lipschitz constant by each operand) ‖∂operand/∂s‖. Coefficients e_k that are never negative and add up to
a constant κ, as z and 1 − z do, are taken together: ‖Σ D(e_k) A_k‖ ≤ κ max ‖A_k‖ in the ∞-norm (largest row sum), row
by row. In the 2-norm that is false, and κ √(Σ ‖A_k‖²) is the best there is: z = (1, 0) and A = [[0, 0], [1, 0]] attain
√2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations

import sympy as sp

from cellgraph.deadline import DOING
from cellgraph.derive.facts import fact
from cellgraph.derive.jacobians.lipschitz import Lipschitz
from cellgraph.derive.jacobians.local import Link, Local, local
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell
from cellgraph.graph.identities import constant_of
from cellgraph.graph.ring import Opaque, canonical, common_factors, is_arithmetic, restored
from cellgraph.ops import Column, Derivative, Diag, Maximum, Norm, Partial, Row, times

LIMIT = 150
"""Terms above which a bound is not written out, but refers to the bounds of inner quantities."""

OPENED = 32
"""Links of named sums and products that are opened in search of coefficients that add up to a constant."""


@dataclass(frozen=True)
class Bound:
    """‖∂of/∂wrt‖ ≤ `expr` in `norm`: "infinity", "two", or "every" where no step depends on the norm.

    `expr` is in heads over norms of parameters and largest entries; None where the Jacobian is unbounded, and then
    `unbounded` is what makes it so. `highest` is a sharper form (max f) where the block is one gate, and `strict` says
    that the bound is never attained. `where` holds inner bounds that `expr` refers to.
    """

    of: sp.Symbol
    wrt: sp.Symbol
    norm: str
    expr: sp.Expr | None
    unbounded: sp.Expr | None = None
    highest: sp.Expr | None = None
    strict: bool = False
    where: tuple[tuple[sp.Expr, sp.Expr], ...] = ()


@fact
def bounds(cell: Cell) -> tuple[Bound, ...]:
    """A bound for every state after by every state before on which it depends; two of them where the norms differ."""
    links = local(cell.step)
    lipschitz = Lipschitz(links, structure(cell))
    swept = {wrt: _Sweep(links, lipschitz, wrt, "infinity") for wrt in cell.carries}
    again = {wrt: first if first.alike else _Sweep(links, lipschitz, wrt, "two") for wrt, first in swept.items()}
    found: list[Bound] = []
    for after in cell.carries.values():
        for wrt in (wrt for wrt in cell.carries if after in swept[wrt].found):
            infinity = swept[wrt].bound(after)
            two = infinity if again[wrt] is swept[wrt] else again[wrt].bound(after)
            same = replace(infinity, norm=two.norm) == two
            found += [replace(infinity, norm="every")] if same else [infinity, two]
    return tuple(found)


class _Sweep:
    """The bounds of all nodes by one state before, in one norm, as scalar SymPy over opaque norms; None: unbounded."""

    def __init__(self, links: Local, lipschitz: Lipschitz, wrt: sp.Symbol, norm: str) -> None:
        DOING.set(f"bounding the derivatives by {wrt}")
        self.links, self.lipschitz, self.wrt, self.norm = links, lipschitz, wrt, norm
        self.found: dict[sp.Expr, sp.Expr | None] = {wrt: sp.S.One}
        self.reasons: dict[sp.Expr, sp.Expr] = {}
        self.lengths: dict[sp.Expr, int] = {wrt: 1}
        """Of how many terms the bound of each node is written."""
        self.where: dict[sp.Expr, sp.Expr] = {}
        mixing = (Column, Row, Partial)
        self.alike = not any(isinstance(link.factor, mixing) for own in links.links.values() for link in own)
        """Whether nothing in this sweep depends on the norm."""
        for node in links.links:
            inner = self._inner(node)
            if inner and node != wrt:
                self._add(node, inner)

    def bound(self, of: sp.Symbol) -> Bound:
        """The bound of one state after that depends on the state before."""
        scalar = self.found[of]
        if scalar is None:
            return Bound(of, self.wrt, self.norm, None, self.reasons[of])
        order = self._order(of)
        where = tuple((name, restored(rounded(inner), order)) for name, inner in self.where.items())
        return Bound(of, self.wrt, self.norm, restored(rounded(scalar), order), None, *self._sharper(of), where)

    def _inner(self, node: sp.Expr) -> list[Link]:
        return [link for link in self.links.links[node] if link.source in self.found]

    def _add(self, node: sp.Expr, inner: list[Link]) -> None:
        if self._coupled(inner, list(range(len(inner)))) is None:
            opened = self._opened(inner)
            inner = opened if self._coupled(opened, list(range(len(opened)))) is not None else inner
        constants = [self.lipschitz.constant(node, link, self.norm) for link in inner]
        terms = [self.found[link.source] for link in inner]
        length = sum(self.lengths[link.source] for link in inner) + 1
        total = self._total(inner, constants, terms)
        if total is None:
            self.reasons[node] = next(
                self.lipschitz.cause(link) if constant is None else self.reasons[link.source]
                for link, constant, term in zip(inner, constants, terms, strict=True)
                if constant is None or term is None
            )
        elif length > LIMIT and isinstance(node, sp.Symbol):
            name = Norm(Derivative(node, self.wrt))
            self.where[name] = total
            total, length = Opaque(name), 1
        self.found[node], self.lengths[node] = total, length

    def _total(self, inner: list[Link], constants: list[sp.Expr | None], terms: list[sp.Expr | None]) -> sp.Expr | None:
        """Σ constant · bound, coupled coefficients taken together."""
        known = [(c, term) for c, term in zip(constants, terms, strict=True) if c is not None and term is not None]
        if len(known) < len(inner):
            return None
        total = sp.S.Zero
        left = list(range(len(inner)))
        while (group := self._coupled(inner, left)) is not None:
            members, constant = group
            self.alike = False
            left = [k for k in left if k not in members]
            together = _largest if self.norm == "infinity" else _euclidean
            total += constant * together([known[k][1] for k in members])
        rest = sum((known[k][0] * known[k][1] for k in left), start=sp.S.Zero)
        return total + common_factors(rest)

    def _coupled(self, inner: list[Link], left: list[int]) -> tuple[tuple[int, ...], sp.Expr] | None:
        """Operands whose coefficients are never negative and add up to a constant, and that constant."""
        weights = {k: w for k in left if (w := self.lipschitz.weight(inner[k])) is not None}
        choices = [*combinations(weights, 2), *([tuple(weights)] if len(weights) > 2 else [])]
        for members in choices:
            constant = constant_of(sum(weights[k] for k in members), self.lipschitz.facts.step.algebra)
            if constant is not None and not all(weights[k].is_number for k in members):
                return members, constant
        return None

    def _opened(self, inner: list[Link]) -> list[Link]:
        """The links with named sums and products opened: h = h⁻ + s, s = z ⊙ (g − h⁻) as (1 − z) ⊙ h⁻ + z ⊙ g."""
        terms: dict[sp.Expr, sp.Expr] = {}
        todo = [(sp.S.One, link) for link in reversed(inner)]
        for _ in range(OPENED):
            if not todo:
                break
            scale, link = todo.pop()
            below = self._inner(link.source) if is_arithmetic(self.links.definition(link.source)) else []
            if not isinstance(link.factor, Diag) or any(not isinstance(b.factor, Diag) for b in below):
                return inner
            coefficient = scale * canonical(link.factor.args[0])
            if below:
                todo += [(coefficient, b) for b in reversed(below)]
            else:
                terms[link.source] = terms.get(link.source, sp.S.Zero) + coefficient
        return inner if todo else [Link(source, Diag(restored(scalar))) for source, scalar in terms.items()]

    def _order(self, of: sp.Expr) -> dict[sp.Expr, None]:
        """Maxima first, then norms in the order in which the equations are read, outputs first."""
        norms: dict[sp.Expr, None] = {}
        todo: list[sp.Expr] = [of]
        visited: set[sp.Expr] = set()
        while todo:
            node = todo.pop()
            if node in visited:
                continue
            visited.add(node)
            for link in self._inner(node):
                constant = self.lipschitz.constant(node, link, self.norm)
                norms.update(dict.fromkeys(sorted(constant.atoms(Opaque), key=str) if constant is not None else []))
            todo.extend(link.source for link in reversed(self._inner(node)))
        scalars = [v for v in (self.found[of], *self.where.values()) if v is not None]
        powers = [p for v in scalars for p in sorted(v.atoms(sp.Function, sp.Pow), key=str)]
        together = dict.fromkeys(p for p in powers if not (p.is_Pow and p.exp.is_Integer))
        return {**together, **dict.fromkeys(self.where), **norms}

    def _sharper(self, of: sp.Symbol) -> tuple[sp.Expr | None, bool]:
        """(max f, whether the bound is strict) where the whole block is diag(f), or a product with such a factor."""
        chain: list[sp.Expr] = []
        node: sp.Expr = of
        while node != self.wrt:
            match self._inner(node):
                case [Link(node, Diag(args=(coefficient,)))]:
                    chain.append(coefficient)
                case _:
                    return None, False
        factors = [f for e in chain for f in sp.Mul.make_args(canonical(e))]
        whole = reduce(times, chain)
        facts = self.lipschitz.facts
        small = all(self.lipschitz.range(e).within(-1, 1) for e in chain)
        strict = small and facts.range_of(whole, facts.finite).magnitude < self.lipschitz.range(whole).magnitude
        match factors:
            case [sp.Symbol() as gate] if self.lipschitz.range(gate).within(0, 1):
                return Maximum(gate), strict
        return None, strict


def _largest(values: list[sp.Expr]) -> sp.Expr:
    """The maximum, numbers gathered in front."""
    numbers = [v for v in values if v.is_number]
    others = dict.fromkeys(v for v in values if not v.is_number)
    return reduce(sp.Function("max"), [*([max(numbers)] if numbers else []), *others])


def _euclidean(values: list[sp.Expr]) -> sp.Expr:
    """√(Σ v²)."""
    return sp.sqrt(sum(v**2 for v in values))


def rounded(scalar: sp.Expr) -> sp.Expr:
    """The bound with its numbers rounded up to four places: it rises with each of them."""
    numbers = (r for r in scalar.atoms(sp.Rational) if r.q > 10**4)
    return scalar.xreplace({r: sp.Rational(sp.ceiling(r * 10**4), 10**4) for r in numbers})
