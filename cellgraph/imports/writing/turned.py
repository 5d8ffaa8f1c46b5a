"""Matrices that a program uses transposed alone: they are the parameters, and their arrays hold them transposed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cellgraph.graph import parts
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.lowered import Computed, Lowered
from cellgraph.imports.writing.distinct import distinct, rewritten
from cellgraph.ops import Transpose, axes_of, core, family

OTHER_WAY = {"columns": "beside", "beside": "columns"}
"""What puts matrices side by side that stand in an array the other way round."""


def turned(lowered: Lowered) -> Lowered:
    """The step with such matrices the way in which they are used.

    >>> import sympy as sp
    >>> from cellgraph.graph import size
    >>> from cellgraph.imports.lowered import Piece
    >>> from cellgraph.ops import Matmul
    >>> h, W, n, m = sp.Symbol("h"), sp.Symbol("W"), size("n"), size("m")
    >>> pieces = (Piece(h, "state", "h", 0, 1, (m,)), Piece(W, "param", "w", 0, 1, (n, m)))
    >>> step = Lowered(pieces, (), {h: Matmul(Transpose(W), h)}, (), (), {"w": BlockLayout("rows", ("W",))}, {})
    >>> made = turned(step)
    >>> made.after[h], made.pieces[1].shape, made.arrays["w"].kind
    (Matmul(W, h), (m, n), 'columns')
    """
    ends = [*lowered.after.values(), *lowered.output]
    nodes = distinct(ends)
    bare = {*ends, *(part for node in nodes if not isinstance(node, Transpose) for part in parts(node))}
    found = {p.symbol for p in lowered.pieces if p.role == "param" and len(core(p.shape)) == 2}
    found = {s for s in found if s not in bare and Transpose(s) in nodes}
    if not found:
        return lowered
    exprs = [*ends, *(part for node in lowered.computed for part in node.parts)]
    made = rewritten(
        exprs, lambda node: node.args[0] if isinstance(node, Transpose) and node.args[0] in found else node
    )
    names = {symbol.name for symbol in found}
    return replace(
        lowered,
        pieces=tuple(
            replace(p, shape=family(axes_of(p.shape), core(p.shape)[::-1])) if p.symbol in found else p
            for p in lowered.pieces
        ),
        after={symbol: made[expr] for symbol, expr in lowered.after.items()},
        output=tuple(made[expr] for expr in lowered.output),
        computed=tuple(Computed(tuple(made[part] for part in node.parts), node.place) for node in lowered.computed),
        arrays={native: _block(block, names) for native, block in lowered.arrays.items()},
    )


def _block(block: BlockLayout, names: Collection[str]) -> BlockLayout:
    """How an array is made of matrices, of which those of these names have been transposed."""
    own = [isinstance(part, str) and part in names for part in block.parts]
    if not block.over and all(own) and (len(own) == 1 or block.kind in OTHER_WAY) and block.kind != "stack":
        return replace(block, kind="columns" if block.kind == "rows" else OTHER_WAY.get(block.kind, block.kind))
    inner = [
        BlockLayout("columns", (part,)) if turn else part if isinstance(part, str) else _block(part, names)
        for part, turn in zip(block.parts, own, strict=True)
    ]
    return replace(block, parts=tuple(inner))
