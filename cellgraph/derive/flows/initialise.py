"""Random parameters as libraries draw them, for any cell: what a parameter does decides how it is drawn, not its name.

torch        U(−1/√n, 1/√n) for every array, as torch.nn draws them; where a library's layout adds two arrays, so do we
keras        Glorot-uniform kernels, orthogonal recurrent kernels, each over all gates side by side, as Keras stores
             them; biases 0, and 1 for a forget gate (a gate on the carry that is not tied to the candidate's)
orthogonal   each recurrent matrix orthogonal, each input matrix Glorot-uniform, biases 0 (Saxe et al. 2014)
chrono       as orthogonal, with log U(1, T − 1) as the bias of every gate on a carry, and its negative for a gate on
             what is written there (Tallec & Ollivier 2018); T is the number of steps

No library draws scalars (the α of a leaky cell); here they are U(0, 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.counts.sizes import hidden_dim
from cellgraph.derive.flows import INITS
from cellgraph.derive.gradients.compiled import counts_of, number_of
from cellgraph.derive.structures.states import Carry
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import Cell, Graph, Quantity, postorder, reachable
from cellgraph.ops import Add, Div, Head, Mul, Shape, Sub, axes_of, core, operands, weighted

Array = Any
Sizes = Mapping[sp.Symbol, sp.Integer]


@dataclass(frozen=True)
class Initialisation:
    """How parameters are drawn: one of INITS; a factor for all recurrent weights; a bias for the gates on carries."""

    init: str = "torch"
    scale: float = 1.0
    forget_bias: float | None = None


def initialised(
    facts: Structure, sizes: Sizes, start: Initialisation, steps: int, draw: np.random.Generator
) -> dict[str, Array]:
    """Arrays for the parameters and constants of one step, by name. Raises ValueError for an unknown initialisation."""
    if start.init not in INITS:
        raise ValueError(f"unknown initialisation: {start.init!r} (must be one of {', '.join(INITS)})")
    cell, parts = facts.cell, parts_played(facts.cell.step)
    width = int((hidden_dim(cell) or sp.S.One).xreplace(dict(sizes)))
    found: dict[str, Array]
    if start.init == "torch":
        found = _uniform(cell, sizes, 1 / np.sqrt(width), draw)
    else:
        found = _by_part(cell.step, parts, sizes, start.init == "keras", draw)
    for quantity in cell.step.leaves:
        if quantity.fixed and quantity.shape == ():
            found[quantity.symbol.name] = np.asarray(draw.uniform())
        if quantity.value is not None:
            found[quantity.symbol.name] = np.asarray(float(number_of(quantity.value, sizes)))
    for symbol, part in parts.items():
        if part == "recurrent" and symbol.name in found:
            found[symbol.name] = start.scale * found[symbol.name]
    _set_biases(facts, start, steps, found, draw)
    return found


def parts_played(graph: Graph) -> dict[sp.Symbol, str]:
    """What each parameter does: 'kernel' and 'recurrent' weigh the input and anything else, 'bias' is added, 'gain'
    scales something that is computed (as in a normalisation), 'divisor' divides, and so must not begin at zero."""
    roles = {symbol: quantity.role for symbol, quantity in graph.quantities.items()}
    fixed = {symbol for symbol, quantity in graph.quantities.items() if quantity.fixed}
    found: dict[sp.Symbol, str] = {}
    for equation in graph.equations:
        for node in postorder(equation.rhs):
            if not isinstance(node, Head):
                continue
            for argument in operands(node):
                if argument in fixed:
                    part = _part(node, argument, roles)
                    if part == "divisor" or found.get(argument, "gain") == "gain":
                        found[argument] = part
    return found


def _part(node: Head, parameter: sp.Expr, roles: Mapping[sp.Symbol, str]) -> str:
    beside = [roles.get(a) for a in operands(node) if a is not parameter]
    if isinstance(node, (Add, Sub)):
        return "bias"
    if isinstance(node, Div) and parameter == node.args[1]:
        return "divisor"
    mixes = weighted(node) is not None
    if (mixes or isinstance(node, Mul)) and beside and all(role == "input" for role in beside):
        return "kernel"
    return "recurrent" if mixes or (isinstance(node, Mul) and "state" in beside) else "gain"


def carry_gates(facts: Structure, carry: Carry) -> dict[sp.Symbol, int]:
    """The gates of a carry's coefficient: +1 where it grows with the gate (f), −1 where it falls (1 − z)."""
    slopes = {gate.symbol: carry.scalar.diff(gate.symbol) for gate in facts.gates}
    return {gate: int(slope) for gate, slope in slopes.items() if slope in (1, -1)}


def bias_of(facts: Structure, gate: sp.Symbol) -> sp.Symbol | None:
    """The bias of a gate: the nearest vector parameter that is a term of what it is computed from."""
    graph = facts.step.graph
    own = {q.symbol for q in graph.leaves if q.fixed and q.shape == graph.quantities[gate].shape}
    terms = (
        term
        for name in reachable([gate], graph.uses)
        for node in postorder(graph.definitions.get(name, sp.S.Zero))
        if isinstance(node, Add)
        for term in operands(node)
    )
    return next((term for term in terms if term in own), None)


