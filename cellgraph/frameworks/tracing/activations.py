"""Activations by their values: a chain of operations entry by entry that agrees with one wherever they are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy

from cellgraph.imports.traced import TracedNode

Array = Any

GRID = numpy.array([*numpy.linspace(-7.3, 8.1, 45), -1e-3, 1e-3, -31.7, 29.3, -1e3, 1e3])
"""Where functions are compared; at the first of these every one has a value."""
ORDINARY = 47
SMALLEST = 1e-3
"""What is smaller than this and not 0 may move a kink without being seen: max(a, 1e-12) is no relu(a)."""
LONGEST = 24
"""The most nodes that are taken together as one activation."""

_erf = numpy.vectorize(math.erf, otypes=[float])


def _sigmoid(a: Array) -> Array:
    return 1 / (1 + numpy.exp(-a))


def _softplus(a: Array) -> Array:
    return numpy.logaddexp(0, a)


ENTRYWISE: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "neg": numpy.negative, "exp": numpy.exp, "log": numpy.log, "sqrt": numpy.sqrt, "sin": numpy.sin,
        "cos": numpy.cos, "tanh": numpy.tanh, "sigmoid": _sigmoid, "relu": lambda a: numpy.maximum(a, 0),
        "softplus": _softplus, "erf": _erf, "abs": numpy.abs, "sign": numpy.sign, "floor": numpy.floor,
        "not": numpy.logical_not, "add": numpy.add, "sub": lambda a, b: a - b, "mul": numpy.multiply,
        "div": numpy.divide, "max": numpy.maximum, "min": numpy.minimum, "greater": numpy.greater,
        "greater_equal": numpy.greater_equal, "less": numpy.less, "less_equal": numpy.less_equal,
        "equal": numpy.equal, "not_equal": numpy.not_equal, "and": numpy.logical_and, "or": numpy.logical_or,
        "where": lambda c, a, b: numpy.where(c, a, b), "expand": lambda a: a,
    }
)  # fmt: skip
"""Operations entry by entry. A number that is expanded is that number."""

ROOTS = ("mul", "div", "add", "sub", "neg", "where", "min", "max", "log")
"""What the last operation of an activation that is spelled out can be."""

Fit = Callable[[Callable[[float], float]], tuple[float, ...]]


def _none(f: Callable[[float], float]) -> tuple[float, ...]:
    return ()


NAMED: Mapping[str, tuple[Fit, Callable[..., Array]]] = MappingProxyType(
    {
        "sigmoid": (_none, _sigmoid),
        "tanh": (_none, numpy.tanh),
        "softplus": (_none, _softplus),
        "relu": (_none, lambda a: numpy.maximum(a, 0)),
        "abs": (_none, numpy.abs),
        "silu": (_none, lambda a: a * _sigmoid(a)),
        "gelu": (_none, lambda a: a / 2 * (1 + _erf(a / math.sqrt(2)))),
        "gelu_tanh": (_none, lambda a: a / 2 * (1 + numpy.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))),
        "mish": (_none, lambda a: a * numpy.tanh(_softplus(a))),
        "softsign": (_none, lambda a: a / (1 + numpy.abs(a))),
        "log_sigmoid": (_none, lambda a: -_softplus(-a)),
        "relu6": (_none, lambda a: numpy.clip(a, 0, 6)),
        "hard_sigmoid": (_none, lambda a: numpy.clip(a / 6 + 0.5, 0, 1)),
        "hard_tanh": (_none, lambda a: numpy.clip(a, -1, 1)),
        "leaky_relu": (lambda f: (-f(-1.0),), lambda a, slope: numpy.where(a > 0, a, slope * a)),
        "elu": (
            lambda f: (f(-1.0) / math.expm1(-1.0),),
            lambda a, alpha: numpy.where(a > 0, a, alpha * numpy.expm1(numpy.minimum(a, 0))),
        ),
        "clip": (lambda f: (f(-1e3), f(1e3)), lambda a, low, high: numpy.clip(a, low, high)),
    }
)
"""By name: the numbers that it has, told from some of its values, and its values. The first that agrees is it."""


def activation(nodes: Sequence[TracedNode], number: int, tolerance: float) -> tuple[str, tuple[float, ...], int] | None:
    """The name, numbers and operand of the activation that a node is, if several operations spell one out."""
    if nodes[number].op not in ROOTS:
        return None
    for source, chain in _sources(nodes, number):
        if nodes[source].shape == nodes[number].shape and not _hides_a_number(nodes, chain):
            found = _named(partial(_values, nodes, chain, source, number), tolerance)
            if found:
                return *found, source
    return None


def _sources(nodes: Sequence[TracedNode], number: int) -> Iterator[tuple[int, list[int]]]:
    """Nodes of which alone, and of numbers, a node is a function entry by entry; and the nodes between, in order."""
    chain, ahead = [number], {a for a in nodes[number].args if not _is_number(nodes, a)}
    while len(chain) <= LONGEST and ahead:
        if len(ahead) == 1:
            yield next(iter(ahead)), sorted(chain)
        last = max(ahead)
        if nodes[last].op not in ENTRYWISE and nodes[last].op != "pow":
            return
        ahead.remove(last)
        chain.append(last)
        ahead |= {a for a in nodes[last].args if not _is_number(nodes, a)}


def _is_number(nodes: Sequence[TracedNode], number: int) -> bool:
    return nodes[_unexpanded(nodes, number)].op == "number"


def _unexpanded(nodes: Sequence[TracedNode], number: int) -> int:
    while nodes[number].op == "expand":
        (number,) = nodes[number].args
    return number


def _hides_a_number(nodes: Sequence[TracedNode], chain: Sequence[int]) -> bool:
    """Whether nodes take a number that is too small to be seen in values."""
    return any(
        0 < abs(float(nodes[_unexpanded(nodes, a)].attributes["value"])) < SMALLEST
        for k in chain for a in nodes[k].args if _is_number(nodes, a)
    )  # fmt: skip


def _values(nodes: Sequence[TracedNode], chain: Sequence[int], source: int, number: int, at: Array) -> Array:
    """The values of a node where its source has these."""
    found = {source: at}

    def value(k: int) -> Array:
        return found[k] if k in found else float(nodes[_unexpanded(nodes, k)].attributes["value"])

    for k in chain:
        args = [value(a) for a in nodes[k].args]
        if nodes[k].op == "pow":
            found[k] = args[0] ** nodes[k].attributes["exponent"]
        elif nodes[k].op in ENTRYWISE:
            found[k] = ENTRYWISE[nodes[k].op](*args)
        else:
            return numpy.full(numpy.shape(at), numpy.nan)
    return found[number]


def _named(values: Callable[[Array], Array], tolerance: float) -> tuple[str, tuple[float, ...]] | None:
    """The first activation that has these values."""
    with numpy.errstate(all="ignore"):
        ours = numpy.broadcast_to(numpy.asarray(values(GRID), float), GRID.shape)
        kept = numpy.isfinite(ours)
        # What a number that is hardly there is added to is no activation.
        if not kept[:ORDINARY].all() or (numpy.abs(ours - GRID) <= tolerance)[kept].all():
            return None
        for name, (fit, formula) in NAMED.items():
            numbers = tuple(float(f"{k:.15g}") for k in fit(lambda at: float(values(numpy.array(at)))))
            if not numpy.isfinite(numbers).all() or (name == "clip" and not -1e3 < numbers[0] < numbers[1] < 1e3):
                continue
            theirs = formula(GRID, *numbers)
            # max(a, 1e-12) is no relu: by what is exactly 0 nothing can be divided.
            near = numpy.where(theirs == 0, tolerance * 1e-20, tolerance * numpy.maximum(1, numpy.abs(theirs)))
            if (numpy.abs(ours - theirs) <= near)[kept].all():
                return name, numbers
    return None
