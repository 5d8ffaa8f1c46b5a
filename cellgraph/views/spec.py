"""The text of a spec out of a cell, so that a cell which no file holds can be saved, edited and loaded again."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Equation, Function, functions_in
from cellgraph.graph.notation import source
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.implementations.implementation import Implementation
from cellgraph.ops import Shape, axes_of, core
from cellgraph.spec.functions import standard

SAFE = re.compile(r"[^\W\d_](?:[\w ./()（）、，；：。-]*[\w./()（）。])?")
"""Text that YAML takes as it stands, also between braces; any other is quoted."""


NO_COMMENTS: Mapping[str, str] = MappingProxyType({})


def spec(cell: Cell, comments: Mapping[str, str] = NO_COMMENTS, implementations: Iterable[Implementation] = ()) -> str:
    """The spec of a cell in YAML; `loads` makes the same cell of it.

    Comments stand behind the parameters of their names. Implementations are those that are given, with their classes,
    arrays, options and states.
    """
    step = cell.step
    shown = cell.readout.having("param") if cell.readout is not None else ()
    texts = {
        "name": cell.name,
        "title": _words(cell.title),
        "reference": _plain(cell.reference),
        "year": str(cell.year or ""),
        "family": _plain(cell.family),
        "note": _words(cell.note),
        "dims": _flow({name: _plain(said) for name, said in cell.dims.items() if name not in cell.each}),
        "each": _flow({name: _plain(cell.dims[name]) for name in cell.each}),
        "inputs": _flow(_shapes(step.having("input"), cell.each)),
        "states": _flow({str(a): _shape(step.quantities[b].shape, cell.each) for b, a in cell.carries.items()}),
        "params": _lines(_shapes((*step.having("param"), *shown), cell.each), comments),
        "constants": _lines({q.symbol.name: _constant(q.value, q.shape, cell.each) for q in step.having("const")}),
        "initial": _flow({cell.carries[before].name: _beginning(value) for before, value in cell.initial.items()}),
        "functions": _functions(cell),
        "equations": _block(step.written.equations),
        "output": cell.output.name,
        "readout": _block(cell.readout.written.equations) if cell.readout is not None else "",
        "labels": _lines({name: _words(label) for name, label in cell.labels.items()}),
        "implementations": "".join(map(_implementation, implementations)),
    }
    required = ("inputs", "params")
    return "".join(f"{key}:{_after(text)}\n" for key, text in texts.items() if text or key in required)


def _after(text: str) -> str:
    return text if text.startswith("\n") else f" {text or '{}'}"


def _plain(text: str) -> str:
    """A text as YAML writes it: as it is where nothing in it has a meaning, else quoted as JSON quotes."""
    return text if not text or SAFE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _words(words: Mapping[str, str]) -> str:
    return _flow({language: _plain(text) for language, text in words.items()})


def _flow(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {text}" for key, text in entries.items()) + "}" if entries else ""


def _lines(entries: Mapping[str, str], comments: Mapping[str, str] = NO_COMMENTS) -> str:
    """Entries one below the other, comments in a column behind them."""
    lines = {key: f"  {key}: {text}" for key, text in entries.items()}
    width = max((len(line) for key, line in lines.items() if comments.get(key)), default=0) + 2
    said = {key: f"{'# ' + comments[key]}" if comments.get(key) else "" for key in lines}
    return "".join(f"\n{f'{line:{width}}{said[key]}' if said[key] else line}" for key, line in lines.items())


def _implementation(implementation: Implementation) -> str:
    """A class and its arrays, with what must be set for it to compute this cell."""
    options = {name: _plain(_option(value)) for name, value in implementation.options.items()}
    lines = [f"  {implementation.name}:", f"    arrays:{'' if implementation.arrays else ' {}'}"]
    lines += [f"      {_key(name)}: {_layout(block)}" for name, block in implementation.arrays.items()]
    lines += [f"    options: {_flow(options)}"] if options else []
    lines += [f"    states: [{', '.join(implementation.states)}]"] if len(implementation.states) > 1 else []
    return "".join(f"\n{line}" for line in lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][\w./]*", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _option(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _size(value) if isinstance(value, sp.Expr) else str(value)


def _layout(block: BlockLayout | str) -> str:
    """How an array is made of parameters: as the readers of layouts read it."""
    if isinstance(block, str):
        return block
    over = f"{'inside' if block.inside else 'over'} {' '.join(map(str, block.over))}"
    if block.over and len(block.parts) == 1 and isinstance(block.parts[0], str):
        return f"{block.parts[0]} {over}"
    parts = f"[{', '.join(map(_layout, block.parts))}]"
    if block.over:
        return f"{{{over}: {parts}}}"
    return parts if block.kind == "rows" else f"{{{block.kind}: {parts}}}"


def _block(equations: Iterable[Equation]) -> str:
    lines = "".join(f"\n  {equation.lhs} = {source(equation.rhs)}" for equation in equations)
    return f"|{lines}" if lines else ""


def _functions(cell: Cell) -> str:
    """The functions that are the cell's own. Those that ship beside the specs are known everywhere."""
    used = functions_in(cell.step, cell.readout)
    shared = standard() if used else {}
    return _lines({_signature(f): _body(f) for f in used if shared.get(f.name) != f})


def _signature(function: Function) -> str:
    plain = len(function.parameters) - len(function.defaults)
    optional = zip(function.parameters[plain:], function.defaults, strict=True)
    parts = [*map(str, function.parameters[:plain]), *(f"{p}={_number(number)}" for p, number in optional)]
    return f"{function.name}({', '.join(parts)})"


def _body(function: Function) -> str:
    body = json.dumps(source(function.body))
    return f"{{is: {body}, label: {function.label}}}" if function.label else body


def _shapes(quantities: Iterable[Any], each: Collection[str]) -> dict[str, str]:
    return {q.symbol.name: _shape(q.shape, each) for q in quantities}


def _shape(shape: Shape | None, each: Collection[str]) -> str:
    """The sizes of the axes; a plain one with the size of a lifted axis is no bare name, which would be that axis."""
    inside = [f"1*{written}" if (written := _size(size)) in each else written for size in core(shape or ())]
    return f"[{', '.join([*map(str, axes_of(shape or ())), *inside])}]"


def _size(size: sp.Expr) -> str:
    """A size as specs write it: whole division is '//'."""
    floors: dict[sp.Basic, sp.Symbol] = {}
    for floor in sp.ordered(size.atoms(sp.floor)):
        top, bottom = sp.fraction(sp.together(floor.args[0]))
        floors[floor] = sp.Symbol(f"(({_size(top)}) // ({_size(bottom)}))")
    return str(size.xreplace(floors))


def _constant(value: sp.Rational | None, shape: Shape | None, each: Collection[str]) -> str:
    return _shape(shape, each) if value is None else _number(value)


def _beginning(value: sp.Expr) -> str:
    endless = {sp.oo: "inf", -sp.oo: "-inf"}
    return value.name if isinstance(value, sp.Symbol) else endless.get(value) or _number(value)


def _number(value: sp.Expr) -> str:
    """A number as its digits; specs hold finite decimals only."""
    digits = (Decimal(int(value.p)) / Decimal(int(value.q))).normalize()
    return (f"{digits:e}" if digits and abs(digits) < Decimal("1e-4") else str(digits).lower()).replace("e+", "e")
