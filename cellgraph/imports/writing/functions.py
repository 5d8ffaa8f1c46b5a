"""Recognising functions: what is written out becomes a call, with the arguments that make the two equal as algebra."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import sympy as sp
from sympy.core.function import AppliedUndef

from cellgraph.graph import Call, parts
from cellgraph.imports.writing.distinct import Shapes, distinct, remade
from cellgraph.imports.writing.spellings import NUMBERS, Spelling, scalars, spellings
from cellgraph.imports.writing.sums_and_products import added, factors, multiplied, terms
from cellgraph.ops import Add, Axis, Div, Head, Mean, Mul, Neg, Sub

Given = Mapping[sp.Symbol, sp.Expr]
"""What parameters of a spelling stand for."""

LEARNED = ("gain", "bias")
"""Parameters of functions that stand for what a layer learns."""
MOST = 6
"""The most factors of which some may be what is looked for."""


def with_functions(
    exprs: Iterable[sp.Expr],
    shapes: Shapes,
    each: tuple[Axis, ...] = (),
    learned: Collection[sp.Expr] | None = None,
) -> dict[sp.Expr, sp.Expr]:
    """What each of some expressions is with the calls of functions in the place of what these are inside.

    `each` are the lifted axes; gains and biases are only what is `learned`, if that is told. Values stay what they
    are: an expression and its call are equal as algebra.

    >>> from cellgraph.ops import Sigmoid
    >>> x, y = sp.symbols("x y")
    >>> whole = Mul(Mul(y, Sigmoid(x)), x)
    >>> with_functions([whole], {})[whole]
    Mul(y, silu(x))
    """
    wanted = list(exprs)
    found = dict(zip(wanted, wanted, strict=True))
    # What is recognised may be a part of something larger that could not be recognised before.
    while True:
        again = _recognised(found.values(), _Recognition(shapes, spellings(each), learned))
        if all(again[now] == now for now in found.values()):
            return found
        found = {expr: again[now] for expr, now in found.items()}


def _recognised(exprs: Iterable[sp.Expr], search: _Recognition) -> dict[sp.Expr, sp.Expr]:
    wanted = list(exprs)
    search.learn(distinct(wanted))
    found: dict[sp.Expr, sp.Expr] = {}

    def below(node: sp.Expr) -> tuple[sp.Expr, ...]:
        if node not in found:
            found[node] = search.called(node)
        return parts(found[node])

    made: dict[sp.Expr, sp.Expr] = {}
    for node in distinct(wanted, below):
        made[node] = remade(found[node], [made[part] for part in below(node)])
    return {expr: made[expr] for expr in wanted}


@dataclass
class _Recognition:
    """What is known while functions are looked for."""

    shapes: Shapes
    known: tuple[Spelling, ...]
    learned: Collection[sp.Expr] | None
    scalar: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    """The scalar algebra of nodes."""
    written: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    """How scalar algebra is written in the program."""
    operations: dict[sp.Expr, frozenset[str]] = field(default_factory=dict)

    def learn(self, nodes: Sequence[sp.Expr]) -> None:
        """Notes the scalar algebra of nodes."""
        scalars(nodes, self.shapes, self.scalar)
        for node in nodes:
            self.written.setdefault(self.scalar[node], node)

    def called(self, node: sp.Expr) -> sp.Expr:
        """The node as a call, or as a sum or product with a call in it; itself where nothing is recognised."""
        if not parts(node) or isinstance(node, Call):
            return node
        whole = self._call(node)
        if whole is not None:
            return whole
        if isinstance(node, (Add, Sub)):
            return self._in_sum(node)
        return self._in_product(node) if isinstance(node, (Mul, Div)) else node

    def _call(self, node: sp.Expr, root: type | None = None) -> sp.Expr | None:
        """The node as a call; with `root`, of what is such a sum or product inside."""
        scalar = self._scalar(node)
        own = self._operations(scalar)
        for spelling in self.known:
            if spelling.operations <= own and (root is None or isinstance(spelling.scalar, root)):
                for given in matches(spelling.scalar, scalar, {}, frozenset(spelling.parameters)):
                    arguments = [self._argument(p, given.get(p)) for p in spelling.parameters]
                    if None not in arguments and not _is_centred(spelling, arguments[0]) and _is_ordered(given):
                        return spelling.of(arguments)
        return None

    def _in_product(self, node: Head) -> sp.Expr:
        """A product of which some factors are a call, as many of them as can be."""
        chain = factors(node)
        for count in range(min(len(chain) - 1, MOST), 1, -1):
            for chosen in combinations(range(len(chain)), count):
                call = self._call(multiplied([chain[k] for k in chosen]), sp.Mul)
                if call is not None:
                    rest = [chain[k] for k in range(len(chain)) if k not in chosen[1:]]
                    rest[chosen[0]] = (call, True)
                    return self.called(multiplied(rest))
        return node

    def _in_sum(self, node: Head) -> sp.Expr:
        """A sum of which what is taken off is the negative of a call."""
        found = {term: self._call(term) for term in terms(node) if isinstance(term, Neg)}
        if not any(found.values()):
            return node
        return added([found.get(term) or term for term in terms(node)])

    def _argument(self, parameter: sp.Expr, scalar: sp.Expr | None) -> sp.Expr | None:
        if parameter.is_number:
            return parameter
        if scalar is None or (parameter.name in LEARNED and self.learned is not None and scalar not in self.learned):
            return None
        return scalar if scalar.is_Rational else self.written.get(scalar)

    def _scalar(self, node: sp.Expr) -> sp.Expr:
        if node not in self.scalar:
            scalars([node], self.shapes, self.scalar)
        return self.scalar[node]

    def _operations(self, scalar: sp.Expr) -> frozenset[str]:
        for term in distinct([scalar], lambda term: () if term in self.operations else term.args):
            if term not in self.operations:
                own = {term.func.__name__} if isinstance(term, AppliedUndef) else ()
                self.operations[term] = frozenset(own).union(*(self.operations[part] for part in term.args))
        return self.operations[scalar]


def _is_ordered(given: Given) -> bool:
    """Whether numbers are such that every spelling means the same: a slope below one, limits in their order."""
    numbers = {name.name: number for name, number in given.items() if name.name in NUMBERS}
    return bool(
        0 <= numbers.get("slope", 0) <= 1 and numbers.get("low", 0) <= numbers.get("high", numbers.get("low", 0))
    )


def _is_centred(spelling: Spelling, argument: sp.Expr | None) -> bool:
    """Whether a norm would be taken of what its mean has been taken off, which is to standardise."""
    return spelling.head.op.name == "rms_norm" and isinstance(argument, Sub) and isinstance(argument.args[1], Mean)


def matches(pattern: sp.Expr, scalar: sp.Expr, given: Given, free: frozenset[sp.Symbol]) -> Iterator[Given]:
    """The ways in which a pattern is some scalar algebra: what each of its `free` symbols stands for.

    >>> a, x, y = sp.symbols("a x y")
    >>> f = sp.Function("f")
    >>> next(matches(a * f(a), (x + y) * f(x + y), {}, frozenset([a])))
    {a: x + y}
    """
    if pattern in free:
        yield from _bound(pattern, scalar, given)
    elif pattern.free_symbols.isdisjoint(free):
        if pattern == scalar:
            yield given
    elif isinstance(pattern, AppliedUndef):
        if pattern.func == scalar.func and len(pattern.args) == len(scalar.args):
            yield from _all(list(zip(pattern.args, scalar.args, strict=True)), given, free)
    elif pattern.is_Pow:
        base = _root(scalar, pattern.exp)
        if base is not None:
            yield from matches(pattern.base, base, given, free)
    elif pattern.is_Add:
        if scalar.is_Add:
            summands = sorted(pattern.args, key=lambda term: _order(term, free))
            yield from _sums(summands, scalar, given, free)
    elif pattern.is_Mul:
        coefficient, rest = pattern.as_coeff_Mul()
        multiplicands = sorted(sp.Mul.make_args(rest), key=lambda factor: _order(factor, free))
        yield from _products(multiplicands, scalar / coefficient, given, free)


def _root(scalar: sp.Expr, exponent: sp.Expr) -> sp.Expr | None:
    """Of what a scalar is this power: x y of x² y². None where it is that of nothing plain."""
    if scalar.is_Pow and scalar.exp == exponent:
        return scalar.base
    if not scalar.is_Mul or not exponent.is_Integer:
        return None
    powers = [(*factor.as_base_exp(), factor) for factor in scalar.args]
    if all(base.is_positive or (power / exponent).is_Integer for base, power, _ in powers):
        return sp.Mul(*(base ** (power / exponent) for base, power, _ in powers))
    return None


def _order(term: sp.Expr, free: frozenset[sp.Symbol]) -> tuple[int, int, str]:
    """What can be only one thing is looked for first, what can be anything last; numbers before other names."""
    bare = term in free
    return bare and 1 + (term.name not in NUMBERS), -len(term.atoms(AppliedUndef)), str(term)


def _bound(name: sp.Symbol, scalar: sp.Expr, given: Given) -> Iterator[Given]:
    if name in given:
        if given[name] == scalar:
            yield given
    elif scalar.is_Rational == (name.name in NUMBERS):
        yield {**given, name: scalar}


def _all(pairs: list[tuple[sp.Expr, sp.Expr]], given: Given, free: frozenset[sp.Symbol]) -> Iterator[Given]:
    if not pairs:
        yield given
        return
    for found in matches(*pairs[0], given, free):
        yield from _all(pairs[1:], found, free)


def _sums(summands: list[sp.Expr], scalar: sp.Expr, given: Given, free: frozenset[sp.Symbol]) -> Iterator[Given]:
    """The ways in which terms add up to a scalar: each is one term of it, but the last may be all that is left."""
    first, *others = summands
    if not others:
        yield from matches(first, scalar, given, free)
        return
    if first in given:
        yield from _sums(others, scalar - given[first], given, free)
        return
    for term in sp.Add.make_args(scalar):
        for found in matches(first, term, given, free):
            yield from _sums(others, scalar - term, found, free)


def _products(
    multiplicands: list[sp.Expr], scalar: sp.Expr, given: Given, free: frozenset[sp.Symbol]
) -> Iterator[Given]:
    first, *others = multiplicands
    if scalar == 0:
        return
    if not others:
        yield from matches(first, scalar, given, free)
        return
    if first in given:
        yield from _products(others, scalar / given[first], given, free)
        return
    for factor in sp.Mul.make_args(scalar):
        for found in matches(first, factor, given, free):
            yield from _products(others, scalar / factor, found, free)
