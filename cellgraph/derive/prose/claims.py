"""Claims: what a sentence of an explanation states, as data that can be checked, and refuted where it is false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph.notation import source
from cellgraph.messages import Message, message
from cellgraph.ops.interval import Bound, plain

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "handed_on": "a later step reads these states and nothing else of this one: so many `numbers`",
        "shown": "the quantity is no state: no later step reads it",
        "equals": "the quantity is always equal to the expression `to`",
        "direct": (
            "while the quantities in `holding` stay as they are, a change d of the old state `by` changes the new one "
            "by `coefficient` ⊙ d"
        ),
        "sum": "the coefficients add up to the number `to`, entry by entry",
        "single": "the coefficients do not change while `gate` does not",
        "ungated": "no quantity that changes with the input or a state lies in [0, 1] and only scales another",
        "free": "the gates can all be near 1 at once, and all be near 0 at once",
        "unequal": "the coefficients do not always add up to 1",
        "range": "every entry lies between `low` and `high` (null: without a limit) in every step, whatever comes in",
        "switch": "every entry is exactly 0 or exactly 1",
        "stays": "every entry lies between `low` and `high` for ever once it does so",
        "from_start": "every entry lies between `low` and `high` at every step from the initial states on",
        "between": "every entry lies between the least and the greatest of the same entries of `values`",
        "growth": "no entry grows in size by more than `rate` in one step",
        "depends": "the quantity changes with one of those in `on`",
        "independent": "the quantity does not change with any of those in `on`, while those in `holding` stay",
        "memory": "nothing that came in more than `steps` steps ago has any influence on the state",
        "scales": (
            "while those in `holding` stay, `target` is a sum in which the gate stands only in the factors in `uses`, "
            "each times the value beside it"
        ),
        "weight": (
            "the weight with which `value` stands in the state `in` is `near` where the gate is `at`, and `far` at the "
            "other end of 0 and 1; without both it only rises (`sense` 1) or falls (−1) with the gate"
        ),
        "forgets": "where the gate is `at`, the quantity does not change with any old state, the other gates held",
        "through": (
            "every way from the old states in `by` to the new ones goes through what `what` says: 'matrix' (what mixes "
            "entries), 'slope' (an activation), 'either', or 'nothing' (there is no way), those in `besides` aside"
        ),
        "matrices": "with the parameters in `zero` at zero, the new state does not change with the old one `by`",
        "contracts": (
            "while the largest singular value of `matrix` is below `limit`, so is the norm of the Jacobian below 1"
        ),
        "scan": (
            "the Jacobian of the states by the states: whether it is `diagonal`, and whether it is `free` of the state"
        ),
        "linear": "while the quantities in `holding` stay as they are, the state is affine in the old state `by`",
        "backward": "the gradient by the old states is linear in the gradient by the new ones",
        "count": "so many `matrices`, `vectors` and `scalars` are parameters, of `formula` numbers",
        "reads": (
            "the matrix, which stands in the quantity `in`, is multiplied with `value`: with what comes from the input "
            "alone, from the past alone, and so on, as `what` says, while those in `holding` stay"
        ),
        "apart": (
            "no member along `axis` ever changes with what another member keeps in these states, in however many steps"
        ),
        "alike": "the quantity has one member for each value of `axis`",
        "shared": "the quantities are given once, and more than one member along `axis` changes with them",
        "meets": "the quantity is made of members along `axis` together",
    }
)  # fmt: skip
"""Every kind of claim and what it states of the quantities in `of`. The documentation lists them."""


@dataclass(frozen=True)
class Claim:
    """What is stated of the quantities `of`: a kind of KINDS, and its details. Expressions are over the spec's names.

    >>> z = sp.Symbol("z")
    >>> claim("range", z, low=0, high=1).document()
    {'kind': 'range', 'of': 'z', 'low': 0, 'high': 1}
    """

    kind: str
    of: tuple[sp.Expr, ...]
    details: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The claim as plain JSON: expressions as source text of the spec language."""
        of = [source(expr) for expr in self.of]
        details = {key: _plain(value) for key, value in self.details.items()}
        return {"kind": self.kind, "of": of[0] if len(of) == 1 else of, **details}


def claim(kind: str, *of: sp.Expr, **details: Any) -> Claim:
    """The claim of that kind. Raises KeyError for a kind that KINDS does not explain.

    >>> claim("sum", *sp.symbols("f i"), to=1).of
    (f, i)
    """
    KINDS[kind]
    return Claim(kind, of, MappingProxyType(details))


@dataclass(frozen=True)
class Sentence:
    """What is said, and what of it can be refuted: at least one claim."""

    text: Message
    claims: tuple[Claim, ...]

    def documents(self) -> list[dict[str, Any]]:
        """The claims as JSON, each with the sentence that makes it."""
        return [{**found.document(), "sentence": self.text} for found in self.claims]


def say(template: str, first: Claim, *more: Claim, **values: Any) -> Sentence:
    """A sentence from its English template, the claims that it makes, and what stands in it.

    >>> f = sp.Symbol("f")
    >>> say("{gate} lies between 0 and 1.", claim("range", f, low=0, high=1), gate=f).claims[0].kind
    'range'
    """
    return Sentence(message(template, **values), (first, *more))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner) for inner in value]
    if isinstance(value, sp.Expr):
        return source(value)
    return plain(value) if isinstance(value, Bound) and not isinstance(value, bool) else value
