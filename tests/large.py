"""Specs that are valid and large: each makes one derivation or layout blow up that walks paths, nests or pairs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def spec(name: str, equations: list[str], *, states: str = "{h: [n]}", params: str = "{W: [n, m], U: [n, n]}") -> str:
    """A spec of these equations over an input x of size m."""
    lines = "".join(f"  {equation}\n" for equation in equations)
    head = f"name: {name}\ndims: {{m: input size, n: hidden size}}\ninputs: {{x: [m]}}\n"
    return f"{head}states: {states}\nparams: {params}\nequations: |\n{lines}output: h\n"


def coupled(count: int = 60) -> str:
    """Gates, each made from all before it: 2 ** count paths."""
    gates = ["g0 = sigmoid(W @ x + U @ h[t-1])"]
    gates += [f"g{k} = sigmoid({' + '.join(f'g{j}' for j in range(k))})" for k in range(1, count - 1)]
    return spec("coupled", [*gates, f"h = g{count - 2} * h[t-1]"])


def dense(count: int = 60) -> str:
    """Gates, each with a matrix and a bias of its own, made from the product of the two before and the sum of all."""
    gates = [f"g{k} = sigmoid(W{k} @ x + U{k} @ h[t-1] + b{k})" for k in range(2)]
    gates += [
        f"g{k} = tanh(U{k} @ (g{k - 1} * g{k - 2}) + {' + '.join(f'g{j}' for j in range(k))} + b{k})"
        for k in range(2, count - 1)
    ]
    params = [f"W{k}: [n, m], U{k}: [n, n], b{k}: [n]" for k in range(2)]
    params += [f"U{k}: [n, n], b{k}: [n]" for k in range(2, count - 1)]
    mean = f"h = g{count - 2} * h[t-1] + (1 - g{count - 2}) * g0"
    return spec("dense", [*gates, mean], params=f"{{{', '.join(params)}}}")


def states(count: int = 60) -> str:
    """States, each made from all others of the step before and all of this step that are before it."""
    names = ["h", *(f"s{k}" for k in range(1, count))]
    half = len(names) // 2
    olds = [" + ".join(f"{name}[t-1]" for name in group) for group in (names[:half], names[half:])]
    equations = [f"p = {olds[0]}", f"q = p + {olds[1]}", "h = tanh(W @ x + U @ h[t-1])"]
    equations += [f"s{k} = sigmoid({' + '.join(names[:k])}) * tanh(U @ q)" for k in range(1, count)]
    return spec("states", equations, states=f"{{{', '.join(f'{name}: [n]' for name in names)}}}")


def chain(count: int = 500) -> str:
    """Equations, each made from the one before it."""
    links = ["e0 = tanh(W @ x + U @ h[t-1])", *(f"e{k} = tanh(U @ e{k - 1})" for k in range(1, count - 1))]
    return spec("chain", [*links, f"h = e{count - 2}"])


def entries(count: int = 500) -> str:
    """A chain without any matrix: all of it one nest of entrywise operations."""
    links = ["e0 = tanh(W @ x + U @ h[t-1])", *(f"e{k} = sigmoid(e{k - 1}) * e{k - 1}" for k in range(1, count - 1))]
    return spec("entries", [*links, f"h = e{count - 2}"])


def sums(count: int = 500) -> str:
    """A chain of sums: twice what is before, so that unfolded it has 2 ** count terms."""
    links = ["e0 = tanh(W @ x + U @ h[t-1])", *(f"e{k} = e{k - 1} + e{k - 1}" for k in range(1, count - 1))]
    return spec("sums", [*links, f"h = e{count - 2}"])


def ring(count: int = 500) -> str:
    """A chain of products and sums: scalar algebra as deep as it is long."""
    links = ["e0 = tanh(W @ x + U @ h[t-1])"]
    links += [f"e{k} = e{k - 1} * h[t-1] + (1 - e{k - 1}) * e0" for k in range(1, count - 1)]
    return spec("ring", [*links, f"h = e{count - 2}"])


def weighted(count: int = 60) -> str:
    """Gates, each made from products of those before it, and a state that all of them scale."""
    gates = ["g0 = sigmoid(W @ x + U @ h[t-1])"]
    gates += [
        f"g{k} = sigmoid({' + '.join(f'g{j} * h[t-1]' for j in range(max(0, k - 24), k))})" for k in range(1, count - 1)
    ]
    every = " * ".join(f"g{k}" for k in range(count - 1))
    return spec("weighted", [*gates, f"h = {every} * h[t-1] + (1 - g1) * g0"])


def many_params(count: int = 240) -> str:
    """Parameters that all meet in one state."""
    groups = [range(k, min(k + 40, count)) for k in range(0, count, 40)]
    equations = [f"a{j} = {' + '.join(f'P{k} @ x' for k in group)}" for j, group in enumerate(groups)]
    equations += [f"h = tanh({' + '.join(f'a{j}' for j in range(len(groups)))} + U @ h[t-1])"]
    params = ", ".join(["U: [n, n]", *(f"P{k}: [n, m]" for k in range(count))])
    return spec("params", equations, params=f"{{{params}}}")


def bomb(deep: int = 7) -> str:
    """A power of a power of a power."""
    nest = "h[t-1]"
    for _ in range(deep):
        nest = f"({nest}) ** 99"
    return spec("bomb", [f"h = tanh(W @ x) + U @ h[t-1] + {nest}"])


LARGE: Mapping[str, str] = MappingProxyType(
    {
        "coupled": coupled(),
        "dense": dense(),
        "states": states(),
        "chain": chain(),
        "entries": entries(),
        "sums": sums(),
        "ring": ring(),
        "weighted": weighted(),
        "params": many_params(),
        "bomb": bomb(),
    }
)
"""The text of each spec by name."""

STACKED = ("rhn+stack=50", "rglru+stack=50", "tgru+stack=50", "slstm-layer+peephole+stack=3")
"""Cells that ship, with transforms that make many equations of few."""
