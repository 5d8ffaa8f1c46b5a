"""What single operations become, and programs that nobody thought of: read, they have the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from imports.agreement import disagreement
from imports.tape import Tape, Written, concat, traced

from cellgraph.errors import CodeError
from cellgraph.graph import size
from cellgraph.graph.notation import source
from cellgraph.imports.reading.lowering import lowered
from cellgraph.imports.traced import Trace

Step = Callable[[Tape, Written, int], Written]
"""What a tape, a state of n entries and n give as the next state."""


def one(op: str, **said: object) -> Step:
    return lambda t, h, n: h.one(op, **said)


def doubled(rule: Callable[[Tape, Written, Written, int], Written]) -> Step:
    """A rule of the state and of a second vector, made by a matrix."""
    return lambda t, h, n: rule(t, h, h.einsum("bn,kn->bk", t.given("param", "U", n, n)), n)


def number(t: Tape, value: float) -> Written:
    return t.put("number", shape=(), value=value)


def outer_sum(t: Tape, h: Written, a: Written, n: int) -> Written:
    return (h.reshape(t.batch, n, 1) + a.reshape(t.batch, 1, n)).one("tanh").reduced("mean", 2)


def antisymmetric(t: Tape, h: Written, n: int) -> Written:
    W = t.given("param", "W", n, n)
    rows, columns = (t.put("iota", shape=(n, n), axis=axis) for axis in (0, 1))
    shifted = W - W.permute(1, 0) - rows.two("equal", columns) * 0.3
    return h.einsum("bn,kn->bk", shifted)


def half_replaced(t: Tape, h: Written, n: int) -> Written:
    a = concat(h, h.one("tanh"))
    return a.update(h.one("sigmoid"), n).part(n, 2 * n) + a.part(0, n)


SINGLE: dict[str, tuple[Step, str]] = {
    "sigmoid": (one("sigmoid"), "sigmoid(piece0)"),
    "root": (lambda t, h, n: (h * h + 1.0).one("sqrt"), "sqrt(piece0 * piece0 + 1)"),
    "inverse root": (lambda t, h, n: (h * h + 1.0).one("pow", exponent=-0.5), "1 / sqrt(piece0 * piece0 + 1)"),
    "square": (one("pow", exponent=2), "piece0 ** 2"),
    "reciprocal": (lambda t, h, n: (h * h + 2.0).one("pow", exponent=-1), "1 / (piece0 * piece0 + 2)"),
    "leaky": (one("function", name="leaky_relu", numbers=(0.01,)), "leaky_relu(piece0)"),
    "leakier": (one("function", name="leaky_relu", numbers=(0.2,)), "leaky_relu(piece0, 0.2)"),
    "above": (lambda t, h, n: h.two("greater", number(t, 0.25)), "step(piece0 - 0.25)"),
    "not above": (lambda t, h, n: h.two("less_equal", number(t, 0.25)), "1 - step(piece0 - 0.25)"),
    "below": (lambda t, h, n: h.two("less", number(t, 0.25)), "step(0.25 - piece0)"),
    "by size": (lambda t, h, n: h * number(t, n**-0.5), "piece0 * n ** -0.5"),
    "minus": (lambda t, h, n: 1 - h, "1 - piece0"),
    "times one": (lambda t, h, n: h * 1.0 + 0.0, "piece0"),
    "mean": (lambda t, h, n: h - h.reduced("mean", 1).reshape(t.batch, 1), "piece0 - mean(piece0)"),
    "largest": (lambda t, h, n: h - h.reduced("largest", 1).reshape(t.batch, 1), "piece0 - max(piece0)"),
    "softmax": (one("softmax", axis=1), "softmax(piece0)"),
    "running": (one("cumsum", axis=1), "cumsum(piece0)"),
    "standard": (one("standardize", eps=1e-5), "standardize(piece0)"),
    "standard of another": (one("standardize", eps=1e-3), "standardize(piece0, 0.001)"),
    "root mean square": (one("rms", eps=1e-6), "piece0 / sqrt(mean(piece0 ** 2) + 1e-6)"),
    "dot": (
        lambda t, h, n: h * h.einsum("bn,bn->b", h.one("tanh")).reshape(t.batch, 1),
        "piece0 * (tanh(piece0) @ piece0)",
    ),
    "numbers": (lambda t, h, n: h * t.put("iota", shape=(n,), axis=0), "piece0 * (cumsum(fill(1, n)) - 1)"),
    "running ones": (
        lambda t, h, n: h * number(t, 1.0).expand(t.batch, n).one("cumsum", axis=1),
        "piece0 * cumsum(fill(1, n))",
    ),
    "times ones": (
        lambda t, h, n: h.einsum("bn,kn->bk", t.given("param", "U", n, n)) + t.given("param", "V", n, n).einsum(
            "kn,n->k", number(t, 1.0).expand(n)
        ),
        "piece1 @ piece0 + piece2 @ fill(1, n)",
    ),
    "as often as": (
        lambda t, h, n: h * number(t, 0.5).expand(t.batch, n).einsum("bn,n->b", number(t, 1.0).expand(n)).reshape(
            t.batch, 1
        ),
        "piece0 * (n / 2)",
    ),
    "product of all pairs": (
        doubled(lambda t, h, a, n: h.reshape(t.batch, n, 1).two("mul", a.reshape(t.batch, 1, n)).reduced("sum", 2)),
        "outer(piece0, piece1 @ piece0) @ fill(1, n)",
    ),
    "sum of all pairs": (
        doubled(outer_sum),
        "(tanh(outer(piece0, fill(1, n)) + outer(fill(1, n), piece1 @ piece0)) @ fill(1, n)) / n",
    ),
    "antisymmetric": (antisymmetric, "(piece1 - transpose(piece1)) @ piece0 - 0.3 * piece0"),
    "replaced": (half_replaced, "sigmoid(piece0) + piece0"),
}  # fmt: skip


def program(step: Step) -> Callable[..., Trace]:
    def made(t: Tape, n: int) -> Trace:
        h = t.given("state", "h", n)
        return t.trace(h=step(t, h, n))

    return made


@pytest.mark.parametrize("name", SINGLE)
def test_operations_are_written_as_people_write_them(name: str) -> None:
    step, expected = SINGLE[name]
    trace, traces, sizes = traced(program(step), "n")
    found = lowered(trace, {size("n"): sizes[0]["n"]})
    [expr] = found.after.values()
    assert source(expr) == expected
    assert disagreement(traces[1], found, sizes[1]) < 1e-12


def random_step(random: Random, t: Tape, m: int, n: int) -> Trace:
    """A cell of gates that are cut out of products, put together, and mixed in all ways."""
    x, h = t.given("input", "x", m), t.given("state", "h", n)
    vectors = [h]
    for k in range(random.randint(2, 5)):
        count = random.randint(1, 3)
        a = random.choice(vectors)
        joined = concat(x, a) if random.random() < 0.5 else concat(a, random.choice(vectors))
        width = joined.shape[1]
        if random.random() < 0.5:
            made = joined.einsum("bk,nk->bn", t.given("param", f"W{k}", count * n, width))
        else:
            made = joined.einsum("bk,kn->bn", t.given("param", f"W{k}", width, count * n))
        if random.random() < 0.5:
            made = made + t.given("param", f"b{k}", count * n)
        if random.random() < 0.3:
            made = made.one("standardize", eps=1e-3)
        if random.random() < 0.4:
            stacked = made.reshape(t.batch, count, n)
            parts = [stacked.part(i, i + 1, 1).reshape(t.batch, n) for i in range(count)]
            vectors.append(stacked.reduced(random.choice(["sum", "mean", "largest"]), 1))
        else:
            parts = made.chunk(count)
        if random.random() < 0.3:
            turned = concat(*[p.reshape(t.batch, n, 1) for p in parts], axis=2).permute(0, 2, 1)
            parts = [turned.part(i, i + 1, 1).reshape(t.batch, n) for i in reversed(range(count))]
        vectors += [p.one(random.choice(["tanh", "sigmoid", "relu", "softplus"])) for p in parts]
    z, g = random.sample(vectors, 2)
    return t.trace(h=h + z.one("sigmoid") * (g - h), output=random.choice(vectors))


@pytest.mark.parametrize("seed", range(40))
def test_programs_that_nobody_thought_of(seed: int) -> None:
    trace, traces, sizes = traced(lambda t, m, n: random_step(Random(seed), t, m, n), "m", "n")
    found = lowered(trace, {size(name): number for name, number in sizes[0].items()})
    assert disagreement(traces[2], found, sizes[2]) < 1e-11


def summed_over_the_batch(t: Tape, n: int) -> Trace:
    h = t.given("state", "h", n)
    return t.trace(h=h - h.reduced("mean", 0).reshape(1, n))


def samples_beside_each_other(t: Tape, n: int) -> Trace:
    h = t.given("state", "h", n)
    return t.trace(h=h.einsum("bn,cn->bc", h).one("softmax", axis=1).einsum("bc,cn->bn", h))


def moved_along(t: Tape, n: int) -> Trace:
    h = t.given("state", "h", n)
    return t.trace(h=t.put("flip", h, shape=h.shape, axis=1))


def three_axes(t: Tape, n: int) -> Trace:
    h = t.given("state", "h", n)
    cube = h.reshape(t.batch, n, 1, 1) * h.reshape(t.batch, 1, n, 1) * h.reshape(t.batch, 1, 1, n)
    return t.trace(h=cube.one("tanh").reduced("sum", 2, 3))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (summed_over_the_batch, "a mean over the batch"),
        (samples_beside_each_other, "over the batch"),
        (moved_along, "the order of n entries is reversed"),
        (three_axes, "more than two axes"),
    ],
)
def test_what_no_equation_says_is_refused(cell: Callable[..., Trace], message: str) -> None:
    trace, _, sizes = traced(cell, "n")
    with pytest.raises(CodeError, match=message):
        lowered(trace, {size("n"): sizes[0]["n"]})
