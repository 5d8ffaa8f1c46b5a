"""Sizes: whole numbers and dims under + − * // and small powers, multiplied out."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import cellgraph as cg
from cellgraph.errors import Source, SpecError
from cellgraph.parse import size

m, n, k = (sp.Symbol(name, integer=True, positive=True) for name in "mnk")
DIMS = {"m": m, "n": n, "k": k}
PLACE = Source("f", 2, 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n", n), ("3", 3), ("2*n", 2 * n), ("n + m", m + n), ("n - 1", n - 1), ("n//2", sp.floor(n / 2)),
        ("2*(n + m)", 2 * n + 2 * m), ("4*n*(m + n + 1)", 4 * m * n + 4 * n**2 + 4 * n), ("n**2", n**2),
        ("(n + m)**2", n**2 + 2 * m * n + m**2), ("12 // 4", 3), ("6*n // 2", 3 * n), (" n ", n),
        ("-n", -n), ("0 - n", -n), ("m - -n", m + n),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, expected: sp.Expr) -> None:
    assert size(text, PLACE, DIMS) == expected


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("N", "E_DIM_NAME", "f:2:10: there is no dim 'N'; did you mean|f:2:10: there is no dim 'N'; declare it"),
        ("n + q", "E_DIM_NAME", "f:2:14: there is no dim 'q'; declare it under 'dims', or use m, n, k"),
        ("n/2", "E_SIZE_EXPR", "'n/2' is no size; write whole numbers and dims with \\+ - \\* //"),
        ("2.5", "E_SIZE_EXPR", "'2.5' is no size"),
        ("tanh(n)", "E_SIZE_EXPR", "is no size"),
        ("n[0]", "E_SIZE_EXPR", "is no size"),
        ("n @ m", "E_SIZE_EXPR", "is no size"),
        ("n**m", "E_SIZE_EXPR", "powers of sizes are 1 to 4"),
        ("n**9", "E_SIZE_EXPR", "powers of sizes are 1 to 4"),
        ("n//0", "E_DIV_ZERO", "f:2:13: division by zero"),
        ("9" * 30, "E_NUMBER", "at most 20 digits"),
        ("(n + m + k)**4 * (n + m)", "E_SIZE_EXPR", "more than 40 terms"),
        ("n n", "E_EXPR_SYNTAX", "an operator is missing"),
        ("", "E_SIZE_EXPR", "'' is no size"),
        ("True", "E_RESERVED", "'True' is no quantity"),
        ("n" + "+n" * 300, "E_EXPR_SIZE", "split"),
    ],
)
def test_what_is_told(text: str, code: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        size(text, PLACE, DIMS)
    assert caught.value.problems[0].code.startswith(code)


def test_powers_of_powers_stay_small() -> None:
    with pytest.raises(SpecError, match="more than 40 terms"):
        size("((((n + m)**4)**4)**4)**4", PLACE, DIMS)


SHIFTED = "name: moved\ndims: {n: size, q: places}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {u: [n]}\n"


@pytest.mark.parametrize(("by", "moved"), [("q", [0, 0, 1]), ("1 - q", [2, 3, 0]), ("q + 3", [0, 0, 0])])
def test_places_to_shift_by_may_be_sizes(by: str, moved: list[int]) -> None:
    cell = cg.loads(f"{SHIFTED}equations: h = u * shift(h[t-1], {by}) + x\n")
    values = cg.step(cell, {"h[t-1]": np.array([1.0, 2, 3]), "x": np.zeros(3), "u": np.ones(3)}, q=2)
    assert values["h"].tolist() == moved


@pytest.mark.parametrize("by", ["0", "-q + q", "1 / 2"])
def test_places_to_shift_by_are_refused_for_one_reason(by: str) -> None:
    text = f"{SHIFTED}equations: h = u * shift(h[t-1], {by}) + x\n"
    with pytest.raises(SpecError, match="shift moves by a whole number of places, forwards or backwards, and this is "):
        cg.loads(text)
