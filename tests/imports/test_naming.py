"""Names by value: what variables held, in loops and after other values, and what parameters are called by it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import sympy as sp

from cellgraph.graph import size
from cellgraph.graph.notation import source
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.lowered import Computed, Lowered, Piece
from cellgraph.imports.traced import CalledAt
from cellgraph.imports.writing.assembly import Assembled, assemble
from cellgraph.imports.writing.distinct import distinct
from cellgraph.imports.writing.simplified import numbers_of, simplified
from cellgraph.ops import Add, Head, Matmul, Mul, Sigmoid, Sub, Tanh

m, n = size("m"), size("n")
SIZES = {"m": 3, "n": 5}
x, h, W, U, V, b = sp.symbols("p0 p1 p2 p3 p4 p5")
PIECES = (
    Piece(x, "input", "input", 0, 1, (m,)),
    Piece(h, "state", "hx", 0, 1, (n,)),
    Piece(W, "param", "cell.fc.weight", 0, 1, (n, m)),
    Piece(U, "param", "cell.rec.weight", 0, 1, (n, n)),
    Piece(V, "param", "mix.weight", 0, 1, (n, n)),
    Piece(b, "param", "b_mix", 0, 1, (n,)),
)


def assembled(after: sp.Expr, held: list[tuple[str, sp.Expr, int]], output: sp.Expr | None = None) -> Assembled:
    """The cell of a step in which variables held expressions on certain lines; each line computed what is new in it."""
    met: dict[sp.Expr, CalledAt] = {}
    last = held[-1][2] if held else 1
    for _, expr, line in [*held, ("", after, last), *([("", output, last)] if output is not None else [])]:
        for node in distinct([expr]):
            if isinstance(node, Head):
                met.setdefault(node, CalledAt("cell.py", line))
    arrays = {p.native: BlockLayout("rows", (p.symbol.name,)) for p in PIECES}
    computed = tuple(Computed((node,), place) for node, place in met.items())
    read = Lowered(PIECES, (), {h: after}, () if output is None else (output,), computed, arrays, {})
    random = np.random.default_rng(5)
    shapes = {p.native: [SIZES[str(s)] for s in p.shape] for p in PIECES}
    given = {native: random.uniform(-1, 1, shape) for native, shape in shapes.items()}
    values = numbers_of(simplified(read), read, given, {m: 3, n: 5})
    seen = [SimpleNamespace(name=k, array=values[e], place=CalledAt("cell.py", line)) for k, e, line in held]
    return assemble(read, "nets.Cell", {"m": "input size", "n": "hidden size"}, arrays=given, sizes=SIZES, seen=seen)


def text_of(made: Assembled) -> list[str]:
    return [f"{equation.lhs} = {source(equation.rhs)}" for equation in made.cell.written.equations]


gate = Sigmoid(Add(Matmul(W, x), Matmul(U, h), b))
new = Tanh(Matmul(V, Mul(gate, h)))
after = Add(Mul(Sub(sp.S.One, gate), h), Mul(gate, new))


def test_known_gates_get_their_letters_and_parameters_follow_them() -> None:
    made = assembled(after, [("update_gate", gate, 1), ("h_tilde", new, 2), ("hy", after, 3)])
    assert text_of(made) == [
        "z = sigmoid(W_z @ x + U_z @ h[t-1] + b_z)",
        "h_tilde = tanh(U_htilde @ (z * h[t-1]))",
        "h = (1 - z) * h[t-1] + z * h_tilde",
    ]


def test_what_stands_alone_in_a_line_stays_in_it() -> None:
    scaled = Mul(Sigmoid(Matmul(W, x)), h)
    end = Add(scaled, Tanh(Matmul(U, scaled)))
    made = assembled(end, [("mogrified", scaled, 1), ("hy", end, 2)])
    assert text_of(made) == ["mogrified = sigmoid(W_mogrified @ x) * h[t-1]", "h = mogrified + tanh(W_h @ mogrified)"]


def test_a_variable_that_is_given_several_values_names_the_last() -> None:
    inner = Matmul(W, x)
    made = assembled(after, [("f", inner, 1), ("f", gate, 2), ("out", new, 3)])
    assert [line.partition(" = ")[0] for line in text_of(made)] == ["f", "g", "h"]


def test_values_of_one_line_are_numbered_and_names_of_inputs_are_not_taken() -> None:
    once = Add(h, Tanh(Matmul(U, h)))
    twice = Add(once, Tanh(Matmul(U, once)))
    end = Add(twice, Tanh(Add(Matmul(U, twice), Matmul(W, x))))
    made = assembled(end, [("s", once, 2), ("s", twice, 2), ("new_h", end, 3)])
    assert [line.partition(" = ")[0] for line in text_of(made)] == ["s_1", "s_2", "h"]
    made = assembled(end, [("hx", once, 2), ("hx", twice, 3), ("new_h", end, 4)])
    assert [line.partition(" = ")[0] for line in text_of(made)] == ["hx_hat", "hx_hat_2", "h"]


def test_names_of_sizes_and_of_the_language_are_avoided() -> None:
    made = assembled(after, [("n", new, 2), ("sigmoid", gate, 1), ("hy", after, 3)])
    assert [line.partition(" = ")[0] for line in text_of(made)] == ["sigmoid_t", "g", "h"]


def test_the_output_has_its_own_name_or_one_that_is_free() -> None:
    shown = Matmul(V, after)
    made = assembled(after, [("y", gate, 1), ("hy", after, 2)], shown)
    assert made.cell.output == sp.Symbol("o")
    made = assembled(after, [("y", gate, 1), ("hy", after, 2), ("logits", shown, 3)], shown)
    assert made.cell.output == sp.Symbol("logits")


def test_parameters_without_a_quantity_that_has_a_name_are_called_by_their_modules() -> None:
    deep = Tanh(Matmul(V, Tanh(Add(Matmul(W, x), b))))
    made = assembled(Add(h, deep), [("hy", Add(h, deep), 1)])
    assert {q.name for q in made.cell.step.having("param")} >= {"W_fc"}
