"""Small cells for the tests of derivations, written out so that these tests do not lean on the specs that ship."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.errors import Source
from cellgraph.graph import Cell, Equation, Graph, Quantity, before, size
from cellgraph.parse import Line, statement

DIMS = {name: size(name) for name in ("m", "n", "p", "k")}


def made(name: str, states: Mapping[str, str], params: Mapping[str, str], equations: str, output: str = "h") -> Cell:
    """A cell over the input x of size m, from shapes like {"U": "n n"} and equations in the language of specs."""

    def shape(text: str) -> tuple[sp.Expr, ...]:
        return tuple(DIMS[word] if word in DIMS else sp.Integer(word) for word in text.split())

    read = [
        statement((Line(line.strip(), Source("<test>", k, 1, line.strip())),), DIMS)
        for k, line in enumerate(equations.strip().splitlines(), 1)
    ]
    leaves = [
        Quantity(sp.Symbol("x"), "input", (DIMS["m"],)),
        *(Quantity(before(s), "state", shape(t), -1) for s, t in states.items()),
        *(Quantity(sp.Symbol(s), "param", shape(t), None) for s, t in params.items()),
    ]
    derived = [Quantity(sp.Symbol(s), "state", shape(t)) for s, t in states.items()]
    graph = Graph.build(leaves, [Equation(sp.Symbol(s.lhs), s.rhs) for s in read], derived)
    return Cell(name, graph, {before(s): sp.Symbol(s) for s in states}, sp.Symbol(output))


def affine(*gates: str) -> dict[str, str]:
    """W_q, U_q and b_q for every q."""
    return {f"{p}_{q}": s for q in gates for p, s in (("W", "n m"), ("U", "n n"), ("b", "n"))}


def gate(name: str, function: str = "sigmoid", state: str = "h[t-1]") -> str:
    """The equation of an activation of W x + U h + b."""
    return f"{name} = {function}(W_{name} @ x + U_{name} @ {state} + b_{name})\n"


RNN = made("rnn", {"h": "n"}, {"W": "n m", "U": "n n", "b": "n"}, "h = tanh(W @ x + U @ h[t-1] + b)")
LSTM = made(
    "lstm",
    {"h": "n", "c": "n"},
    affine("f", "i", "g", "o"),
    gate("f") + gate("i") + gate("g", "tanh") + gate("o") + "c = f * c[t-1] + i * g\nh = o * tanh(c)",
)
GRU = made(
    "gru",
    {"h": "n"},
    affine("z", "r", "g"),
    gate("z") + gate("r") + gate("g", "tanh", "(r * h[t-1])") + "h = z * h[t-1] + (1 - z) * g",
)
GRU_AFTER = made(
    "gru_after",
    {"h": "n"},
    affine("z", "r", "g") | {"c_g": "n"},
    gate("z")
    + gate("r")
    + "u = U_g @ h[t-1] + c_g\ng = tanh(W_g @ x + r * u + b_g)\nh = z * h[t-1] + (1 - z) * g",
)
CELLS = (RNN, LSTM, GRU, GRU_AFTER)
