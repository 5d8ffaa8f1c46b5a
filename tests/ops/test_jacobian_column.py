"""The `jacobian` column of the operation table: its factors, as dense arrays, transpose to what `vjp` does."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from derive.dense import Factors
from laws import over
from test_laws import NUMBERS, SAMPLES, applied

from cellgraph.derive.gradients.evaluate import evaluate
from cellgraph.derive.gradients.gradient import adjoint
from cellgraph.derive.jacobians.local import local
from cellgraph.graph import Equation, Graph
from cellgraph.ops import operands

OUT = sp.Symbol("out")


def drawn(shape: tuple[sp.Expr, ...], draw: np.random.Generator) -> np.ndarray:
    # Away from kinks and poles, and positive for the logarithm and the root.
    return np.asarray(draw.uniform(0.4, 1.9, [int(sp.Integer(1) * s.xreplace(NUMBERS)) for s in shape]))


@over(SAMPLES)
def test_vjp_is_the_transposed_factor(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, [s.xreplace(NUMBERS) if isinstance(s, sp.Expr) else s for s in static])
    fixed = {s: q.shape for s, q in quantities.items()}
    graph = Graph.build(quantities.values(), [Equation(OUT, expr)])
    sizes = {str(size): int(NUMBERS[size]) for size in graph.sizes}
    draw = np.random.default_rng(13)
    values = evaluate(graph, {s.name: drawn(shape, draw) for s, shape in fixed.items()}, **sizes)
    seed = draw.normal(size=np.shape(values["out"]))
    backward = adjoint(graph, of=["out"])
    found = evaluate(backward, {**values, **{q.symbol.name: seed for q in backward.having("seed")}}, **sizes)
    factors = Factors(graph, values, sizes={size: NUMBERS[size] for size in graph.sizes})
    links = {link.source: link.factor for link in local(graph).links[OUT]}
    for symbol in operands(expr):
        pulled = np.ravel(found[f"∂L/∂{symbol}"])
        expected = 0 * pulled
        if symbol in links:
            expected = factors.dense(links[symbol], fixed[symbol], graph.quantities[OUT].shape).T @ np.ravel(seed)
        np.testing.assert_allclose(expected, pulled, rtol=1e-12, atol=1e-13)
