"""Arrays that are moved along an axis of open size: `roll`, and windows from which the oldest entry goes.

`cat([K[:, 1:], new], 1)` has parts of l - 1 and of one entry where the state has l. No axis can be cut both in this way
and in the other, so what is meant is written in two operations more, which keep the axis whole: the array moved by some
places with zeros at its open end, and an array that is 1 at one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from cellgraph.imports.traced import Size, Trace, TracedNode, algebraic


def shifted(trace: Trace) -> Trace:
    """The program with every array that is moved along itself written as such; the same where there is none."""
    program = _renewed_at_ends(trace)
    moves = {k: found for k, node in enumerate(program.nodes) if (found := _move(program.nodes, node))}
    if not moves:
        return trace
    writer = _Rewriter(program.nodes)
    sizes = {algebraic(program.nodes[k].shape[program.nodes[k].attributes["axis"]]) for k in moves}
    for number, node in enumerate(program.nodes):
        writer.write(number, node, moves.get(number, ()), sizes)
    return replace(
        program, nodes=tuple(writer.nodes), inputs=writer.named(program.inputs), states=writer.named(program.states),
        parameters=writer.named(program.parameters), buffers=writer.named(program.buffers),
        after=writer.named(program.after),
        output=None if program.output is None else writer.place[program.output],
    )  # fmt: skip


@dataclass(frozen=True)
class _Moved:
    """A part of what is joined: what remains of an array that is moved, or so few entries that each is set."""

    source: int
    by: sp.Expr | None
    start: sp.Expr
    """Where in the whole it begins."""


def _renewed_at_ends(trace: Trace) -> Trace:
    """What is joined and then overwritten where one part of it stands is joined with what is written there."""
    nodes = list(trace.nodes)
    for number, node in enumerate(nodes):
        if node.op != "update" or nodes[node.args[0]].op != "concat":
            continue
        whole, axis, start = nodes[node.args[0]], node.attributes["axis"], algebraic(0)
        if whole.attributes["axis"] != axis:
            continue
        for k, part in enumerate(whole.args):
            size = nodes[part].shape[axis]
            if _same(start, node.attributes["start"]) and _same(size, nodes[node.args[1]].shape[axis]):
                args = (*whole.args[:k], node.args[1], *whole.args[k + 1 :])
                nodes[number] = replace(whole, args=args, place=node.place)
            start += algebraic(size)
    return replace(trace, nodes=tuple(nodes))


def _same(a: Size, b: Size) -> bool:
    return bool(sp.expand(algebraic(a) - algebraic(b)) == 0)


def _move(nodes: Sequence[TracedNode], node: TracedNode) -> tuple[_Moved, ...]:
    """The parts of an array that is joined of another one of its own size, moved, and of few single entries."""
    if node.op != "concat":
        return ()
    axis = node.attributes["axis"]
    whole, start, found = algebraic(node.shape[axis]), algebraic(0), []
    if whole.is_Integer:
        return ()
    for number in node.args:
        part = nodes[number]
        size = algebraic(part.shape[axis])
        by = _by(nodes, part, axis, whole, start)
        if by is None and not (size.is_Integer and size <= 8):
            return ()
        found.append(_Moved(part.args[0] if by is not None else number, by, start))
        start = sp.expand(start + size)
    return tuple(found) if any(move.by is not None for move in found) else ()


def _by(nodes: Sequence[TracedNode], part: TracedNode, axis: int, whole: sp.Expr, start: sp.Expr) -> sp.Expr | None:
    """By how many places a part is moved, where it is what remains of an array of the whole's size."""
    said = part.attributes
    if part.op != "slice" or said["axis"] != axis or said["step"] != 1:
        return None
    if not _same(nodes[part.args[0]].shape[axis], whole):
        return None
    first, stop = algebraic(said["start"]), algebraic(said["stop"])
    by = sp.expand(start - first)
    remains = (_same(first, 0) or _same(start, 0)) and (_same(stop, whole) or _same(stop + by, whole))
    return by if remains and by != 0 else None


