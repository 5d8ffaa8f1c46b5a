"""Biases that are only ever added to each other: they are one parameter, which is stored more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import sympy as sp

from cellgraph.graph import parts
from cellgraph.imports.writing.distinct import Shapes, distinct, rewritten
from cellgraph.ops import Add


def added_alone(exprs: Iterable[sp.Expr], params: Collection[sp.Symbol], shapes: Shapes) -> dict[sp.Symbol, sp.Symbol]:
    """The parameters that are used in one sum only, where another such parameter stands: that one for each of them.

    >>> from cellgraph.graph import size
    >>> a, b, c = sp.symbols("a b c")
    >>> added_alone([Add(b, a, c)], [b, c], {s: (size("n"),) for s in (a, b, c)})
    {c: b}
    """
    wanted = list(exprs)
    nodes = distinct(wanted)
    uses = Counter([*wanted, *(part for node in nodes for part in parts(node))])
    same: dict[sp.Symbol, sp.Symbol] = {}
    for node in nodes:
        alone = [term for term in parts(node) if term in params and uses[term] == 1] if isinstance(node, Add) else []
        firsts = {term: next(other for other in alone if shapes[other] == shapes[term]) for term in alone}
        same |= {term: first for term, first in firsts.items() if first != term}
    return same


def with_one_bias(
    exprs: Iterable[sp.Expr], params: Collection[sp.Symbol], same: Mapping[sp.Symbol, sp.Symbol]
) -> dict[sp.Expr, sp.Expr]:
    """What each node is with one parameter for all that are `same`, and parameters and numbers at the end of sums.

    >>> a, b, c = sp.symbols("a b c")
    >>> with_one_bias([Add(b, a, c)], [b, c], {c: b})[Add(b, a, c)]
    Add(a, b)
    """

    def rule(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, Add):
            return node
        biases = dict.fromkeys(same.get(term, term) for term in node.args if term in params)
        others = [term for term in node.args if term not in params]
        terms = [
            *(term for term in others if not term.is_number),
            *biases,
            *(term for term in others if term.is_number),
        ]
        return node if list(node.args) == terms else Add(*terms) if len(terms) > 1 else terms[0]

    return rewritten(exprs, rule)
