"""The adjoint equations of one LSTM step, beside SymPy's scalarised Jacobian and JAX's traced gradient."""

from __future__ import annotations

import sympy as sp

import cellgraph as cg
from bench.timing import function, table


def scalarised(n: int) -> sp.Matrix:
    """∂(h, c)/∂(everything) with one SymPy symbol for each number, m = n."""

    def symbols(name: str, *shape: int) -> sp.Matrix:
        return sp.Matrix(*shape, lambda i, j: sp.Symbol(f"{name}_{i}_{j}"))

    def sigmoid(x: sp.Expr) -> sp.Expr:
        return 1 / (1 + sp.exp(-x))

    x, h, c = symbols("x", n, 1), symbols("h", n, 1), symbols("c", n, 1)
    leaves, gates = [*x, *h, *c], []
    for gate in "figo":
        weights = symbols(f"W{gate}", n, n), symbols(f"U{gate}", n, n), symbols(f"b{gate}", n, 1)
        leaves += [entry for weight in weights for entry in weight]
        gates.append((weights[0] * x + weights[1] * h + weights[2]).applyfunc(sp.tanh if gate == "g" else sigmoid))
    f, i, g, o = gates
    after = f.multiply_elementwise(c) + i.multiply_elementwise(g)
    return sp.Matrix([*o.multiply_elementwise(after.applyfunc(sp.tanh)), *after]).jacobian(leaves)


def run() -> None:
    """Print the table."""
    import jax
    import jax.numpy as jnp

    cell = cg.load("lstm")
    m, n = 128, 256

    def loss(leaves: dict[str, jax.Array]) -> jax.Array:
        found = cg.step(cell, leaves, xp=jnp)
        return found["h"].sum() + found["c"].sum()

    sizes = {"m": m, "n": n}
    arrays = {q.symbol.name: jnp.zeros([sizes[str(size)] for size in q.shape or ()]) for q in cell.step.leaves}
    rows = [
        function("cellgraph, any size", lambda: cg.gradient(cell), 50),
        function("JAX make_jaxpr(grad), m=128, n=256", lambda: jax.make_jaxpr(jax.grad(loss))(arrays)),
        function("SymPy, one symbol a number, n=2", lambda: scalarised(2), 1),
        function("SymPy, one symbol a number, n=4", lambda: scalarised(4), 1),
    ]
    table("all gradients of one LSTM step", rows)
