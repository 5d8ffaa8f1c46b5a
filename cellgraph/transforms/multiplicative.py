"""Multiplicative integration: what comes in and what is recalled are also multiplied, and not only added."""

from __future__ import annotations

from cellgraph.graph import Cell
from cellgraph.messages import message
from cellgraph.ops import Add, Mul
from cellgraph.transforms.draft import decompose
from cellgraph.transforms.sums import WeightedSums, total
from cellgraph.transforms.transform import NotApplicable, Transformed, joined

STEMS = ("alpha", "beta", "gamma")
"""The weights of the product, of the recurrent part, and of the input part."""


def multiplicative(cell: Cell) -> Transformed:
    """α ⊙ W x ⊙ U h + β ⊙ U h + γ ⊙ W x + b for each W x + U h + b.

    Raises NotApplicable where no sum has an input part and a recurrent part.
    """
    sums = WeightedSums(cell)
    made, changed = decompose(cell), []
    for own in sums.all:
        terms = sums.terms(own.node)
        weighted = [t for t in terms if sums.has_weights(t)]
        recurrent = [t for t in weighted if sums.recurrent(t)]
        coming = [t for t in weighted if t not in recurrent]
        if not recurrent or not coming:
            continue
        shape = cell.step.shape(own.node)
        weights = []
        for stem in STEMS:
            made, weight = made.parameter(stem, own.lhs, shape)
            weights.append(weight)
        alpha, beta, gamma = weights
        past, now = total(recurrent), total(coming)
        product = Mul(Mul(alpha, now), past)
        rest = [t for t in terms if t not in weighted]
        made = made.put(own.lhs, {own.node: Add(product, Mul(beta, past), Mul(gamma, now), *rest)})
        changed.append(own.lhs)
    if not changed:
        raise NotApplicable(
            "no multiplicative integration: no sum has a weighted input and a weighted old state as terms"
        )
    why = message(
        "In {sums} the weighted input and the weighted old state are multiplied as well as added, so that each scales "
        "what the other does to the gradient.",
        sums=joined(changed),
    )
    return Transformed(made, message("with multiplicative integration"), why)
