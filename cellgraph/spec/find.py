"""Which spec describes a class of a library: from a dotted name and options to a cell and its implementation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy as sp

from cellgraph.errors import nearest, quoted
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation, Option, with_options
from cellgraph.spec import load
from cellgraph.spec.implementations import option
from cellgraph.spec.library import cells
from cellgraph.spec.source import text

Found = tuple[Cell, Implementation]


def find(name: str, **options: Option) -> Found:
    """The cell that class `name` of a library computes, and how it lays out the parameters.

    `options` are those of the class (reset_after=False, bias=False); those not given are the library's own defaults.
    They may also stand in the name, as `verify` prints it: "keras.layers.GRU(reset_after=False)". The class may be a
    cell ("torch.nn.LSTMCell") or a layer ("torch.nn.LSTM", "onnx.LSTM").

    Raises KeyError for a class, an option or a value that no spec describes; it names the choices. Raises ValueError
    for what is no option.

    >>> import cellgraph as cg
    >>> cell, implementation = cg.find("keras.layers.GRU", reset_after=False)
    >>> cell.name, dict(implementation.options)
    ('gru', {'reset_after': False})
    >>> cg.find("keras.layers.GRU")[0].name
    'gru-reset-after'
    """
    name, written = read_call(name)
    candidates = described(name) or [(cell, found) for cell in map(load, cells()) for found in cell.implementations]
    return chosen(candidates, name, {**written, **options})


def described(name: str) -> list[Found]:
    """Every cell that ships with each of its implementations of class `name`, whatever its options are."""
    # A look at the text spares the building of cells that do not speak of this class.
    speaking = [load(cell) for cell in cells() if f"  {name}:" in text(cell).text]
    return [(cell, found) for cell in speaking for found in cell.implementations if found.name == name]


def read_call(text: str) -> tuple[str, dict[str, Option]]:
    """The name of a class and its options, out of one text: 'keras.layers.GRU(reset_after=False)'.

    Raises ValueError for an option that is not NAME=VALUE.
    """
    name, bracket, inside = text.strip().partition("(")
    if not bracket:
        return name, {}
    options: dict[str, Option] = {}
    for part in filter(None, map(str.strip, inside.removesuffix(")").split(","))):
        key, equals, value = map(str.strip, part.partition("="))
        if not (equals and key and value):
            raise ValueError(f"{name}: {quoted(part)} is no option; write NAME=VALUE, such as bias=False")
        options[key] = option(value.lower() if value in ("True", "False") else value.strip("'\""))
    return name, options


def chosen(candidates: Iterable[Found], name: str, options: Mapping[str, Option]) -> Found:
    """The cell and implementation of class `name` that these options ask for; options not given are the library's own.

    The options of what comes back are those that pick this cell, and those given.

    Raises KeyError for a class, an option or a value that no spec describes; it names the choices.
    """
    every = list(candidates)
    named = [(cell, found) for cell, found in every if found.name == name]
    if not named:
        names = dict.fromkeys(found.name for _, found in every)
        raise KeyError(f"no spec describes {name}{nearest(name, names) or '; there are ' + ', '.join(sorted(names))}")
    known = dict.fromkeys(key for _, found in named for key in (*found.options, *found.without))
    for key in options:
        if key not in known:
            hint = nearest(key, known) or f"; there are {', '.join(known) or 'none'}"
            raise KeyError(f"{name}: no option {key} is described{hint}")
    wanted = {**next((dict(found.options) for _, found in named if found.default), {}), **options}
    fitting = [
        (cell, found)
        for cell, found in named
        if all(_agree(value, wanted.get(key)) for key, value in found.options.items())
    ]
    if fitting:
        # One that says nothing of an option fits whatever its value is; another may be meant for this value.
        cell, found = max(fitting, key=lambda pair: len(pair[1].options))
        return cell, with_options(found, dict(options))
    asked = ", ".join(f"{key}={value}" for key, value in wanted.items())
    choices = "; ".join(", ".join(f"{k}={v}" for k, v in found.options.items()) for _, found in named)
    raise KeyError(f"no spec describes {name} with {asked}; described: {choices}")


def _agree(described: Option | sp.Expr, wanted: Option | sp.Expr | None) -> bool:
    """Whether an option has the value that a spec describes; a size stands for any positive whole number."""
    if isinstance(described, sp.Expr):
        return wanted == described or (isinstance(wanted, int) and not isinstance(wanted, bool) and wanted > 0)
    return wanted == described and isinstance(wanted, bool) == isinstance(described, bool)
