"""States that forget: after how many steps nothing is left in a state of what all states were before.

A shift register and a buffer do so, one state made of another as it was, or a state of itself with its entries moved
towards one end: the Jacobian of such states is nilpotent.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.derive.jacobians.local import Link, Local
from cellgraph.derive.structures.state_paths import links_between
from cellgraph.ops import Axis, Concat, Diag, Pad, Partial, Shape, Shift, Slice, core, crossed, operands

FEW = 16
"""Ways from a state to itself that are looked at."""


def forgetting(links: Local, carries: Mapping[sp.Symbol, sp.Symbol]) -> Mapping[sp.Symbol, sp.Expr | int]:
    """For the states after the step that forget, the number of steps; `links` are those of a flat graph.

    >>> import cellgraph as cg
    >>> from cellgraph.derive.jacobians.local import local
    >>> cell = cg.load("mamba")
    >>> forgetting(local(cell.step), cell.carries)
    {p_1: 1, p_2: 2, p_3: 3}
    """
    varying = {s: {s, *links.graph.descendants([s])} for s in carries}
    reading = {after: [s for s in carries if after in varying[s]] for after in carries.values()}
    turns = {after: _turns(links, before, after) for before, after in carries.items() if before in reading[after]}
    found: dict[sp.Symbol, sp.Expr] = {}
    for _ in carries:
        for before, after in carries.items():
            below = [carries[s] for s in reading[after] if s != before]
            own = turns.get(after, sp.S.One)
            if own is not None and found.keys() >= {*below}:
                found[after] = sp.expand(own + sp.Max(0, *(found[s] for s in below)))
    return {after: _whole(found[after]) for after in carries.values() if after in found}


def _turns(links: Local, before: sp.Symbol, after: sp.Symbol) -> sp.Expr | None:
    """In how many steps entries that all move the same way leave a state; None if they need not."""
    ways: dict[sp.Expr, list[sp.Expr]] = {before: [sp.S.Zero]}
    along = set[tuple[Axis, ...]]()
    for node, link in links_between(links, [before], [after]):
        moved = _moved(link, links.shapes)
        if moved is None:
            return None
        if isinstance(link.factor, Partial):
            along.add(crossed(link.factor.args[0]))
        ways.setdefault(node, []).extend(sp.expand(way + moved) for way in ways.get(link.source, ()))
        if len(ways[node]) > FEW:
            return None
    moves = list(dict.fromkeys(ways.get(after, [sp.S.Zero])))
    if len(along) > 1:
        return None
    size = _places(links.shapes[after], *along)
    for direction in (1, -1):
        shortest = next((m for m in moves if all((direction * (o - m)).is_nonnegative for o in moves)), None)
        if shortest is not None and (direction * shortest).is_positive:
            return _ceiling(sp.cancel(size / (direction * shortest)))
    return None


def _places(shape: Shape, along: tuple[Axis, ...] = ()) -> sp.Expr:
    """How many places entries can move: along a lifted axis, or along the first axis of each member."""
    return next((size for size in (*(axis.size for axis in along), *core(shape))), sp.S.One)


def _whole(steps: sp.Expr) -> sp.Expr | int:
    return int(steps) if steps.is_Integer else steps


def _ceiling(steps: sp.Expr) -> sp.Expr:
    return steps if steps.is_integer or sp.denom(steps) == 1 else sp.ceiling(steps)


def _moved(link: Link, shapes: Mapping[sp.Expr, Shape]) -> sp.Expr | None:
    """By how many places a link moves entries along one axis; None where it does anything else."""
    if isinstance(link.factor, Diag):
        return sp.S.Zero
    if not isinstance(link.factor, Partial):
        return None
    expr, place = link.factor.args
    match expr:
        case Shift():
            return expr.args[1]
        case Slice():
            return -expr.args[1]
        case Pad():
            return expr.args[1]
        case Concat():
            return sp.Add(*[core(shapes[a])[0] for a in operands(expr)[: int(place)]])
    return None
