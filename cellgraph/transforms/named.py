"""One door to every cell that has a name: a spec, and the transforms that follow it after '+' (lstm+peephole)."""

from __future__ import annotations

import os
import re

from cellgraph import spec
from cellgraph.graph import Cell

WORDS = re.compile(r"(?P<cell>.+?)(?P<transforms>(?:\+[A-Za-z][\w-]*(?:=[\w.]*)?)+)")


def parts(name: str | os.PathLike[str]) -> tuple[str | os.PathLike[str], tuple[str, ...]]:
    """The name or path of a spec, and the transforms behind it. A file that exists is what its name says."""
    found = WORDS.fullmatch(name) if isinstance(name, str) else None
    if found is None or os.path.exists(found[0]):
        return name, ()
    return found["cell"], tuple(found["transforms"][1:].split("+"))


def load(name: str | os.PathLike[str]) -> Cell:
    """The cell of a spec: one that ships with cellgraph by its name, a YAML file by its path, or '-' for stdin.

    Names of transforms may follow, each after a '+': load("lstm+peephole+coupled"), load("my-cell.yaml+stack=3").

    Raises SpecError with every problem of the spec, each with its place, and CellgraphError where a transform is not
    known or does not fit.
    """
    own, names = parts(name)
    cell = spec.load(own)
    if not names:
        return cell
    from cellgraph.transforms.table import transformed

    return transformed(cell, *names)
