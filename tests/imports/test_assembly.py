"""What is read from code becomes the cell that its author would write: shipped cells, read from what they compute."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy as sp

import cellgraph as cg
from cellgraph.graph import size
from cellgraph.graph.notation import source
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.lowered import Lowered, Piece
from cellgraph.imports.writing.assembly import Assembled, assemble
from cellgraph.ops import Add, Matmul, Mul, Sigmoid, Sub, Tanh
from tests.imports.lowered_cells import lowered, real_run, sizes_of
from tests.zoo import FEW, cell_of

m, n = size("m"), size("n")


@cache
def back(name: str, named: bool = True) -> Assembled:
    """A shipped cell, read from what it computes, with or without the names of local variables."""
    cell = cell_of(name)
    arrays, _, seen = real_run(cell)
    known = dict(arrays=arrays, sizes=sizes_of(cell), seen=seen) if named else {}
    return assemble(lowered(cell), f"code.{name}", dict(cell.dims), **known)


def text_of(cell: cg.Cell) -> list[str]:
    """The equations of a cell as they are written."""
    return [f"{equation.lhs} = {source(equation.rhs)}" for equation in cell.written.equations]


@pytest.mark.parametrize(("name", "named"), [*((name, True) for name in FEW), *((name, False) for name in FEW[::5])])
def test_cells_come_back_with_their_numbers_and_their_spec_says_them(name: str, named: bool) -> None:
    cell, made = cell_of(name), back(name, named).cell
    again = cg.loads(back(name, named).yaml)
    assert text_of(again) == text_of(made)
    assert again.implementations == (back(name, named).implementation,)
    arrays, values, _ = real_run(cell)
    native = {block.parts[0]: array for array, block in back(name, named).implementation.arrays.items()}
    given = {parameter: arrays[array] for parameter, array in native.items()}
    for role, time in (("input", ""), ("state", "[t-1]"), ("const", "")):
        own = [q.name for q in cell.step.leaves if q.role == role and q.value is None]
        given |= {
            f"{q.name}{time}": arrays[old]
            for q, old in zip([q for q in made.step.leaves if q.role == role], own, strict=True)
        }
    found = cg.step(made, given, **{s: k for s, k in sizes_of(cell).items() if size(s) in made.step.sizes})
    pairs = [*zip(cell.carries.values(), made.carries.values(), strict=True), (cell.output, made.output)]
    for old, new in pairs:
        np.testing.assert_allclose(found[str(new)], values[str(old)], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["lstm", "gru", "lstm-peephole", "mgu", "indrnn", "qrnn", "star", "sru-highway"])
def test_well_known_cells_come_back_as_they_are_written(name: str) -> None:
    made = back(name).cell
    assert cg.diff(made, cell_of(name)).equivalent
    same = {equation.partition(" = ")[0] for equation in text_of(made)}
    assert same == {equation.partition(" = ")[0] for equation in text_of(cell_of(name))}


def test_the_lstm_comes_back_to_the_letter() -> None:
    assert text_of(back("lstm").cell) == text_of(cell_of("lstm"))


def test_gates_without_names_get_their_letters() -> None:
    assert {str(e.lhs) for e in back("lstm", named=False).cell.step.equations} == {"f", "i", "g", "o", "c", "h"}
    assert {str(e.lhs) for e in back("gru", named=False).cell.step.equations} == {"z", "r", "g", "h"}


def fused() -> Assembled:
    """A gated cell whose gates stand in fused arrays, with two biases and a row that nobody reads."""
    rows = [Piece(sp.Symbol(f"p{k}"), "param", "proj.weight_ih", k, 2, (n, m)) for k in range(2)]
    hidden = [Piece(sp.Symbol(f"q{k}"), "param", "proj.weight_hh", k, 2, (n, n)) for k in range(2)]
    biases = [Piece(sp.Symbol(f"b{k}"), "param", "proj.bias_ih", k, 2, (n,)) for k in range(2)]
    more = [Piece(sp.Symbol(f"c{k}"), "param", "proj.bias_hh", k, 2, (n,)) for k in range(2)]
    idle = Piece(sp.Symbol("d"), "param", "unused.bias", 0, 1, (2 * n,))
    x, h = Piece(sp.Symbol("x"), "input", "input", 0, 1, (m,)), Piece(sp.Symbol("s"), "state", "hx", 0, 1, (n,))
    sums = [
        Add(
            Add(Matmul(rows[k].symbol, x.symbol), biases[k].symbol),
            Add(Matmul(hidden[k].symbol, h.symbol), more[k].symbol),
        )
        for k in range(2)
    ]
    gate, new = Sigmoid(sums[0]), Tanh(sums[1])
    after = Add(h.symbol, Mul(gate, Sub(new, h.symbol)))
    pieces = (x, h, *rows, *hidden, *biases, *more, idle)
    natives = dict.fromkeys(p.native for p in pieces if p.role == "param")
    arrays = {
        native: BlockLayout("rows", tuple(p.symbol.name for p in pieces if p.native == native)) for native in natives
    }
    step = Lowered(pieces, (), {h.symbol: after}, (), (), arrays, {})
    return assemble(step, "nets.MyGRU", {"m": "input size", "n": "hidden size"})


def test_two_biases_are_one_stored_twice_and_what_nobody_reads_is_said() -> None:
    made = fused()
    assert text_of(made.cell) == [
        "z = sigmoid(W_z @ x + U_z @ h[t-1] + b_z)",
        "g = tanh(W_g @ x + U_g @ h[t-1] + b_g)",
        "h = h[t-1] + z * (g - h[t-1])",
    ]
    arrays = made.implementation.arrays
    assert arrays["proj.bias_ih"] == arrays["proj.bias_hh"] == BlockLayout("rows", ("b_z", "b_g"))
    assert arrays["unused.bias"] == BlockLayout("unread", ("b_z", "b_z"))
    assert "b_z: [n]     # proj.bias_ih, rows 0 to n and proj.bias_hh, rows 0 to n" in made.yaml
    assert made.cell.name == "my-gru"
