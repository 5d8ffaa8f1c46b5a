"""∂s_T/∂s_t through 1000 steps at n = 256 against the reverse mode of autodiff, for every t.

A flow needs every t. Autodiff finds them in one go as the derivative by a small change of each state, and keeps them
all: T matrices of S × S. Ours hands them out one after the other, and costs the same for one and for all.

Cells start as PyTorch and Keras start them, and with a bias of 4 on the gates of the carry. From the first two a
product soon has fewer directions than rows, and ours takes advantage of that (what it leaves out is below 1e−11 of the
norm); from the last a GRU keeps them all. All compute in double precision and on all cores. The first call of JAX
compiles; a user who asks for one flow waits for it too.

Until November 2026 a flow had an engine of its own, of tapes, blocks and links. RECORDED says what the plain chain of
vector-Jacobian products costs beside it.
"""

from __future__ import annotations

import os
import resource
from typing import Any

import numpy as np
import sympy as sp

import cellgraph as cg
from cellgraph.derive.flows.initialise import Initialisation, initialised
from cellgraph.derive.flows.jacobian_chain import Pullback, jacobian_chain
from cellgraph.derive.flows.trajectory import forward
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, size

from .timing import Measured, function, seconds, table

SIZES = {"m": 64, "n": 256, "k": 1}
STEPS = 1000
STARTS = {
    "as in PyTorch": Initialisation("torch"),
    "as in Keras": Initialisation("keras"),
    "with forget bias 4": Initialisation("keras", forget_bias=4.0),
}
RECORDED = {
    ("lstm", "as in PyTorch"): 1.7,
    ("lstm", "as in Keras"): 1.6,
    ("lstm", "with forget bias 4"): 2.4,
    ("gru", "as in PyTorch"): 1.6,
    ("gru", "as in Keras"): 1.4,
    ("gru", "with forget bias 4"): 1.9,
    ("rnn", "as in PyTorch"): 1.6,
    ("rnn", "as in Keras"): 0.9,
    ("rnn", "with forget bias 4"): 0.9,
}
"""Processor time as a multiple of that of the engine before, both in one session on two busy cores, 2026-11-28."""


def run(names: tuple[str, ...] = ("lstm", "gru", "rnn"), steps: int = STEPS) -> None:
    """Measure each cell from each start, and say how far the Jacobians are apart."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    for name in names:
        for said, start in STARTS.items():
            _measured(cg.load(name), said, start, steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory of everything together: {peak:.0f} MiB")


def _measured(cell: Cell, said: str, start: Initialisation, steps: int) -> None:
    sizes = {size(n): sp.Integer(v) for n, v in SIZES.items()}
    draw = np.random.default_rng(0)
    weights = initialised(structure(cell), sizes, start, steps, draw)
    inputs = {"x": draw.normal(size=(steps, SIZES["m"]))}
    ours, torch = _ours(cell, sizes, weights, inputs, steps), _torch(cell, weights, inputs, False)
    every, last = _jax(cell, weights, inputs, True), _jax(cell, weights, inputs, False)
    first = Measured("jax.jacrev under jit, every t, with its compilation", seconds(every))
    rows = [
        function("cellgraph, every t", ours, 3),
        first,
        function("jax.jacrev under jit, every t", every, 2),
        function("jax.jacrev under jit, t = 0 alone", last, 3),
        function("torch.func.jacrev, every t", _torch(cell, weights, inputs, True), 1),
        function("torch.func.jacrev, t = 0 alone", torch, 1),
    ]
    table(f"{cell.name} {said}: ∂s_T/∂s_t, n = {SIZES['n']}, T = {steps}, float64", rows)
    if steps == STEPS and (cell.name, said) in RECORDED:
        print(f"  recorded: {RECORDED[cell.name, said]:.1f} times the processor time of the engine until November 2026")
    whole, theirs = ours(), np.asarray(last())
    print(f"  relative difference from jax at t = 0: {np.abs(theirs - whole).max() / np.abs(whole).max():.1e}")


def _ours(cell: Cell, sizes: Any, weights: Any, inputs: Any, steps: int) -> Any:
    def call() -> Any:
        trace = forward(cell, sizes, weights, inputs)
        for found in jacobian_chain(Pullback(cell, list(cell.carries), sizes, weights), trace, steps):
            if found.t == 0:
                return found.matrix * 10.0**found.scale
        raise AssertionError

    return call


def _jax(cell: Cell, weights: Any, inputs: Any, every: bool) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    arrays = {name: jax.numpy.asarray(array) for name, array in weights.items()}
    xs = jax.numpy.asarray(inputs["x"])

    size = SIZES["n"] * len(cell.carries)

    def last(change: Any) -> Any:
        def one(state: Any, given: Any) -> tuple[Any, None]:
            return _stepped(cell, arrays, given[0], state + given[1], jax.numpy), None

        if not every:
            return jax.lax.scan(lambda s, x: (_stepped(cell, arrays, x, s, jax.numpy), None), change, xs)[0]
        return jax.lax.scan(one, jax.numpy.zeros(size), (xs, change))[0]

    jitted = jax.jit(jax.jacrev(last))
    start = jax.numpy.zeros((len(xs), size) if every else size)
    return lambda: jitted(start).block_until_ready()


def _torch(cell: Cell, weights: Any, inputs: Any, every: bool) -> Any:
    import torch

    arrays = {name: torch.as_tensor(array) for name, array in weights.items()}
    xs = torch.as_tensor(inputs["x"])
    size = SIZES["n"] * len(cell.carries)

    def last(change: Any) -> Any:
        if not every:
            state = change
            for x in xs:
                state = _stepped(cell, arrays, x, state, torch)
            return state
        state = torch.zeros(size, dtype=torch.float64)
        # Taken apart in one operation, which reverse mode undoes in one; a change[t] each would be quadratic in T.
        for x, given in zip(xs, change.unbind(), strict=True):
            state = _stepped(cell, arrays, x, state + given, torch)
        return state

    start = torch.zeros((len(xs), size) if every else size, dtype=torch.float64)
    return lambda: torch.func.jacrev(last)(start).numpy()


def _stepped(cell: Cell, weights: Any, x: Any, state: Any, xp: Any) -> Any:
    """The usual equations as people write them for these libraries."""
    n, w = SIZES["n"], weights

    def gate(letter: str, h: Any) -> Any:
        return w[f"W_{letter}"] @ x + w[f"U_{letter}"] @ h + w[f"b_{letter}"]

    def sigmoid(a: Any) -> Any:
        return 0.5 * (xp.tanh(0.5 * a) + 1)

    if cell.name == "lstm":
        h, c = state[:n], state[n:]
        c = sigmoid(gate("f", h)) * c + sigmoid(gate("i", h)) * xp.tanh(gate("g", h))
        return xp.concatenate([sigmoid(gate("o", h)) * xp.tanh(c), c])
    if cell.name == "gru":
        z, r = sigmoid(gate("z", state)), sigmoid(gate("r", state))
        return z * state + (1 - z) * xp.tanh(gate("g", r * state))
    return xp.tanh(w["W"] @ x + w["U"] @ state + w["b"])
