"""Many cells in few lines, for tests: the shape of a parameter follows from the first letter of its name."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.errors import Source
from cellgraph.graph import Cell, Equation, Graph, Quantity, before, size, symbols_of
from cellgraph.parse import CodeLine, statement

DIMS = {"m": size("m"), "n": size("n")}
M, N = DIMS["m"], DIMS["n"]
SHAPES: Mapping[str, tuple[sp.Expr, ...]] = {"W": (N, M), "U": (N, N), "b": (N,), "v": (N,), "a": ()}
"""W: input-to-hidden; U: hidden-to-hidden; b, v: vectors; a: a scalar constant that nothing learns."""


def variant(name: str, equations: str, states: str = "h", output: str = "h") -> Cell:
    """A cell over the input x of size m; every state has size n."""
    lines = [line.strip() for line in equations.strip().splitlines() if line.strip()]
    read = [statement((CodeLine(line, Source("<test>", k, 1, line)),), DIMS) for k, line in enumerate(lines, 1)]
    known = [Quantity(sp.Symbol(s), "state", (N,)) for s in states.split()]
    given = [Quantity(sp.Symbol("x"), "input", (M,))]
    given += [Quantity(before(s), "state", (N,), -1) for s in states.split()]
    names = {q.symbol for q in given} | {sp.Symbol(s.lhs) for s in read} | set(DIMS.values())
    used = dict.fromkeys(s for line in read for s in symbols_of(line.rhs) if s not in names)
    given += [Quantity(s, "const" if s.name[0] == "a" else "param", SHAPES[s.name[0]], None) for s in used]
    graph = Graph.build(given, [Equation(sp.Symbol(s.lhs), s.rhs) for s in read], known)
    carries = {before(s): sp.Symbol(s) for s in states.split()}
    return Cell(name, graph, carries, sp.Symbol(output), dims={"m": "input size", "n": "hidden size"})


def affine(name: str, function: str = "sigmoid", state: str = "h[t-1]") -> str:
    """name = function(W x + U h + b)."""
    return f"{name} = {function}(W_{name} @ x + U_{name} @ {state} + b_{name})\n"


def _cells() -> dict[str, Cell]:
    f, i, o, z, r = (affine(q) for q in "fiozr")
    g = affine("g", "tanh")
    out = "h = o * tanh(c)"
    return {
        cell.name: cell
        for cell in (
            variant("rnn", "h = tanh(W @ x + U @ h[t-1] + b)"),
            variant("lstm", f"{f}{i}{g}{o}c = f * c[t-1] + i * g\n{out}", "h c"),
            variant("gru", f"{z}{r}{affine('g', 'tanh', '(r * h[t-1])')}h = z * h[t-1] + (1 - z) * g"),
            variant(
                "gru-after",
                f"{z}{r}g = tanh(W_g @ x + b_g + r * (U_g @ h[t-1] + b_u))\nh = z * h[t-1] + (1 - z) * g",
            ),
            variant("cifg", f"{f}{g}{o}i = 1 - f\nc = f * c[t-1] + i * g\n{out}", "h c"),
            variant("mgu", f"{f}{affine('g', 'tanh', '(f * h[t-1])')}h = (1 - f) * h[t-1] + f * g"),
            variant("janet", f"{f}{g}h = f * h[t-1] + (1 - f) * g"),
            variant("mingru", "z = sigmoid(W_z @ x + b_z)\ng = W_g @ x + b_g\nh = (1 - z) * h[t-1] + z * g"),
            variant(
                "minlstm",
                "f = sigmoid(W_f @ x + b_f)\ni = sigmoid(W_i @ x + b_i)\np = f / (f + i)\nq = i / (f + i)\n"
                "g = W_g @ x + b_g\nh = p * h[t-1] + q * g",
            ),
            variant("linear", "h = U @ h[t-1] + W @ x + b"),
            variant("indrnn", "h = relu(W @ x + v * h[t-1] + b)"),
            variant("leaky", "h = (1 - alpha) * h[t-1] + alpha * tanh(W @ x + U @ h[t-1] + b)"),
            variant("lstm-1997", f"{i}{g}{o}c = c[t-1] + i * g\n{out}", "h c"),
            variant(
                "sru",
                "f = sigmoid(W_f @ x + v_f * c[t-1] + b_f)\nr = sigmoid(W_r @ x + v_r * c[t-1] + b_r)\n"
                "c = f * c[t-1] + (1 - f) * (W @ x)\nh = r * tanh(c)",
                "h c",
            ),
            variant("two-minus-z", f"{z}{g}h = z * h[t-1] + (2 - z) * g"),
            variant("relu-gate", f"{affine('z', 'relu')}{g}h = z * h[t-1] + (1 - z) * g"),
            variant(
                "unnamed",
                "c = sigmoid(W_f @ x + U_f @ h[t-1]) * c[t-1] + sigmoid(W_i @ x) * tanh(W_g @ x + U_g @ h[t-1])\n"
                "h = tanh(c)",
                "h c",
            ),
            variant("interpolated", f"{z}{g}d = g - h[t-1]\ns = z * d\nh = h[t-1] + s"),
            variant("sigmoid-candidate", f"{z}{affine('g')}h = z * h[t-1] + (1 - z) * g"),
            variant(
                "two-deep",
                f"{z}{g}s = z * g + (1 - z) * h[t-1]\ny = sigmoid(U_y @ s + b_y)\nk = tanh(U_k @ s + b_k)\n"
                "h = y * k + (1 - y) * s",
            ),
            variant("same-state-twice", f"{f}{g}c = f * c[t-1] + (1 - f) * g\nh = c", "h c"),
        )
    }


CELLS = _cells()
"""By name: textbook cells and some that nobody has seen."""
