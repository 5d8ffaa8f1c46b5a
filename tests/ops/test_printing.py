"""SymPy's printers: every gradient and Jacobian comes out as LaTeX, text and MathML, and its tree reads back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
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


@pytest.mark.parametrize("name", FEW)
def test_what_is_derived_comes_out_of_every_printer(name: str) -> None:
    cell = cell_of(name)
    gradients = [equation.rhs for equation in adjoint_equations(cg.gradient(cell))]
    found = {*gradients, *(block.sum for block in cg.jacobian(cell).blocks)}
    heads = [expr for expr in found if isinstance(expr, (ops.Head, ops.Factor))]
    for expr in heads:
        assert sp.latex(expr) == notation.latex(expr)
        assert sp.pretty(expr, wrap_line=False) == notation.text(expr)
        assert str(expr) == repr(expr)
        assert eval(sp.srepr(expr), {**vars(sp), "ops": ops}) == expr
    # MathML is slow to make: once for the operations that an expression is made of.
    for expr in {frozenset(map(type, postorder(expr))): expr for expr in heads}.values():
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
