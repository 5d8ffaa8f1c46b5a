"""Drawing a cell with everything that is derived of it: roles, local derivatives, carries and differences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Graph
from cellgraph.ops import Diag
from cellgraph.views.pictures.draw import Picture
from cellgraph.views.pictures.draw import draw as plain
from cellgraph.views.pictures.overlay import Links


def draw(
    drawn: Cell | Graph,
    *,
    detail: str | None = None,
    unroll: int = 1,
    show: Collection[str] = ("labels",),
    gradient: bool | tuple[str, str] = False,
    against: Cell | None = None,
    **options: Any,
) -> Picture:
    """The picture of a cell's step, or of any graph: `.svg`, `.dot`, `.png()`, ...; it shows itself in a notebook.

    `detail` is 'equations' or 'operations'; `unroll` draws so many steps side by side; `show` names any of 'labels',
    'shapes' and 'params'. `gradient` marks the ways from a state before to a state after the step: (of, wrt), or True
    for the first state that is carried. `against` draws another cell below and marks what only one of the two has.
    `unfold` draws what functions are, in the place of their names. Options: `rankdir`, `theme` ('auto', 'light',
    'dark', 'print'), `lang`, `engine` ('embedded', 'system'), `legend`.

    Raises ValueError for an unknown name or number, RenderError where no picture can be made.

    >>> import cellgraph as cg
    >>> picture = cg.draw(cg.load("rnn"), unroll=3)
    >>> picture.svg[:4], len(picture.diagrams), picture.png(scale=1)[1:4]
    ('<svg', 3, b'PNG')
    """
    if isinstance(drawn, Graph):
        return plain(drawn, detail=detail or "equations", show=show, **options)
    from cellgraph.derive.structures.roles import roles

    options["carried"] = [state for cell in (drawn, against) if cell is not None for state in _carried(cell)]
    if against is not None:
        names, parts = _names(drawn, against), {**roles(against), **roles(drawn)}
        options.setdefault("legend", True)
        detail = detail or "operations"
        return plain(drawn, against=against, names=names, detail=detail, show=show, roles=parts, **options)
    ends = _ends(drawn) if gradient is True else gradient or None
    options |= {"roles": roles(drawn), "show": show, "unroll": unroll}
    detail = detail or ("operations" if ends else "equations")
    links = _links(drawn, options.get("unfold", False)) if ends else None
    return plain(drawn, detail=detail, gradient=ends, links=links, **options)


def _links(cell: Cell, unfold: bool) -> Links:
    """The local derivatives of the step, coefficients with their signs and common factors in order: h − g."""
    from cellgraph.derive.jacobians.local import local
    from cellgraph.graph.ring import atoms, canonical, common_factors, restored

    def tidy(factor: sp.Expr) -> sp.Expr:
        if not isinstance(factor, Diag):
            return factor
        coefficient = factor.args[0]
        return Diag(restored(common_factors(canonical(coefficient)), atoms(coefficient)))

    found = local(cell.step if unfold else cell.written).links
    return {node: [(link.source, tidy(link.factor)) for link in links] for node, links in found.items()}


def _carried(cell: Cell) -> list[sp.Symbol]:
    """The states before the step that are carried on."""
    from cellgraph.derive.structures.structure import structure

    found = structure(cell)
    return [found.state(carry.state).before for carry in found.carries]


def _ends(cell: Cell) -> tuple[str, str]:
    """The first state that is carried, or else the first state: after the step, and before it."""
    before = next(iter([*_carried(cell), *cell.carries]))
    return str(cell.carries[before]), str(before)


def _names(a: Cell, b: Cell) -> Mapping[str, str]:
    """What the quantities of `a` are called in `b`, as far as the two are the same."""
    from cellgraph.derive.differences.difference import difference

    known = {*a.step.quantities, *b.step.quantities}
    pairs: Mapping[sp.Symbol, sp.Symbol] = difference(a, b).names
    return {str(ours): str(theirs) for ours, theirs in pairs.items() if ours in known and theirs in known}
