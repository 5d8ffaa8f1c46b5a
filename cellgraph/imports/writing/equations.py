"""Which parts of a step become equations: what has a name that says something, what is used twice, the ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from cellgraph.graph import Call, parts
from cellgraph.imports.traced import CalledAt
from cellgraph.imports.writing.distinct import distinct, remade
from cellgraph.ops import (
    Add,
    Concat,
    Div,
    Fill,
    Flatten,
    Head,
    Matmul,
    Mul,
    Neg,
    Pow,
    Scale,
    Slice,
    Softmax,
    Split,
    Spread,
    Sub,
    Transpose,
)

ARITHMETIC = (Add, Sub, Mul, Div, Neg, Pow)
SUMS = (Add, Sub, Neg)
MOVED = (Transpose, Slice, Concat, Flatten, Split, Spread, Fill)
"""What only moves entries."""
PLAIN = 14
"""The most operations and names in what has a name and is better seen where it is used."""
LONGEST = 60
"""The most operations and names in one equation before what is largest in it becomes an equation of its own."""


def is_activation(node: sp.Expr) -> bool:
    """Whether this is a function of one variable, a normalisation or the like, and no arithmetic."""
    return isinstance(node, (Call, Softmax)) or (
        isinstance(node, Head) and node.op.slope is not None and not isinstance(node, ARITHMETIC)
    )


def data_of(node: sp.Expr) -> tuple[sp.Expr, ...]:
    """The operands of a node, of a function only the first: gains and biases of a normalisation are no weights."""
    return parts(node)[:1] if isinstance(node, Call) else parts(node)


@dataclass
class Cutting:
    """The nodes of a step, who uses them, and which of them have been made equations so far.

    :ends:   what the step hands on or shows
    :named:  nodes that have a name that says something
    :letters: those whose name is one letter
    :params: symbols of parameters
    :data:   symbols of inputs and states
    :held:   nodes that variables held, whatever their names say
    :places: the lines of the program that computed nodes; empty where nothing is known of how it was written
    """

    ends: Sequence[sp.Expr]
    named: frozenset[sp.Expr]
    letters: Collection[sp.Expr]
    params: Collection[sp.Expr]
    data: Collection[sp.Expr]
    places: Mapping[sp.Expr, CalledAt | None]
    held: Collection[sp.Expr]
    nodes: list[sp.Expr] = field(init=False)
    users: dict[sp.Expr, list[sp.Expr]] = field(init=False)
    cut: dict[sp.Expr, None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = distinct(self.ends)
        self.users = defaultdict(list)
        for node in self.nodes:
            for part in parts(node):
                self.users[part].append(node)
        self.moving = self._made_of(self.data)
        self.learned = self._made_of(self.params)

    def _made_of(self, symbols: Collection[sp.Expr]) -> set[sp.Expr]:
        """The nodes that depend on any of some symbols."""
        found: set[sp.Expr] = set()
        for node in self.nodes:
            if node in symbols or any(part in found for part in parts(node)):
                found.add(node)
        return found

    def equations(self) -> list[sp.Expr]:
        """The nodes that become equations, operands before what is made of them."""
        for node in self.nodes:
            if node in self.ends or (parts(node) and self._stands_alone(node)):
                self.cut[node] = None
            if parts(node):
                self._shorten(node)
        return list(self.cut)

    def _stands_alone(self, node: sp.Expr) -> bool:
        users = self.users[node]
        if not self._varies(node):
            return len(distinct([node])) > 3 and (len(users) > 1 or node in self.named)
        if len(users) > 1:
            return node in self.letters or not (
                self._is_trivial(node) or (node not in self.named and self._is_short(node))
            )
        if node in self.named:
            return not self._says_little(node, users[0])
        return self._is_quantity(node)

    def _varies(self, node: sp.Expr) -> bool:
        return node in self.moving or node in self.learned

    def _is_leaf(self, node: sp.Expr) -> bool:
        return not parts(node) or node in self.cut or (isinstance(node, Transpose) and self._is_leaf(node.args[0]))

    def _is_trivial(self, node: sp.Expr) -> bool:
        """Whether it is shorter than a name for it: 1 − z, −a, 2 a, aᵀ, a ** 2."""
        inner = [part for part in parts(node) if not part.is_number]
        return len(inner) == 1 and self._is_leaf(inner[0]) and isinstance(node, (*ARITHMETIC, *MOVED))

    def _is_short(self, node: sp.Expr) -> bool:
        """Whether it is one function of a name, or one product or sum of two: tanh(c), r * h."""
        plain = (is_activation(node) and not isinstance(node, Call)) or isinstance(node, ARITHMETIC)
        return plain and all(self._is_leaf(part) for part in parts(node))

    def _says_little(self, node: sp.Expr, user: sp.Expr) -> bool:
        """Whether a named part that is used once is better seen where it is used."""
        if isinstance(node, Sub) and node.args[0].is_number and node in self.letters:
            return False
        if self._is_trivial(node) or isinstance(node, MOVED):
            return node not in self.letters or not isinstance(node, (Slice, Split))
        if is_activation(node) and not isinstance(node, Call) and node.args[0] in self.ends:
            return True
        if isinstance(node, ARITHMETIC) and all(self._is_plain(part) for part in parts(node)):
            return True
        return self._is_weighted(node) and self._is_activated(user) and len(distinct([node])) <= PLAIN

    def _is_plain(self, node: sp.Expr) -> bool:
        """Whether it is a name of data or a number, or one less than a number."""
        return node not in self.params and (self._is_leaf(node) or self._is_trivial(node))

    def _is_weighted(self, node: sp.Expr) -> bool:
        """Whether it is a product of a parameter, or a sum in which such products stand."""
        if node in self.cut:
            return False
        if isinstance(node, (Matmul, Mul, Scale)):
            return any(part in self.params for part in parts(node))
        return isinstance(node, SUMS) and any(self._is_weighted(part) or part in self.params for part in parts(node))

    def _is_activated(self, node: sp.Expr) -> bool:
        """Whether this is an activation, or a sum that is used by nothing else than one."""
        while isinstance(node, SUMS) and len(self.users[node]) == 1 and node not in self.ends:
            node = self.users[node][0]
        return is_activation(node)

    def _is_quantity(self, node: sp.Expr) -> bool:
        """Whether it has no name, and is what people name: an activation of something with parameters, on the way."""
        if not is_activation(node) or not self._weighs(node):
            return False
        below, user = node, self.users[node][0]
        while isinstance(user, (*ARITHMETIC, *MOVED)) and self._passes(user, below):
            if user in self.named or user in self.ends:
                return False
            below, user = user, self.users[user][0]
        return not is_activation(user) and not self._is_written_inside(node, user)

    def _is_written_inside(self, node: sp.Expr, user: sp.Expr) -> bool:
        """Whether its author wrote it into the line of what it is used in, as the only one of its kind in that line."""
        place = self.places.get(node)
        if place is None or self.places.get(user) != place or not (user in self.ends or user in self.held):
            return False
        named = {*self.cut, *self.named} - {user}
        inside = distinct([user], lambda part: () if part in named else parts(part))
        return sum(1 for n in inside if n not in named | {user} and is_activation(n) and self._weighs(n)) == 1

    def _passes(self, user: sp.Expr, below: sp.Expr) -> bool:
        """Whether a use adds or multiplies a number only, or at an end of the step something that is no gate."""
        others = [part for part in parts(user) if part != below]
        if self.moving.isdisjoint(others):
            return user in self.named or user in self.ends or len(self.users[user]) == 1
        return user in self.ends and isinstance(user, (Add, Sub)) and not any(map(self._weighs, others))

    def _weighs(self, node: sp.Expr) -> bool:
        """Whether a parameter and data meet in it, or parts of data do, in the equation that it would stand in."""
        inside = distinct([node], lambda part: () if part in self.cut and part != node else data_of(part))
        return node in self.moving and any(part in self.params or isinstance(part, Slice) for part in inside)

    def _shorten(self, node: sp.Expr) -> None:
        """Cuts out the largest operand of what would be too long an equation."""
        inside = distinct([node], lambda part: () if part in self.cut and part != node else parts(part))
        if len(inside) > LONGEST:
            best = max(
                (part for part in parts(node) if parts(part) and part not in self.cut and self._varies(part)),
                key=lambda part: len(distinct([part], lambda p: () if p in self.cut else parts(p))),
                default=None,
            )
            if best is not None:
                own = node in self.cut
                self.cut.pop(node, None)
                self.cut[best] = None
                if own:
                    self.cut[node] = None


def sides(cutting: Cutting, symbols: Mapping[sp.Expr, sp.Symbol]) -> dict[sp.Expr, sp.Expr]:
    """What each node is, in which others that have a symbol are called by it."""
    made: dict[sp.Expr, sp.Expr] = {}
    found: dict[sp.Expr, sp.Expr] = {}
    for node in cutting.nodes:
        side = remade(node, [made[part] for part in parts(node)])
        found[node] = side
        made[node] = symbols.get(node, side)
    return found
