"""BPTT as equations: an LSTM unrolled over T steps with its adjoint, beside JAX without scan, CasADi and SymPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

import cellgraph as cg
from bench.timing import Measured, function, table

STEPS = 1000
SIZE = 4


def run() -> None:
    """Print the tables: T = 1000 beside other tools, and how time grows with T."""
    cell = cg.load("lstm")

    def ours(steps: int) -> Callable[[], object]:
        return lambda: cg.adjoint(cg.unroll(cell, steps))

    rows = [function(f"cellgraph, any size, T = {STEPS}", ours(STEPS), 3)]
    rows.append(function(f"JAX make_jaxpr(grad) without scan, n = {SIZE}, T = {STEPS}", _jax(STEPS), 1))
    try:
        rows.append(function(f"CasADi, MX gradient, n = {SIZE}, T = {STEPS}", _casadi(STEPS), 1))
    except ImportError:
        print("\nCasADi is not installed: pip install casadi")
    rows.append(function("SymPy MatrixExpr, building alone, n symbolic, T = 5", lambda: _sympy(5), 1))
    table("an unrolled LSTM with its adjoint", rows)
    growth: list[Measured] = [function(f"T = {steps}", ours(steps), 2) for steps in (1000, 3000, 10_000)]
    table("the same, longer: linear in T", growth)


def _jax(steps: int) -> Callable[[], object]:
    import jax
    import jax.numpy as jnp

    cell = cg.load("lstm")
    sizes = {"m": SIZE, "n": SIZE}
    arrays = {q.symbol.name: jnp.zeros([sizes[str(s)] for s in q.shape or ()]) for q in cell.step.leaves}

    def loss(leaves: dict[str, jax.Array]) -> jax.Array:
        h, c = leaves["h[t-1]"], leaves["c[t-1]"]
        total = jnp.zeros(())
        for _ in range(steps):
            found = cg.step(cell, {**leaves, "h[t-1]": h, "c[t-1]": c}, xp=jnp)
            h, c = found["h"], found["c"]
            total = total + h.sum()
        return total

    return lambda: jax.make_jaxpr(jax.grad(loss))(arrays)


def _casadi(steps: int) -> Callable[[], object]:
    import casadi

    def gates(leaves: dict[str, Any], x: Any, h: Any) -> list[Any]:
        return [leaves[f"W{q}"] @ x + leaves[f"U{q}"] @ h + leaves[f"b{q}"] for q in "figo"]

    def call() -> object:
        leaves = {f"{p}{q}": casadi.MX.sym(f"{p}{q}", SIZE, 1 if p == "b" else SIZE) for p in "WUb" for q in "figo"}
        x, h, c = (casadi.MX.sym(name, SIZE) for name in "xhc")
        total = casadi.MX(0)
        for _ in range(steps):
            f, i, g, o = gates(leaves, x, h)
            c = c / (1 + casadi.exp(-f)) + casadi.tanh(g) / (1 + casadi.exp(-i))
            h = casadi.tanh(c) / (1 + casadi.exp(-o))
            total = total + casadi.sum1(h)
        return [casadi.gradient(total, leaf) for leaf in leaves.values()]

    return call


def _sympy(steps: int) -> object:
    m, n = sp.symbols("m n", integer=True, positive=True)
    t = sp.Dummy()
    sigmoid, tanh = sp.Lambda(t, 1 / (1 + sp.exp(-t))), sp.Lambda(t, sp.tanh(t))
    weights = {
        q: (sp.MatrixSymbol(f"W{q}", n, m), sp.MatrixSymbol(f"U{q}", n, n), sp.MatrixSymbol(f"b{q}", n, 1))
        for q in "figo"
    }
    h, c = sp.MatrixSymbol("h", n, 1), sp.MatrixSymbol("c", n, 1)
    for step in range(steps):
        x = sp.MatrixSymbol(f"x{step}", m, 1)
        made = {q: w * x + u * h + b for q, (w, u, b) in weights.items()}
        f, i, o = (made[q].applyfunc(sigmoid) for q in "fio")
        c = sp.HadamardProduct(f, c) + sp.HadamardProduct(i, made["g"].applyfunc(tanh))
        h = sp.HadamardProduct(o, c.applyfunc(tanh))
    return h
