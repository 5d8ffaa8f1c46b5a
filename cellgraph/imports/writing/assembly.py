"""From what a traced step computes to a cell that reads as its author would write it, and to its spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Equation, parts, size
from cellgraph.implementations.implementation import Implementation
from cellgraph.imports.lowered import Lowered
from cellgraph.imports.writing.biases import added_alone, with_one_bias
from cellgraph.imports.writing.distinct import distinct
from cellgraph.imports.writing.equations import Cutting
from cellgraph.imports.writing.equations import sides as sides_of
from cellgraph.imports.writing.gates import gate_letters
from cellgraph.imports.writing.held import Variable, holdings
from cellgraph.imports.writing.named_step import NamedStep, cell_of, implementation_of
from cellgraph.imports.writing.naming import (
    Called,
    Names,
    input_name,
    kebab,
    legal,
    names_by_value,
    short,
    state_letter,
    words_of,
)
from cellgraph.imports.writing.native_arrays import places
from cellgraph.imports.writing.parameters import Named, parameter_names
from cellgraph.imports.writing.simplified import SimpleStep, numbers_of, simplified
from cellgraph.imports.writing.sums_and_products import flattened, inputs_first
from cellgraph.imports.writing.turned import turned
from cellgraph.spec import loads
from cellgraph.views.spec import spec

NOTHING: Mapping[str, Any] = MappingProxyType({})
Calls = Mapping[sp.Expr, tuple[Called, ...]]
"""What variables call each node that they held."""


@dataclass(frozen=True)
class Assembled:
    """A cell, how the code that it was read from lays out its parameters, the spec, and the words for its pieces."""

    cell: Cell
    implementation: Implementation
    yaml: str
    words: Mapping[str, str]


def assemble(
    lowered: Lowered,
    name: str,
    dims: Mapping[str, str],
    *,
    arrays: Mapping[str, Any] = NOTHING,
    sizes: Mapping[str, int] = NOTHING,
    seen: Sequence[Variable] = (),
    options: Mapping[str, Any] = NOTHING,
    cell_name: str = "",
) -> Assembled:
    """The cell that a step is which has been read, named by its author's variables, and the spec of it.

    name:    dotted name of the class or function
    dims:    what each size is, in words, in order
    arrays:  native name of an input, state or parameter -> its array in one real run, at `sizes`; inputs and states may
             have a leading batch axis
    seen:    the local variables of that run in the order in which they were given their values
    options: what the class is made with
    cell_name: what the cell is called, where it is not called as the class is
    """
    lowered = turned(lowered)
    step = simplified(lowered)
    called = _called(step, lowered, arrays, sizes, seen)
    names = Names(dims)
    draft = NamedStep(lowered, step, _leaves(lowered, names, called))
    draft = _with_equations(draft, called, names)
    draft = _with_one_bias(draft)
    draft = _with_letters(draft, called, names, dims)
    draft = _with_parameters(draft, called, names)
    cell = cell_of(draft, re.split(r"[.:]", name)[-1], dims)
    cell = replace(cell, name=kebab(cell_name)) if cell_name else cell
    implementation = implementation_of(draft, cell, name, options)
    told = places(implementation.arrays, implementation.parameters)
    yaml = spec(cell, {name: said for name, said in told.items() if said != name}, [implementation])
    made = loads(yaml)
    return Assembled(made, made.implementations[0], yaml, {s.name: word for s, word in draft.words.items()})


def _called(
    step: SimpleStep, lowered: Lowered, arrays: Mapping[str, Any], sizes: Mapping[str, int], seen: Sequence[Variable]
) -> Calls:
    """What local variables call the parts of a step, pieces too."""
    if not seen:
        return {}
    values = numbers_of(step, lowered, arrays, {size(name): number for name, number in sizes.items()})
    own = {piece.native for piece in lowered.pieces if piece.role in ("input", "state")}
    return names_by_value(holdings(values, seen, step.places), own)


def _leaves(lowered: Lowered, names: Names, called: Calls) -> dict[sp.Symbol, str]:
    """The names of states, inputs and constants."""
    found: dict[sp.Symbol, str] = {}
    for role, word in (("state", state_letter), ("input", input_name), ("const", legal)):
        for piece in lowered.pieces:
            if piece.role != role:
                continue
            native = re.split(r"[./]", piece.native)[-1]
            local = next((c.name.removesuffix("_pre") for c in called.get(piece.symbol, ())), "")
            numbered = f"{native}_{piece.number + 1}"
            part = local or numbered
            wanted = [word(native), legal(native)] if piece.parts == 1 else [word(part), legal(part), legal(numbered)]
            found[piece.symbol] = names.take(*wanted)
    return found


def _with_equations(draft: NamedStep, called: Calls, names: Names) -> NamedStep:
    """The draft with equations, of which those have names that a variable gives one to."""
    step = draft.step
    cutting = Cutting(
        step.ends,
        frozenset(node for node, own in called.items() if parts(node) and own[0].says_something),
        {node for node, own in called.items() if parts(node) and len(next(iter(words_of(own)), "")) == 1},
        {piece.symbol for piece in draft.of_role("param", "const")},
        {piece.symbol for piece in draft.of_role("input", "state")},
        step.places if called else {},
        called.keys(),
    )
    cut = cutting.equations()
    order: dict[sp.Expr, float] = {}
    for node in cutting.nodes:
        order[node] = step.order.get(node, max((order[part] for part in parts(node)), default=-1) + 0.5)
    symbols = {node: sp.Symbol(f"quantity {k}") for k, node in enumerate(cut) if parts(node)}
    written = sides_of(cutting, symbols)
    inlined = {written[n]: called[n][0].name for n in cutting.nodes if n not in symbols and n in cutting.named}
    equations = [Equation(symbols[node], written[node]) for node in sorted(symbols, key=lambda node: order[node])]
    words = dict(draft.words)
    ends: list[sp.Symbol] = []
    wanted = [(draft.words[s], node) for s, node in step.after.items()]
    if step.output is not None and step.output not in step.after.values():
        wanted.append(("", step.output))
    # Of states that are the same, that keeps the equation which it is in itself.
    first = {node: s for s, node in step.after.items() if s in distinct([node])}
    for number, (word, node) in enumerate(wanted):
        own = symbols.get(node)
        before_it = list(step.after)[number] if number < len(step.after) else None
        if own is None or own in words or (before_it is not None and first.get(node, before_it) != before_it):
            # It is handed on as it was given, or is what another state is.
            own = sp.Symbol(f"end {len(ends)}")
            equations.append(Equation(own, symbols.get(node, node)))
        words |= {own: word} if word else {}
        ends.append(own)
    for equation in equations:
        node = next((n for n, s in symbols.items() if s == equation.lhs), None)
        if equation.lhs not in words and (own_words := words_of(called.get(node, ()))):
            words[equation.lhs] = names.take(*own_words)
    words |= {own: names.take("y", "o", "out") for own in ends if own not in words}
    return replace(draft, words=words, equations=tuple(equations), ends=tuple(ends),
                   nodes={symbol: node for node, symbol in symbols.items()}, inlined=inlined)  # fmt: skip


def _with_one_bias(draft: NamedStep) -> NamedStep:
    """The draft with its sums as one sum each, in which several biases are one."""
    flat = flattened([equation.rhs for equation in draft.equations])
    sides = [flat[equation.rhs] for equation in draft.equations]
    params = {piece.symbol for piece in draft.of_role("param")}
    same = added_alone(sides, params, draft.step.shapes)
    one = with_one_bias(sides, params, same)
    equations = tuple(Equation(e.lhs, one[side]) for e, side in zip(draft.equations, sides, strict=True))
    inlined = {one.get(flat.get(node, node), node): name for node, name in draft.inlined.items()}
    return replace(draft, equations=equations, same=same, inlined=inlined)


def _with_letters(draft: NamedStep, called: Calls, names: Names, dims: Mapping[str, str]) -> NamedStep:
    """The draft with names for what no variable has named: letters of gates, else a."""
    nameless = [equation.lhs for equation in draft.equations if equation.lhs not in draft.words]
    if not nameless:
        return draft
    provisional = {p.symbol: f"parameter {k}" for k, p in enumerate(draft.of_role("param"))}
    letters = gate_letters(cell_of(replace(draft, words={**draft.words, **provisional}), "provisional", dims), nameless)
    words = dict(draft.words)
    for symbol in nameless:
        spare = [name.name for name in called.get(draft.nodes[symbol], ())]
        words[symbol] = names.take(*([letters[symbol]] if symbol in letters else [*map(short, spare[:1]), "a"][:1]))
    plain = tuple(s for s in nameless if s not in letters and draft.nodes[s] not in called)
    # Nobody has written these, so that they stand in the order of papers.
    states = draft.step.after.keys()
    equations = [replace(e, rhs=inputs_first(e.rhs, states)) if e.lhs in letters else e for e in draft.equations]
    return replace(draft, words=words, nameless=plain, equations=tuple(equations))


def _with_parameters(draft: NamedStep, called: Calls, names: Names) -> NamedStep:
    """The draft with names for parameters that anything reads."""
    used = dict.fromkeys(symbol for equation in draft.equations for symbol in equation.uses)
    pieces = {piece.symbol: piece for piece in draft.of_role("param")}
    params = {s: (pieces[s].native, pieces[s].shape, pieces[s].parts == 1) for s in used if s in pieces}
    local = {s: own[0].name for s, own in called.items() if s in params and own[0].says_something}
    inputs = {piece.symbol for piece in draft.of_role("input")}
    named = Named(draft.words, list(draft.step.after), inputs, draft.nameless, draft.inlined)
    return replace(draft, words={**draft.words, **parameter_names(draft.equations, named, params, names, local)})
