"""The one-step Jacobian of a cell: every state after by every state before, as a sum of paths.

Numerator layout: J[i, j] = ∂y_i/∂x_j, so products read left to right from the state after to the state before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from cellgraph.deadline import DOING
from cellgraph.derive.facts import fact
from cellgraph.derive.jacobians.bounds import Bound, bounds
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.jacobians.paths import CAP, Path, Roles, counted, paths
from cellgraph.derive.jacobians.through_time import Growth, Matrix, carry, growth, total_paths
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.display import Documented
from cellgraph.errors import nearest, quoted
from cellgraph.graph import Cell, symbols_of
from cellgraph.ops import Add, Head

Names = Sequence[sp.Symbol | str]


@dataclass(frozen=True)
class JacobianBlock:
    """∂of/∂wrt. `count` is the number of its terms; `paths` is None where they are too many to list.

    Terms with equal matrices through the same gate are merged in `paths`; where nothing is listed, nothing is merged,
    and `count` is the number of paths.
    """

    of: sp.Symbol
    wrt: sp.Symbol
    count: int
    paths: tuple[Path, ...] | None = field(repr=False)

    @property
    def sum(self) -> sp.Expr | None:
        """The block as one expression of heads; None where its paths are not listed, zero where there are none."""
        if self.paths is None:
            return None
        products = [path.product for path in self.paths]
        return Add(*products) if len(products) > 1 else products[0] if products else sp.S.Zero


@dataclass(frozen=True, repr=False)
class Jacobian(Documented):
    """The blocks that were asked for, and what follows from all of them through time.

    `path_matrix[i][j]` counts the terms of state i after by state j before, in the order of `states`; `carry` holds the
    states that are carried on with nothing but a coefficient; `total` says that the blocks are total derivatives.
    """

    cell: Cell
    structure: Structure
    blocks: tuple[JacobianBlock, ...]
    path_matrix: Matrix
    growth: Growth
    carry: tuple[tuple[sp.Symbol, sp.Expr], ...]
    total: bool
    cap: int

    def _about(self) -> str:
        return f"of {self.cell.name}: blocks: {len(self.blocks)}, terms: {sum(block.count for block in self.blocks)}"

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """Norm bounds of every state after by every state before; worked out when they are asked for."""
        return bounds(self.cell)

    @property
    def states(self) -> tuple[sp.Symbol, ...]:
        """The states after the step."""
        return tuple(self.cell.carries.values())

    def block(self, of: sp.Symbol | str, wrt: sp.Symbol | str) -> JacobianBlock:
        """∂of/∂wrt. Raises KeyError that names the choices."""
        for block in self.blocks:
            if block.of.name == str(of) and block.wrt.name in (str(wrt), f"{wrt}[t-1]"):
                return block
        choices = ", ".join(f"({block.of}, {block.wrt})" for block in self.blocks)
        raise KeyError(f"no block ({of}, {wrt}); there are {choices}")


def jacobian(
    cell: Cell, of: Names | None = None, wrt: Names | None = None, total: bool = False, cap: int = CAP
) -> Jacobian:
    """Every state after by every state before as a sum of paths, with bounds and the behaviour through time.

    `of` and `wrt` choose blocks: `of` any computed quantity, `wrt` a state before (h or h[t-1]) or any other quantity.
    `total` gives total derivatives, which do not hold the other states fixed. Blocks of more than `cap` paths are
    counted, not listed. Raises KeyError for an unknown name and ValueError for a total derivative of other things.

    >>> import cellgraph as cg
    >>> found = cg.jacobian(cg.load("lstm"))
    >>> [(block.of, block.wrt, block.count) for block in found.blocks]
    [(h, h[t-1], 4), (h, c[t-1], 1), (c, h[t-1], 3), (c, c[t-1], 1)]
    >>> found.carry
    ((c, f),)
    """
    every = {(a, b): _block(cell, a, b, cap) for a in cell.carries.values() for b in cell.carries}
    computed = {s.name: s for s in cell.step.definitions}
    states = {after.name: before for before, after in cell.carries.items()}
    known = states | {s.name: s for s in cell.step.quantities if s.name not in states}
    rows = list(cell.carries.values()) if of is None else _named(of, computed, "computed quantity")
    columns = list(cell.carries) if wrt is None else _named(wrt, known, "quantity")
    chosen = [(a, b) for a in rows for b in columns]
    blocks = [every[pair] if pair in every else _block(cell, *pair, cap) for pair in chosen]
    if total:
        if any(pair not in every for pair in chosen):
            raise ValueError(
                f"total derivatives are of states by states; states are {', '.join(map(str, cell.carries.values()))}"
            )
        blocks = [_total(cell, block, cap) for block in blocks]
    matrix = tuple(tuple(every[a, b].count for b in cell.carries) for a in cell.carries.values())
    carried = ((after, carry(every[after, wrt].paths or ())) for wrt, after in cell.carries.items())
    return Jacobian(
        cell=cell,
        structure=structure(cell),
        blocks=tuple(blocks),
        path_matrix=matrix,
        growth=growth(matrix),
        carry=tuple((state, coefficient) for state, coefficient in carried if coefficient is not None),
        total=total,
        cap=cap,
    )


@fact
def path_roles(cell: Cell) -> Roles:
    """Gates, the gates on what is read out of a state after, and activations, as nodes of the local derivatives."""
    facts, links = structure(cell), local(cell.step)
    after = frozenset(cell.carries.values())
    reading = facts.step.graph.descendants(after)
    output = [g.expr for g in facts.gates if all(not reading.isdisjoint(symbols_of(u.scaled)) for u in g.uses)]
    activated = [
        node
        for node in links.links
        if isinstance(d := links.definition(node), Head) and d.op.slope is not None and node not in after
    ]
    return Roles(frozenset(gate.expr for gate in facts.gates), frozenset(output), frozenset(activated), after)


def _block(cell: Cell, of: sp.Symbol, wrt: sp.Symbol, cap: int) -> JacobianBlock:
    DOING.set(f"listing the paths from {wrt} to {of}")
    links = local(cell.step)
    listed = paths(links, of, wrt, path_roles(cell), cap)
    return JacobianBlock(of, wrt, counted(links, wrt).get(of, 0) if listed is None else len(listed), listed)


def _total(cell: Cell, block: JacobianBlock, cap: int) -> JacobianBlock:
    links = local(cell.step)
    listed = total_paths(cell, links, path_roles(cell), block.of, block.wrt, cap)
    if listed is not None:
        return JacobianBlock(block.of, block.wrt, len(listed), listed)
    by = counted(links, cell.carries[block.wrt])
    others = [(before, after) for before, after in cell.carries.items() if before != block.wrt]
    around = sum(by.get(after, 0) * counted(links, before).get(block.of, 0) for before, after in others)
    return JacobianBlock(block.of, block.wrt, block.count + around, None)


def _named(names: Names, known: Mapping[str, sp.Symbol], what: str) -> list[sp.Symbol]:
    for name in map(str, names):
        if name not in known:
            raise KeyError(f"no {what} {quoted(name)}{nearest(name, known)} (there are {', '.join(known)})")
    return [known[str(name)] for name in names]
