"""Programs written as people write them, read as equations: the same numbers at other sizes, and expected pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from imports.agreement import disagreement
from imports.tape import Tape, concat, traced

from cellgraph.graph import size
from cellgraph.imports.lowered import Lowered
from cellgraph.imports.reading.lowering import lowered
from cellgraph.imports.traced import Trace
from cellgraph.ops import spelled


def fused_lstm(t: Tape, m: int, n: int) -> Trace:
    x, h, c = t.given("input", "x", m), t.given("state", "h", n), t.given("state", "c", n)
    gates = x.linear(t.given("param", "W", 4 * n, m)) + h.linear(t.given("param", "U", 4 * n, n))
    i, f, g, o = (gates + t.given("param", "b", 4 * n)).chunk(4)
    after = f.one("sigmoid") * c + i.one("sigmoid") * g.one("tanh")
    return t.trace(h=o.one("sigmoid") * after.one("tanh"), c=after)


def gru_of_joined_rows(t: Tape, m: int, n: int) -> Trace:
    x, h = t.given("input", "x", m), t.given("state", "h", n)
    K, b = t.given("param", "K", m + n, 2 * n), t.given("param", "b", 2 * n)
    r, u = (concat(x, h).einsum("bk,kn->bn", K) + b).one("sigmoid").chunk(2)
    c = concat(x, r * h).einsum("bk,kn->bn", t.given("param", "C", m + n, n)).one("tanh")
    return t.trace(h=u * h + (1 - u) * c)


def one_state_for_two(t: Tape, m: int, n: int) -> Trace:
    x, s = t.given("input", "x", m), t.given("state", "s", 2 * n)
    h, c = s.chunk(2)
    a = x.linear(t.given("param", "W", n, m)) + h.linear(t.given("param", "U", n, n))
    c = c * 0.5 + a.one("tanh")
    return t.trace(s=concat(c.one("sigmoid"), c), output=h)


def delta_rule_of_heads(t: Tape, m: int, j: int, d: int, e: int) -> Trace:
    x, S = t.given("input", "x", m), t.given("state", "S", j, d, e)
    q, k = (a.reshape(t.batch, j, d) for a in x.linear(t.given("param", "qk", 2 * j * d, m)).chunk(2))
    v = x.linear(t.given("param", "v", j * e, m)).reshape(t.batch, j, e)
    beta = x.linear(t.given("param", "beta", j, m)).one("sigmoid").reshape(t.batch, j, 1)
    moved = (v - S.einsum("bjde,bjd->bje", k)) * beta
    S = S + k.reshape(t.batch, j, d, 1) * moved.reshape(t.batch, j, 1, e)
    read = S.einsum("bjde,bjd->bje", q).reshape(t.batch, j * e)
    return t.trace(output=read.linear(t.given("param", "out", m, j * e)), S=S)


def heads_with_interleaved_projections(t: Tape, m: int, j: int, d: int) -> Trace:
    x, S = t.given("input", "x", m), t.given("state", "S", j, d, d)
    qkv = x.linear(t.given("param", "qkv", j * 3 * d, m)).reshape(t.batch, j, 3 * d)
    q, k, v = qkv.chunk(3)
    S = S + k.reshape(t.batch, j, d, 1) * v.reshape(t.batch, j, 1, d)
    return t.trace(output=S.einsum("bjde,bjd->bje", q).reshape(t.batch, j * d), S=S)


def normed_gates(t: Tape, m: int, n: int) -> Trace:
    x, h = t.given("input", "x", m), t.given("state", "h", n)
    a = x.linear(t.given("param", "W", 2 * n, m)) + h.linear(t.given("param", "U", 2 * n, n))
    z, g = (a.one("standardize", eps=1e-5) * t.given("param", "gain", 2 * n)).chunk(2)
    return t.trace(h=h + z.one("sigmoid") * (g.one("softmax", axis=1) - h))


def attention_over_four_places(t: Tape, m: int, d: int) -> Trace:
    x, K = t.given("input", "x", m), t.given("state", "K", 4, d)
    new = x.linear(t.given("param", "W", d, m)).reshape(t.batch, 1, d)
    K = concat(K.part(1, 4, axis=1), new, axis=1)
    q = x.linear(t.given("param", "Q", d, m))
    w = K.einsum("bld,bd->bl", q).one("softmax", axis=1)
    return t.trace(output=K.einsum("bld,bl->bd", w), K=K)


def heads_behind_the_input(t: Tape, m: int, j: int, d: int) -> Trace:
    x, S = t.given("input", "x", m), t.given("state", "S", j, d, d)
    q, k = (x.einsum("bm,mjd->bjd", t.given("param", name, m, j, d)) for name in ("q", "k"))
    S = S * 0.5 + k.reshape(t.batch, j, d, 1) * k.reshape(t.batch, j, 1, d)
    read = S.einsum("bjde,bjd->bje", q)
    return t.trace(output=read.einsum("bje,mje->bm", t.given("param", "o", m, j, d)), S=S)


def convolutional_lstm(t: Tape, m: int, n: int, p: int, q: int) -> Trace:
    x, h, c = t.given("input", "x", m, p, q), t.given("state", "h", n, p, q), t.given("state", "c", n, p, q)
    gates = concat(x, h, axis=1).conv(t.given("param", "W", 4 * n, m + n, 3, 5))
    i, f, o, g = (gates + t.given("param", "b", 4 * n).reshape(1, 4 * n, 1, 1)).chunk(4, axis=1)
    c = f.one("sigmoid") * c + i.one("sigmoid") * g.one("tanh")
    return t.trace(h=o.one("sigmoid") * c.one("tanh"), c=c)


def depthwise_and_turned_kernels(t: Tape, n: int, p: int) -> Trace:
    x, h = t.given("input", "x", n, p), t.given("state", "h", n, p)
    own, mixed = t.given("param", "k", n, 1, 3), t.given("param", "l", 5, n, n)
    return t.trace(h=(x.conv(own, n) + h.conv(mixed.permute(2, 1, 0))).one("tanh"))


PROGRAMS: dict[Callable[..., Trace], tuple[str, tuple[str, ...], list[str]]] = {
    fused_lstm: ("mn", (), ["n×m"] * 4 + ["n×n"] * 4 + ["n"] * 4),
    gru_of_joined_rows: ("mn", (), ["n×m", "n×m", "n×n", "n×n", "n", "n", "n×m", "n×n"]),
    one_state_for_two: ("mn", (), ["n×m", "n×n"]),
    delta_rule_of_heads: ("mjde", ("j",), ["j×d×m", "j×d×m", "j×e×m", "j×m", "m×(e*j)"]),
    heads_with_interleaved_projections: ("mjd", ("j",), ["j×d×m"] * 3),
    normed_gates: ("mn", (), ["(2*n)×m", "(2*n)×n", "2*n"]),
    attention_over_four_places: ("md", (), ["d×m", "d×m"]),
    heads_behind_the_input: ("mjd", ("j",), ["j×d×m", "j×d×m", "j×m×d"]),
    convolutional_lstm: ("mnpq", ("p", "q"), ["3×5×n×m", "3×5×n×n"] * 4 + ["n"] * 4),
    depthwise_and_turned_kernels: ("np", ("p",), ["3×n", "5×n×n"]),
}
"""Programs with their sizes, the lifted axes that are found, and the shapes of the pieces of their parameters."""


def read(program: Callable[..., Trace]) -> tuple[Lowered, Any, Any]:
    trace, traces, sizes = traced(program, *PROGRAMS[program][0])
    return lowered(trace, {size(name): number for name, number in sizes[0].items()}), traces, sizes


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_what_is_read_has_the_numbers_of_the_program(program: Callable[..., Trace]) -> None:
    found, traces, sizes = read(program)
    for trace, own in list(zip(traces, sizes, strict=True))[1:3]:
        assert disagreement(trace, found, own) < 1e-12


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_pieces_are_what_gates_and_heads_read(program: Callable[..., Trace]) -> None:
    found, _, _ = read(program)
    _, each, shapes = PROGRAMS[program]
    assert tuple(map(str, found.each)) == each
    assert [spelled(piece.shape) for piece in found.pieces if piece.role == "param"] == shapes
