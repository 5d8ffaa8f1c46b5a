"""Cells with families: heads, experts and positions as papers have them, and any cell once for each head."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from lifted_cells import lifted_cell
from zoo import seeds

import cellgraph as cg
from cellgraph.graph import Cell, size
from cellgraph.ops import Axis, Shape, axes_of, core, family
from cellgraph.transforms.draft import compose, decompose

AXIS = "heads"


def lifted(cell: Cell, inputs: bool = True) -> Cell:
    """The cell once for each head, with an input of its own for each or one for all."""
    made, axis = decompose(cell), Axis(size(AXIS), len(cell.each))

    def many(shape: Shape) -> Shape:
        return family((*axes_of(shape), axis), core(shape))

    draft = replace(
        made,
        dims={**made.dims, AXIS: "number of heads"},
        inputs={name: many(shape) if inputs else shape for name, shape in made.inputs.items()},
        states={name: many(shape) for name, shape in made.states.items()},
        params={name: many(shape) for name, shape in made.params.items()},
        constants={name: many(said) if isinstance(said, tuple) else said for name, said in made.constants.items()},
    )
    return compose(replace(cell, each=(*cell.each, AXIS)), draft)


@cache
def family_of(name: str) -> Cell:
    """One of the cells below."""
    return cg.loads(f"name: {name}\n{TEXTS[name]}")


TEXTS = {
    "delta-heads": """dims: {m: input size, d: key size, n: value size}
each: {j: heads}
inputs: {x: [m]}
states: {S: [j, n, d]}
params: {W_q: [j, d, m], W_k: [j, d, m], W_v: [j, n, m], w_b: [j, m], W_o: [m, j*n]}
functions: {unit(a): a / sqrt(sum(a * a) + 1e-12)}
equations: |
  q = W_q @ x
  k = unit(W_k @ x)
  v = W_v @ x
  beta = sigmoid(w_b @ x)
  S = S[t-1] + outer(beta * (v - S[t-1] @ k), k)
  y = W_o @ flatten(S @ q, j)
output: y
""",
    "mlstm-heads": """dims: {m: input size, d: key size, n: value size}
each: {j: heads}
inputs: {x: [m]}
states: {C: [j, n, d], z: [j, d], s: [j]}
params: {W_q: [j, d, m], W_k: [j, d, m], W_v: [j, n, m], w_i: [j, m], b_i: [j], w_f: [j, m], b_f: [j],
  W_o: [j*n, m], b_o: [j*n]}
equations: |
  q = W_q @ x
  k = (W_k @ x) / sqrt(d)
  v = W_v @ x
  a = w_i @ x + b_i
  l = -softplus(-(w_f @ x + b_f))
  s = max(l + s[t-1], a)
  i = exp(a - s)
  f = exp(l + s[t-1] - s)
  C = f * C[t-1] + i * outer(v, k)
  z = f * z[t-1] + i * k
  o = sigmoid(W_o @ x + b_o)
  y = o * flatten((C @ q) / max(abs(z @ q), exp(-s)), j)
output: y
""",
    "experts": """dims: {m: input size, n: hidden size, r: expert size}
each: {e: experts}
inputs: {x: [m]}
states: {h: [n]}
params: {W_g: [e, m], U_g: [e, n], W_1: [e, r, m], U_1: [e, r, n], b_1: [e, r], W_2: [e, n, r], b_2: [e, n]}
equations: |
  g = softmax(W_g @ x + U_g @ h[t-1], over=e)
  a = tanh(W_1 @ x + U_1 @ h[t-1] + b_1)
  c = W_2 @ a + b_2
  h = tanh(sum(g * c, over=e))
output: h
""",
    "image-gru": """dims: {m: input channels, n: channels}
each: {p: height, q: width}
inputs: {x: [p, q, m]}
states: {h: [p, q, n]}
params: {W_z: [3, 5, n, m], U_z: [3, 3, n, n], b_z: [n], W_c: [3, 5, n, m], U_c: [3, 3, n, n], b_c: [n]}
equations: |
  z = sigmoid(conv(x, W_z) + conv(h[t-1], U_z) + b_z)
  c = tanh(conv(x, W_c) + conv(h[t-1], U_c) + b_c)
  h = z * h[t-1] + (1 - z) * c
output: h
""",
    "image-shifts": """dims: {m: input size, n: hidden size}
each: {p: height, q: width}
inputs: {x: [p, q, m]}
states: {h: [p, q, n], b: [q, n]}
params: {W: [n, m], U: [n, n], V: [n, n], a: [p, n]}
equations: |
  u = tanh(W @ x + U @ shift(h[t-1], 1, over=p) + V @ shift(h[t-1], -2, over=q))
  z = sigmoid(a)
  h = z * h[t-1] + (1 - z) * u
  b = mean(h, over=p) + 0.5 * cumsum(b[t-1], over=q)
output: h
""",
    "mixed-heads": """dims: {m: input size, n: head size}
each: {j: heads}
inputs: {x: [m]}
states: {h: [j, n]}
params: {w_f: [j, m], W: [j, n, m], R: [n, j*n], b: [n]}
equations: |
  f = sigmoid(w_f @ x)
  g = tanh(W @ x + R @ flatten(h[t-1], j) + b)
  h = f * h[t-1] + (1 - f) * g
  y = mean(h, over=j)
output: y
""",
    "windows": """dims: {m: input size, d: key size, l: length}
each: {j: heads}
inputs: {x: [m]}
states: {B: [j, l, d], P: [j, d, l]}
params: {W: [j, d, m], w: [j, l], Q: [j, d, d]}
equations: |
  k = W @ x
  a = transpose(shift(transpose(P[t-1]), 1))
  B = shift(B[t-1], 1) + outer(w, k)
  P = a + outer(k, w)
  y = sum(Q @ (P @ (B @ k)), over=j)
output: y
""",
}

COUNTS = {"m": 3, "n": 4, "d": 2, "j": 5, "p": 6, "q": 7, "e": 5, "r": 2, "l": 6}
"""Sizes of these cells, all different within each."""


def some_families(randoms: int) -> list[str | int]:
    """The names of the cells here, and the seeds of so many random ones."""
    return [*TEXTS, *seeds(randoms)]


def family_and_sizes(which: str | int) -> tuple[Cell, dict[str, int]]:
    """A cell by name, or a random one with families by seed, and numbers for its dims."""
    cell = family_of(which) if isinstance(which, str) else lifted_cell(which, smooth=False)
    return cell, {dim: COUNTS[dim] for dim in cell.dims}
