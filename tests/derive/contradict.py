"""Attempts to refute a claim: a cell is run on ordinary and extreme numbers, and quantities are held or moved by hand.

Nothing here looks at how a claim was found. A cell is run operation by operation; any operation may be given a value
from outside, and what is computed from it follows. A refuter returns what contradicts the claim, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import counts_of, number_of, program
from cellgraph.derive.gradients.evaluate import initial_arrays
from cellgraph.derive.gradients.gradient import adjoint
from cellgraph.derive.prose.claims import Claim
from cellgraph.derive.structures.flat import Flat, flat
from cellgraph.graph import Cell, postorder, shapes_within, size
from cellgraph.ops import Floor, Head, Sign, Step, Stop, axes_of, core, numbered, operands, value_of

Values = dict[sp.Expr, Any]
COUNTS = (3, 4, 2, 5, 7, 6)
"""What the sizes of a cell are, one after the other; a seventh is eight, and so on."""
MEMBERS = (5, 7, 6, 11)
"""How many members there are along lifted axes: enough for some to be left where others have moved out."""
SCALES = (1.0, 0.2, 20.0, 4.0)
"""How large parameters are, one draw each."""
NOT_SEEN = ("nothing changes it", "they always add up to 1", "it is simpler")
"""What is said where something was claimed to happen and did not; then it is looked for once more, elsewhere."""
BATCH = 6
TOLERANCE = 1e-6


@dataclass
class Trial:
    """A cell in numbers: where claims about it are put to the test."""

    cell: Cell
    seed: int = 0
    draws: int = 2
    plans: dict[sp.Expr, list[tuple[Any, ...]]] = field(default_factory=dict)

    @cached_property
    def step(self) -> Flat:
        return flat(self.cell.step)

    @cached_property
    def sizes(self) -> dict[sp.Symbol, sp.Integer]:
        members = dict(zip(self.cell.each, MEMBERS, strict=False))
        counts = (k for k in (*COUNTS, *range(8, 8 + len(self.cell.dims))) if k not in members.values())
        return {size(dim): sp.Integer(members.get(dim) or next(counts)) for dim in self.cell.dims}

    @cached_property
    def named(self) -> dict[sp.Expr, sp.Symbol]:
        """The quantity of the flat graph that an expression over the spec's names is."""
        quantities = self.step.graph.quantities
        made = {s: expr for s, expr in self.step.originals.items() if s in quantities}
        # A name for what is spread over the shape of another is shown as that, but it is not that.
        found = {e: s for s, e in made.items() if self.cell.step.shape(e) == quantities[s].shape}
        return {**found, **{s: s for s in quantities}}

    def plan(self, expr: sp.Expr) -> list[tuple[Any, ...]]:
        """The operations of an expression over the quantities of the flat graph, arguments first."""
        if expr not in self.plans:
            shapes = shapes_within(expr, self.step.graph.quantities)
            found: list[tuple[Any, ...]] = []
            for node in postorder(expr):
                if isinstance(node, Head):
                    own = operands(node)
                    statics = [number_of(s, self.sizes) for s in numbered(node)]
                    found.append((node, *value_of(node, [shapes[a] for a in own]), own, statics))
                elif node not in self.step.graph.quantities:
                    found.append((node, None, (), (), number_of(node, self.sizes)))
            self.plans[expr] = found
        return self.plans[expr]

    def value(self, expr: sp.Expr, values: Values) -> np.ndarray:
        """An expression over the names of the spec; parts with a name in the flat graph are what that is."""
        return self.computed(expr, {**values, **{e: values[s] for e, s in self.named.items() if s in values}})

    def computed(self, expr: sp.Expr, values: Values) -> np.ndarray:
        """An expression, operation by operation, from the values of its names and parts."""
        work: Values = {}
        for node, value, ranks, own, statics in self.plan(expr):
            if node not in values:
                given = [work[a] if a in work else values[a] for a in own]
                work[node] = value(np, ranks, *given, *statics) if value else np.float64(statics)
        return np.asarray(work[expr] if expr in work else values[expr])

    def run(self, leaves: Values, held: Mapping[sp.Expr, Any] | None = None) -> Values:
        """Every quantity of the flat graph; those in `held` are given."""
        values, given = dict(leaves), {self.named[k]: v for k, v in (held or {}).items()}
        values.update({k: v for k, v in given.items() if k in values})
        with np.errstate(all="ignore"):
            for equation in self.step.graph.equations:
                values[equation.lhs] = (
                    given[equation.lhs] if equation.lhs in given else self.computed(equation.rhs, values)
                )
        return values

    def leaves(self, scale: float, draw: np.random.Generator) -> Values:
        """Parameters of that scale, and a batch of inputs and states from nothing to very large."""
        found: Values = {}
        for q in self.cell.step.leaves:
            own = counts_of(q.shape, self.sizes)
            if q.value is not None:
                found[q.symbol] = np.asarray(number_of(q.value, self.sizes), dtype=float)
            elif q.fixed:
                found[q.symbol] = scale * draw.normal(size=own)
            else:
                sides = np.exp(draw.uniform(-3, 3, size=(BATCH, *[1] * len(own))))
                found[q.symbol] = sides * draw.normal(size=(BATCH, *own))
        return found

    @cached_property
    def moments(self) -> list[tuple[Values, Values]]:
        """Leaves and everything computed from them: drawn, and reached from the initial states in a few steps."""
        found = []
        for k in range(self.draws):
            draw = np.random.default_rng([self.seed, k])
            leaves = self.leaves(SCALES[k % len(SCALES)], draw)
            found.append((leaves, self.run(leaves)))
            found.append(self.reached(leaves, draw, 3))
        return found

    def initial(self, leaves: Values) -> Values:
        """The states before the first step."""
        values = {s.name: a for s, a in leaves.items()}
        found = initial_arrays(self.cell, self.sizes, values, np, (BATCH,), np.float64)
        return {s: np.asarray(found[s.name]) for s in self.cell.carries}

    def reached(self, leaves: Values, draw: np.random.Generator, steps: int) -> tuple[Values, Values]:
        """The leaves and values some steps after the initial states, new inputs in each."""
        now = {**leaves, **self.initial(leaves)}
        values = self.run(now)
        for _ in range(steps):
            now = self.after(now, values, draw)
            values = self.run(now)
        return now, values

    def after(self, leaves: Values, values: Values, draw: np.random.Generator) -> Values:
        """The leaves of the next step."""
        inputs = {q.symbol for q in self.cell.step.having("input")}
        moved = {s: 2 * draw.normal(size=np.shape(a)) if s in inputs else a for s, a in leaves.items()}
        return {**moved, **{before: values[after] for before, after in self.cell.carries.items()}}

    @cached_property
    def draw(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, 99])

    def moved(self, leaves: Values, on: Sequence[sp.Expr], scale: float = 1.0) -> Values:
        """The same leaves, those in `on` changed."""
        return {s: a + scale * self.draw.normal(size=np.shape(a)) if s in on else a for s, a in leaves.items()}

    def held(self, values: Values, exprs: Sequence[sp.Expr]) -> Values:
        """What these expressions are, to be held at it."""
        return {expr: values[self.named[expr]] for expr in exprs if expr in self.named}

    def flats(self, values: Values) -> Values:
        """What lets no gradient through, a stop or what has no slope anywhere, as it is now."""
        equations = self.step.graph.equations
        return {e.lhs: values[e.lhs] for e in equations if isinstance(e.rhs, (Floor, Sign, Step, Stop))}

    @property
    def varying(self) -> list[sp.Symbol]:
        return [q.symbol for q in self.cell.step.leaves if not q.fixed]


