"""What programs spell out and has a name: activations by their values, means, softmax and normalisations by their form.

Libraries write these for floating point, people by hand. What is found is the same function, and so is its gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from cellgraph.frameworks.tracing.activations import activation
from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.imports.traced import FUNCTIONS_OF_ONE, Trace, TracedNode, pruned, renumbered

Nodes: TypeAlias = Sequence[TracedNode]


@dataclass(frozen=True)
class Form:
    """An operation to be written: its arguments are numbers of nodes of the program as it was, or forms themselves.

    A form within another has a shape; the outer one has that of the node in whose place it is written.
    """

    op: str
    args: tuple[int | Form, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    shape: Sequence[Any] = ()


Rule: TypeAlias = Callable[[Nodes, int], Form | None]
"""(nodes, number of one) -> what it is, if it is that."""


def recognised(trace: Trace, tolerance: float = 1e-9) -> Trace:
    """The same program in the operations that it spells out. tolerance: of values of activations, relative."""
    for rule in (_mean, _softmax, _normalised, partial(_activation, tolerance)):
        trace = _rewritten(trace, rule)
    return pruned(trace)


def _rewritten(trace: Trace, rule: Rule) -> Trace:
    """The same program, each node that the rule knows in its form."""
    writer = TraceWriter()
    moved: list[int] = []

    def written(form: Form, shape: Sequence[Any]) -> int:
        args = [moved[a] if isinstance(a, int) else written(a, a.shape) for a in form.args]
        return writer.add(form.op, args, shape, **form.attributes)

    for number, node in enumerate(trace.nodes):
        writer.place, writer.native = node.place, node.native
        moved.append(written(rule(trace.nodes, number) or Form(node.op, node.args, node.attributes), node.shape))

    return renumbered(trace, writer.nodes, dict(enumerate(moved)))


def _activation(tolerance: float, nodes: Nodes, number: int) -> Form | None:
    found = activation(nodes, number, tolerance)
    if found is None:
        return None
    name, numbers, source = found
    known = name in FUNCTIONS_OF_ONE
    return Form(name, (source,)) if known else Form("function", (source,), {"name": name, "numbers": numbers})


def _bare(nodes: Nodes, number: int) -> int:
    """What is spread over more axes, or longer ones, to become this node."""
    while (node := nodes[number]).op == "expand" or (
        node.op == "reshape" and _long(node) == _long(nodes[node.args[0]])
    ):
        number = node.args[0]
    return number


def _long(node: TracedNode) -> list[Any]:
    return [s for s in node.shape if s != 1]


def _bared(nodes: Nodes, number: int, *ops: str) -> TracedNode | None:
    """What is spread to become this node, if it is one of these operations."""
    node = nodes[_bare(nodes, number)]
    return node if node.op in ops else None


def _number(nodes: Nodes, number: int) -> float | None:
    node = _bared(nodes, number, "number")
    return float(node.attributes["value"]) if node else None


def _level(nodes: Nodes, number: int, axis: int, shape: Sequence[Any]) -> bool:
    """Whether a node, broadcast to this shape, is the same all along an axis."""
    node = nodes[number]
    while node.op == "expand":
        node = nodes[node.args[0]]
    here = axis - (len(shape) - len(node.shape))
    return here < 0 or node.shape[here] == 1


def _over(nodes: Nodes, number: int, op: str, whole: int) -> int | None:
    """The axis over which this is the sum, or another reduction, of `whole`, spread over that axis again."""
    node = _bared(nodes, number, op)
    if node is None or node.args != (whole,) or len(node.attributes["axes"]) != 1:
        return None
    (axis,) = node.attributes["axes"]
    return axis if _level(nodes, number, axis, nodes[whole].shape) else None


def _mean(nodes: Nodes, number: int) -> Form | None:
    """A sum over how many there are."""
    node = nodes[number]
    if node.op != "div":
        return None
    summed, count = _bared(nodes, node.args[0], "sum"), _number(nodes, node.args[1])
    if summed is None or len(_long(node)) != len(_long(summed)):
        return None
    axes = summed.attributes["axes"]
    if count != math.prod(nodes[summed.args[0]].shape[axis] for axis in axes):
        return None
    mean = Form("mean", summed.args, {"axes": axes}, summed.shape)
    return mean if tuple(node.shape) == tuple(summed.shape) else Form("reshape", (mean,))


def _shifted(nodes: Nodes, number: int, axis: int) -> int:
    """Of z - q the z, where q is the same all along an axis: softmax does not see it."""
    node = nodes[number]
    if node.op == "sub" and nodes[node.args[0]].shape == node.shape and _level(nodes, node.args[1], axis, node.shape):
        return node.args[0]
    return number


def _softmax(nodes: Nodes, number: int) -> Form | None:
    """exp(z) / Σ exp(z), z - log Σ exp(z), and log Σ exp(z - q) + q."""
    node = nodes[number]
    if node.op == "div" and nodes[node.args[0]].op == "exp":
        axis = _over(nodes, node.args[1], "sum", node.args[0])
        return (
            None
            if axis is None
            else Form("softmax", (_shifted(nodes, nodes[node.args[0]].args[0], axis),), {"axis": axis})
        )
    if node.op not in ("sub", "add"):
        return None
    logarithm = _bared(nodes, node.args[1 if node.op == "sub" else 0], "log")
    summed = logarithm and (_bared(nodes, logarithm.args[0], "sum") or _absolute(nodes, logarithm.args[0]))
    exponential = summed and nodes[summed.args[0]]
    if not summed or not exponential or exponential.op != "exp" or len(summed.attributes["axes"]) != 1:
        return None
    (exponent,), (axis,) = exponential.args, summed.attributes["axes"]
    whole = _shifted(nodes, exponent, axis)
    if node.op == "sub" and node.args[0] == exponent and _level(nodes, node.args[1], axis, node.shape):
        return Form("log", (Form("softmax", (whole,), {"axis": axis}, node.shape),))
    if node.op == "add" and whole != exponent and _bare(nodes, node.args[1]) == _bare(nodes, nodes[exponent].args[1]):
        exponentials = Form("exp", (whole,), {}, exponential.shape)
        form = Form("log", (Form("sum", (exponentials,), {"axes": (axis,)}, summed.shape),), {}, summed.shape)
        return form if tuple(node.shape) == tuple(summed.shape) else Form("reshape", (form,))
    return None


def _absolute(nodes: Nodes, number: int) -> TracedNode | None:
    node = _bared(nodes, number, "abs")
    return node and _bared(nodes, node.args[0], "sum")


def _normalised(nodes: Nodes, number: int) -> Form | None:
    """(a - mean a) / sqrt(var a + eps) and a / sqrt(mean a² + eps), also where a gain stands beside the root."""
    for top, root, gain in _over_root(nodes, number):
        inner = _bared(nodes, root, "add")
        last = len(nodes[top].shape) - 1
        if inner is None or last < 0 or not _level(nodes, root, last, nodes[top].shape):
            continue
        for squares, eps in (inner.args, inner.args[::-1]):
            value = _number(nodes, eps)
            found = None if value is None else _of_squares(nodes, top, squares, value)
            if found:
                return found if gain is None else Form("mul", (replace(found, shape=nodes[top].shape), gain))
    return None


def _over_root(nodes: Nodes, number: int) -> Iterator[tuple[int, int, int | None]]:
    """Every reading of a node as top / sqrt(root) * gain; the gain may be missing."""
    node = nodes[number]
    if node.op == "div" and (root := _bared(nodes, node.args[1], "sqrt")):
        yield from _with_gain(nodes, node.args[0], root.args[0])
    if node.op != "mul":
        return
    for top, factor in (node.args, node.args[::-1]):
        if (inverse := _inverse_root(nodes, factor)) is not None:
            yield from _with_gain(nodes, top, inverse)
        for part, gain in _factors(nodes, factor):
            if (inverse := _inverse_root(nodes, part)) is not None:
                yield top, inverse, gain


def _with_gain(nodes: Nodes, top: int, root: int) -> Iterator[tuple[int, int, int | None]]:
    yield top, root, None
    for part, gain in _factors(nodes, top):
        yield part, root, gain


def _factors(nodes: Nodes, number: int) -> Iterator[Sequence[int]]:
    """The factors of a product, either first."""
    if nodes[number].op == "mul":
        yield from (nodes[number].args, nodes[number].args[::-1])


def _inverse_root(nodes: Nodes, number: int) -> int | None:
    """Of 1 / sqrt(a) or a ** -0.5 the a."""
    node = nodes[_bare(nodes, number)]
    if node.op == "pow" and node.attributes["exponent"] == -0.5:
        return node.args[0]
    if node.op == "div" and _number(nodes, node.args[0]) == 1:
        root = _bared(nodes, node.args[1], "sqrt")
        return root.args[0] if root else None
    return None


def _of_squares(nodes: Nodes, top: int, squares: int, eps: float) -> Form | None:
    """Which normalisation divides by the root of this."""
    whole = _centred(nodes, top)
    if whole is not None and _is_variance(nodes, squares, whole):
        return Form("standardize", (whole,), {"eps": eps})
    mean = _bared(nodes, squares, "mean")
    last = (len(nodes[top].shape) - 1,)
    if mean and mean.attributes["axes"] == last and _squared(nodes, mean.args[0]) == top:
        return Form("rms", (top,), {"eps": eps})
    return None


def _centred(nodes: Nodes, number: int) -> int | None:
    """Of a - mean(a), along the last axis, the a."""
    node = nodes[number]
    if node.op != "sub" or _over(nodes, node.args[1], "mean", node.args[0]) != len(node.shape) - 1:
        return None
    return node.args[0]


def _squared(nodes: Nodes, number: int) -> int | None:
    node = nodes[_bare(nodes, number)]
    if node.op == "pow" and node.attributes["exponent"] == 2:
        return node.args[0]
    return node.args[0] if node.op == "mul" and node.args[0] == node.args[1] else None


def _is_variance(nodes: Nodes, number: int, whole: int) -> bool:
    """Whether this is mean((a - mean a)²), or mean(a²) - mean(a)², also where that is kept from being negative."""
    node = nodes[_bare(nodes, number)]
    if node.op == "max":
        return any(
            _number(nodes, zero) == 0 and _is_variance(nodes, rest, whole)
            for zero, rest in (node.args, node.args[::-1])
        )
    last = (len(nodes[whole].shape) - 1,)
    if node.op == "mean" and node.attributes["axes"] == last:
        source = _squared(nodes, node.args[0])
        return source is not None and _centred(nodes, source) == whole
    if node.op != "sub":
        return False
    first, second = _bared(nodes, node.args[0], "mean"), _squared(nodes, node.args[1])
    mean = None if second is None else _bared(nodes, second, "mean")
    return bool(
        first
        and mean
        and first.attributes["axes"] == mean.attributes["axes"] == last
        and _squared(nodes, first.args[0]) == whole
        and mean.args == (whole,)
    )
