"""Which sizes of two cells are the same: those that are said to be, or those that stand at the same places."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.differences.labelled_graph import LabelledGraph, labelled_graph
from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.parameter_groups import only_added
from cellgraph.graph import Cell, size


def nameless(form: NormalForm) -> LabelledGraph:
    """The graph of a form without the names of sizes, and without parameters that are only ever added to others."""
    return labelled_graph(form.substituted(dict.fromkeys(only_added(form), sp.S.Zero)), nameless=True)


def same_dims(a: Cell, b: Cell) -> dict[sp.Symbol, sp.Symbol]:
    """The sizes of `b`, each with that of `a` which is said to be the same."""
    return {
        size(theirs): size(ours) for ours, label in a.dims.items() for theirs, other in b.dims.items() if label == other
    }


def matched_sizes(a: Cell, b: Cell, form: NormalForm, other: NormalForm) -> dict[sp.Symbol, sp.Symbol]:
    """The sizes of `b`, each with that of `a`: by what is said of them, or else by where they stand in these forms.

    Only forms that are equal up to names tell what stands where. No two sizes of `b` get one name.
    """
    found = same_dims(a, b)
    graphs = nameless(form), nameless(other)
    if any(own not in found for own in b.step.sizes) and graphs[0].digest == graphs[1].digest:
        places = {colour: own for own, colour in _placed(graphs[0])}
        found = {own: places[colour] for own, colour in _placed(graphs[1])}
    alone = {own for own in b.step.sizes if own not in found and own in found.values()}
    return found | {own: sp.Symbol(f"{own}_", **own.assumptions0) for own in alone}


def _placed(graph: LabelledGraph) -> Iterator[tuple[sp.Symbol, int]]:
    """The sizes in a form, each with a number that says where it stands."""
    for node, colour in graph.colours.items():
        if isinstance(node, sp.Symbol) and node.is_integer:
            yield node, colour
