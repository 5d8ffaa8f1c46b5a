"""Cells with lifted axes for the views: heads that are joined and heads that share a state, experts that are mixed, two
axes, one axis within another, and members that are joined and parted again."""

from __future__ import annotations

from functools import cache

import cellgraph as cg
from cellgraph.graph import Cell

LIFTED = {
    "delta": """
dims: {m: input size, d: head size}
each: {j: heads}
inputs: {x: [m]}
states: {S: [j, d, d]}
params: {W_q: [j, d, m], W_k: [j, d, m], W_v: [j, d, m], w_b: [j, m], W_o: [m, j*d]}
labels: {j: {en: heads, zh: 个头}}
equations: |
  q = W_q @ x
  k = W_k @ x
  v = W_v @ x
  beta = sigmoid(w_b @ x)
  S = S[t-1] + outer(beta * (v - S[t-1] @ k), k)
  y = W_o @ flatten(S @ q, j)
output: y
""",
    "shared": """
dims: {m: input size, n: hidden size, d: head size}
each: {j: heads}
inputs: {x: [m]}
states: {h: [n], c: [j, d]}
params: {W: [j, d, m], U: [j, d, n], b: [j, d], W_f: [j, d, m], V: [n, j*d], W_h: [n, m], b_h: [n]}
equations: |
  f = sigmoid(W_f @ x)
  z = tanh(W @ x + U @ h[t-1] + b)
  c = f * c[t-1] + (1 - f) * z
  o = sigmoid(W_h @ x + b_h)
  h = o * tanh(V @ flatten(c, j))
output: h
""",
    "experts": """
dims: {m: input size, n: hidden size}
each: {e: experts}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [e, n, m], U: [e, n, n], b: [e, n], w_g: [e, m], u_g: [e, n]}
equations: |
  g = softmax(w_g @ x + u_g @ h[t-1], over=e)
  a = tanh(W @ x + U @ h[t-1] + b)
  h = sum(g * a, over=e)
output: h
""",
    "field": """
dims: {m: channels in, n: channels}
each: {p: height, q: width}
inputs: {x: [p, q, m]}
states: {h: [p, q, n]}
params: {W: [n, m], U: [n, n], V: [n, n], b: [n]}
equations: |
  a = shift(h[t-1], 1, over=p)
  c = shift(h[t-1], 2, over=q)
  h = tanh(W @ x + U @ a + V @ c + b)
output: h
""",
    "nested": """
dims: {m: input size, n: hidden size, d: head size}
each: {g: groups, j: heads of a group}
inputs: {x: [m]}
states: {c: [g, j, d], h: [n]}
params: {K: [g, d, m], W: [g, j, d, m], a: [g, d], V: [n, d], U: [d, n]}
equations: |
  k = K @ x
  r = U @ h[t-1]
  f = sigmoid(W @ x + r)
  c = f * c[t-1] + (1 - f) * k
  s = sum(c, over=j)
  h = V @ sum(a * s, over=g)
output: h
""",
    "parted": """
dims: {m: input size, d: head size}
each: {j: heads}
inputs: {x: [m]}
states: {c: [j, d]}
params: {W: [j, d, m], w: [j*d], W_o: [j, m, d]}
equations: |
  c = 0.5 * c[t-1] + W @ x
  u = w * flatten(c, j) / (1 + sum(mean(c * c), over=j))
  y = sum(W_o @ split(u, j), over=j)
output: y
""",
}
"""Specs without what every spec says of itself."""


@cache
def lifted(name: str) -> Cell:
    """One of these cells, or one that ships."""
    if name not in LIFTED:
        return cg.load(name)
    return cg.loads(f"name: {name}\ntitle: {name}\nreference: none\n{LIFTED[name]}")
