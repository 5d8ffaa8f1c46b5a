"""A traced program read as equations: its arrays in parts, each an expression over parts of what is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from cellgraph.errors import CodeError, Problem, Source
from cellgraph.graph.fold import postorder, rebuilt
from cellgraph.graph.symbols import Role
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.lowered import Computed, Lowered, Piece
from cellgraph.imports.reading.arithmetic import Inexpressible, spoken
from cellgraph.imports.reading.blocks import Block, Slot, stretched
from cellgraph.imports.reading.convolving import CONVOLVING
from cellgraph.imports.reading.entries import ENTRIES
from cellgraph.imports.reading.extents import Extent, Uneven, cells, found
from cellgraph.imports.reading.identity import IDENTITY, written_out
from cellgraph.imports.reading.inference import inferred, labels
from cellgraph.imports.reading.layout import layout
from cellgraph.imports.reading.moves import MOVES
from cellgraph.imports.reading.normalising import NORMALISING
from cellgraph.imports.reading.parts import Blocked, Key, Reading
from cellgraph.imports.reading.products import PRODUCTS
from cellgraph.imports.reading.shifting import shifted
from cellgraph.imports.reading.sizes import BATCH
from cellgraph.imports.traced import OPERATIONS, Trace, TracedNode, pruned
from cellgraph.ops import Axis, Fill, Head, Spread, family

RULES = {**ENTRIES, **MOVES, **PRODUCTS, **NORMALISING, **CONVOLVING}
"""What every operation makes of the parts of its operands."""

TRIES = 8
"""How many lifted axes are tried, one more each time."""


def lowered(trace: Trace, numbers: Mapping[sp.Symbol, int], each: Sequence[sp.Symbol] = ()) -> Lowered:
    """What a program computes, read as equations.

    :trace:   a trace at open sizes, as `unified` gives it
    :numbers: the sizes of one trace
    :each:    sizes that are known to be lifted axes; others are found

    Raises CodeError where the language of specs does not say what the program does.
    """
    trace = pruned(trace)
    refuse_unknown(trace)
    trace = pruned(shifted(trace))
    lifted = [*dict.fromkeys((*each, *multiplied_in_turn(trace)))]
    first: Inexpressible | None = None
    for _ in range(TRIES):
        try:
            return read(trace, numbers, in_native_order(trace, lifted, len(each)))
        except Inexpressible as problem:
            first = first or problem
            more = [size for size in problem.lift if size not in lifted]
            if not more:
                break
            lifted.append(more[0])
        except Uneven as problem:
            raise _told(trace, problem.at, str(problem)) from None
    assert first is not None
    raise _told(trace, first.at, str(first))


def in_native_order(trace: Trace, lifted: Sequence[sp.Symbol], known: int) -> list[sp.Symbol]:
    """Lifted axes in the order in which states have them, then inputs and parameters; known ones first."""
    leaves = (*trace.states.values(), *trace.inputs.values(), *trace.parameters.values())
    native = dict.fromkeys(size for number in leaves for size in trace.nodes[number].shape if size in lifted[known:])
    return [*dict.fromkeys((*lifted[:known], *native, *lifted))]


def refuse_unknown(trace: Trace) -> None:
    """Raise CodeError with every line whose operation no equation says."""
    told = [
        _problem(node, f"{node.native} has no equation{': ' if reason else ''}{reason}")
        for node in trace.nodes
        if node.op == "unknown"
        for reason in [node.attributes.get("reason", "")]
    ]
    if told:
        raise CodeError(*dict.fromkeys(told))


def _problem(node: TracedNode | None, message: str) -> Problem:
    place = node.place if node is not None else None
    source = Source(place.file, place.line, 0, place.text) if place else Source("", 0, 0)
    return Problem("E_CODE", message, source)


def _told(trace: Trace, at: int | None, message: str) -> CodeError:
    if at is None or trace.nodes[at].place is not None:
        return CodeError(_problem(trace.nodes[at] if at is not None else None, message))
    named = {**trace.inputs, **trace.states, **trace.parameters, **trace.buffers}
    name = next((name for name, number in named.items() if number == at), "")
    reader = next((node for node in trace.nodes if at in node.args), None)
    return CodeError(_problem(reader, f"{name}: {message}" if name else message))


def multiplied_in_turn(trace: Trace) -> Iterator[sp.Symbol]:
    """Sizes of axes along which the same is done at each place: heads, groups, experts, positions."""
    for node in trace.nodes:
        if node.op == "conv":
            yield from (size for size in node.shape[2:] if isinstance(size, sp.Symbol))
        if node.op == "shift" and len([s for s in node.shape if s not in (1, BATCH)]) > 1:
            yield from [s for s in [node.shape[node.attributes["axis"]]] if isinstance(s, sp.Symbol)]
        if node.op != "contract":
            continue
        (one, two), result = labels(node.attributes["equation"])
        summed = {letter for letter in one if letter in two and letter not in result}
        for letter in result if summed else "":
            if letter in one and letter in two:
                size = trace.nodes[node.args[0]].shape[one.index(letter)]
                if isinstance(size, sp.Symbol) and size != BATCH:
                    yield size


@dataclass(frozen=True)
class Use:
    """One product in which an array stands, perhaps transposed: the letters of its axes, and which are summed."""

    letters: tuple[str, ...]
    summed: frozenset[str]


Readers = Mapping[int, Sequence[tuple[int, int]]]
"""Number of a node -> the nodes that read it, and which operand of theirs it is."""


def readers_of(trace: Trace) -> Readers:
    """Who reads each node, in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    for k, node in enumerate(trace.nodes):
        for place, own in enumerate(node.args):
            found.setdefault(own, []).append((k, place))
    return found


