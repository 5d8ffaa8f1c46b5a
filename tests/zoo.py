"""The cells that ship with cellgraph: each is read once in a process, and a few of them show every feature."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cellgraph as cg
from cellgraph.graph import Cell

SPECS = {path.stem: path for path in (Path(__file__).parents[1] / "specs").glob("*/*.yaml")}
KNOWN = ("rnn", "lstm", "gru", "gru-reset-after", "lstm-peephole", "mgu")
"""Those that everybody knows; the others vary them."""


@cache
def cell_of(name: str) -> Cell:
    """The cell of a spec that ships, or of one with transforms ('lstm+peephole')."""
    return cg.load(name)


@cache
def sections_of(name: str) -> Mapping[str, str]:
    """The text of every section of a spec."""
    text = SPECS[name].read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^(\w+):((?:.*\n)(?:(?: .*)?\n)*)", text))


def equations_of(name: str) -> str:
    """The equations of a spec without their comments."""
    return re.sub(r"#.*", "", sections_of(name)["equations"])


@cache
def features(name: str) -> frozenset[str]:
    """What a spec has: its sections, and in its family each operation, how many states, shapes and ranks there are."""
    sections, steps = sections_of(name), equations_of(name)
    shapes = re.findall(r"\[(.*?)\]", sections["states"])
    states = {f"{len(shapes)} states of {len(set(shapes))} shapes", *(f"rank {s.count(',') + 1}" for s in shapes)}
    used = states | {*re.findall(r"\b[a-z]+(?=\()|@|\*\*|/", steps)}
    return frozenset({*sections, *used, *(f"{SPECS[name].parent.name}: {feature}" for feature in used)})


def covering(names: tuple[str, ...]) -> tuple[str, ...]:
    """Few of these cells, in alphabetical order, that together have every feature that any of them has.

    Of two that add as many, the one of shorter equations is less work for every test.
    """
    left = frozenset[str]().union(*map(features, names))
    chosen = list(KNOWN)
    while left := left.difference(*map(features, chosen)):
        chosen.append(max(names, key=lambda name: (len(features(name) & left), -len(equations_of(name)))))
    return tuple(sorted(chosen))


EVERY = cg.cells()
"""For what each cell must meet by itself."""
FEW = covering(EVERY)
"""For what depends on how a cell is built: every operation, number and rank of states in each family that has it."""

DEEP = "CELLGRAPH_DEEP" in os.environ
"""Whether everything is tried (`make test-deep`), or as much as one waits for."""
TRIED = EVERY if DEEP else FEW
"""For long searches for what contradicts a claim."""
SOME = FEW if DEEP else FEW[::2]
"""For what is long and depends on how a cell is built: every second of the few where one waits."""


def seeds(count: int) -> range:
    """The seeds of so many random cells; a quarter of them where one waits."""
    return range(count if DEEP else count // 4)
