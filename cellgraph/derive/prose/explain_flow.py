"""Prose on how gradients flow back through time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.explain_states import again_made, carried_whole, direct, lags, ways
from cellgraph.derive.prose.sentences import readable, several
from cellgraph.derive.prose.witness import witness
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.state_paths import PLAIN, PathKind, links_between, path_kinds
from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph.ring import Opaque, canonical, restored
from cellgraph.messages import Message, message
from cellgraph.ops import Diag, Head, Matmul, Norm, StepProduct


def flowing(found: Structure) -> Iterator[Sentence]:
    """Why the gradient survives or not."""
    carried = [s for s in found.handed_on if s in found.fed_back and direct(found, s.after, s.before) is not None]
    if not found.fed_back:
        claims = [claim("memory", after, steps=steps) for after, steps in lags(found).items()]
        if claims:
            yield say(
                "No gradient comes back through more than a few steps: no state depends on its own past.", *claims
            )
        return
    if not carried:
        for state in found.fed_back:
            yield from _through(found, state)
        return
    previous: list[str] = []
    for state in carried:
        sentences = list(_along(found, state))
        templates = [sentence.text.template for sentence in sentences]
        if templates == previous and readable(found.step.original(state.form.carried)):
            yield say(
                "The same holds from {before} to {state}, with {factor}.",
                *(own for sentence in sentences for own in sentence.claims),
                state=state.after,
                before=state.before,
                factor=Diag(found.step.original(state.form.carried)),
            )
        else:
            yield from sentences
        previous = templates
    yield from _beside(found)


def _beside(found: Structure) -> Iterator[Sentence]:
    """The ways beside those from a state to itself: by a coefficient alone, and all others by what they go through."""
    kinds_by, gates = ways(found), found.gate_symbols
    pairs = [(a, b, kinds_by[b.before].get(a.after, NONE)) for a in found.fed_back for b in found.fed_back]
    plain = [(a, b, direct(found, a.after, b.before)) for a, b, kinds in pairs if PLAIN in kinds]
    if any(way is None for _, _, way in plain):
        return
    crossing = [(a, b, way) for a, b, way in plain if a != b and way is not None]
    if len(crossing) > FEW:
        yield say(
            "A gradient also passes between {count} pairs of different states by coefficients alone.",
            *(way for _, _, way in crossing),
            count=len(crossing),
        )
    else:
        for a, b, way in crossing:
            yield say(
                "A gradient also passes from {state} to {before} by a coefficient alone.",
                way,
                state=a.after,
                before=b.before,
            )
    if _spreads(found) or any(PLAIN in kinds_by[b.before].get(g, NONE) for b in found.fed_back for g in gates):
        return
    kinds = frozenset(kind for _, _, own in pairs for kind in own if kind != PLAIN)
    if kinds or not crossing:
        ends, starts = [s.after for s in found.fed_back], tuple(s.before for s in found.fed_back)
        besides = tuple((w.of[0], w.details["by"], w.details["coefficient"]) for _, _, w in plain if w is not None)
        claims = [claim("through", *ends, by=starts, what=what, besides=besides) for what in _what(kinds)]
        yield say(OTHERS[kinds], claims[0], *claims[1:], mixing=_mixing(found, found.fed_back, found.fed_back))


def _spreads(found: Structure) -> bool:
    """Whether one number of a state is spread over many entries of another without a matrix."""
    links = links_between(
        local(found.step.graph), [s.before for s in found.fed_back], [s.after for s in found.fed_back]
    )
    return any(not isinstance(link.factor, Diag) and _elementwise(found, end) for end, link in links)


def _what(kinds: frozenset[PathKind]) -> list[str]:
    """What all of these ways go through."""
    if not kinds:
        return ["nothing"]
    both = [what for place, what in enumerate(("matrix", "slope")) if all(kind[place] for kind in kinds)]
    return both or ["either"]


def _mixing(found: Structure, ends: tuple[State, ...], starts: tuple[State, ...]) -> Message:
    """What mixes the entries on these ways, in words: a matrix, or something else too."""
    graph = found.step.graph
    links = links_between(local(graph), [s.before for s in starts], [s.after for s in ends])
    mixed = [end for end, link in links if not isinstance(link.factor, Diag) and not _elementwise(found, end)]
    return message("a matrix" if all(isinstance(graph.definitions[e], Matmul) for e in mixed) else MIXES)


NONE: frozenset[PathKind] = frozenset()
FEW = 4
"""Pairs of states that are named one by one; more of them are only counted."""
MIXES = "something that mixes the entries"


def _elementwise(found: Structure, end: sp.Symbol) -> bool:
    rhs = found.step.graph.definitions[end]
    return isinstance(rhs, Head) and rhs.op.elementwise


OTHERS: Mapping[frozenset[PathKind], str] = {
    frozenset(): "There is no other way back.",
    frozenset({(True, True)}): (
        "Every other way back goes through {mixing} and the slope of an activation, and shrinks or grows with them."
    ),
    frozenset({(True, True), (False, True)}): (
        "Every other way back goes through the slope of an activation, and some through {mixing} too."
    ),
    frozenset({(False, True)}): (
        "Every other way back goes through the slope of an activation, but through no matrix: each entry by itself."
    ),
    frozenset({(True, False)}): "Every other way back goes through {mixing}.",
    frozenset({(True, True), (True, False)}): (
        "Every other way back goes through {mixing}, and some through the slope of an activation too."
    ),
    frozenset({(True, False), (False, True)}): (
        "Every other way back goes through {mixing} or the slope of an activation, and shrinks or grows with them."
    ),
    frozenset({(True, True), (True, False), (False, True)}): (
        "Every other way back goes through {mixing} or the slope of an activation, and shrinks or grows with them."
    ),
}
"""By the kinds of ways beside the direct ones."""


def _along(found: Structure, state: State) -> Iterator[Sentence]:
    """The direct way from a state to itself."""
    way = direct(found, state.after, state.before)
    if way is None:
        return
    coefficient = way.details["coefficient"]
    names = {"state": state.after, "before": state.before, "coefficient": coefficient}
    if coefficient == 1:
        again = [claim("depends", value, on=(state.before,)) for value in again_made(found, state)]
        yield say(WHOLE[carried_whole(found, state), bool(again)], way, *again, **names)
        return
    if not readable(coefficient):
        yield say(
            "On the direct way from {before} to {state} stand coefficients and nothing else, no matrix and no "
            "activation: over T steps a gradient on it is multiplied by their product.",
            way,
            **names,
        )
    else:
        yield say(
            "On the direct way from {before} to {state} stands {factor} and nothing else, no matrix and no "
            "activation, so over T steps a gradient on it is multiplied by {product}.",
            way,
            **names,
            factor=Diag(coefficient),
            product=StepProduct(Diag(coefficient)),
        )
        yield from _shrinking(found, state, way, names)


WHOLE = {
    (True, False): (
        "On the direct way from {before} to {state} nothing happens: no matrix, no activation, no factor. A gradient "
        "comes back along it unchanged over any number of steps, the constant error carousel."
    ),
    (False, False): (
        "The old {state} goes over into the new one with factor 1; but over other states it acts back on itself, and "
        "that changes the gradient."
    ),
    (False, True): (
        "The old {state} goes over into the new one with factor 1, but what is added is made from it too, and that "
        "changes the gradient."
    ),
}
"""By whether nothing else brings the state back to itself without a matrix or an activation, and whether what is added
in the same step is made from the old state too."""


def _shrinking(found: Structure, state: State, way: Claim, names: Mapping[str, sp.Expr]) -> Iterator[Sentence]:
    """What the range of the coefficient means for the gradient."""
    coefficient, scalar = names["coefficient"], state.form.carried
    interval = range_of(restored(scalar), found.intervals)
    inputs = [q.symbol for q in found.step.graph.having("input")]
    within = claim("range", coefficient, low=interval.low, high=interval.high)
    if not scalar.free_symbols & found.data:
        fixed = claim("independent", coefficient, on=(*found.cell.carries, *inputs), holding=())
        yield say("It is the same {coefficient} at every step, whatever comes in.", fixed, **names)
    if interval.within(0, 1):
        yield say(
            "Where {coefficient} is near 1 the gradient comes through almost whole, where it is near 0 it vanishes; it "
            "never grows on this way.",
            within,
            **names,
        )
    elif interval.within(-1, 1):
        yield say("Its size is never above 1, so the gradient never grows on this way.", within, **names)
    else:
        yield say(
            "Where {coefficient} is below 1 in size the gradient on it shrinks, where it is above 1 it grows.",
            way,
            **names,
        )


def _through(found: Structure, state: State) -> Iterator[Sentence]:
    """Why a gradient does not survive where nothing is carried."""
    way = path_kinds(found.step, state.after, state.before)
    if way.kinds not in THROUGH or state.after not in witness(found.cell).changed([state.before]):
        return
    claims = [claim("through", state.after, by=(state.before,), what=what, besides=()) for what in _what(way.kinds)]
    named = _mixing(found, (state,), (state,)).template != MIXES
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
        "Over T steps T such factors multiply: where they are below 1 the gradient vanishes, where they are above 1 it "
        "can explode.",
        claim("depends", state.after, on=(state.before,)),
    )
    yield from _threshold(found, state)


def _mixing_named(found: Structure, state: State, matrices: tuple[sp.Symbol, ...]) -> Message | sp.Expr:
    """What mixes the entries on the ways from a state to itself, by name where the matrices are few."""
    words = _mixing(found, (state,), (state,))
    if words.template == MIXES or not matrices:
        return words
    return matrices[0] if len(matrices) == 1 else message("a matrix ({matrices})", matrices=several(matrices))


def _threshold(found: Structure, state: State) -> Iterator[Sentence]:
    """The largest singular value below which one matrix makes the gradient of the only state vanish for certain."""
    own = [bound for bound in bounds(found.cell) if bound.norm != "infinity"]
    if len(own) != 1 or len(found.fed_back) != 1 or own[0].of != state.after or own[0].expr is None:
        return
    gain, rest = canonical(own[0].expr).as_coeff_Mul()
    if isinstance(rest, Opaque) and isinstance(rest.expr, Norm) and gain > 0:
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