def same(a: Any, b: Any, tolerance: float = TOLERANCE, size: Any = 0.0) -> bool:
    """Whether two arrays agree wherever both are numbers, to what is left of their digits."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    fine = np.isfinite(a) & np.isfinite(b)
    beside = np.abs(np.asarray(size, dtype=float))
    scale = 1 + sum(np.abs(own[np.isfinite(own)]).max(initial=0) for own in (a[fine], b[fine], beside))
    return bool(np.all(np.abs(a[fine] - b[fine]) <= tolerance * scale))


Refuter = Callable[[Trial, Claim], "str | None"]


def handed_on(trial: Trial, claim: Claim) -> str | None:
    cell, states = trial.cell, set(claim.of)
    leaves, values = trial.moments[0]
    counted = sum(int(np.prod(np.shape(leaves[b])[1:], dtype=int)) for b, a in cell.carries.items() if a in states)
    if counted != int(number_of(claim.details["numbers"], trial.sizes)):
        return f"it hands on {counted} numbers"
    defined = cell.step.definitions
    aliases = {a for a in cell.carries.values() if defined.get(a) in states}
    for before, after in cell.carries.items():
        again = trial.run(trial.moved(leaves, [before]))
        if after not in states | aliases and not all(same(again[s], values[s]) for s in defined):
            return f"{before} is read"
    return None


def shown(trial: Trial, claim: Claim) -> str | None:
    leaves, values = trial.moments[0]
    for before in (b for b, a in trial.cell.carries.items() if a in claim.of):
        again = trial.run(trial.moved(leaves, [before]))
        if not all(same(again[s], values[s]) for s in trial.cell.step.definitions):
            return f"a step reads {before}"
    return None


def equals(trial: Trial, claim: Claim) -> str | None:
    for _, values in trial.moments:
        if not same(trial.value(claim.of[0], values), trial.value(claim.details["to"], values)):
            return "another value"
    return None


def spread(coefficient: np.ndarray, change: np.ndarray) -> list[np.ndarray]:
    """A coefficient times a change: entry by entry, or with one number for each row, each column or the whole."""
    missing = change.ndim - coefficient.ndim
    if missing <= 0 or coefficient.ndim == 0:
        return [coefficient * change]
    spreads = [np.expand_dims(coefficient, axes) for axes in combinations(range(change.ndim), missing)]
    fitting = [own for own in spreads if all(a in (1, b) for a, b in zip(own.shape, change.shape, strict=True))]
    return [own * change for own in fitting]


def direct(trial: Trial, claim: Claim) -> str | None:
    by, coefficient = claim.details["by"], claim.details["coefficient"]
    for leaves, values in trial.moments:
        moved = trial.moved(leaves, [by])
        again = trial.run(moved, trial.held(values, claim.details["holding"]))
        change, expected = again[claim.of[0]] - values[claim.of[0]], moved[by] - leaves[by]
        ways = spread(trial.value(coefficient, again), expected)
        if not any(same(change, way, size=values[claim.of[0]]) for way in ways):
            return f"it changes by {change.ravel()[:3]}, not by {[w.ravel()[:3] for w in ways]}"
    return None


def summed(trial: Trial, claim: Claim) -> str | None:
    for _, values in trial.moments:
        parts = [trial.value(e, values) for e in claim.of]
        if not same(sum(parts), float(claim.details["to"]), size=np.concatenate([p.ravel() for p in parts])):
            return "another sum"
    return None


def switch(trial: Trial, claim: Claim) -> str | None:
    own = [trial.value(claim.of[0], values) for _, values in trial.moments]
    return None if all(np.all((a == 0) | (a == 1)) for a in own) else "there is something in between"


def unequal(trial: Trial, claim: Claim) -> str | None:
    sums = [sum(trial.value(e, values) for e in claim.of) for _, values in trial.moments]
    return NOT_SEEN[1] if all(same(s, 1.0) for s in sums) else None


def single(trial: Trial, claim: Claim) -> str | None:
    for leaves, values in trial.moments:
        again = trial.run(trial.moved(leaves, trial.varying), trial.held(values, [claim.details["gate"]]))
        if not all(same(trial.value(e, again), trial.value(e, values)) for e in claim.of):
            return "a coefficient changes though its gate does not"
    return None


def free(trial: Trial, claim: Claim) -> str | None:
    high, low = False, False
    for k in range(12):
        draw = np.random.default_rng([trial.seed, 7, k])
        values = trial.run(trial.leaves(10.0, draw))
        gates = [trial.value(e, values) for e in claim.of]
        if len({gate.shape for gate in gates}) > 1:  # a number for each row beside a number for each entry
            gates = [gate.reshape(BATCH, -1)[:, 0] for gate in gates]
        high, low = high or bool(np.any(np.min(gates, axis=0) > 0.9)), low or bool(np.any(np.max(gates, axis=0) < 0.1))
    return None if high and low else f"both near 1: {high}, both near 0: {low}"


def margin(value: np.ndarray, low: Any, high: Any) -> float:
    """By how much a value leaves an interval, at the most."""
    value = value[np.isfinite(value)]
    low, high = float(low), float(high)
    over, under = value - high - TOLERANCE * (1 + abs(high)), low - TOLERANCE * (1 + abs(low)) - value
    ends = [over.max(initial=-np.inf)] if np.isfinite(high) else []
    return float(max([*ends, *([under.max(initial=-np.inf)] if np.isfinite(low) else [])], default=-np.inf))


def ranged(trial: Trial, claim: Claim) -> str | None:
    low, high = claim.details["low"], claim.details["high"]

    def measured(values: Values) -> float:
        return margin(trial.value(claim.of[0], values), low, high)

    worst, leaves = max(((measured(v), k) for k, (_, v) in enumerate(trial.moments)), default=(-np.inf, 0))
    start = trial.moments[leaves][0]
    for _ in range(6):  # upwards, step by step
        other = trial.moved(start, [s for s in start if trial.step.graph.quantities[s].value is None])
        found = measured(trial.run(other))
        worst, start = (found, other) if found > worst else (worst, start)
    return f"it leaves the interval by {worst}" if worst > 0 else None


def stays(trial: Trial, claim: Claim) -> str | None:
    low, high = float(claim.details["low"]), float(claim.details["high"])
    (before,) = (b for b, a in trial.cell.carries.items() if a == claim.of[0])
    for leaves, _ in trial.moments:
        start = trial.draw.uniform(low, high, size=np.shape(leaves[before]))
        start = np.where(trial.draw.uniform(size=start.shape) < 0.3, trial.draw.choice([low, high], start.shape), start)
        found = margin(trial.run({**leaves, before: start})[claim.of[0]], low, high)
        if found > 0:
            return f"it leaves by {found}"
    return None


def from_start(trial: Trial, claim: Claim) -> str | None:
    low, high = claim.details["low"], claim.details["high"]
    for k, scale in enumerate(SCALES):
        draw = np.random.default_rng([trial.seed, 11, k])
        for steps in (0, 1, 12):
            _, values = trial.reached(trial.leaves(scale, draw), draw, steps)
            found = margin(values[claim.of[0]], low, high)
            if found > 0:
                return f"it leaves by {found}"
    return None


def between(trial: Trial, claim: Claim) -> str | None:
    for _, values in trial.moments:
        own = trial.value(claim.of[0], values)
        others = np.broadcast_arrays(own, *(trial.value(e, values) for e in claim.details["values"]))[1:]
        slack = TOLERANCE * (1 + np.max(np.abs(others), axis=0))
        if np.any(own > np.max(others, axis=0) + slack) or np.any(own < np.min(others, axis=0) - slack):
            return "it is outside"
    return None


def growth(trial: Trial, claim: Claim) -> str | None:
    (before,) = (b for b, a in trial.cell.carries.items() if a == claim.of[0])
    for leaves, values in trial.moments:
        rise = np.abs(values[claim.of[0]]) - np.abs(leaves[before]) - float(claim.details["rate"])
        rise = rise[np.isfinite(rise)]
        if np.any(rise > TOLERANCE * (1 + np.abs(leaves[before]).max(initial=0))):
            return f"it grows by {rise.max()} more"
    return None


def depends(trial: Trial, claim: Claim) -> str | None:
    for leaves, values in trial.moments:
        for scale in (1.0, 0.1, 10.0):
            again = trial.run(trial.moved(leaves, claim.details["on"], scale))
            if not same(trial.value(claim.of[0], again), trial.value(claim.of[0], values), tolerance=1e-12):
                return None
    return NOT_SEEN[0]


def independent(trial: Trial, claim: Claim) -> str | None:
    for leaves, values in trial.moments:
        held = trial.held(values, claim.details.get("holding", ()))
        again = trial.run(trial.moved(leaves, claim.details["on"]), held)
        if not all(same(trial.value(e, again), trial.value(e, values)) for e in claim.of):
            return "it changes"
    return None


def memory(trial: Trial, claim: Claim) -> str | None:
    leaves, _ = trial.moments[0]
    starts = [leaves, trial.moved(leaves, list(trial.cell.carries), 3.0)]
    for step in range(int(number_of(sp.sympify(claim.details["steps"]), trial.sizes))):
        draw = np.random.default_rng([trial.seed, 5, step])
        fresh = {q.symbol: draw.normal(size=np.shape(leaves[q.symbol])) for q in trial.cell.step.having("input")}
        ran = [trial.run({**start, **fresh}) for start in starts]
        starts = [{**s, **{b: v[a] for b, a in trial.cell.carries.items()}} for s, v in zip(starts, ran, strict=True)]
    one, other = (values[claim.of[0]] for values in ran)
    return None if same(one, other) else "something older is left"


def scales(trial: Trial, claim: Claim) -> str | None:
    """The target must be affine in the factors: what each is multiplied with does not change while the gate does."""
    gate, target = trial.named[claim.of[0]], trial.named[claim.details["target"]]
    factors = [factor for factor, _ in claim.details["uses"]]
    for leaves, values in trial.moments:
        held, shape = trial.held(values, claim.details["holding"]), np.shape(values[target])
        ran = [
            trial.run(leaves, {**held, gate: np.full(np.shape(values[gate]), at)}) for at in np.linspace(0.1, 0.9, 6)
        ]
        targets = np.stack([np.broadcast_to(v[target], shape) for v in ran], axis=-1)[..., None]
        ones = np.ones(shape)
        columns = [np.stack([(spread(trial.value(f, v), ones) or [ones])[0] for v in ran], axis=-1) for f in factors]
        design = np.stack(columns, axis=-1)
        design, risen = (a - a.mean(axis=-2, keepdims=True) for a in (design, targets))
        design = design / np.maximum(np.linalg.norm(design, axis=-2, keepdims=True), 1e-9)
        if not same(design @ (np.linalg.pinv(design, rcond=1e-9) @ risen), risen, size=targets):
            return "the target is not affine in the gate"
    return None


def measured(trial: Trial, leaves: Values, held: Values, of: sp.Symbol, state: sp.Symbol) -> np.ndarray:
    """By how much a state changes with one of its parts, the others held."""
    base, step = trial.run(leaves, held), 0.5
    moved = {**held, of: base[of] + step}
    return np.asarray((trial.run(leaves, moved)[state] - base[state]) / step)


def weight(trial: Trial, claim: Claim) -> str | None:
    details = claim.details
    gate, state, of = trial.named[details["gate"]], details["in"], trial.named[claim.of[0]]
    for leaves, values in trial.moments:
        # A rounded sigmoid may be 1, and its floor too: the floor of a gate is computed anew.
        still = [e for e in details["holding"] if not isinstance(e, Floor) or details["gate"] not in postorder(e)]
        held, shape = trial.held(values, still), np.shape(values[gate])
        weights = {
            at: measured(trial, leaves, {**held, gate: np.full(shape, at)}, of, state) for at in (0.0, 0.2, 0.8, 1.0)
        }
        size = np.max(np.abs(values[state][np.isfinite(values[state])]), initial=0)
        rise = details.get("sense", 0) * (np.abs(weights[0.8]) - np.abs(weights[0.2]))
        if np.any(rise[np.isfinite(rise)] < -TOLERANCE * (1 + size)):
            return "the weight goes the other way"
        for at, wanted in ((details["at"], details.get("near")), (1 - details["at"], details.get("far"))):
            if wanted is not None and not same(weights[float(at)], float(wanted), size=size):
                return f"the weight at {at} is {weights[float(at)].ravel()[:3]}"
    return None


def forgets(trial: Trial, claim: Claim) -> str | None:
    gate = trial.named[claim.details["gate"]]
    for leaves, values in trial.moments:
        held = trial.held(values, claim.details["holding"])
        held[gate] = np.full(np.shape(values[gate]), float(claim.details["at"]))
        base = trial.run(leaves, held)
        again = trial.run(trial.moved(leaves, list(trial.cell.carries)), held)
        if not same(base[claim.of[0]], again[claim.of[0]]):
            return "it still sees an old state"
    return None


def through(trial: Trial, claim: Claim) -> str | None:
    what, equations = claim.details["what"], trial.step.graph.equations
    heads = [(e.lhs, e.rhs) for e in equations if isinstance(e.rhs, Head)]
    mixing = [s for s, rhs in heads if not rhs.op.elementwise]
    bent = [s for s, rhs in heads if rhs.op.elementwise and s in trial.step.operations]
    held = {"matrix": mixing, "slope": bent, "either": [*mixing, *bent], "nothing": []}[what]
    kept = [*held, *trial.flats(trial.moments[0][1])]
    for leaves, values in trial.moments:
        for before, after in product(claim.details["by"] or tuple(trial.cell.carries), claim.of):
            moved = trial.moved(leaves, [before])
            again = trial.run(moved, {s: values[s] for s in kept if s != after})
            own = [c for a, b, c in claim.details["besides"] if (a, b) == (after, before)]
            ways = spread(trial.value(own[0], again), moved[before] - leaves[before]) if own else [np.zeros(())]
            change = again[after] - values[after]
            if after not in kept and not any(same(change, way, size=values[after]) for way in ways):
                return f"{before} changes {after} on another way"
    return None


def matrices(trial: Trial, claim: Claim) -> str | None:
    for leaves, _ in trial.moments:
        zeroed = {s: np.zeros_like(a) if s in claim.details["zero"] else a for s, a in leaves.items()}
        base = trial.run(zeroed)
        again = trial.run(trial.moved(zeroed, [claim.details["by"]]), trial.flats(base))
        if not same(again[claim.of[0]], base[claim.of[0]]):
            return "it still changes"
    return None


def jacobian(trial: Trial, leaves: Values, after: sp.Symbol, before: sp.Symbol) -> np.ndarray:
    """∂after/∂before of one sample of the batch, by central differences while nothing that is stopped changes."""
    one = {s: a if trial.step.graph.quantities[s].fixed else a[:1] for s, a in leaves.items()}
    still = trial.flats(trial.run(one))
    columns = []
    for place in np.ndindex(one[before].shape[1:]):
        sides = []
        for step in (1e-6, -1e-6):
            moved = np.array(one[before])
            moved[(0, *place)] += step
            sides.append(trial.run({**one, before: moved}, still)[after].ravel())
        columns.append((sides[0] - sides[1]) / 2e-6)
    return np.stack(columns, axis=1)


def contracts(trial: Trial, claim: Claim) -> str | None:
    matrix, limit = claim.details["matrix"], float(claim.details["limit"])
    for leaves, _ in trial.moments:
        singular = np.linalg.norm(leaves[matrix], 2, axis=(-2, -1)).max()
        leaves = {**leaves, matrix: leaves[matrix] * 0.999 * limit / singular}
        found = jacobian(trial, leaves, claim.of[0], claim.details["by"])
        if np.all(np.isfinite(found)) and np.linalg.norm(found, 2) > 1 + 1e-6:
            return f"the norm is {np.linalg.norm(found, 2)}"
    return None


def scan(trial: Trial, claim: Claim) -> str | None:
    diagonal, free_of_state, witnessed = True, True, []
    for leaves, values in trial.moments:
        for before in claim.details["by"]:
            change = np.zeros_like(leaves[before])
            place: tuple[Any, ...] = (slice(None), *(0 for _ in change.shape[1:]))
            change[place] = 0.37
            first = trial.run({**leaves, before: leaves[before] + change})
            elsewhere = trial.moved(leaves, claim.details["by"])
            base = trial.run(elsewhere)
            second = trial.run({**elsewhere, before: elsewhere[before] + change})
            for after in claim.of:
                one, other = first[after] - values[after], second[after] - base[after]
                away = np.array(one)
                if away.shape == change.shape:
                    away[place] = 0
                size = np.abs(values[after]).max(initial=0) + np.abs(base[after]).max(initial=0)
                diagonal &= same(away, 0.0, size=size)
                free_of_state &= same(one, other, size=size)
                witnessed.append(before)
    if claim.details["diagonal"] > diagonal or claim.details["free"] > free_of_state:
        return f"diagonal: {diagonal}, free of the state: {free_of_state}"
    return None if claim.details["diagonal"] >= diagonal and claim.details["free"] >= free_of_state else NOT_SEEN[2]


def linear(trial: Trial, claim: Claim) -> str | None:
    by, after = claim.details["by"], claim.of[0]
    for leaves, values in trial.moments:
        held = trial.held(values, claim.details["holding"])
        starts = [leaves, trial.moved(leaves, [by])]
        change = trial.draw.normal(size=np.shape(leaves[by]))
        one, other = (
            trial.run({**start, by: start[by] + change}, held)[after] - trial.run(start, held)[after]
            for start in starts
        )
        if not same(one, other, size=values[after]):
            return "it is not affine"
    return None


def backward(trial: Trial, claim: Claim) -> str | None:
    _, values = trial.moments[0]
    graph = adjoint(trial.cell.step, of=claim.of)
    wanted = [s for s in graph.outputs if graph.quantities[s].of in claim.details["by"]]
    work = program(graph, wanted, trial.sizes)
    named = {s.name: a for s, a in values.items()}
    seeds = [
        {q.symbol.name: trial.draw.normal(size=np.shape(values[q.of])) for q in graph.having("seed")} for _ in range(2)
    ]
    both = {name: seeds[0][name] + seeds[1][name] for name in seeds[0]}
    first, second, total = (work.run({**named, **own}, np) for own in (*seeds, both))
    fine = all(same(a + b, c) for a, b, c in zip(first, second, total, strict=True))
    return None if fine else "it is not linear"


def count(trial: Trial, claim: Claim) -> str | None:
    ranks: dict[int, int] = {}
    for q in trial.cell.step.having("param"):
        rank = min(len(core(q.shape or ())), 2)
        ranks[rank] = ranks.get(rank, 0) + 1
    stated = [claim.details[key] for key in ("scalars", "vectors", "matrices")]
    if [ranks.get(k, 0) for k in range(3)] != stated:
        return f"there are {ranks}"
    leaves, _ = trial.moments[0]
    total = sum(np.size(leaves[q.symbol]) for q in trial.cell.step.having("param"))
    stated_total = number_of(claim.details["formula"], trial.sizes)
    return None if total == stated_total else f"there are {total} numbers"


def reads(trial: Trial, claim: Claim) -> str | None:
    value, what = claim.details["value"], claim.details["what"]
    inputs = [q.symbol for q in trial.cell.step.having("input")]
    still = {"input": list(trial.cell.carries), "past": inputs, "earlier": inputs, "fixed": trial.varying}.get(what, [])
    for leaves, values in trial.moments:
        again = trial.run(trial.moved(leaves, still), trial.held(values, claim.details["holding"]))
        if not same(trial.value(value, again), trial.value(value, values)):
            return f"it changes with {still}"
    found = Claim("depends", (value,), {"on": {"input": inputs, "fixed": []}.get(what, list(trial.cell.carries))})
    return None if what in ("fixed", "new") else depends(trial, found)


def ungated(trial: Trial, claim: Claim) -> str | None:
    for symbol in trial.cell.step.definitions:
        own = [values[symbol] for _, values in trial.moments]
        inside = all(np.all((a >= 0) & (a <= 1)) for a in own) and not all(np.all((a == 0) | (a == 1)) for a in own)
        anew = depends(trial, Claim("depends", (symbol,), {"on": trial.varying})) is None
        if symbol in trial.cell.carries.values() or not inside or not anew:
            continue
        users = trial.step.graph.users.get(symbol, ())
        if users and all(multiplies(trial, symbol, user) for user in users):
            return f"{symbol} lies in [0, 1] and only scales"
    return None


def multiplies(trial: Trial, symbol: sp.Symbol, user: sp.Symbol) -> bool:
    """Whether one quantity stands in another only as a factor of something else that varies."""
    varies = False
    for leaves, values in trial.moments:
        sides = [trial.run(leaves, {symbol: values[symbol] + d})[user] for d in (0.0, 0.1, 0.2)]
        first, second = (b - a for a, b in pairwise(sides))
        if first.shape != np.shape(values[symbol]) or not same(first, second, size=values[user]):
            return False
        varies |= not same(first, first[:1])
    return varies


def place_of(trial: Trial, quantity: sp.Symbol, axis: sp.Symbol) -> int | None:
    """Where an axis stands in an array of the trial, counted from its end; None where it has none."""
    shape = trial.cell.step.shape(quantity)
    sizes = [a.size for a in axes_of(shape)]
    return sizes.index(axis) - len(shape) if axis in sizes else None


def one_member_moved(trial: Trial, leaves: Values, on: Sequence[sp.Symbol], axis: sp.Symbol, member: int = 0) -> Values:
    """The leaves, of those in `on` only one member along an axis changed: the first, unless told."""
    found = dict(leaves)
    for symbol in on:
        place = place_of(trial, symbol, axis)
        if place is not None:
            one = (..., member, *[slice(None)] * (-place - 1))
            found[symbol] = np.array(leaves[symbol])
            # All entries far to one side too, so that the least of many changes as well.
            side = trial.draw.choice([-3.0, 3.0])
            found[symbol][one] += side + trial.draw.normal(size=np.shape(found[symbol][one]))
    return found


def without(array: np.ndarray, place: int, member: int = 0) -> np.ndarray:
    return np.delete(np.asarray(array), member, place)


def apart(trial: Trial, claim: Claim) -> str | None:
    axis = claim.details["axis"]
    states = {before: after for before, after in trial.cell.carries.items() if after in claim.of}
    for leaves, _ in trial.moments:
        now, other = leaves, one_member_moved(trial, leaves, list(states), axis)
        for _ in range(3):
            values, again = trial.run(now), trial.run(other)
            for before, after in states.items():
                place = place_of(trial, before, axis)
                if place is None or not same(*(without(v[after], place) for v in (again, values))):
                    return f"{after} of another member changes"
            carried = trial.cell.carries.items()
            now, other = ({**was, **{b: v[a] for b, a in carried}} for was, v in ((now, values), (other, again)))
    return None


def alike(trial: Trial, claim: Claim) -> str | None:
    sizes = [a.size for a in axes_of(trial.cell.step.shape(claim.of[0]))]
    return None if claim.details["axis"] in sizes else "it has no such axis"


def shared(trial: Trial, claim: Claim) -> str | None:
    axis = claim.details["axis"]
    graph = trial.cell.step
    families = [s for s in graph.definitions if place_of(trial, s, axis) is not None]
    for symbol in claim.of:
        if place_of(trial, symbol, axis) is not None:
            return f"each member has its own {symbol}"
        reached: set[int] = set()
        for leaves, values in trial.moments:
            again = trial.run(trial.moved(leaves, [symbol]))
            for family in families:
                changed = ~np.isclose(again[family], values[family], rtol=TOLERANCE, atol=0)
                reached |= set(np.nonzero(changed)[place_of(trial, family, axis) or 0].tolist())
        if len(reached) < 2:
            return NOT_SEEN[0]
    return None


def meets(trial: Trial, claim: Claim) -> str | None:
    axis, (made,) = claim.details["axis"], claim.of
    place = place_of(trial, made, axis)
    for (leaves, values), member in product(trial.moments, (0, -1)):
        again = trial.run(one_member_moved(trial, leaves, list(leaves), axis, member))
        pair = [np.asarray(v[made]) for v in (again, values)]
        if not same(*(pair if place is None else [without(v, place, member) for v in pair])):
            return None
    return NOT_SEEN[0]


REFUTERS: Mapping[str, Refuter] = {
    "handed_on": handed_on,
    "shown": shown,
    "equals": equals,
    "direct": direct,
    "sum": summed,
    "single": single,
    "free": free,
    "unequal": unequal,
    "range": ranged,
    "switch": switch,
    "stays": stays,
    "from_start": from_start,
    "between": between,
    "growth": growth,
    "depends": depends,
    "independent": independent,
    "memory": memory,
    "scales": scales,
    "weight": weight,
    "forgets": forgets,
    "through": through,
    "matrices": matrices,
    "contracts": contracts,
    "scan": scan,
    "linear": linear,
    "backward": backward,
    "count": count,
    "reads": reads,
    "ungated": ungated,
    "apart": apart,
    "alike": alike,
    "shared": shared,
    "meets": meets,
}
"""How each kind of claim is refuted; a kind without an entry cannot be claimed."""


def refuted(cell: Cell, claims: Sequence[Claim], seed: int = 0, draws: int = 2) -> Iterator[tuple[Claim, str]]:
    """The claims that a cell contradicts, each with how."""
    trial = Trial(cell, seed, draws)
    with np.errstate(all="ignore"):
        for claim in claims:
            found = REFUTERS[claim.kind](trial, claim)
            for other in range(1, 4):
                if found in NOT_SEEN:
                    found = REFUTERS[claim.kind](Trial(cell, seed + other, 4), claim)
            if found is not None:
                yield claim, found
