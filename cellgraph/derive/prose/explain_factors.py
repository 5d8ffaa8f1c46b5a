"""Prose on ways back through matrices and activations, where a state keeps nothing of its old value as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.prose.claims import Sentence, claim, say
from cellgraph.derive.prose.sentences import several
from cellgraph.derive.structures.state_paths import PLAIN, PathKind, links_between, path_kinds
from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.witness import witness
from cellgraph.graph.ring import Opaque, canonical
from cellgraph.messages import Message, message
from cellgraph.ops import Conv, Diag, Head, Matmul, Norm

MIXES = "something that mixes the entries"
MIXING: Mapping[type, str] = {Matmul: "a matrix", Conv: "a convolution"}


def through(found: Structure, state: State) -> Iterator[Sentence]:
    """Why a gradient does not survive where nothing is carried."""
    way = path_kinds(found.step, state.after, state.before)
    if way.kinds not in THROUGH or state.after not in witness(found.cell).changed([state.before]):
        return
    claims = [claim("through", state.after, by=(state.before,), what=what, besides=()) for what in every(way.kinds)]
    named = mixing(found, (state,), (state,)).template != MIXES
    if way.matrices and named and all(mixes for mixes, _ in way.kinds):
        claims.append(claim("matrices", state.after, by=state.before, zero=way.matrices))
    if way.kinds == {PLAIN}:
        claims = [claim("scan", state.after, by=(state.before,), diagonal=True, free=False)]
    yield say(
        THROUGH[way.kinds],
        claims[0],
        *claims[1:],
        state=state.after,
        before=state.before,
        mixing=_mixing_named(found, state, way.matrices),
        slopes=several(way.activations) if way.activations else message("an activation"),
        scaling=several([*way.vectors, message("the slope of {slopes}", slopes=several(way.activations))])
        if way.activations
        else message("its own factor"),
    )
    yield say(
        "Over T steps T such factors multiply: where they stay below a number below 1 the gradient vanishes, where "
        "they are above 1 it can explode.",
        claim("depends", state.after, on=(state.before,)),
    )
    yield from _threshold(found, state)


def _mixing_named(found: Structure, state: State, matrices: tuple[sp.Symbol, ...]) -> Message | sp.Expr:
    """What mixes the entries on the ways from a state to itself, by name where the matrices are few."""
    words = mixing(found, (state,), (state,))
    if words.template == MIXES or not matrices:
        return words
    return matrices[0] if len(matrices) == 1 else message("a matrix ({matrices})", matrices=several(matrices))


def _threshold(found: Structure, state: State) -> Iterator[Sentence]:
    """The largest singular value below which one matrix makes the gradient of the only state vanish for certain."""
    own = [bound for bound in bounds(found.cell) if bound.norm != "infinity"]
    if len(own) != 1 or len(found.fed_back) != 1 or own[0].of != state.after or own[0].expr is None:
        return
    gain, rest = canonical(own[0].expr).as_coeff_Mul()
    if isinstance(rest, Opaque) and isinstance(rest.expr, Norm) and gain > 0 and rest.expr.args[0].is_Symbol:
        matrix, limit = rest.expr.args[0], 1 / gain
        yield say(
            "It vanishes for certain if the largest singular value of {matrix} is below {limit}; exploding needs one "
            "above {limit}, and is not certain even then.",
            claim("contracts", state.after, by=state.before, matrix=matrix, limit=limit),
            matrix=matrix,
            limit=limit,
        )


THROUGH: Mapping[frozenset[PathKind], str] = {
    frozenset(
        {(True, True)}
    ): "Every way back from {state} to {before} goes through {mixing} and the slope of {slopes}.",
    frozenset(
        {(True, False)}
    ): "Every way back from {state} to {before} goes through {mixing}, and through no activation.",
    frozenset({PLAIN}): (
        "The way back from {state} to {before} has neither a matrix nor an activation, but its factor depends on the "
        "state."
    ),
    frozenset({(False, True)}): (
        "The way back from {state} to {before} has no matrix: each entry is scaled by itself, by {scaling}."
    ),
    frozenset({(True, True), (False, True)}): (
        "Every way back from {state} to {before} goes through the slope of an activation ({slopes}), and some through "
        "{mixing} too."
    ),
    frozenset({(True, True), (True, False)}): (
        "Every way back from {state} to {before} goes through {mixing}, and some through the slope of an activation "
        "({slopes}) too."
    ),
}
"""By the kinds of all ways from a state to itself."""


def every(kinds: frozenset[PathKind]) -> list[str]:
    """What all of these ways go through."""
    if not kinds:
        return ["nothing"]
    both = [what for place, what in enumerate(("matrix", "slope")) if all(kind[place] for kind in kinds)]
    return both or ["either"]


def mixing(found: Structure, ends: tuple[State, ...], starts: tuple[State, ...]) -> Message:
    """What mixes the entries on these ways, in words: a matrix, or something else too."""
    graph = found.step.graph
    links = links_between(local(graph), [s.before for s in starts], [s.after for s in ends])
    mixed = [end for end, link in links if not isinstance(link.factor, Diag) and not elementwise(found, end)]
    names = {MIXING.get(type(graph.definitions[e]), MIXES) for e in mixed} or {"a matrix"}
    return message(names.pop() if len(names) == 1 else MIXES)


def elementwise(found: Structure, end: sp.Symbol) -> bool:
    rhs = found.step.graph.definitions[end]
    return isinstance(rhs, Head) and rhs.op.elementwise
