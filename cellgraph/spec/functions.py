"""The functions that the equations of a spec may call: its own, and those of the collection beside the specs.

The collection is read when something is called that is no operation and no function of the spec itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from cellgraph.errors import Problem, SpecError
from cellgraph.graph.functions import MOST_NODES, Function
from cellgraph.graph.order_and_shapes import cut_cycles, sorted_by_use
from cellgraph.ops import Head
from cellgraph.parse import CodeLine, Signature, Vocabulary, definition, no_function, signature
from cellgraph.spec import yaml_nodes
from cellgraph.spec.function_texts import FunctionText, functions
from cellgraph.spec.readers import Reader
from cellgraph.spec.sections import SECTIONS
from cellgraph.spec.source import decoded, folder

STANDARD = "functions.yaml"
"""The file beside the specs that holds the collection."""

MOST = 200
"""The most functions of one spec."""

_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(", re.ASCII)

Find = Callable[[str], type[Head] | None]


@cache
def standard() -> Mapping[str, Function]:
    """The functions that every spec may call, by name.

    >>> standard()["silu"].body
    Mul(a, Sigmoid(a))
    """
    text = decoded((folder() / STANDARD).read_bytes(), STANDARD)
    reader = Reader(text)
    read = _Definitions(functions(reader, yaml_nodes.tree(text), SECTIONS["functions"]), no_function)
    if reader.problems or read.problems:
        raise SpecError(*reader.problems, *read.problems)
    return MappingProxyType(read.found)


def vocabulary(own: tuple[FunctionText, ...]) -> tuple[Vocabulary, list[Problem]]:
    """What may be called, a spec's own functions first; and what is wrong with these."""
    read = _Definitions(own, _standard_head)
    words = Vocabulary(read.find, broken=read.broken, known=lambda: [*read.found, *standard()])
    return words, read.problems


def _standard_head(name: str) -> type[Head] | None:
    return standard()[name].head if name in standard() else None


SHIPPED = Vocabulary(_standard_head, known=lambda: list(standard()))
"""What may be called where a spec has no functions of its own."""


@dataclass
class _Definitions:
    """Functions while they are read, each after those that it calls; `outside` finds those that are not among them."""

    texts: tuple[FunctionText, ...]
    outside: Find
    found: dict[str, Function] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Functions with which something is wrong, that has been told."""
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        heads = self._heads()
        uses = {n: [c for c in _CALLED.findall(text.body.value) if c in heads] for n, (_, text) in heads.items()}
        for chain in cut_cycles(uses):
            self.broken.update(chain)
            told = f"the function '{chain[0]}' calls itself: {' -> '.join(chain)}; a function may call others only"
            self.problems.append(Problem("E_FUNCTION", told, heads[chain[0]][1].head.source))
        for name in sorted_by_use(uses):
            if name not in self.broken:
                self._define(*heads[name])

    def find(self, name: str) -> type[Head] | None:
        """What a call of a function is made with."""
        if name in self.broken:
            return None
        return self.found[name].head if name in self.found else self.outside(name)

    def _heads(self) -> dict[str, tuple[Signature, FunctionText]]:
        """What stands before the colons, by name, each once."""
        heads: dict[str, tuple[Signature, FunctionText]] = {}
        for text in self.texts[:MOST]:
            try:
                own = signature(CodeLine(text.head.value, text.head.source))
            except SpecError as error:
                self.problems += error.problems
                self.broken.update(_CALLED.findall(text.head.value)[:1])
                continue
            if own.name in heads:
                first = heads[own.name][1].head.source.line
                told = (
                    f"the function '{own.name}' is defined twice, first at line {first}; give the second another name"
                )
                self.problems.append(Problem("E_FUNCTION", told, text.head.source))
            heads.setdefault(own.name, (own, text))
        if len(self.texts) > MOST:
            told = f"more than {MOST} functions; use fewer"
            self.problems.append(Problem("E_SIZE", told, self.texts[MOST].head.source))
        return heads

    def _define(self, own: Signature, text: FunctionText) -> None:
        words = Vocabulary(self.find, broken=self.broken, known=lambda: [*self.found, *standard()])
        try:
            function = definition(own, CodeLine(text.body.value, text.body.source), words, text.label)
            if function.length > MOST_NODES:
                told = f"'{own.name}' is more than {MOST_NODES:,} operations and names when it is written out"
                raise SpecError(Problem("E_EXPR_SIZE", f"{told}; let it call fewer functions", text.body.source))
        except SpecError as error:
            self.problems += error.problems
            self.broken.add(own.name)
        else:
            self.found[own.name] = function
