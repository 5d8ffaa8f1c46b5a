"""Chains of operations that are an activation, and such as are none though their values look like one's."""

from __future__ import annotations

import numpy as np
import pytest
from imports.tape import Tape, Written

from cellgraph.frameworks.tracing.activations import activation


def number(a: Written, value: float) -> Written:
    return a.tape.put("number", shape=(), value=value)


def spelled_out(a: Written, name: str) -> Written:
    one = number(a, 1.0)
    return {
        "sigmoid": lambda: one / (one + a.one("neg").one("exp")),
        "silu": lambda: a * a.one("sigmoid"),
        "relu": lambda: a.two("max", number(a, 0.0)),
        "leaky_relu": lambda: a.two("max", a * number(a, 0.2)),
        "softsign": lambda: a / (one + a.one("abs")),
        "hard_tanh": lambda: a.two("max", number(a, -1.0)).two("min", one),
        "shifted": lambda: a.two("max", number(a, 1e-12)),
        "nothing": lambda: a + number(a, 1e-16),
        "square": lambda: a * a,
    }[name]()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigmoid", ("sigmoid", ())), ("silu", ("silu", ())), ("relu", ("relu", ())), ("softsign", ("softsign", ())),
        ("leaky_relu", ("leaky_relu", (0.2,))), ("hard_tanh", ("hard_tanh", ())), ("shifted", None), ("nothing", None),
        ("square", None),
    ],
)  # fmt: skip
def test_what_is_an_activation(name: str, expected: tuple[str, tuple[float, ...]] | None) -> None:
    tape = Tape(3)
    a = tape.given("state", "h", 5)
    made = spelled_out(a, name)
    found = activation(tape.nodes, made.number, 1e-9)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == expected[0]
        np.testing.assert_allclose(found[1], expected[1])
        assert found[2] == a.number