def uses(trace: Trace, readers: Readers, number: int) -> list[Use | None]:
    """The products in which an array stands; None for any other use."""
    found: list[Use | None] = []
    for k, place in readers.get(number, ()):
        node = trace.nodes[k]
        if node.op == "contract":
            operands, result = labels(node.attributes["equation"])
            found.append(Use(tuple(operands[place]), frozenset(operands[place]) - set(result)))
        elif node.op == "conv" and place == 1:
            taps = tuple(f"tap {d}" for d in range(len(node.shape) - 2))
            found.append(Use(("out", "in", *taps), frozenset(["in"])))
        elif node.op == "permute":
            order = node.attributes["order"]
            for use in uses(trace, readers, k):
                back = use and tuple(use.letters[order.index(d)] for d in range(len(order)))
                found.append(use and Use(back or (), use.summed))
        else:
            found.append(None)
    return found


class ProgramReader:
    """One reading of a program with certain axes lifted."""

    def __init__(self, trace: Trace, numbers: Mapping[sp.Symbol, int], each: Sequence[sp.Symbol]) -> None:
        self.trace, self.readers = trace, readers_of(trace)
        self.each = {size: Axis(size, place) for place, size in enumerate(each)}
        self.reading = Reading(inferred(trace, numbers), self.each)
        self.pieces: list[Piece] = []
        self.arrays: dict[str, BlockLayout] = {}
        self.orders: dict[str, tuple[int, ...]] = {}
        roles: tuple[tuple[Role, Mapping[str, int]], ...] = (
            ("input", trace.inputs), ("state", trace.states), ("param", trace.parameters), ("const", trace.buffers),
        )  # fmt: skip
        self.given = {number: (role, name) for role, names in roles for name, number in names.items()}

    def leaf(self, number: int) -> Blocked:
        """An array that is given, cut into pieces."""
        role, native = self.given[number]
        axes = self.reading.inference.axes[number]
        found_uses = uses(self.trace, self.readers, number) if role in ("param", "const") else []
        wide = [self.stays_whole(axes, d, found_uses) for d in range(len(axes))]
        turned = self.is_turned(axes, found_uses)
        keys = [key for key in self.reading.keys(axes) if all(k == 0 for k, w in zip(key, wide, strict=True) if w)]
        parts: dict[Key, Block] = {}
        names: dict[Key, str] = {}
        for place, key in enumerate(keys):
            symbol = sp.Symbol(f"piece{len(self.pieces)}")
            slots = self.slots_of(axes, key, wide)
            if turned:
                slots[-2:] = slots[:-3:-1]
            block = self.reading.made(symbol, slots)
            lifted = [self.each[slot.size] for slot in block.lifted]
            shape = family(lifted, tuple(found(slot.atom).size for slot in block.core))
            self.pieces.append(Piece(symbol, role, native, place, len(keys), shape))
            parts[key], names[key] = block, symbol.name
        own = [d for d, extent in enumerate(axes) if found(extent).size != BATCH]
        if role in ("input", "state"):
            own.sort(key=lambda d: self.each[found(axes[d]).size].place if found(axes[d]).size in self.each else TRIES)
            self.orders[native] = tuple(sorted(own).index(d) for d in own)
        short = {tuple(key[d] for d in own): name for key, name in names.items()}
        self.arrays[native] = layout([axes[d] for d in own], short, self.each, [wide[d] for d in own], turned)
        return Blocked(axes, parts)

    def slots_of(self, axes: Sequence[Extent], key: Key, wide: Sequence[bool]) -> list[Slot]:
        """The slots of a piece, lifted ones first and then the widths of a kernel; an axis that stays whole has one."""
        own = [slot for slot in self.reading.slots(axes, key) if not wide[slot.axis]]
        own += [Slot(d, -1, axes[d]) for d, w in enumerate(wide) if w]
        return sorted(own, key=lambda s: (s.size not in self.each, not s.atom.whole, s.axis, s.place))

    def stays_whole(self, axes: Sequence[Extent], d: int, found_uses: Sequence[Use | None]) -> bool:
        """Whether the members along an axis of a matrix stay side by side, because it reads all of them at once."""
        own = cells(axes[d])
        if len(own) != 1 or len(own[0]) < 2 or not found_uses:
            return False
        return all(atom.size in self.each for atom in own[0][:-1]) and all(
            use is not None and use.letters[d] in use.summed for use in found_uses
        )

    def is_turned(self, axes: Sequence[Extent], found_uses: Sequence[Use | None]) -> bool:
        """Whether a matrix stands in the library transposed: its first axis is the one that is summed over."""
        left = [d for d, e in enumerate(axes) if not found(e).whole and found(e).size not in self.each]
        own = [d for d in left if any(cells(axes[d]))]
        if len(own) != 2 or own != left[-2:]:
            return False
        first = next((use for use in found_uses if use is not None and use.summed), None)
        return first is not None and first.letters[own[0]] in first.summed and first.letters[own[1]] not in first.summed


