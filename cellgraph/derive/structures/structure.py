"""What kind of cell this is: what it hands on, its gates, its additive carries, its scan class and its invariants.

Everything is read off the equations: names play no part, and a cell nobody has seen is served as the LSTM is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.jacobians.local import secants
from cellgraph.derive.structures.coupling import Coupling, coupled
from cellgraph.derive.structures.ends import Free, finite_ranges
from cellgraph.derive.structures.flat import Flat, flat
from cellgraph.derive.structures.gates import Gate, gates_of, masks
from cellgraph.derive.structures.invariants import Invariant, invariants
from cellgraph.derive.structures.memory import forgetting
from cellgraph.derive.structures.ranges import Ranges, has_unit_length, ranges
from cellgraph.derive.structures.scaling import Scaling, entrywise
from cellgraph.derive.structures.state_paths import linear_in, links_between, mentioned, scan_class
from cellgraph.derive.structures.states import (
    Carry,
    State,
    copies,
    dividing,
    from_inputs,
    shifting,
    stabilising,
    update_form,
)
from cellgraph.display import Documented
from cellgraph.graph import Cell, rebuilt
from cellgraph.graph.ring import canonical
from cellgraph.ops import Interval, numel


@dataclass(frozen=True, repr=False)
class Structure(Documented):
    """Everything that `structure` finds in a cell. `step` is the flat graph over which scalar coefficients are.

    `ranges` says where every quantity lies; `data` are the quantities that change with the input or the state.
    """

    cell: Cell
    step: Flat
    ranges: Ranges
    data: frozenset[sp.Symbol]
    states: tuple[State, ...]
    gates: tuple[Gate, ...]
    carries: tuple[Carry, ...]
    masks: frozenset[sp.Symbol]
    """What is exactly 0 or 1 at every step."""
    coefficients: frozenset[sp.Symbol]
    """What is made of gates and masks alone, these included: 1 − z, f ⊙ i."""
    normalisers: frozenset[sp.Symbol]
    """States that only divide."""
    stabilisers: frozenset[sp.Symbol]
    """States that are running maxima and stand only in exponents, which they keep small."""
    buffers: frozenset[sp.Symbol]
    """States that only remember: inputs, or another state as it was a step before."""

    def _about(self) -> str:
        found = (("states", self.states), ("gates", self.gates), ("carries", self.carries))
        return f"of {self.cell.name}: {', '.join(f'{name}: {len(those)}' for name, those in found)}"

    @property
    def intervals(self) -> Mapping[sp.Symbol, Interval]:
        """Where every quantity of the flat graph lies."""
        return self.ranges.intervals

    @cached_property
    def named(self) -> Mapping[sp.Expr, sp.Symbol]:
        """The names in the flat graph of what has none in the spec."""
        return MappingProxyType({original: name for name, original in self.step.originals.items() if name.is_Symbol})

    def range_of(self, expr: sp.Expr, known: Ranges | None = None) -> Interval:
        """The interval of an expression over the quantities of the step, or of the flat step.

        `known` are ranges of the flat step, where more is known of the states than that they are any real.
        """
        return (known or self.ranges).of(rebuilt(expr, self.named))

    @cached_property
    def finite(self) -> Ranges:
        """The ranges while nothing grows large that has no limit: an end that these miss is never reached."""
        return finite_ranges(self.step.graph, self.ranges)

    @cached_property
    def _free(self) -> Free:
        return Free(self.step.graph, self.ranges)

    def reaches(self, expr: sp.Expr) -> tuple[bool, bool]:
        """Whether a value may equal the lower and the upper end of its interval; False is proved, for finite numbers.

        >>> import cellgraph as cg, sympy as sp
        >>> cg.structure(cg.load("lstm")).reaches(sp.Symbol("f"))
        (False, False)
        """
        own, finite = self.range_of(expr), self.range_of(expr, self.finite)
        return finite.low <= own.low, finite.high >= own.high

    def approaches(self, expr: sp.Expr) -> bool:
        """Whether some parameters, inputs and states bring a value as near to each end of its interval as one likes.

        True is proved.

        >>> import cellgraph as cg, sympy as sp
        >>> cg.structure(cg.load("lstm")).approaches(sp.Symbol("f"))
        True
        """
        return self._free.leaves(rebuilt(expr, self.named)) is not None

    def is_unit(self, vector: sp.Expr) -> bool:
        """Whether the squares of the entries of a vector add up to 1 or less."""
        return has_unit_length(self.ranges, rebuilt(vector, self.named))

    @cached_property
    def coupled(self) -> tuple[Coupling, ...]:
        """The states whose coefficients add up to 1 whatever the gates do."""
        found = (coupled(self.step, self.ranges, state, self.gates) for state in self.states)
        return tuple(own for own in found if own is not None)

    @cached_property
    def scan(self) -> str:
        """The scan class, L0 to L3."""
        ends = [s.before for s in self.fed_back], [s.after for s in self.fed_back]
        return scan_class(secants(self.step.graph), *ends)

    @cached_property
    def forgets_after(self) -> Mapping[sp.Symbol, sp.Expr | int]:
        """The states after the step in which nothing is left of old states after so many steps, with that number."""
        return forgetting(secants(self.step.graph), self.cell.carries)

    @cached_property
    def fed_back(self) -> tuple[State, ...]:
        """The states that depend on states for ever; one that only remembers inputs is an input to the others."""
        return tuple(state for state in self.states if state.read and state.after not in self.forgets_after)

    @cached_property
    def invariants(self) -> tuple[Invariant, ...]:
        """What holds of the states at every step."""
        return invariants(self.cell, self.step.graph, self.ranges, self.states, self.coupled)

    @cached_property
    def linear(self) -> tuple[State, ...]:
        """The states that are linear in themselves as long as the gates are held fixed."""
        links = secants(self.step.graph)
        names = {s.after: s.same_as or s.after for s in self.states}
        same = {s.after: [o.before for o in self.states if names[o.after] == names[s.after]] for s in self.states}
        return tuple(s for s in self.states if linear_in(links, s.after, same[s.after], self.gate_symbols))

    @cached_property
    def reals(self) -> sp.Expr:
        """How many numbers one step hands to the next, for one layer and one sample."""
        return sp.Add(*[state.size for state in self.handed_on])

    @cached_property
    def handed_on(self) -> tuple[State, ...]:
        """The states that a later step reads, each once."""
        read = {state.same_as or state.after for state in self.states if state.read}
        return tuple(state for state in self.states if state.after in read)

    @cached_property
    def linear_given_gates(self) -> tuple[State, ...]:
        """The states that are linear in themselves only while gates that depend on the state are held fixed."""
        varying = self.step.graph.descendants([state.before for state in self.fed_back]) & self.coefficients
        links = secants(self.step.graph)

        def is_gated(state: State) -> bool:
            between = links_between(links, [state.before], [state.after], self.gate_symbols)
            return any(symbol in varying for _, link in between for symbol in mentioned(link))

        return tuple(state for state in self.linear if state in self.handed_on and is_gated(state))

    @cached_property
    def gate_symbols(self) -> frozenset[sp.Symbol]:
        """The gates by their names in the flat graph."""
        return frozenset(gate.symbol for gate in self.gates)

    @cached_property
    def unit_gates(self) -> tuple[Gate, ...]:
        """The gates that lie in [0, 1], of which one can say how far they are open."""
        return tuple(gate for gate in self.gates if gate.interval.within(0, 1))

    def state(self, after: sp.Symbol) -> State:
        """The state of that name. Raises KeyError."""
        return {state.after: state for state in self.states}[after]

    def coupling(self, after: sp.Symbol) -> Coupling | None:
        """The coupled coefficients in the update of that state, where there are any."""
        return next((own for own in self.coupled if own.state == after), None)

    def by_gates(self, scalar: sp.Expr) -> sp.Expr:
        """A coefficient as a function of the gates: names that stand for arithmetic of gates written out."""
        spread = scalar.free_symbols & self.step.spreads.keys()
        scalar = scalar.xreplace({name: canonical(self.step.originals[name]) for name in spread})
        return self.step.inlined(scalar, self.step.algebra.keys() - self.gate_symbols)


@fact
def structure(cell: Cell) -> Structure:
    """Gates, additive carries, coupled coefficients, scan class, invariants, and what one step hands to the next.

    >>> import cellgraph as cg
    >>> found = cg.structure(cg.load("gru"))
    >>> [gate.symbol for gate in found.gates], found.scan
    ([z, r], 'L0')
    >>> [(carry.state, carry.coefficient) for carry in found.carries]
    [(h, z)]
    """
    step = flat(cell.step)
    known = ranges(step.graph)
    inputs = [q.symbol for q in step.graph.having("input")]
    data = step.graph.descendants([*inputs, *cell.carries])
    divisors = dividing(step, cell.carries, cell.output)
    stabilisers = stabilising(step, cell.carries, cell.output)
    registers = shifting(step, cell.carries)
    remembered = from_inputs(step, cell.carries, stabilisers | registers)
    past = step.graph.descendants(before for before, after in cell.carries.items() if after not in remembered)
    binary = masks(step, data)
    scaling = Scaling(step, data, {*cell.carries.values(), cell.output}, cell.output, divisors, entrywise(step, data))
    gates = gates_of(scaling.with_coefficients(binary), known.intervals, past)
    names = frozenset(gate.symbol for gate in gates)
    states = tuple(_state(cell, step, before, names, data) for before in cell.carries)
    carries = tuple(
        Carry(state.after, step.original(state.form.carried), state.form.carried)
        for state in states
        if state.form.carried != 0
    )
    return Structure(
        cell, step, known, data, states, gates, carries,
        masks=binary,
        coefficients=frozenset(scaling.with_coefficients(binary | names).coefficients),
        normalisers=divisors & {state.after for state in states},
        stabilisers=stabilisers,
        buffers=((remembered - stabilisers) | registers | copies(step, cell.carries))
        & {state.after for state in states if state.read},
    )  # fmt: skip


def _state(
    cell: Cell, step: Flat, before: sp.Symbol, gates: Collection[sp.Symbol], data: Collection[sp.Symbol]
) -> State:
    after = cell.carries[before]
    # A state after the step may be only another name of another one: h = c.
    afters = set(cell.carries.values())
    names = {a: step.algebra[a] for a in afters if step.algebra.get(a) in afters}
    return State(
        before=before,
        after=after,
        size=numel(cell.step.quantities[before].shape or ()),
        read=bool(cell.step.users.get(before)),
        form=update_form(step, after, before, gates, data, afters - step.graph.descendants([before])),
        same_as=names.get(after),
    )
