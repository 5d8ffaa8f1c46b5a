"""A spec beside the real thing: some steps forward and back of both; each library is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType

import numpy
import sympy as sp

from cellgraph.derive.gradients.evaluate import initial_arrays, step, vjp
from cellgraph.frameworks import ADAPTERS
from cellgraph.frameworks.live import Array, Live
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, formula

NOTHING: Mapping[str, Array] = MappingProxyType({})


@dataclass(frozen=True)
class Comparison:
    """A spec beside the real thing: numbers stored there and by our layout, and the largest relative errors.

    An error is the largest difference over the largest value there; `gradient_error` is None where the library cannot
    differentiate.
    """

    version: str
    precision: str
    gradient_precision: str
    count: int
    expected: int
    forward_error: float
    gradient_error: float | None


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The real class, made with these sizes.

    Raises ImportError where the library is not installed, KeyError for a class outside `ADAPTERS`.
    """
    home = implementation.name.rpartition(".")[0]
    if home not in ADAPTERS:
        raise KeyError(f"{implementation.name} cannot be run here; classes can of {', '.join(ADAPTERS)}")
    made: Live = import_module(f"cellgraph.frameworks.{ADAPTERS[home]}").live(cell, implementation, sizes)
    return made


def comparison(
    cell: Cell, implementation: Implementation, sizes: Mapping[str, int], batch: int = 4, seed: int = 0, steps: int = 1
) -> Comparison:
    """Some steps of the class that `implementation` names beside the spec, at these sizes: see `compared`.

    Raises as `live` does.
    """
    sizes = {**sizes, **implementation.sizes}
    return compared(cell, implementation, sizes, live(cell, implementation, sizes), batch, seed, steps)


def compared(
    cell: Cell,
    implementation: Implementation,
    sizes: Mapping[str, int],
    real: Live,
    batch: int | None = 4,
    seed: int = 0,
    steps: int = 1,
    constants: Mapping[str, Array] = NOTHING,
) -> Comparison:
    """Some steps of a real cell and of the spec on the same random numbers, forward and back through time.

    The loss is Σₜ ⟨what step t gives back, a random array⟩. A cell that does not take and give back every state is
    run for one step. sizes: a number for each dim. The spec is computed in float64; batch None: of single samples.
    constants: arrays that the cell is given.
    """
    implementation = replace(implementation, sizes=sizes)
    lead = () if batch is None else (batch,)
    draw = numpy.random.default_rng(seed)
    numbers = {size(name): value for name, value in sizes.items()}
    before = [s.name for s in cell.carries]
    native = [f"{name}[t-1]" for name in implementation.states]

    def drawn(name: str) -> Array:
        shape = [int(s.subs(numbers)) for s in cell.step.quantities[sp.Symbol(name)].shape or ()]
        return draw.uniform(-1, 1, (*lead, *shape)).astype(real.precision)

    arrays = {name: draw.uniform(-1, 1, shape).astype(real.precision) for name, shape in real.shapes.items()}
    inputs = [q.symbol.name for q in cell.step.having("input")]
    whole = set(native) == set(before) and set(implementation.states) <= set(real.returns)
    course = [{name: drawn(name) for name in inputs} for _ in range(steps if whole else 1)]
    states = {name: drawn(name) for name in before}
    bars = [{name: drawn(name) for name in real.returns} for _ in course]
    weights = implementation.unpack({name: numpy.asarray(a, "float64") for name, a in arrays.items()})
    first = initial_arrays(cell, {dim: sp.Integer(n) for dim, n in numbers.items()}, weights, numpy, lead)
    states |= {name: array.astype(real.precision) for name, array in first.items() if name not in native}
    ours, back = _specified(cell, weights, constants, course, states, bars)
    mine = {**back, **implementation.pack(back)}
    theirs, native_back = _really(real, implementation, arrays, course, states, bars)
    return Comparison(
        version=real.version,
        precision=real.precision,
        gradient_precision=implementation.gradient or real.precision,
        count=sum(array.size for array in arrays.values()),
        expected=int(formula(implementation).subs(numbers)),
        forward_error=relative_error(
            (one[name], its[name]) for one, its in zip(ours, theirs, strict=True) for name in its
        ),
        gradient_error=relative_error((mine.get(name, 0), its) for name, its in native_back.items())
        if native_back
        else None,
    )


def _specified(
    cell: Cell,
    weights: Mapping[str, Array],
    constants: Mapping[str, Array],
    course: Sequence[Mapping[str, Array]],
    states: Mapping[str, Array],
    bars: Sequence[Mapping[str, Array]],
) -> tuple[list[dict[str, Array]], dict[str, Array]]:
    """The spec over a course of inputs in float64: what each step computes, and the cotangents of all that is given.

    Those of the inputs at step t are called name@t.
    """
    carried = {name: numpy.asarray(array, "float64") for name, array in states.items()}
    found: list[dict[str, Array]] = []
    for fed in course:
        wide = {name: numpy.asarray(array, "float64") for name, array in fed.items()}
        found.append(step(cell, {**constants, **weights, **carried, **wide}))
        carried = {old.name: found[-1][new.name] for old, new in cell.carries.items()}
    back: dict[str, Array] = {}
    for t in reversed(range(len(course))):
        seeds = {name: numpy.asarray(bar, "float64") for name, bar in bars[t].items()}
        for old, new in cell.carries.items():
            if old.name in back:
                seeds[new.name] = seeds.get(new.name, 0) + back[old.name]
        here = vjp(cell, found[t], seeds)
        back |= {name: back.get(name, 0) + here[name] for name in weights}
        back |= {name: here[name] for name in states} | {f"{name}@{t}": here[name] for name in course[t]}
    return found, back


def _really(
    real: Live,
    implementation: Implementation,
    arrays: Mapping[str, Array],
    course: Sequence[Mapping[str, Array]],
    states: Mapping[str, Array],
    bars: Sequence[Mapping[str, Array]],
) -> tuple[list[dict[str, Array]], dict[str, Array]]:
    """The real class over the same course, its arrays by their own names; no cotangents where it has none."""
    own = [f"{name}[t-1]" for name in implementation.states]
    carried = [states[name] for name in own]
    before, found = [], []
    for fed in course:
        before.append(carried)
        found.append(dict(zip(real.returns, real.step(arrays, list(fed.values()), carried), strict=True)))
        carried = [found[-1].get(name) for name in implementation.states]
    back: dict[str, Array] = {}
    for t in reversed(range(len(course))) if real.vjp else ():
        assert real.vjp is not None
        seeds = [bars[t][name] + back.get(f"{name}[t-1]", 0) for name in real.returns]
        natives, inputs, olds = real.vjp(arrays, list(course[t].values()), before[t], seeds)
        back |= {name: back.get(name, 0) + natives[name] for name in arrays}
        back |= dict(zip(own, olds, strict=True))
        back |= {f"{name}@{t}": bar for name, bar in zip(course[t], inputs, strict=True)}
    return found, back


def relative_error(pairs: Iterable[tuple[Array, Array]]) -> float:
    """The largest difference over the largest value of what it is compared with, if that is not 0, over all pairs.

    It is no number where something that is compared is none.
    """
    errors = [numpy.abs(ours - theirs).max() / (numpy.abs(theirs).max() or 1) for ours, theirs in pairs]
    return float(numpy.max(errors))