def read(trace: Trace, numbers: Mapping[sp.Symbol, int], each: Sequence[sp.Symbol]) -> Lowered:
    """A program read with these axes lifted. Raises Inexpressible and Uneven."""
    reader = ProgramReader(trace, numbers, each)
    arrays: list[Blocked] = []
    for number, node in enumerate(trace.nodes):
        assert node.op in OPERATIONS, node.op
        try:
            if node.op == "leaf":
                arrays.append(reader.leaf(number))
            else:
                arrays.append(RULES[node.op](reader.reading, number, node, [arrays[k] for k in node.args]))
        except Inexpressible as problem:
            if problem.at is None:
                problem.at = number
            raise
    after: dict[sp.Symbol, sp.Expr] = {}
    pieces = {(piece.native, piece.number): piece for piece in reader.pieces if piece.role == "state"}
    for name, number in trace.after.items():
        for place, expr in enumerate(_standing(reader.reading, arrays[number])):
            after[pieces[name, place].symbol] = expr
    shown = () if trace.output is None else tuple(_standing(reader.reading, arrays[trace.output]))
    computed = tuple(
        Computed(tuple(_whole(array.parts[key]) for key in reader.reading.keys(array.axes)), node.place)
        for node, array in zip(trace.nodes, arrays, strict=True)
    )
    return Lowered(tuple(reader.pieces), tuple(each), after, shown, computed, reader.arrays, reader.orders)


def _standing(reading: Reading, array: Blocked) -> Iterator[sp.Expr]:
    """The parts of an array in row-major order, each with its own axes in theirs and repeated along those it lacks."""
    for key in reading.keys(array.axes):
        block = array.parts[key]
        slots = [slot for slot in reading.slots(array.axes, key) if slot.size != BATCH]
        core = [slot for slot in slots if slot.size not in reading.each]
        if core and not block.core:
            block = replace(block, expr=Fill(spoken(block.expr), *(slot.size for slot in core)), core=tuple(core))
        expr = _whole(replace(block, expr=stretched(block, core)))
        for slot in (slot for slot in slots if slot.size in reading.each and slot not in block.lifted):
            expr = Spread(expr, reading.each[slot.size])
        yield expr


def _whole(block: Block) -> sp.Expr:
    """The expression of a part in operations alone."""
    expr = block.expr
    if IDENTITY in expr.free_symbols:
        expr = rebuilt(expr, {IDENTITY: written_out(block.core[0].size)} if block.core else {})
    return spoken(expr)


def operations_in(exprs: Sequence[sp.Expr]) -> dict[str, int]:
    """How often each operation stands in expressions, each node once."""
    nodes = dict.fromkeys(node for expr in exprs for node in postorder(expr) if isinstance(node, Head))
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.op.name] = counts.get(node.op.name, 0) + 1
    return counts
