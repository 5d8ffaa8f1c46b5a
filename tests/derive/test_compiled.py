"""Compiled graphs: the same numbers as the operations one by one, whatever is known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from cells import ODD, drawn, sizes_of
from laws import over
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph.derive.gradients.compiled import program
from cellgraph.graph import Cell, size
from cellgraph.ops import Head, numbered, operands, value_of

CELLS = [*ODD, *map(cell_of, FEW)]


def numbers(cell: Cell) -> dict[sp.Symbol, sp.Integer]:
    return {size(dim): sp.Integer(number) for dim, number in sizes_of(cell).items()}


def computed(cell: Cell, leaves: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every quantity of a step, operation by operation as the equations are written."""
    found = dict(leaves)

    def value(expr: sp.Expr) -> Any:
        if isinstance(expr, Head):
            arguments = operands(expr)
            function, ranks = value_of(expr, [cell.step.shape(a) for a in arguments])
            return function(np, ranks, *map(value, arguments), *map(number, numbered(expr)))
        return found[expr.name] if expr in cell.step.quantities else np.float64(number(expr))

    def number(expr: sp.Expr) -> float:
        known = expr.xreplace(numbers(cell))
        return int(known) if known.is_Integer else float(known)

    for equation in cell.step.equations:
        found[equation.lhs.name] = value(equation.rhs)
    return found


@over(CELLS)
def test_a_step_is_its_operations_one_by_one(cell: Cell) -> None:
    leaves = drawn(cell, 5, (3,))
    expected, found = computed(cell, leaves), cg.step(cell, leaves)
    assert found.keys() == expected.keys()
    for name, array in found.items():
        np.testing.assert_array_equal(array, expected[name])
    wanted = list(cell.step.definitions)
    for values in ({}, {q.symbol.name: leaves[q.symbol.name] for q in cell.step.having("param")}):
        rest = {name: array for name, array in leaves.items() if name not in values}
        arrays = program(cell.step, wanted, numbers(cell)).bound(values, np).run(rest, np)
        for symbol, array in zip(wanted, arrays, strict=True):
            np.testing.assert_allclose(array, expected[symbol.name], rtol=0, atol=1e-14)


@over(CELLS)
def test_a_program_along_its_inputs_is_the_one_that_gets_them_step_by_step(cell: Cell) -> None:
    leaves = drawn(cell, 7, (3,), 0.7)
    fixed = {q.symbol.name for q in cell.step.leaves if q.role in ("param", "const")}
    weights = {name: leaves[name] for name in fixed}
    whole = program(cell.step, list(cell.step.definitions), numbers(cell))
    inputs = {q.symbol.name: leaves[q.symbol.name] for q in cell.step.having("input") if q.symbol.name in whole.inputs}
    states = {name: array for name, array in leaves.items() if name not in inputs and name not in fixed}
    for bound in (whole, whole.bound(weights, np)):
        rest = {name: array for name, array in weights.items() if name in bound.inputs}
        for k, now in enumerate(bound.along(inputs, np) if inputs else [bound] * 3):
            own = {name: array[k] for name, array in states.items()}
            expected = bound.run({**rest, **own, **{name: array[k] for name, array in inputs.items()}}, np)
            for found, array in zip(now.run({**rest, **own}, np), expected, strict=True):
                np.testing.assert_allclose(found, array, rtol=0, atol=1e-14)


def test_a_program_leaves_out_what_is_not_wanted() -> None:
    cell = cell_of("lstm")
    gate = program(cell.step, [sp.Symbol("f")], numbers(cell))
    assert set(gate.inputs) == {"W_f", "U_f", "b_f", "x", "h[t-1]"}


def test_what_is_given_is_not_computed() -> None:
    cell = cell_of("lstm")
    leaves = drawn(cell, 2)
    found = cg.evaluate(cell.step, {**leaves, "c": np.ones(4)})
    np.testing.assert_array_equal(found["h"], found["o"] * np.tanh(np.ones(4)))


def test_what_is_not_used_again_is_not_kept() -> None:
    cell = cell_of("lstm")
    found = program(cell.step, [sp.Symbol("h"), sp.Symbol("c")], numbers(cell))
    freed = [slot for instruction in found.instructions for slot in instruction.free]
    assert len(freed) == len(set(freed))
    assert set(freed) | set(found.wanted) == {
        *found.inputs.values(),
        *found.constants,
        *(i.out for i in found.instructions),
    }


def test_a_size_that_is_not_given_is_named() -> None:
    dims = "dims: {n: hidden size, d: other size}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {b: [n]}\n"
    cell = cg.loads(f"name: averaged\n{dims}equations: h = x / d + h[t-1] + b\n")
    with pytest.raises(ValueError, match="the size d cannot be told"):
        program(cell.step, [sp.Symbol("h")], {size("n"): sp.Integer(2)})