@dataclass
class _Rewriter:
    """Nodes as they are written again, and which number each has now."""

    given: Sequence[TracedNode]
    nodes: list[TracedNode] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)

    def named(self, names: Mapping[str, int]) -> dict[str, int]:
        """Named nodes by their new numbers."""
        return {name: self.place[number] for name, number in names.items()}

    def add(self, like: TracedNode, op: str, args: Sequence[int], shape: Sequence[Size], **attributes: Any) -> int:
        """A node more, at the place of another."""
        self.nodes.append(TracedNode(op, tuple(args), tuple(shape), attributes, like.native, like.place))
        return len(self.nodes) - 1

    def write(self, number: int, node: TracedNode, moves: Sequence[_Moved], sizes: set[sp.Expr]) -> None:
        """One node, as itself or as what it means."""
        if moves:
            self.place[number] = self.joined(node, moves)
        elif node.op == "update" and algebraic(node.shape[node.attributes["axis"]]) in sizes:
            self.place[number] = self.updated(node)
        elif node.op == "slice" and self.is_single(node, sizes):
            self.place[number] = self.single(node)
        else:
            self.nodes.append(replace(node, args=tuple(self.place[k] for k in node.args)))
            self.place[number] = len(self.nodes) - 1

    def joined(self, node: TracedNode, moves: Sequence[_Moved]) -> int:
        """The sum of what is moved and of single entries at their places."""
        axis, terms = node.attributes["axis"], []
        for move in moves:
            source = self.place[move.source]
            if move.by is not None:
                terms.append(self.add(node, "shift", [source], node.shape, axis=axis, by=move.by))
            else:
                terms += self.spread(node, source, axis, move.start)
        total = terms[0]
        for term in terms[1:]:
            total = self.add(node, "add", [total, term], node.shape)
        return total

    def spread(self, node: TracedNode, source: int, axis: int, start: sp.Expr) -> list[int]:
        """Single entries at their places in an array of zeros, one array each."""
        count, terms = int(self.nodes[source].shape[axis]), []
        for k in range(count):
            one = source
            if count > 1:
                shape = [1 if d == axis else s for d, s in enumerate(self.nodes[source].shape)]
                one = self.add(node, "slice", [source], shape, axis=axis, start=k, stop=k + 1, step=1)
            terms.append(self.add(node, "mul", [self.mark(node, axis, start + k), one], node.shape))
        return terms

    def mark(self, node: TracedNode, axis: int, place: sp.Expr) -> int:
        """An array that is 1 at one place along an axis."""
        shape = [s if d == axis else 1 for d, s in enumerate(node.shape)]
        return self.add(node, "mark", [], shape, axis=axis, place=sp.expand(place))

    def updated(self, node: TracedNode) -> int:
        """Few entries that are written over."""
        whole, part = (self.place[k] for k in node.args)
        axis, start = node.attributes["axis"], algebraic(node.attributes["start"])
        if not algebraic(self.nodes[part].shape[axis]).is_Integer:
            self.nodes.append(replace(node, args=(whole, part)))
            return len(self.nodes) - 1
        one = self.add(node, "number", [], (), value=1.0)
        for k in range(int(self.nodes[part].shape[axis])):
            mark = self.mark(node, axis, start + k)
            left = self.add(node, "sub", [one, mark], self.nodes[mark].shape)
            whole = self.add(node, "mul", [left, whole], node.shape)
        for term in self.spread(node, part, axis, start):
            whole = self.add(node, "add", [whole, term], node.shape)
        return whole

    def is_single(self, node: TracedNode, sizes: set[sp.Expr]) -> bool:
        """Whether one entry of an axis is read along which something is moved."""
        axis = node.attributes["axis"]
        return node.shape[axis] == 1 and algebraic(self.given[node.args[0]].shape[axis]) in sizes

    def single(self, node: TracedNode) -> int:
        """One entry, as the sum over all of which the others are no more."""
        axis, whole = node.attributes["axis"], self.given[node.args[0]]
        mark = self.mark(whole, axis, algebraic(node.attributes["start"]))
        product = self.add(node, "mul", [mark, self.place[node.args[0]]], whole.shape)
        shape = [s for d, s in enumerate(whole.shape) if d != axis]
        total = self.add(node, "sum", [product], shape, axes=(axis,))
        return self.add(node, "reshape", [total], node.shape)
