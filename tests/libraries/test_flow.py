"""The product of Jacobians through a run against JAX's reverse mode, and Keras's starts against Keras."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

import cellgraph as cg
from cellgraph.derive.flows.flow import completed
from cellgraph.derive.flows.initialise import Initialisation, initialised
from cellgraph.derive.flows.jacobian_chain import Pullback, jacobian_chain
from cellgraph.derive.flows.trajectory import forward
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, size

CELLS = [cg.load(name) for name in cg.cells()]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_product_equals_that_of_jax(cell: Cell) -> None:
    equal_to_jax(cell, 7, 40, 15, Initialisation("keras", 1.3))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_product_that_was_cut_equals_that_of_jax(name: str) -> None:
    assert equal_to_jax(cg.load(name), 96, 150, 5, Initialisation("torch")) < 96 or name != "rnn"


def equal_to_jax(cell: Cell, width: int, steps: int, start: int, begin: Initialisation) -> int:
    """Hold ∂s_T/∂s_start against JAX's; how many rows ours is kept with."""
    import jax

    sizes = {size(n): sp.Integer(v) for n, v in completed(cell, {"m": 3, "n": width}).items()}
    draw = np.random.default_rng(8)
    weights = initialised(structure(cell), sizes, begin, steps, draw)
    inputs = {
        q.symbol.name: draw.normal(size=(steps, *(int(s.xreplace(sizes)) for s in q.shape or ())))
        for q in cell.step.having("input")
    }
    trace = forward(cell, sizes, weights, inputs)
    pullback = Pullback(cell, list(cell.carries), sizes, weights)
    found = next(p for p in jacobian_chain(pullback, trace, steps) if p.t == start)
    ours = found.matrix * 10.0**found.scale

    def last(states: list[Any]) -> list[Any]:
        def one(states: list[Any], given: dict[str, Any]) -> tuple[list[Any], None]:
            before = dict(zip([b.name for b in cell.carries], states, strict=True))
            made = cg.step(cell, {**weights, **given, **before}, xp=jax.numpy)
            return [made[a.name] for a in cell.carries.values()], None

        return jax.lax.scan(one, states, {name: array[start:] for name, array in inputs.items()})[0]

    with jax.enable_x64(True):
        blocks = jax.jit(jax.jacrev(last))([jax.numpy.asarray(trace[b.name][start]) for b in cell.carries])
        counts = [int(np.prod(trace[b.name].shape[1:])) for b in cell.carries]
        rows = [
            [np.asarray(block).reshape(a, b) for block, b in zip(row, counts, strict=True)]
            for row, a in zip(blocks, counts, strict=True)
        ]
    theirs = np.block(rows)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8 * np.abs(theirs).max())
    return len(found.right)


@pytest.mark.parametrize(
    ("name", "made"), [("lstm", "LSTMCell"), ("gru-reset-after", "GRUCell"), ("rnn", "SimpleRNNCell")]
)
def test_keras_draws_as_we_do(name: str, made: str) -> None:
    import keras

    layer = getattr(keras.layers, made)(24)
    layer.build((None, 10))
    cell = cg.load(name)
    sizes = {size(n): sp.Integer(v) for n, v in {"m": 10, "n": 24, "k": 2}.items()}
    ours = initialised(structure(cell), sizes, Initialisation("keras"), 9, np.random.default_rng(0))
    layout = next(i for i in cell.implementations if i.name == f"keras.layers.{made}")
    theirs = {w.path.rpartition("/")[2]: np.asarray(w.value) for w in layer.weights}
    packed = layout.pack(ours)
    limits = [np.abs(arrays["kernel"]).max() for arrays in (theirs, packed)]
    assert limits[0] == pytest.approx(limits[1], rel=0.05)
    for arrays in (theirs, packed):
        square = arrays["recurrent_kernel"] @ arrays["recurrent_kernel"].T
        np.testing.assert_allclose(square, np.eye(24), atol=1e-5)
    np.testing.assert_array_equal(theirs["bias"], packed["bias"])
