"""One door to every cell that has a name: a spec, and the transforms that follow it after '+' (lstm+peephole)."""

from __future__ import annotations

import os
import re

from cellgraph import spec
from cellgraph.graph import Cell
from cellgraph.spec import source

WORDS = re.compile(r"(?P<cell>.+?)(?P<transforms>(?:\+[A-Za-z][\w-]*(?:=[\w.]*)?)+)")


def parts(name: str) -> tuple[str, tuple[str, ...]]:
    """The name or path of a spec, and the transforms behind it. A file that exists is what its name says."""
    found = WORDS.fullmatch(name)
    if found is None or os.path.exists(found[0]):
        return name, ()
    return found["cell"], tuple(found["transforms"][1:].split("+"))


def load(name: str | os.PathLike[str]) -> Cell:
    """The cell of a spec: one that ships with cellgraph by its name, a YAML file by its path, or '-' for stdin.

    Names of transforms may follow, each after a '+': load("lstm+peephole+coupled"), load("my-cell.yaml+stack=3").

    Raises SpecError with every problem of the spec, each with its place, CellgraphError where a transform is not
    known or does not fit, and TypeError for a class or a function: `from_torch` and its kin make cells of code.

    >>> import cellgraph as cg
    >>> cg.load("gru").title["en"]
    'Gated recurrent unit, reset before the matrix product'
    >>> cg.params(cg.load("gru+diagonal")).matrices, cg.params(cg.load("gru")).matrices
    (3, 6)
    """
    if not isinstance(name, str | os.PathLike):
        told = "cg.from_torch, cg.from_jax, cg.from_keras and cg.from_onnx make a cell of code"
        raise TypeError(f"load takes the name or the path of a spec, not {type(name).__name__}; {told}")
    own, names = parts(name) if isinstance(name, str) else (name, ())
    cell = spec.load(own)
    if not names:
        return cell
    from cellgraph.transforms.table import transformed

    return transformed(cell, *names)


def text(name: str, cell: Cell | None = None) -> str:
    """The spec of a cell in YAML: its file as it stands, or what a transform made of it, and what standard input held.

    `cell` is that of the name, where it has been loaded. Raises as `load` does.
    """
    own, names = parts(name)
    if not names and not (name == "-" and cell):
        return source.text(own).text
    from cellgraph.views.spec import spec as written

    return written(cell or load(name))
