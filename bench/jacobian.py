"""The Jacobian of every spec, paths and bounds together; and through one step as numbers, beside JAX."""

from __future__ import annotations

import time

import numpy as np

import cellgraph as cg
from bench.timing import function, table
from cellgraph.derive.flows.jacobian_chain import Pullback
from cellgraph.graph import size


def run() -> None:
    """Print the tables."""
    seconds = []
    for name in cg.cells():
        _ = cg.jacobian(cg.load(name)).bounds
        # What is derived of a cell is kept with it, so this is another one.
        cell = cg.load(name)
        start = time.perf_counter()
        _ = cg.jacobian(cell).bounds
        seconds.append((time.perf_counter() - start, name))
    seconds.sort()
    print(f"\nJacobians of {len(seconds)} specs: structure, paths, growth, bounds")
    for what, (own, name) in (
        ("fastest", seconds[0]),
        ("median", seconds[len(seconds) // 2]),
        ("slowest", seconds[-1]),
    ):
        print(f"  {what:8} {own * 1e3:8.2f} ms  {name}")
    _numbers()


def _numbers() -> None:
    import jax
    import jax.numpy as jnp

    cell = cg.load("lstm")
    sizes = {"m": 16, "n": 32}
    draw = np.random.default_rng(0)
    leaves = {q.symbol.name: draw.normal(size=[sizes[str(s)] for s in q.shape or ()]) for q in cell.step.leaves}
    trace = {name: leaves[name][None] for name in ("x", "h[t-1]", "c[t-1]")}
    pullback = Pullback(cell, list(cell.carries), {size(name): number for name, number in sizes.items()}, leaves)

    def pulled() -> np.ndarray:
        (back,) = pullback.back(trace)
        return back(np.eye(pullback.size))

    def after(h: jax.Array, c: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = cg.step(cell, {**leaves, "h[t-1]": h, "c[t-1]": c}, xp=jnp)
        return found["h"], found["c"]

    traced = jax.jacobian(after, argnums=(0, 1))
    states = jnp.asarray(leaves["h[t-1]"]), jnp.asarray(leaves["c[t-1]"])
    rows = [
        function("cellgraph on NumPy, rows of the identity pulled back", pulled),
        function("JAX jacobian, not compiled", lambda: jax.block_until_ready(traced(*states))),
    ]
    table("∂(h, c)/∂(h, c) of an LSTM step as numbers, m = 16, n = 32", rows)
