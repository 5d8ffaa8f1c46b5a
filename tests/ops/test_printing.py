"""SymPy's printers: every gradient and Jacobian comes out as LaTeX, text and MathML, and its tree reads back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy as sp
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph import ops
from cellgraph.derive.gradients.gradient import adjoint_equations
from cellgraph.graph import postorder
from cellgraph.graph.ring import canonical
from cellgraph.views import notation

PREFIXED = '<math xmlns:mml="http://www.w3.org/1998/Math/MathML">{}</math>'
"""SymPy writes names with subscripts with this prefix, which it leaves to the reader."""


Link = tuple[type, int, type]


def links(expr: sp.Expr) -> set[Link]:
    """What stands where in what: how a part is printed depends on nothing else."""
    return {(type(node), place, type(part)) for node in postorder(expr) for place, part in enumerate(node.args)}


def derived() -> Iterator[sp.Expr]:
    """Every gradient and Jacobian of a few cells, as far as it has a link that none before it has; short ones first."""
    found: dict[sp.Expr, set[Link]] = {}
    for cell in map(cell_of, FEW):
        gradients = [equation.rhs for equation in adjoint_equations(cg.gradient(cell))]
        for expr in (*gradients, *(block.sum for block in cg.jacobian(cell).blocks)):
            if isinstance(expr, (ops.Head, ops.Factor)) and expr not in found:
                found[expr] = links(expr)
    seen: set[Link] = set()
    for expr in sorted(found, key=lambda expr: (len(str(expr)), str(expr))):
        if not found[expr] <= seen:
            seen |= found[expr]
            yield expr


def test_what_is_derived_comes_out_of_every_printer() -> None:
    heads = [*derived()]
    assert len(heads) > 100
    for expr in heads:
        assert sp.latex(expr) == notation.latex(expr)
        assert sp.pretty(expr, wrap_line=False) == notation.text(expr)
        assert str(expr) == repr(expr)
        assert eval(sp.srepr(expr), {**vars(sp), "ops": ops}) == expr
    # MathML is slow to make: once for the operations that an expression is made of.
    for expr in {frozenset(map(type, postorder(expr))): expr for expr in reversed(heads)}.values():
        assert ET.fromstring(PREFIXED.format(sp.mathml(expr)))[0].tag == "apply"
        shown = ET.fromstring(sp.mathml(expr, printer="presentation"))
        assert {"math"}.isdisjoint(part.tag for part in shown.iter())


@pytest.mark.parametrize("write", [sp.latex, str, sp.pretty])
def test_within_sympys_own_arithmetic_parentheses_stay(write: Callable[[Any], str]) -> None:
    f, g = sp.symbols("f g")
    shown = write(2 * ops.Sub(f, g)).replace("\\left", "").replace("\\right", "")
    assert shown in ("2 (f - g)", "2*(Sub(f, g))", "2⋅(f − g)")


def test_what_the_ring_does_not_look_into_is_written_too() -> None:
    W, x = sp.symbols("W x")
    assert sp.latex(canonical(ops.Neg(ops.Matmul(W, x)))) == "- [W x]"
