"""Prose on how gradients flow back through time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.jacobians.local import local
from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.explain_factors import elementwise, every, mixing, through
from cellgraph.derive.prose.explain_states import again_made, carried_whole, direct, own_ways, ways
from cellgraph.derive.prose.sentences import readable
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.state_paths import PLAIN, PathKind, links_between
from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph.ring import restored
from cellgraph.ops import Diag, StepProduct


def flowing(found: Structure) -> Iterator[Sentence]:
    """Why the gradient survives or not."""
    carried = [s for s in found.handed_on if s in found.fed_back and own_ways(found)[s.after] is not None]
    if not found.fed_back:
        claims = [claim("memory", after, steps=steps) for after, steps in found.forgets_after.items()]
        if claims:
            yield say(
                "No gradient comes back from further than the states remember: each forgets all older states after a "
                "fixed number of steps.",
                *claims,
            )
        return
    if not carried:
        for state in found.fed_back:
            yield from through(found, state)
        return
    previous: list[str] = []
    for state in carried:
        sentences = list(_along(found, state))
        templates = [sentence.text.template for sentence in sentences]
        if templates == previous and len(sentences) > 1:
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
    between = [(a, b) for a, b, kinds in pairs if PLAIN in kinds]
    if len(between) > MANY:
        return
    plain = [(a, b, own_ways(found)[a.after] if a == b else direct(found, a.after, b.before)) for a, b in between]
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
        claims = [claim("through", *ends, by=starts, what=what, besides=besides) for what in every(kinds)]
        yield say(OTHERS[kinds], claims[0], *claims[1:], mixing=mixing(found, found.fed_back, found.fed_back))


def _spreads(found: Structure) -> bool:
    """Whether one number of a state is spread over many entries of another without a matrix."""
    links = links_between(
        local(found.step.graph), [s.before for s in found.fed_back], [s.after for s in found.fed_back]
    )
    return any(not isinstance(link.factor, Diag) and elementwise(found, end) for end, link in links)


NONE: frozenset[PathKind] = frozenset()
FEW = 4
"""Pairs of states that are named one by one; more of them are only counted."""
MANY = 200
"""Pairs of states between which ways are not told any more."""
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
    way = own_ways(found)[state.after]
    if way is None:
        return
    coefficient = way.details["coefficient"]
    names = {"state": state.after, "before": state.before, "coefficient": coefficient}
    if coefficient == 1:
        again = [claim("depends", value, on=(state.before,)) for value in again_made(found, state)]
        yield say(WHOLE[carried_whole(found, state), bool(again)], way, *again, **names)
        return
    if not readable(coefficient, coefficient, coefficient):  # as often as it would stand there
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
        if interval.within(-1, 1):
            template = "It is the same {coefficient} at every step, whatever comes in, and never above 1 in size."
            yield say(template, fixed, within, **names)
        else:
            yield say("It is the same {coefficient} at every step, whatever comes in.", fixed, **names)
    elif interval.within(0, 1):
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
