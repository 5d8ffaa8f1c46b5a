"""Specs: YAML files to cells, and everything that is wrong with them. SymPy is loaded when the first cell is built."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from cellgraph.errors import Problem, ShapeError, SpecError
from cellgraph.spec import source
from cellgraph.spec.library import cells, summaries
from cellgraph.spec.source import Text

if TYPE_CHECKING:
    from cellgraph.graph import Cell
    from cellgraph.spec.sections import Document

Path = str | os.PathLike[str]

__all__ = ["cells", "load", "loads", "problems", "problems_of_text", "summaries"]


def load(name_or_path: Path) -> Cell:
    """The cell of a spec: one that ships with cellgraph by its name, a YAML file by its path, or '-' for stdin.

    Raises SpecError with every problem of the spec, each with its place.
    """
    text = source.text(name_or_path)
    cell = _SHIPPED.get(text)
    if cell is None:
        cell = _read(text)[1]
        if text.shipped:
            _SHIPPED[text] = cell
    return cell


_SHIPPED: WeakValueDictionary[Text, Cell] = WeakValueDictionary()
"""The cells of specs that ship with cellgraph, as long as anybody holds them, with what has been derived from them."""


def loads(text: str | bytes, file: str = "<text>") -> Cell:
    """The cell of a spec given as text; `file` is what messages call it. Raises SpecError as `load` does.

    >>> import cellgraph as cg
    >>> text = '''
    ... name: mine
    ... dims: {m: input size, n: hidden size}
    ... inputs: {x: [m]}
    ... states: {h: [n]}
    ... params: {W: [n, m], u: [n]}
    ... equations: |
    ...   h = tanh(W @ x + u * h[t-1])
    ... '''
    >>> cg.params(cg.loads(text)).formula
    n*(m + 1)
    """
    return _read(source.decoded(text, file))[1]


def problems(name_or_path: Path) -> tuple[Problem, ...]:
    """Everything wrong or odd in a spec, in the order of the file; errors and warnings, never an exception."""
    return _problems(source.text, name_or_path)


def problems_of_text(text: str | bytes, file: str = "<text>") -> tuple[Problem, ...]:
    """As `problems`, for a spec given as text."""
    return _problems(source.decoded, text, file)


def _problems(read: Callable[..., Text], *given: Any) -> tuple[Problem, ...]:
    from cellgraph.spec.lint import lint

    try:
        return _first(lint(*_read(read(*given), trusting=False)))
    except SpecError as error:
        return error.problems


def _read(text: Text, trusting: bool = True) -> tuple[Document, Cell]:
    """The document of a text and the cell that it describes. Raises SpecError."""
    from cellgraph.spec import build, sections

    try:
        document, wrong = sections.document(text)
    except SpecError as error:
        raise SpecError(*_first(error.problems)) from error
    cell, found = build.cell(document, wrong, trusted=trusting and text.shipped)
    if cell is None:
        only_shapes = all(problem.code == "E_SHAPE" for problem in found)
        raise (ShapeError if only_shapes else SpecError)(*_first(found))
    return document, cell


def _first(found: tuple[Problem, ...], most: int = 100) -> tuple[Problem, ...]:
    """The first problems, and whether there are more; a file that is no spec at all has one on every line."""
    if len(found) <= most:
        return found
    return (*found[:most], Problem("E_MORE", "and more of the kind; put these right first", found[most].source))
