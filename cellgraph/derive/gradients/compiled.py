"""A graph compiled to a list of array operations that can be run again and again; no text is evaluated.

The numbers come from the `value` column of the operation table. Shapes are worked out and common subexpressions found
once. What depends on known arrays alone is computed once too (`bound`), so that a step in a loop does only what changes
from step to step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from cellgraph.graph import Equation, Graph, Quantity, postorder, shapes_within, symbols_of
from cellgraph.ops import Head, Shape, numbered, operands, value_of

Array = Any

LARGEST = 2**1000
"""Whole numbers from here on are floats, and may be infinite."""


class Instruction(NamedTuple):
    """slots[out] = value(xp, ranks, *slots[arguments], *statics); what is in the slots `free` is not used again."""

    value: Callable[..., Array]
    ranks: tuple[int, ...]
    arguments: tuple[int, ...]
    statics: tuple[Any, ...]
    out: int
    free: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """Instructions over numbered slots: arrays go in by name, and one array comes out for each expression wanted."""

    inputs: Mapping[str, int]
    constants: Mapping[int, Any]
    instructions: tuple[Instruction, ...]
    wanted: tuple[int, ...]
    slots: int

    def typed(self, dtype: Any, xp: Any) -> Program:
        """The same program with its numbers as arrays of a type, since PyTorch multiplies no arrays of two types."""
        if dtype is None:
            return self
        return replace(self, constants={slot: xp.asarray(n, dtype=dtype) for slot, n in self.constants.items()})

    def bound(self, values: Mapping[str, Array], xp: Any) -> Program:
        """The same program with some inputs given for good, and everything computed that they are enough for."""
        known = dict(self.constants)
        known.update({slot: values[name] for name, slot in self.inputs.items() if name in values})
        left = []
        for instruction in self.instructions:
            if all(a in known for a in instruction.arguments):
                known[instruction.out] = _done(instruction, known, xp)
            else:
                left.append(instruction)
        inputs = {name: slot for name, slot in self.inputs.items() if name not in values}
        return replace(self, inputs=MappingProxyType(inputs), constants=known, instructions=tuple(left))

    def along(self, values: Mapping[str, Array], xp: Any) -> Iterator[Program]:
        """The same program with some inputs given, for one place after the other along their first axis.

        What depends on them alone is computed for all places at once.
        """
        still = self.bound({}, xp).constants
        whole = self.bound(values, xp)
        needed = {*whole.wanted, *(a for instruction in whole.instructions for a in instruction.arguments)}
        moving = {slot: array for slot, array in whole.constants.items() if slot in needed and slot not in still}
        for k in range(len(next(iter(values.values())))):
            yield replace(whole, constants={**still, **{slot: array[k] for slot, array in moving.items()}})

    def run(self, values: Mapping[str, Array], xp: Any) -> list[Array]:
        """The arrays of the wanted expressions. Values may carry leading batch axes, parameters do not.

        Raises KeyError for a missing array.
        """
        slots: list[Any] = [None] * self.slots
        for slot, array in self.constants.items():
            slots[slot] = array
        for name, slot in self.inputs.items():
            slots[slot] = values[name]
        for instruction in self.instructions:
            slots[instruction.out] = _done(instruction, slots, xp)
            for slot in instruction.free:
                slots[slot] = None
        return [slots[slot] for slot in self.wanted]


def program(graph: Graph, wanted: Sequence[sp.Expr], sizes: Mapping[sp.Symbol, sp.Integer]) -> Program:
    """What computes these expressions over a graph's quantities from its leaves, in NumPy and double precision.

    Numbers are NumPy's, which become infinite where Python's raise. Raises ValueError for a size that is needed and not
    given.
    """
    needed = graph.ancestors(s for expr in wanted for s in symbols_of(expr))
    used = (e for e in graph.equations if e.lhs in needed)
    return compiled(used, graph.quantities, wanted, sizes).typed(np.float64, np)


def compiled(
    equations: Iterable[Equation],
    quantities: Mapping[sp.Symbol, Quantity],
    wanted: Sequence[sp.Expr],
    sizes: Mapping[sp.Symbol, sp.Integer],
) -> Program:
    """What computes these expressions by equations in order; every other quantity that they use is an input."""
    slots: dict[sp.Expr, int] = {}
    inputs: dict[str, int] = {}
    constants: dict[int, Any] = {}
    found: list[tuple[Any, ...]] = []

    def add(node: sp.Expr, slot: int, shapes: Mapping[sp.Expr, Shape]) -> None:
        if isinstance(node, Head):
            arguments = operands(node)
            value, ranks = value_of(node, tuple(shapes[a] for a in arguments))
            numbers = tuple(number_of(s, sizes) for s in numbered(node))
            found.append((value, ranks, tuple(slots[a] for a in arguments), numbers, slot))
        elif node in quantities:
            inputs[node.name] = slot
        else:
            constants[slot] = number_of(node, sizes)

    for name, expr in (*((e.lhs, e.rhs) for e in equations), *((expr, expr) for expr in wanted)):
        shapes = shapes_within(expr, quantities)
        for node in postorder(expr):
            if node not in slots:
                add(node, len(slots), shapes)
                slots[node] = len(slots)
        slots[name] = slots[expr]
    out = tuple(slots[expr] for expr in wanted)
    return Program(MappingProxyType(inputs), MappingProxyType(constants), _freeing(found, set(out)), out, len(slots))


def number_of(expr: sp.Expr, sizes: Mapping[sp.Symbol, sp.Integer]) -> int | float:
    """A literal or a size as a Python number, NaN for 1/0. Raises ValueError for a size that no array tells."""
    known = expr.xreplace(sizes)
    if not known.is_number:
        unknown = min(map(str, known.free_symbols))
        raise ValueError(f"the size {expr} cannot be told from the arrays; give it as well, such as {unknown}=8")
    if known.is_Integer and abs(known) < LARGEST:
        return int(known)
    return float(known) if known.is_extended_real else float("nan")


def counts_of(shape: Shape | None, sizes: Mapping[sp.Symbol, sp.Integer]) -> tuple[int, ...]:
    """A shape in numbers. Raises ValueError as `number_of` does."""
    return tuple(int(number_of(size, sizes)) for size in shape or ())


def _freeing(found: Sequence[tuple[Any, ...]], used: set[int]) -> tuple[Instruction, ...]:
    """Instructions, each of which frees the arguments that no later one and nobody else has `used`."""
    instructions = []
    for own in reversed(found):
        arguments = set(own[2])
        instructions.append(Instruction._make((*own, tuple(arguments - used))))
        used |= arguments
    return tuple(reversed(instructions))


def _done(instruction: Instruction, slots: Any, xp: Any) -> Array:
    value, ranks, arguments, statics, *_ = instruction
    return value(xp, ranks, *[slots[a] for a in arguments], *statics)