def _uniform(cell: Cell, sizes: Sizes, limit: float, draw: np.random.Generator) -> dict[str, Array]:
    """Every array uniform, in PyTorch's layout where the spec names it: a bias that stands twice is drawn twice."""
    from cellgraph.implementations.implementation import shapes

    def drawn(shape: Shape | None) -> Array:
        return draw.uniform(-limit, limit, counts_of(shape, sizes))

    layout = next((i for i in cell.implementations if i.name.startswith("torch.nn.")), None)
    found: dict[str, Array] = {}
    if layout is not None:
        found = layout.unpack({layout.native_name(name): drawn(shape) for name, shape in shapes(layout).items()})
    left = [q for q in _open(cell.step) if q.symbol.name not in found]
    return found | {q.symbol.name: drawn(q.shape) for q in left}


def _open(graph: Graph) -> tuple[Quantity, ...]:
    """What has to be drawn: parameters, and constants without a value."""
    return tuple(q for q in graph.leaves if q.fixed and q.value is None)


def _by_part(
    graph: Graph, parts: Mapping[sp.Symbol, str], sizes: Sizes, fused: bool, draw: np.random.Generator
) -> dict[str, Array]:
    """Kernels Glorot-uniform, recurrent matrices orthogonal, biases 0, gains 1; `fused` draws all that weigh the same
    as one array. Every member of a family is drawn for itself."""
    own = _open(graph)
    ones = {symbol for symbol, part in parts.items() if part in ("gain", "divisor")}
    found = {q.symbol.name: np.full(counts_of(q.shape, sizes), float(q.symbol in ones)) for q in own}
    groups: dict[tuple[str, Any], list[Quantity]] = {}
    for quantity in own:
        part = parts.get(quantity.symbol)
        if part in ("kernel", "recurrent"):
            shape = quantity.shape or ()
            joined = fused and len(core(shape)) < 3
            key = (part, (axes_of(shape), core(shape)[1:]) if joined else quantity.symbol)
            groups.setdefault(key, []).append(quantity)
    for (part, _), members in groups.items():
        numbers = [counts_of(core(q.shape or ()), sizes) for q in members]
        rows = [n[0] if n else 1 for n in numbers]
        shape = (sum(rows), *numbers[0][1:])
        one = _orthogonal if part == "recurrent" and len(shape) > 1 else _glorot
        lifted = tuple(int(axis.size.xreplace(dict(sizes))) for axis in axes_of(members[0].shape or ()))
        whole = np.stack([one(shape, draw) for _ in range(prod(lifted))], 1)
        for quantity, size, piece in zip(members, numbers, np.split(whole, np.cumsum(rows)[:-1]), strict=True):
            found[quantity.symbol.name] = np.moveaxis(piece, 1, 0).reshape((*lifted, *size))
    return found


def _glorot(shape: tuple[int, ...], draw: np.random.Generator) -> Array:
    """U(−√(6/(fan in + fan out)), ...). Both fans of a vector are itself, those of a kernel its taps times channels."""
    *taps, made, read = shape if len(shape) > 1 else 2 * shape
    limit = np.sqrt(6 / (prod(taps) * (made + read)))
    return draw.uniform(-limit, limit, shape)


def _orthogonal(shape: tuple[int, ...], draw: np.random.Generator) -> Array:
    """Orthonormal along the shorter side, uniformly distributed (Mezzadri 2007); a kernel as a matrix of its taps."""
    *taps, made, read = shape
    sides = (made, prod(taps) * read)
    q, r = np.linalg.qr(draw.normal(size=(max(sides), min(sides))))
    q *= np.sign(np.diag(r))
    q = q if sides[0] >= sides[1] else q.T
    return np.moveaxis(q.reshape((made, *taps, read)), 0, -2)


def _set_biases(
    facts: Structure, start: Initialisation, steps: int, found: dict[str, Array], draw: np.random.Generator
) -> None:
    coupled = {coupling.state for coupling in facts.coupled}
    for carry in facts.carries:
        gates = carry_gates(facts, carry)
        for gate, sign in gates.items():
            bias = bias_of(facts, gate)
            if bias is None or bias.name not in found:
                continue
            shape = found[bias.name].shape
            if start.init == "keras" and carry.state not in coupled:
                found[bias.name] = np.full(shape, float(sign))
            if start.init == "chrono":
                spread = np.log(draw.uniform(1, max(steps - 1, 2), shape))
                found[bias.name] = sign * spread
                _set_writing(facts, carry, gates, spread, found)
            if start.forget_bias is not None:
                found[bias.name] = np.full(shape, sign * start.forget_bias)


def _set_writing(
    facts: Structure, carry: Carry, gates: Mapping[sp.Symbol, int], spread: Array, found: dict[str, Array]
) -> None:
    """b_i = −b_f for the gates that scale what is written into a carried state."""
    writing = {symbol for expr in facts.state(carry.state).form.inputs.values() for symbol in expr.free_symbols}
    for gate in facts.gates:
        bias = bias_of(facts, gate.symbol) if gate.symbol in writing - gates.keys() else None
        if bias is not None and bias.name in found and found[bias.name].shape == spread.shape:
            found[bias.name] = -spread
