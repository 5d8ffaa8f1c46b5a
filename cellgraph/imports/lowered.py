"""What a traced program computes, as expressions of the spec language over the parts of its arrays, not named yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.graph.symbols import Role
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.traced import CalledAt
from cellgraph.ops import Shape


@dataclass(frozen=True)
class Piece:
    """A part of an array that is given, which the program uses as one quantity: the rows of one gate, one head's keys.

    :symbol: its provisional name, which expressions have; of a state, it is that before the step
    :role:   input, state, param or const
    :native: the input, state or array of the library that it is a part of
    :number: which part, from 0, in row-major order
    :parts:  how many parts that array has
    """

    symbol: sp.Symbol
    role: Role
    native: str
    number: int
    parts: int
    shape: Shape


@dataclass(frozen=True)
class Computed:
    """One node of the program: its parts in row-major order as expressions over pieces, and where it was computed.

    Expressions are written in full, down to the pieces; equal ones are the same object to SymPy. The entries of a part
    may stand in another order than in the array: a matrix is turned as it is used.
    """

    parts: tuple[sp.Expr, ...]
    place: CalledAt | None


@dataclass(frozen=True)
class Lowered:
    """A step that is read: pieces, what becomes of the states, and everything computed on the way in order.

    :each:     sizes that are lifted axes, in the order in which shapes have them
    :after:    piece of a state before the step -> what it is after
    :output:   what the step shows, where that is no state; its parts
    :computed: every node of the program
    :arrays:   native name of an array -> how it is made of its pieces, by the names of their provisional symbols;
               inputs and states too, without their batch axis
    :orders:   name of an input or a state -> its axes in the order in which `arrays` has them, lifted ones first
    """

    pieces: tuple[Piece, ...]
    each: tuple[sp.Symbol, ...]
    after: Mapping[sp.Symbol, sp.Expr]
    output: tuple[sp.Expr, ...]
    computed: tuple[Computed, ...]
    arrays: Mapping[str, BlockLayout]
    orders: Mapping[str, tuple[int, ...]]
